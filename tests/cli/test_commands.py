"""Every command: what it does."""

from __future__ import annotations

import csv
import io
import json
import math
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from samples import ROSTER, SET

import problems
from problems.drawing import WIDEST
from problems.mistake_kinds import KINDS
from problems.mistakes import mistakes_of

FAMILIES = [family.slug for family in problems.families()]


def test_families_with_options(run, run_json):
    assert [row["slug"] for row in run_json("families")] == FAMILIES
    assert "vanishing-gradient" in run("families").stdout
    one = run("families", "dying-relu").stdout
    assert "Number of units." in one
    assert "This is plain ReLU: ‹what was done›." in one
    assert "one, or one for each layer" in run("families", "mlp-backprop").stdout
    assert "The families are" in run("families", "nope", code=1).stderr


def test_every_kind_of_mistake_is_listed_once_with_the_families_that_list_it(run, run_json):
    groups = run_json("families", "--mistakes")
    kinds = {kind["slug"]: kind for group in groups for kind in group["kinds"]}
    assert sum(len(group["kinds"]) for group in groups) == len(kinds)
    assert set(kinds) == set(KINDS)
    for family in problems.families():
        assert {slug for slug, kind in kinds.items() if family.slug in kind["families"]} == {
            mistake.slug for mistake in family.mistakes
        }
        own = run_json("families", family.slug, "--mistakes")
        assert {kind["slug"] for group in own for kind in group["kinds"]} == {m.slug for m in family.mistakes}
    text = run("families", "--mistakes").stdout
    assert "{" not in text
    assert [text.count(f"\n{group['title']} ") + text.startswith(group["title"]) for group in groups] == [1] * len(
        groups
    )


def test_a_problem_is_shown_and_judged_from_files(run, run_json, files):
    shown = run_json("problem", "show", "vanishing-gradient", "--seed", 7, "-o", "depth=2", "--solution")
    assert problems.from_dict({k: shown[k] for k in ("family", "version", "seed", "options", "given", "precision")})
    assert shown["solution"][0]["text"].startswith("z₁ = w₁·x = ")
    answers = {"z1": problems.solve(problems.draw("vanishing-gradient", seed=7, depth=2))["z1"], "a1": "nonsense"}
    judged = run_json("problem", "grade", files("p.json", shown), files("a.json", answers))
    assert judged["steps"]["z1"]["verdict"] == "correct"
    assert judged["steps"]["a1"]["verdict"] == "unreadable"
    text = run("problem", "grade", files("p.json", shown), files("a.json", answers)).stdout
    assert "The first error is at a1." in text


def test_a_problem_with_given_numbers(run, files):
    given = files("given.json", {"w": [0.5, 0.5, 0.5], "x": 1})
    text = run(
        "problem", "show", "vanishing-gradient", "--given", given, "-o", "decimals=2", "-o", "sigfigs=2", "--solution"
    ).stdout
    assert "w₁ = 0.5" in text
    assert "0.014" in text
    assert "has no seed" in run("problem", "show", "dying-relu", "--given", given, "--seed", 1, code=2).stderr


@pytest.mark.parametrize("slug", FAMILIES)
def test_a_problem_of_every_family_is_shown_with_all_that_is_asked_and_its_right_answers_earn_all(
    run, run_json, files, slug
):
    problem = problems.draw(slug, seed=4)
    text = run("problem", "show", slug, "--seed", 4).stdout
    for row in problems.given_rows(problem):
        assert row.text in text
    for step in problem.steps:
        assert (f"  {step.id} " in text) == step.asked
        assert all(choice.label in text for choice in step.choices)
    shown = run_json("problem", "show", slug, "--seed", 4, "--solution")
    assert [step["id"] for step in shown["steps"]] == [solved["step"] for solved in shown["solution"]]
    judged = run_json("problem", "grade", files("p.json", shown), files("a.json", right(problem)))
    assert (judged["score"], judged["first_error"]) == (1, None)
    text = run("problem", "grade", files("p.json", shown), files("a.json", right(problem))).stdout
    assert "(100%)" in text


def right(problem):
    """The exact value of every step that is asked; of a choice, what is picked."""
    answers = {}
    for name, value in problems.solve(problem).items():
        step = problem.worksheet.steps[name]
        if step.asked and step.choices:
            picked = np.flatnonzero(value) if step.shape else [int(value)]
            answers[name] = [step.choices[place].id for place in picked]
        elif step.asked:
            answers[name] = np.asarray(value).tolist()
    return answers


def test_options_of_every_kind_are_taken(run, run_json, files):
    options = ["-o", "activations=tanh,relu", "-o", "sizes=3-4-2", "-o", "update=yes", "-o", "loss=mean-squared"]
    text = run("problem", "show", "mlp-backprop", "--seed", 3, *options).stdout
    assert "\nUpdate\n" in text
    assert "(matrix of 4 by 3)" in text
    assert "(a whole number)" in run("problem", "show", "depth-scaling", "-o", "depth=4..6", "--seed", 1).stdout
    assert "significant" not in run("problem", "show", "concepts", "--seed", 1).stdout
    shown = run_json("problem", "show", "mlp-backprop", "--seed", 3, *options)
    assert (shown["options"]["sizes"], shown["options"]["activations"]) == ([3, 4, 2], ["tanh", "relu"])
    assert [step["phase"] for step in shown["steps"]][-1] == "update"
    assert run_json("problem", "grade", files("p.json", shown), files("a.json", {}))["score"] == 0
    assert run_json("problem", "stress", "mlp-backprop", "--count", 50, *options)["options"]["sizes"] == [3, 4, 2]


@pytest.mark.parametrize("slug", FAMILIES)
def test_stress_of_every_family_tells_of_every_step_and_mistake(run, run_json, slug):
    report = run_json("problem", "stress", slug, "--count", 300, "--seed", 1)
    worksheet = problems.draw(slug, seed=1).worksheet
    assert 0 < report["distinct"] <= report["accepted"] <= report["count"] == 300
    asked = [step for step in worksheet.steps.values() if step.asked and not step.whole]
    assert [one["step"] for one in report["ranges"]] == [step.id for step in asked]
    for one in report["ranges"]:
        if one["width"]:
            assert 0 <= one["width"]["median"] <= one["width"]["most"] <= one["width"]["largest"] <= WIDEST
    assert {(one["step"], one["mistake"]) for one in report["mistakes"]} == {
        (step, mistake.slug) for step, mistakes in mistakes_of(worksheet).items() for mistake in mistakes
    }
    assert all(one["units"] is None or one["units"]["least"] >= 1 for one in report["mistakes"])
    assert report["arithmetic"]["answers"] == sum(
        1 if step.choices else math.prod(step.shape) for step in worksheet.steps.values() if step.asked
    )
    assert "300 draws are fair" in run("problem", "stress", slug, "--count", 300).stdout


def test_stress_counts_the_arithmetic_of_a_chain(run_json):
    """Three layers: z = w·x; σ; a·(1 - a); the product of three slopes, which times three weights is ∂a/∂x."""
    assert run_json("problem", "stress", "vanishing-gradient", "--count", 10)["arithmetic"] == {
        "answers": 12,
        "multiplications": 3 + 3 + 2 + 3,
        "additions": 3,
        "functions": 3,
    }


def test_stress_where_draws_repeat_and_where_none_is_fair(run_json):
    report = run_json("problem", "stress", "concepts", "--count", 20000, "-o", "choices=3")
    assert report["accepted"] == 20000
    assert report["distinct"] < 20000
    assert report["rejected"] == {}
    hard = run_json("problem", "stress", "vanishing-gradient", "--count", 300, "-o", "decimals=0", "-o", "sigfigs=1")
    assert hard["accepted"] == 0
    assert hard["ranges"][0]["width"] is None
    assert any("hidden" in rule or "range" in rule for rule in hard["rejected"])


@pytest.mark.parametrize("count", [0, -1, 1.5, "10", True])
def test_stress_takes_a_count(count):
    with pytest.raises(problems.BadOption, match="whole number from 1 on"):
        problems.stress("concepts", count)


def test_stress_as_a_picture(run, tmp_path):
    path = tmp_path / "fairness.svg"
    for slug in ("vanishing-gradient", "concepts"):
        run("problem", "stress", slug, "--count", 300, "--picture", path)
        picture = ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314 - it is our own
        names = {child.tag.rpartition("}")[2]: child.text for child in picture}
        assert names["title"] == "How drawing fares"
        assert names["desc"].startswith(f"{slug}: ")
    command = ["problem", "stress", "concepts", "--count", 10, "--picture", "/nowhere/x.svg"]
    assert "cannot be written" in run(*command, code=1).stderr


def test_a_course_from_nothing_to_grades(run, run_json, files):
    assert run_json("course", "create", "deep", "Deep learning")["slug"] == "deep"
    assert run_json("course", "list") == [{"slug": "deep", "title": "Deep learning"}]
    assert run_json("roster", "import", "deep", files("r.csv", ROSTER)) == {
        "created": 2,
        "enrolled": 2,
        "unchanged": 0,
        "rows": 2,
    }
    path = files("week.yaml", SET)
    assert "is right" in run("set", "lint", path).stdout
    made = run_json("set", "create", path, "--course", "deep")
    assert (made["slug"], made["published_at"], made["due"]) == ("week-3", None, "2027-01-31T17:00:00+00:00")
    run("set", "publish", "deep/week-3")
    [listed] = run_json("set", "list", "--course", "deep")
    assert listed["published_at"]
    assert run_json("set", "show", "deep/week-3")["items"][1]["points"] == 4
    assert "week-3" in run("set", "list").stdout
    assert "Week 3" in run("set", "show", "deep/week-3").stdout
    previews = run_json("set", "preview", "deep/week-3", "--variants", 3)
    assert [len(preview["problems"]) for preview in previews] == [3, 3]
    assert "variant 2" in run("set", "preview", "deep/week-3").stdout
    grades = run_json("grades", "show", "deep/week-3")
    assert (grades["max_points"], [row["name"] for row in grades["students"]]) == (14, ["Ada"])
    rows = list(csv.reader(io.StringIO(run("grades", "export", "deep/week-3").stdout)))
    assert [row[0] for row in rows] == ["Name", "Ada"]
    out = path.with_name("grades.csv")
    run("grades", "export", "deep/week-3", "-o", out)
    assert out.read_text(encoding="utf-8").startswith("Name,")


def test_the_schema_is_printed(run):
    assert json.loads(run("set", "schema").stdout)["title"] == "A problem set"


def test_tokens(run, run_json):
    made = run_json("token", "create", "--name", "LMS", "--scope", "grade", "--expires", "90d")
    assert made["token"].startswith("gfq_")
    plain = run("token", "create", "--name", "other", "--scope", "grade", "--scope", "problems:draw")
    assert plain.stdout.startswith("gfq_")
    assert len(plain.stdout.split()) == 1
    listed = run_json("token", "list")
    assert [token["name"] for token in listed] == ["LMS", "other"]
    assert made["token"] not in json.dumps(listed)
    run("token", "revoke", made["id"])
    assert run_json("token", "list")[0]["revoked_at"]
    assert "LMS" in run("token", "list").stdout
    assert "There is no token 99" in run("token", "revoke", 99, code=1).stderr


def test_users_get_passwords_from_the_standard_input_only(run):
    run("user", "create", "eve@example.org", "Eve", stdin="correct horse\n")
    run("user", "password", "eve@example.org", stdin="battery staple\n")
    assert "10 to 1024" in run("user", "password", "eve@example.org", stdin="short\n", code=1).stderr
    assert (
        "has an account already"
        in run("user", "create", "eve@example.org", "Eve", stdin="correct horse\n", code=1).stderr
    )


def test_the_demo_and_the_doctor(run, run_json):
    assert "gradients-flow" in run("demo").stdout
    assert run_json("demo")["created"] is False
    assert all(check["ok"] for check in run_json("doctor"))
    assert run("doctor").stdout.startswith("ok")


def test_the_demo_leaves_others_courses_alone(run):
    run("course", "create", "deep", "Deep")
    assert "no demo was loaded" in run("demo").stdout
