"""A whole quiz over the API: by the rules of the pages, and nothing told that a student may not see yet."""

from __future__ import annotations

import json
from datetime import timedelta

import numpy as np
import pytest
from desk import a_set
from refusals import ON_ONE_DATABASE, refused
from sqlalchemy import select

import problems
from quizsvc.services import set_files, sets
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import Attempt, AuditEntry, IssuedProblem, Membership, Submission

RIGHT = {"z1": "0.5", "a1": "0.62", "s1": "0.24", "z2": "0.31", "a2": "0.58", "s2": "0.24"}


@pytest.fixture
def publish(classroom):
    """publish("feedback: after-due"): the id of a new set, published and due in an hour."""

    def publish(*policy, published=True, **more):
        with transaction(classroom.engine) as session:
            spec = set_files.read_set(a_set(*policy, **more))
            made = sets.create_set(session, course_slug="deep", spec=spec, now=classroom.now)
            if published:
                sets.publish_set(session, problem_set=made, now=classroom.now, seed=1)
            return made.id

    return publish


def test_a_quiz_from_its_start_to_its_score(ask, classroom):
    start = {"problem_set": classroom.set_id, "user": "Ada@example.org"}
    begun = ask("POST", "/api/v1/attempts", start)
    assert (begun.status_code, begun.json["state"], begun.json["finished_at"]) == (201, "open", None)
    assert begun.json["user"] == {"id": classroom.ada, "name": "Ada", "email": "ada@example.org"}
    again = ask("POST", "/api/v1/attempts", start | {"user": classroom.ada})
    assert (again.status_code, again.json) == (200, begun.json)
    path = f"/api/v1/attempts/{begun.json['id']}"
    assert [one["opened"] for one in begun.json["problems"]] == [None, None]

    opened = ask("POST", f"{path}/problems", {"item": "vanishing-gradient"}).json["opened"]
    assert [row["text"] for row in opened["problem"]["shown"]] == ["w₁ = 0.5", "w₂ = 0.5", "w₃ = 0.5", "x = 1"]
    draft = {"problem": opened["id"], "answers": {"z1": "0.5"}, "base": 0}
    saved = ask("PUT", f"{path}/draft", draft).json
    assert (saved["revision"], saved["answers"]) == (1, {"z1": "0.5"})
    refused(ask("PUT", f"{path}/draft", draft | {"answers": {"z1": "0.6"}}), 409, "revision 1", "base")

    sent = ask("POST", f"{path}/submissions", {"problem": opened["id"], "answers": RIGHT})
    assert (sent.status_code, sent.json["number"], sent.json["counted"]) == (201, 1, True)
    assert sent.json["judged"]["steps"]["a1"]["verdict"] == "correct"
    seen = ask("GET", path).json
    assert seen["problems"][0]["opened"] | {"answers": RIGHT, "submissions_used": 1} == seen["problems"][0]["opened"]
    assert ask("GET", f"{path}/submissions").json["items"] == [sent.json]

    done = ask("POST", f"{path}/finish")
    assert (done.status_code, done.json["finished_by"], done.json["state"]) == (200, "student", "closed")
    refused(ask("POST", f"{path}/submissions", {"problem": opened["id"], "answers": {}}), 409, "handed in")
    [ada, bao] = ask("GET", f"/api/v1/problem-sets/{classroom.set_id}/scores").json["items"]
    assert (ada["points"], ada["attempt"], bao["points"]) == (seen["points"], begun.json["id"], None)
    assert ada["items"][0]["share"] == sent.json["score"]


def test_other_numbers_are_drawn_once_however_often_they_are_asked_for(ask, classroom):
    path = f"/api/v1/attempts/{begin(ask, classroom)}/problems"
    first = ask("POST", path, {"item": "exploding-gradient"}).json["opened"]
    second = ask("POST", path, {"item": "exploding-gradient", "variant": 2}).json["opened"]
    assert (first["variant"], second["variant"], first["can_draw_new"]) == (1, 2, True)
    assert first["id"] != second["id"]
    assert ask("POST", path, {"item": "exploding-gradient", "variant": 2}).json["opened"] == second
    assert ask("POST", path, {"item": "exploding-gradient"}).json["opened"] == second
    refused(ask("POST", path, {"item": "exploding-gradient", "variant": 4}), 409, "the next is 3", "variant")
    refused(ask("POST", path, {"item": "vanishing-gradient", "variant": 2}), 409, "keeps its numbers")
    refused(ask("POST", path, {"item": "nothing"}), 404)


def begin(ask, classroom, set_id=None, user=None):
    start = {"problem_set": set_id or classroom.set_id, "user": user or classroom.ada}
    return ask("POST", "/api/v1/attempts", start).json["id"]


def test_only_students_of_the_course_begin_and_only_what_is_open(ask, classroom, publish):
    def start(**change):
        return ask("POST", "/api/v1/attempts", {"problem_set": classroom.set_id, "user": classroom.ada} | change)

    for nobody in (classroom.instructor, classroom.stranger, 999, "ines@example.org", "nobody@example.org"):
        refused(start(user=nobody), 404, "no student of deep")
    refused(start(user="ada"), 422, "no e-mail address")
    refused(start(user=True), 422)
    refused(start(problem_set=publish(published=False)), 404)
    later = publish("opens: 2026-11-03T18:30Z", "slug: later")
    refused(start(problem_set=later), 409, "opens on 03 November 2026 at 18:30")
    coded = publish("access_code: Delta", "slug: coded")
    refused(start(problem_set=coded), 422, "not the access code", "access_code")
    assert start(problem_set=coded, access_code=" delta ").status_code == 201
    with transaction(classroom.engine) as session:
        membership = session.scalars(select(Membership).where(Membership.user_id == classroom.bao)).one()
        membership.left_at = classroom.now
    refused(start(user=classroom.bao), 404)


def test_time_is_up_for_programs_too(ask, classroom, publish, clock):
    attempt = begin(ask, classroom, publish("time_limit: 10"))
    path = f"/api/v1/attempts/{attempt}"
    problem = ask("POST", f"{path}/problems", {"item": "one"}).json["opened"]["id"]
    assert ask("GET", path).json["window"]["ends"] == "2026-11-03T18:10:00Z"
    clock[0] += timedelta(minutes=10, seconds=1)
    refused(ask("PUT", f"{path}/draft", {"problem": problem, "answers": {}, "base": 0}), 409, "was over")
    late = ask("POST", f"{path}/submissions", {"problem": problem, "answers": {"z1": "0.5"}}).json
    assert (late["late"], late["time_credit"]) == (True, "0")
    assert ask("GET", path).json["state"] == "closed"


@pytest.mark.parametrize("feedback", ["after-due", "never"])
def test_what_the_policy_hides_is_in_no_answer(ask, classroom, publish, clock, feedback):
    """Neither verdict nor score, solution or seed, before the set is due; never, where it says so."""
    attempt = begin(ask, classroom, publish(f"feedback: {feedback}", "submissions: 3"))
    path = f"/api/v1/attempts/{attempt}"
    told = [ask("POST", f"{path}/problems", {"item": "one"})]
    problem = told[0].json["opened"]["id"]
    told.append(ask("PUT", f"{path}/draft", {"problem": problem, "answers": {"a1": "0.62"}, "base": 0}))
    sent = [ask("POST", f"{path}/submissions", {"problem": problem, "answers": {"a1": one}}) for one in ("0.62", "9")]
    told += [*sent, *(ask("GET", where) for where in (path, f"{path}/submissions", "/api/v1/attempts"))]
    for answer in told:
        assert answer.status_code in (200, 201)
        assert hidden(answer.json) == set()
        assert "seed" not in answer.text
    assert len(sent[0].data) == len(sent[1].data) + 3  # the answers themselves are not of one length
    clock[0] += timedelta(hours=2)
    opened = ask("GET", path).json["problems"][0]["opened"]
    assert (opened["judged"] is not None, opened["solution"] is not None) == (feedback == "after-due",) * 2
    assert "seed" not in opened["problem"]


def hidden(told, name=""):
    """What is told of these, wherever it stands."""
    if isinstance(told, dict):
        return {one for key, value in told.items() for one in hidden(value, key)}
    if isinstance(told, list):
        return {one for value in told for one in hidden(value, name)}
    return (
        {name}
        if name in ("judged", "solution", "score", "points", "verdict", "seed")
        and told is not None
        and (name != "points" or isinstance(told, str))
        else set()
    )


@ON_ONE_DATABASE
@pytest.mark.parametrize("family", [family.slug for family in problems.families()])
def test_the_solution_of_every_family_is_told_at_the_end_and_is_right(ask, classroom, publish, family):
    item = f"- {{id: one, family: {family}}}"
    attempt = begin(ask, classroom, publish("feedback: immediately", items=(item,)))
    path = f"/api/v1/attempts/{attempt}"
    opened = ask("POST", f"{path}/problems", {"item": "one"}).json["opened"]
    with reading(classroom.engine) as session:
        stored = problems.from_json(session.get(IssuedProblem, opened["id"]).problem)
    told = json.dumps({name: value for name, value in opened["problem"].items() if name not in ("given", "shown")})
    for step, value in problems.solve(stored).items():
        for number in np.ravel(value):
            assert len(repr(float(number))) < 6 or repr(float(number)) not in told, step
    assert opened["solution"] is None
    ask("POST", f"{path}/finish")
    solution = ask("GET", path).json["problems"][0]["opened"]["solution"]
    judged = problems.grade(stored, solution)
    assert (judged.score, judged.first_error) == (1, None)


def test_a_question_does_not_tell_which_of_its_statements_are_true(ask, classroom, publish):
    attempt = begin(ask, classroom, publish(items=("- {id: one, family: concepts}",)))
    told = ask("POST", f"/api/v1/attempts/{attempt}/problems", {"item": "one"}).json["opened"]["problem"]
    assert (told["given"], told["shown"], len(told["steps"][0]["choices"])) == ({}, [], 4)
    assert not {"options", "seed", "teaches"} & set(told)


def test_answers_are_typed_or_numbers_and_nothing_else(ask, begun):
    def send(answers):
        return ask("POST", f"{begun.path}/submissions", {"problem": begun.problem, "answers": answers})

    assert send({"z1": 0.5, "a1": "0,62"}).json["counted"]
    assert not send({"a1": "a half"}).json["counted"]
    for wrong in ({"z1": True}, {"z1": None}, {"z1": {"a": 1}}, {"z1": [[[1]]]}, {"z1": 10**400}, ["0.5"], "0.5"):
        refused(send(wrong), 422)
    refused(send({"nothing": "1"}), 422, "nothing")
    body = json.dumps({"problem": begun.problem, "answers": {"z1": "X"}})
    for number in ("NaN", "1e999", '"\\ud800"'):
        written = body.replace('"X"', number)
        wrong = ask("POST", f"{begun.path}/submissions", data=written, content_type="application/json")
        refused(wrong, 422)


def test_a_problem_of_another_attempt_is_not_taken(ask, classroom, begun):
    other = begin(ask, classroom, user=classroom.bao)
    for method, what in (("POST", "submissions"), ("PUT", "draft")):
        body = {"problem": begun.problem, "answers": {"z1": "0.5"}} | ({"base": 0} if method == "PUT" else {})
        refused(ask(method, f"/api/v1/attempts/{other}/{what}", body), 404)


def test_what_instructors_try_is_no_attempt(ask, classroom, begun):
    with transaction(classroom.engine) as session:
        tried = Attempt(set_id=classroom.set_id, user_id=classroom.instructor, item_ids=[], started_at=classroom.now)
        session.add(tried)
        session.flush()
        number = tried.id
    refused(ask("GET", f"/api/v1/attempts/{number}"), 404)
    assert [one["id"] for one in ask("GET", "/api/v1/attempts").json["items"]] == [begun.id]


def test_attempts_are_found_by_course_set_and_person(ask, classroom, begun, publish):
    elsewhere = begin(ask, classroom, publish(), classroom.bao)

    def found(query=""):
        return [one["id"] for one in ask("GET", f"/api/v1/attempts{query}").json["items"]]

    assert found() == found("?course=deep") == [begun.id, elsewhere]
    assert found(f"?problem_set={classroom.set_id}") == found(f"?user={classroom.ada}&course=deep") == [begun.id]
    assert found(f"?problem_set={classroom.set_id}&user={classroom.bao}") == []
    refused(ask("GET", "/api/v1/attempts?course=nothing"), 404)
    refused(ask("GET", "/api/v1/attempts?problem_set=999"), 404)
    refused(ask("GET", "/api/v1/attempts?user=ada"), 422, "", "user")


FORBIDDEN = {
    "score": 1,
    "is_correct": True,
    "user_id": 3,
    "role": "instructor",
    "attempt_id": 1,
    "submitted_at": "2020-01-01T00:00:00Z",
    "arrived_at": "2020-01-01T00:00:00Z",
    "started_at": "2020-01-01T00:00:00Z",
    "seed": 1,
    "max_score": 1,
    "time_credit": "1",
    "counted": False,
    "number": 7,
}


def test_nothing_is_assigned_that_was_not_asked_for(ask, classroom, begun):
    """Whatever else is put into a body is refused, and nothing of it is stored."""
    bodies = {
        ("POST", "/api/v1/attempts"): {"problem_set": classroom.set_id, "user": classroom.bao},
        ("POST", f"{begun.path}/problems"): {"item": "exploding-gradient"},
        ("PUT", f"{begun.path}/draft"): {"problem": begun.problem, "answers": {"z1": "0.5"}, "base": 0},
        ("POST", f"{begun.path}/submissions"): {"problem": begun.problem, "answers": {"z1": "0.5"}},
        ("POST", "/api/v1/extensions"): {
            "problem_set": classroom.set_id,
            "user": classroom.bao,
            "reason": "ill",
            "more_submissions": 1,
        },
        ("POST", f"/api/v1/problem-sets/{classroom.set_id}/regrade"): {"dry_run": True},
        ("POST", "/api/v1/webhooks"): {
            "course": "deep",
            "url": "https://portal.example.org/",
            "events": ["attempt.finished"],
        },
    }
    before = everything(classroom)
    for (method, path), body in bodies.items():
        for name, value in FORBIDDEN.items():
            refused(ask(method, path, body | {name: value}), 422, "Extra inputs", name)
    assert everything(classroom) == before
    for (method, path), body in bodies.items():
        assert ask(method, path, body).status_code < 300


def everything(classroom):
    """How many rows there are of all that a program could write."""
    with reading(classroom.engine) as session:
        tables = (Attempt, IssuedProblem, Submission, AuditEntry, Membership)
        return [sorted(session.scalars(select(table.id))) for table in tables]
