"""A course run from the command line: changed, extended, marked by hand, graded again, printed, typed in, told of."""

from __future__ import annotations

import csv
import io
import json

import pytest
from students import exact_answers

import problems
from quizsvc.cli.database import utc_now
from quizsvc.services import attempts, sets, submitting
from quizsvc.store import people
from quizsvc.store.database import make_engine, transaction

FILE = """
# a comment that stays
title: Week 3
slug: week-3
due: 2099-01-31T18:00+01:00   # as announced
submissions: 2
items:
  - {id: chain, family: vanishing-gradient, points: 12, options: {depth: 2}}
  - {id: units, family: dying-relu, points: 4}
"""
ROSTER = "name,email,role\nIda,ida@example.org,instructor\nAda,ada@example.org,\nBao,bao@example.org,\n"
SET = "deep/week-3"
FORMS = [("plain", "E-mail"), ("canvas", "SIS Login ID"), ("moodle", "Email address")]

pytestmark = pytest.mark.usefixtures("course")


@pytest.fixture
def course(run, files):
    """A published set; what it was made from."""
    run("course", "create", "deep", "Deep")
    run("roster", "import", "deep", files("people.csv", ROSTER))
    path = files("set.yaml", FILE)
    run("set", "create", path, "--course", "deep")
    run("set", "publish", SET)
    return path


@pytest.fixture
def answer(database_url):
    """answer("ada", "chain", slip=…): work on a problem, right but for what is given."""
    engine = make_engine(database_url)

    def answer(name, key, **slips):
        with transaction(engine) as session:
            user = people.find_user(session, f"{name}@example.org")
            problem_set = sets.get_set(session, course_slug="deep", set_slug="week-3")
            item = next(item for item in problem_set.items if item.key == key)
            issued = attempts.open_problem(session, user_id=user.id, item_id=item.id, now=utc_now(), seed=5)
            typed = exact_answers(problems.from_json(issued.problem)) | slips
            command = submitting.SubmitSteps(user.id, issued.id, typed)
            return submitting.submit_steps(session, command, now=utc_now())

    yield answer
    engine.dispose()


def test_a_changed_scheme_waits_for_a_dry_run_and_its_token(run, run_json, files, answer):
    answer("ada", "chain", s1="0.9999")
    answer("bao", "chain")
    changed = files("changed.yaml", FILE.replace("points: 12", "points: 24"))
    assert "regrade deep/week-3 --dry-run" in run("set", "update", SET, changed).stdout
    before = {row["email"]: row["points"] for row in run_json("grades", "show", SET)["students"]}
    plan = run_json("regrade", SET, "--dry-run")
    assert (plan["applied"], plan["judged"], plan["new_rules"]) == (False, 2, True)
    assert {one["email"] for one in plan["marks"]} == {"ada@example.org", "bao@example.org"}
    assert run_json("grades", "show", SET)["students"][0]["points"] == before["ada@example.org"]
    refused = run("regrade", SET, "--token", "0" * 16, code=1)
    assert "not the token of what would happen now" in refused.stderr
    printed = run("regrade", SET, "--dry-run").stdout
    assert f"--token {plan['token']}" in printed
    assert "chain: points 12 → 24" in printed
    answer("bao", "units")
    assert "not the token" in run("regrade", SET, "--token", plan["token"], code=1).stderr
    again = run_json("regrade", SET, "--dry-run")["token"]
    assert "This is done." in run("regrade", SET, "--token", again).stdout
    assert run_json("grades", "show", SET)["students"][1]["points"] == "28"
    assert run_json("grades", "verify", "deep")["ok"]
    assert "--dry-run to see" in run("regrade", SET, code=2).stderr


def test_what_was_noted_down_is_looked_for_in_the_log(run, run_json, answer):
    answer("ada", "chain")
    noted = run_json("grades", "verify", "deep")["digest"]
    answer("bao", "chain")
    assert run_json("grades", "verify", "deep", "--expect", noted)["faults"] == []
    assert "is not in the log" in run("grades", "verify", "deep", "--expect", "f" * 64, code=1).stderr


def test_marks_by_hand_are_set_taken_back_imported_and_remembered(run, run_json, files, answer):
    answer("ada", "chain")
    run("grades", "override", SET, "ada@example.org", "3.5", "--item", "units", "--reason", "heard")
    [ada, bao] = run_json("grades", "show", SET)["students"]
    assert (ada["points"], ada["problems"]["units"]) == ("31/2", {"points": "7/2", "source": "hand"})
    marks = files("marks.csv", "E-mail;Total\nada@example.org;15,5\nbao@example.org;7\n")
    assert run_json("grades", "import", SET, marks, "--reason", "oral", "--dry-run")["changed"] == [
        {"email": "bao@example.org", "before": bao["points"], "after": "7"}
    ]
    run("grades", "import", SET, marks, "--reason", "oral")
    run("grades", "override", SET, "bao@example.org", "--withdraw", "--reason", "wrong person")
    assert [row["points"] for row in run_json("grades", "show", SET)["students"]] == ["31/2", "0"]
    kinds = [(one["kind"], one["body"].get("points")) for one in run_json("grades", "history", SET, "bao@example.org")]
    assert kinds == [("adjusted", "7"), ("adjusted", None)]
    assert "write 0 to 16" in run("grades", "override", SET, "bao@example.org", "17", "--reason", "x", code=1).stderr
    assert "no student of deep" in run("grades", "override", SET, "x@y.org", "1", "--reason", "x", code=1).stderr
    run("grades", "override", SET, "bao@example.org", "--reason", "x", code=2)


@pytest.mark.parametrize(("form", "address"), FORMS)
def test_exported_marks_are_read_back_without_a_change(run, run_json, tmp_path, answer, form, address):
    answer("ada", "chain", s1="0.9999")
    path = tmp_path / "marks.csv"
    run("grades", "export", SET, "--form", form, "-o", path)
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert "ada@example.org" in [row[address] for row in rows]
    assert run_json("grades", "import", SET, path, "--reason", "again", "--dry-run")["changed"] == []


def test_everybody_gets_more_time_by_the_file_and_one_by_an_extension(run, run_json):
    run("set", "extend", SET, "--due", "2099-02-28T18:00+01:00")
    source = run("set", "export", SET).stdout
    assert "# a comment that stays" in source
    assert "# as announced" in source
    assert "2099-02-28T17:00Z" in source
    assert run("set", "export", SET, "--version", "1").stdout == FILE
    assert "has 1 to 2" in run("set", "export", SET, "--version", "9", code=1).stderr
    granted = run_json("set", "extend", SET, "ada@example.org", "--submissions", "2", "--reason", "ill")
    assert (granted["more_submissions"], granted["due"]) == (2, None)
    refused = run("set", "extend", SET, "ada@example.org", "--due", "2099-01-01T00:00Z", "--reason", "ill", code=1)
    assert "write a later time" in refused.stderr
    run("set", "extend", SET, "ada@example.org", "--submissions", "2", code=2)
    run("set", "extend", SET, "--submissions", "2", code=2)
    run("course", "time-factor", "deep", "ada@example.org", "1.5")
    assert [one["time_factor"] for one in run_json("roster", "list", "deep")] == [1.5, 1.0, 1.0]
    assert "from 1 to 10" in run("course", "time-factor", "deep", "ada@example.org", "0.5", code=1).stderr


def test_papers_are_printed_and_typed_in_by_their_code(run, run_json, files, tmp_path):
    pdf, key = tmp_path / "exam.pdf", tmp_path / "key.pdf"
    first, second = run_json("export", "pdf", SET, "--count", "2", "--papers", pdf, "--key", key)["codes"]
    assert pdf.read_bytes().startswith(b"%PDF")
    assert key.read_bytes() != pdf.read_bytes()
    assert run_json("export", "pdf", SET, "--key", key)["codes"] == [first, second]
    answers = files("answers.json", {"chain": {"z1": "0.001"}, "2": {}})
    [chain, units] = run_json("grades", "enter", first, "ada@example.org", "--answers", answers)
    assert (chain["points"], units["points"]) == ("0", "0")
    refused = run("grades", "enter", first, "bao@example.org", "--answers", answers, code=1)
    assert "for another student" in refused.stderr
    table = files("all.csv", f"code,email,problem,step,answer\n{second},bao@example.org,1,z1,7\n")
    assert [one["email"] for one in run_json("grades", "enter", "--csv", table)] == ["bao@example.org"]
    asked = run("grades", "enter", first, "ada@example.org", stdin="0.5\n" + "\n" * 40)
    assert "Problem 1: " in asked.stdout
    assert run_json("grades", "verify", "deep")["ok"]
    run("grades", "enter", first, code=2)
    run("export", "pdf", SET, code=2)


def test_statistics_in_text_json_and_csv(run, run_json, answer):
    answer("ada", "chain")
    answer("bao", "chain", s1="0.9999")
    assert "2 students, 2 submissions" in run("stats", SET).stdout
    assert [item["students"] for item in run_json("stats", SET)["items"]] == [2, 0]
    table = list(csv.DictReader(io.StringIO(run("stats", SET, "--csv", "steps").stdout)))
    assert len(table) > 5


def test_what_is_kept_of_a_person_is_given_out_and_taken_away(run, run_json, answer):
    answer("ada", "chain")
    data = json.loads(run("user", "export", "ada@example.org").stdout)
    [problem] = data["attempts"][0]["problems"]
    assert problem["submissions"][0]["answers"]["z1"]
    erased = run_json("user", "erase", "ada@example.org", "--yes")
    assert "ada" not in json.dumps(run_json("roster", "list", "deep")).lower().replace("graded", "")
    assert erased["email"] in [row["email"] for row in run_json("grades", "show", SET)["students"]]
    assert "no account" in run("user", "export", "ada@example.org", code=1).stderr
    assert run_json("grades", "verify", "deep")["ok"]


def test_sets_are_copied_closed_and_only_removed_where_nobody_began(run, run_json, answer):
    run("set", "copy", SET, "deep", "--slug", "again")
    assert [one["slug"] for one in run_json("set", "list")] == ["week-3", "again"]
    run("set", "delete", "deep/again", "--yes")
    answer("ada", "chain")
    assert "work is never deleted" in run("set", "delete", SET, "--yes", code=1).stderr
    run("set", "close", SET)
    assert run_json("set", "show", SET)["closed_at"]
    run("set", "publish", SET)
    assert run_json("set", "show", SET)["closed_at"] is None


def test_problems_are_drawn_ahead_for_who_has_none(run_json, answer):
    answer("ada", "chain")
    report = run_json("set", "draw", SET)
    assert {item["key"]: item["drawn"] for item in report["items"]} == {"chain": 1, "units": 2}
    assert run_json("set", "draw", SET)["drawn"] == 0


def test_the_marks_of_a_course(run, run_json, answer):
    answer("ada", "chain")
    run("course", "policy", "deep", "--drop-lowest", "1")
    book = run_json("grades", "show", "deep")
    assert [row["share"] for row in book["students"]] == ["3/4", None]
    assert book["drop_lowest"] == 1
    assert "75" in run("grades", "export", "deep").stdout
    run("grades", "export", "deep", "--form", "canvas", code=2)
