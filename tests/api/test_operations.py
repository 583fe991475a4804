"""The operations over HTTP: what they answer, and what they say of what they do not take."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from openapi_spec_validator import validate
from refusals import refused

import problems
from quizsvc.errors import Closed

LECTURE = {
    "family": "vanishing-gradient",
    "options": {"decimals": 2, "sigfigs": 2},
    "given": {"w": [0.5, 0.5, 0.5], "x": 1},
}


def test_families_are_listed_page_by_page(ask):
    everything = ask("GET", "/api/v1/families").json
    assert [item["slug"] for item in everything["items"]] == [family.slug for family in problems.families()]
    second = ask("GET", "/api/v1/families?page=2&per_page=1").json
    assert second["items"] == everything["items"][1:2]
    assert second["total"] == everything["total"] == len(problems.families())


def test_one_family(ask):
    assert ask("GET", "/api/v1/families/dying-relu").json["title"] == "Dying ReLU"
    refused(ask("GET", "/api/v1/families/dying-rely"), 404, "dying-relu")


def test_a_problem_is_drawn_again_from_its_seed_and_can_be_read_back(ask):
    wanted = {"family": "vanishing-gradient", "seed": 7, "options": {"depth": "2..4"}}
    first, again = ask("POST", "/api/v1/problems", wanted), ask("POST", "/api/v1/problems", wanted)
    assert first.status_code == 201
    assert first.json == again.json
    core = {name: first.json[name] for name in ("family", "version", "seed", "options", "given", "precision")}
    assert core == problems.to_dict(problems.draw("vanishing-gradient", seed=7, depth="2..4"))


def test_without_a_seed_one_is_found(ask):
    assert ask("POST", "/api/v1/problems", {"family": "dying-relu"}).json["seed"] == 4711


FAMILIES = [family.slug for family in problems.families()]
CORE = ("family", "version", "seed", "options", "given", "precision")


@pytest.mark.parametrize("slug", FAMILIES)
def test_what_is_told_of_a_family_is_what_it_takes(ask, slug):
    """Every kind of option, with its default, draws a problem when it is stated as it is told."""
    told = ask("GET", f"/api/v1/families/{slug}").json
    assert told == json.loads(json.dumps(asdict(problems.family(slug))))
    options = {option["name"]: option["default"] for option in told["options"]}
    stated = ask("POST", "/api/v1/problems", {"family": slug, "seed": 3, "options": options})
    assert stated.status_code == 201
    assert stated.json == ask("POST", "/api/v1/problems", {"family": slug, "seed": 3}).json
    assert set(stated.json["given"]) <= set(told["given"])


@pytest.mark.parametrize("slug", FAMILIES)
def test_a_problem_holds_no_answer_and_the_right_ones_earn_all(ask, slug):
    body = ask("POST", "/api/v1/problems", {"family": slug, "seed": 3}).json
    assert set(body) == {*CORE, "title", "intro", "conventions", "steps"}
    problem = problems.draw(slug, seed=3)
    told = json.dumps({name: value for name, value in body.items() if name != "given"})
    for step, value in problems.solve(problem).items():
        for number in np.ravel(value):
            assert len(repr(float(number))) < 6 or repr(float(number)) not in told, step
    assert "teaches" not in body
    judged = ask("POST", "/api/v1/grade", {"problem": body, "answers": right(problem)}).json
    assert (judged["score"], judged["first_error"]) == (1, None)
    assert {step["verdict"] for step in judged["steps"].values()} == {"correct"}
    assert list(judged["steps"]) == [step["id"] for step in body["steps"] if step["asked"]]


def right(problem):
    """The exact value of every step that is asked, as JSON has it; of a choice, what is picked."""
    answers = {}
    for name, value in problems.solve(problem).items():
        step = problem.worksheet.steps[name]
        if step.asked and step.choices:
            picked = np.flatnonzero(value) if step.shape else [int(value)]
            chosen = [step.choices[place].id for place in picked]
            answers[name] = chosen if step.shape else chosen[0]
        elif step.asked:
            answers[name] = np.asarray(value).tolist()
    return answers


@pytest.mark.parametrize(
    ("options", "stored"),
    [
        ({"sizes": "3-4-2", "activations": "tanh,relu"}, {"sizes": [3, 4, 2], "activations": ["tanh", "relu"]}),
        ({"sizes": [2, 2, 1], "activations": ["tanh", "sigmoid"]}, {"sizes": [2, 2, 1], "depth": 2}),
        ({"sizes": [2, 1], "activations": "sigmoid", "update": True}, {"activations": ["sigmoid"], "update": True}),
    ],
)
def test_sizes_and_words_come_back_as_lists_and_are_taken_as_such(ask, options, stored):
    posed = ask("POST", "/api/v1/problems", {"family": "mlp-backprop", "seed": 5, "options": options}).json
    assert posed["options"] | stored == posed["options"]
    again = {"family": "mlp-backprop", "seed": 5, "options": posed["options"] | posed["precision"]}
    assert ask("POST", "/api/v1/problems", again).json == posed
    assert ask("POST", "/api/v1/grade", {"problem": posed, "answers": {}}).json["score"] == 0


def test_phases_whole_numbers_and_steps_that_are_not_asked_are_told(ask):
    def steps(family, **options):
        body = ask("POST", "/api/v1/problems", {"family": family, "seed": 1, "options": options}).json
        return {step["id"]: step for step in body["steps"]}

    assert steps("weight-update")["w_new"]["phase"] == "update"
    depth = steps("depth-scaling")
    assert (depth["first_layer"]["kind"], depth["first_layer"]["whole"]) == ("number", True)
    assert (depth["g1"]["whole"], depth["diagnosis"]["whole"]) == (False, True)
    assert steps("relu-variants")["a_prelu"]["asked"] is False
    assert (
        steps("mlp-backprop", sizes="3-2")["dL_dW1"] | {"kind": "matrix", "shape": [2, 3]}
        == steps("mlp-backprop", sizes="3-2")["dL_dW1"]
    )


def test_the_lecture_is_judged_as_it_is_in_python(ask):
    posed = ask("POST", "/api/v1/problems", LECTURE).json
    answers = {"z1": "0.5", "a1": "0,62", "s1": "0.62", "product": "0.036", "s2": "a quarter"}
    judged = ask("POST", "/api/v1/grade", {"problem": posed, "answers": answers}).json
    problem = problems.pose("vanishing-gradient", w=[0.5] * 3, x=1, decimals=2, sigfigs=2)
    assert judged == json.loads(json.dumps(problems.grade(problem, answers).to_dict()))
    assert judged["first_error"] == "s1"
    assert judged["steps"]["s2"]["verdict"] == "unreadable"


def test_a_mark_scheme_is_taken(ask):
    posed = ask("POST", "/api/v1/problems", LECTURE).json
    judged = ask(
        "POST", "/api/v1/grade", {"problem": posed, "answers": {"a1": "0.6"}, "scheme": {"imprecise": "1/2"}}
    ).json
    assert judged["steps"]["a1"]["credit"] == "1/2"


@pytest.mark.parametrize(
    ("body", "said", "where"),
    [
        ({"family": "nope"}, "vanishing-gradient", "family"),
        ({}, "Field required", "family"),
        ({"family": "dying-relu", "options": {"units": 99}}, "units", "options.units"),
        ({"family": "dying-relu", "options": {"unit": 3}}, "unit", "options.unit"),
        ({"family": "dying-relu", "options": {"units": {}}}, "valid", "options.units.int"),
        ({"family": "mlp-backprop", "options": {"sizes": "3-0-2"}}, "1 to 16", "options.sizes"),
        (
            {"family": "mlp-backprop", "options": {"sizes": [2, 2], "activations": ["tanh"] * 3}},
            "1 layers",
            "options.activations",
        ),
        ({"family": "dying-relu", "options": {"seed": 3}}, "no option", "options.seed"),
        ({"family": "dying-relu", "seed": -1}, "greater than or equal to 0", "seed"),
        ({"family": "dying-relu", "seed": 2**128}, "less than or equal", "seed"),
        ({"family": "dying-relu", "seed": "7"}, "valid integer", "seed"),
        ({"family": "dying-relu", "surprise": 1}, "Extra inputs", "surprise"),
        ({"family": "vanishing-gradient", "given": {"w": [0.5]}}, "x", "given.x"),
        ({"family": "vanishing-gradient", "given": {"w": ["a"], "x": 1}}, "takes a number", "given.w"),
        ({"family": "vanishing-gradient", "given": {"w": [0.5], "x": 1, "v": 2}}, "knows no 'v'", "given.v"),
        ({"family": "vanishing-gradient", "given": {"w": [0.5], "x": 1}, "options": {"depth": 2}}, "depth", "given.w"),
        ({"family": "vanishing-gradient", "given": {"w": [0.5], "x": 1}, "seed": 3}, "no seed", "seed"),
        ([], "valid dictionary", "the body"),
    ],
)
def test_requests_that_do_not_fit_say_where(ask, body, said, where):
    refused(ask("POST", "/api/v1/problems", body), 422, said, where)


@pytest.mark.parametrize(
    ("change", "said", "where"),
    [
        ({"answers": {"z9": "1"}}, "z9", "answers.z9"),
        ({"scheme": {"carried": "2"}}, "share from 0 to 1", "scheme.carried"),
        ({"scheme": {"carried": "1/0"}}, "pattern", "scheme.carried"),
        ({"problem": {"family": "dying-relu"}}, "Field required", "problem.given"),
    ],
)
def test_grades_that_cannot_be_given_say_why(ask, change, said, where):
    posed = ask("POST", "/api/v1/problems", LECTURE).json
    refused(ask("POST", "/api/v1/grade", {"problem": posed, "answers": {}} | change), 422, said, where)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"family": "nope"}, "problem.family"),
        ({"options": {"activation": "nope"}}, "problem.options.activation"),
        ({"options": {"deep": 3}}, "problem.options.deep"),
        ({"given": {"w": [0.5] * 3}}, "problem.given.x"),
        ({"given": {"w": ["a"] * 3, "x": 1}}, "problem.given.w"),
        ({"given": {"w": [0.5] * 3, "x": 1, "depth": 3}}, "problem.given"),
        ({"precision": {"decimals": 13, "sigfigs": 2}}, "problem.precision.decimals"),
        ({"version": 7}, "problem.version"),
    ],
)
def test_a_problem_that_is_none_says_where(ask, change, where):
    posed = ask("POST", "/api/v1/problems", LECTURE).json
    refused(ask("POST", "/api/v1/grade", {"problem": posed | change, "answers": {}}), 422, "", where)


@pytest.mark.parametrize("version", [0, 2, 10**9])
def test_a_version_that_never_was(ask, version):
    posed = ask("POST", "/api/v1/problems", LECTURE).json | {"version": version}
    refused(ask("POST", "/api/v1/grade", {"problem": posed, "answers": {}}), 422)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(ask, number):
    body = json.dumps({"family": "vanishing-gradient", "given": {"w": [0.5], "x": "X"}}).replace('"X"', number)
    refused(ask("POST", "/api/v1/problems", data=body, content_type="application/json"), 422, "", "given.x")


@pytest.mark.parametrize("body", ["{", "\x00", "", "[" * 100_000])
def test_what_is_not_json(ask, body):
    refused(ask("POST", "/api/v1/problems", data=body, content_type="application/json"), 400)


def test_another_kind_of_body(ask):
    refused(ask("POST", "/api/v1/problems", data="family=dying-relu"), 415, "Content-Type: application/json")


def test_a_body_over_one_megabyte(ask):
    refused(ask("POST", "/api/v1/grade", {"answers": {"z1": "9" * 1_100_000}}), 413)


def test_another_method_and_another_address(ask):
    response = ask("DELETE", "/api/v1/problems")
    refused(response, 405)
    assert "POST" in response.headers["Allow"]
    refused(ask("GET", "/api/v1/nothing"), 404, "/api/v1/docs")


def test_without_a_good_token_nothing_is_told(app, new_token):
    client = app.test_client()
    for authorization in (None, "Bearer gfq_wrong", "Bearer", "Basic YTpi", "gfq_wrong"):
        headers = {"Authorization": authorization} if authorization else {}
        response = client.post("/api/v1/problems", json={"nonsense": 1}, headers=headers)
        refused(response, 401)
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
    headers = {"Authorization": f"Bearer {new_token('problems:read')}"}
    assert client.get("/api/v1/families", headers=headers).status_code == 200
    refused(client.post("/api/v1/grade", json={}, headers=headers), 403, "scope grade")


def test_metrics_count_requests_by_endpoint_and_never_by_path(app):
    client = app.test_client()

    def counted():
        lines = [line for line in client.get("/metrics").text.splitlines() if not line.startswith("#")]
        return {name: float(number) for name, _, number in (line.rpartition(" ") for line in lines)}

    before = counted()
    client.get("/healthz")
    client.get("/secret-path")
    client.post("/api/v1/grade", json={})
    after = counted()
    for series in (
        'quiz_requests_total{endpoint="api.get_health",method="GET",status="200"}',
        'quiz_requests_total{endpoint="none",method="GET",status="404"}',
        'quiz_requests_total{endpoint="api.grade",method="POST",status="401"}',
        'quiz_request_seconds_count{endpoint="api.get_health"}',
    ):
        assert after[series] == before.get(series, 0) + 1
    assert not any("secret" in name for name in after)


def test_healthz_and_readyz(app):
    client = app.test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json["status"]) == (200, "ok")
    with app.extensions["engine"].begin() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json["status"]) == (503, "not ready")
    assert "manage.py db upgrade" in ready.json["checks"][-1]["message"]


@pytest.mark.parametrize(("error", "status"), [(KeyError("secret"), 500), (Closed("Too late."), 409)])
def test_unforeseen_errors_tell_a_reference_and_nothing_else(ask, monkeypatch, error, status):
    def fail(*_args, **_options):
        raise error

    monkeypatch.setattr(problems, "draw", fail)
    body = refused(ask("POST", "/api/v1/problems", {"family": "dying-relu"}), status)
    assert "secret" not in json.dumps(body)


def test_the_description_is_valid_and_the_page_loads_nothing_from_outside(app):
    client = app.test_client()
    validate(client.get("/api/v1/openapi.json").json)
    with client.get("/api/v1/docs") as page:
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert "//" not in page.text
    for name in ("docs.js", "swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"):
        with client.get(f"/api/v1/docs/{name}") as file:
            assert file.status_code == 200
    assert client.get("/api/v1/docs/../views.py").status_code == 404
