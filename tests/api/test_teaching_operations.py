"""What instructors decide over the API: extensions, grading again, statistics."""

from __future__ import annotations

import json

import pytest
from desk import ONE, RIGHT, Desk, a_set
from refusals import ON_ONE_DATABASE, refused

from quizsvc.services import ledger
from quizsvc.services.student_work import student_work as work_of
from quizsvc.store.database import reading

V1 = "/api/v1"


@pytest.fixture
def desk(classroom):
    return Desk(classroom, a_set("time_limit: 30", "submissions: 2", "late: {hours: 1, credit: 1/2}"))


def test_an_extension_is_granted_and_what_came_late_gets_its_marks(ask, desk, clock):
    desk.begin(desk.ada, at=55)
    problem = desk.open(desk.ada, at=55)
    desk.submit(desk.ada, problem, RIGHT, at=70)
    body = {"problem_set": desk.set_id, "user": "ada@example.org", "reason": "the network was down"}
    clock[0] = desk.at(80)
    granted = ask("POST", f"{V1}/extensions", body | {"due": "2026-11-03T20:15+01:00", "time_factor": "3/2"})
    assert granted.status_code == 201
    assert granted.json | {"due": "2026-11-03T19:15:00Z", "time_factor": "3/2", "more_submissions": 0} == granted.json
    assert desk.mark(desk.ada).share == 1
    more = ask("POST", f"{V1}/extensions", body | {"more_submissions": 3}).json
    assert (more["due"], more["more_submissions"]) == ("2026-11-03T19:15:00Z", 3)
    listed = ask("GET", f"{V1}/extensions?problem_set={desk.set_id}&user={desk.ada}").json["items"]
    assert listed == [granted.json, more]
    assert ask("GET", f"{V1}/extensions?user={desk.bao}").json["items"] == []


def test_the_log_tells_by_which_token_it_was_done_and_for_whom(asking, new_token, desk):
    """Students' own acts are theirs, whatever page they used; what a program decides is nobody's."""
    new_token()
    ask = asking(new_token())
    attempt = ask("POST", f"{V1}/attempts", {"problem_set": desk.set_id, "user": desk.ada}).json["id"]
    problem = ask("POST", f"{V1}/attempts/{attempt}/problems", {"item": "one"}).json["opened"]["id"]
    for key in (None, "k1"):
        body = {"problem": problem, "answers": {"z1": f"0.{key and 5}"}}
        ask("POST", f"{V1}/attempts/{attempt}/submissions", body, headers={"Idempotency-Key": key} if key else {})
    body = {"problem_set": desk.set_id, "user": desk.ada, "reason": "ill", "more_submissions": 1}
    ask("POST", f"{V1}/extensions", body)
    ask("POST", f"{V1}/attempts/{attempt}/finish")
    desk.begin(desk.bao)
    told = [(entry.kind, entry.actor_id, json.loads(entry.body).get("token")) for entry in desk.entries()]
    assert told[-6:] == [
        ("started", desk.ada, 2),
        ("submitted", desk.ada, 2),
        ("submitted", desk.ada, 2),
        ("extended", None, 2),
        ("finished", desk.ada, 2),
        ("started", desk.bao, None),
    ]
    with reading(desk.engine) as session:
        assert ledger.verify_course(session, "deep").faults == ()
        view = work_of(session, set_id=desk.set_id, student_id=desk.ada, user_id=desk.instructor)
    assert [entry.actor for entry in view.history] == [
        *["Ada (token 2)"] * 3,
        "a program (token 2)",
        "Ada (token 2)",
    ]


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("more", "said", "where"),
    [
        ({}, "gives something", ""),
        ({"due": "tomorrow"}, "no date and time", "due"),
        ({"due": "2026-11-03T20:00"}, "no time zone", "due"),
        ({"due": "2026-11-03T18:00Z"}, "write a later time", "due"),
        ({"time_factor": "11"}, "from 1 to 10", "time_factor"),
        ({"time_factor": "1/0"}, "pattern", "time_factor"),
        ({"more_submissions": 101}, "less than or equal to 100", "more_submissions"),
        ({"more_submissions": 1, "reason": " "}, "reason", "reason"),
    ],
)
def test_an_extension_that_cannot_be_granted_says_why(ask, desk, more, said, where):
    body = {"problem_set": desk.set_id, "user": desk.ada, "reason": "ill"} | more
    refused(ask("POST", f"{V1}/extensions", body), 422, said, where)


def test_only_students_of_the_course_get_extensions(ask, desk):
    body = {"problem_set": desk.set_id, "reason": "ill", "more_submissions": 1}
    for nobody in (desk.instructor, "sam@example.org", 999):
        refused(ask("POST", f"{V1}/extensions", body | {"user": nobody}), 404, "no student of deep")


def test_a_set_is_graded_again_by_the_token_of_its_dry_run_and_no_other(ask, desk):
    problem = desk.begin(desk.ada) and desk.open(desk.ada)
    desk.submit(desk.ada, problem, RIGHT)
    desk.update(a_set("time_limit: 30", "submissions: 2", items=(ONE.replace("{id", "{points: 20, id"),)), at=2)
    path = f"{V1}/problem-sets/{desk.set_id}/regrade"
    plan = ask("POST", path, {"dry_run": True}).json
    assert (plan["applied"], plan["judged"], plan["new_rules"]) == (False, 1, True)
    [change] = plan["marks"]
    assert (change["email"], change["before"], change["after"]) == (
        "ada@example.org",
        {"points": "10", "max_points": 10},
        {"points": "20", "max_points": 20},
    )
    assert desk.mark(desk.ada).max_points == 10
    refused(ask("POST", path, {"token": "0" * 16}), 409, "not the token")
    refused(ask("POST", path, {"token": plan["token"], "allow_lower": True}), 409, "not the token")
    for neither in ({}, {"dry_run": True, "token": plan["token"]}):
        refused(ask("POST", path, neither), 422, "either dry_run", "dry_run")
    done = ask("POST", path, {"token": plan["token"]}).json
    assert done == plan | {"applied": True}
    assert desk.mark(desk.ada).max_points == 20
    again = ask("POST", path, {"dry_run": True}).json
    assert ask("POST", path, {"token": again["token"]}).json["marks"] == []
    assert desk.kinds().count("graded-by") == 2  # nothing is told twice
    with reading(desk.engine) as session:
        assert ledger.verify_course(session, "deep").faults == ()


def test_a_regrade_tells_every_submission_that_comes_out_otherwise(ask, desk):
    problem = desk.begin(desk.ada) and desk.open(desk.ada)
    desk.submit(desk.ada, problem, {"z1": "0.5", "a1": "0.6"})
    desk.update(a_set("time_limit: 30", "submissions: 2", "credit: {imprecise: 1/2}"), at=2)
    plan = ask("POST", f"{V1}/problem-sets/{desk.set_id}/regrade", {"dry_run": True}).json
    [one] = plan["submissions"]
    assert (one["before"], one["after"], one["kept"], one["user"]) == ("1/6", "1/4", False, desk.ada)
    assert [step["step"] for step in one["steps"]] == ["a1"]
    assert one["reasons"] == ["credit for imprecise 0 → 1/2"]


def test_practice_has_no_marks_to_grade_again(ask, classroom):
    desk = Desk(classroom, a_set("mode: practice"))
    refused(ask("POST", f"{V1}/problem-sets/{desk.set_id}/regrade", {"dry_run": True}), 409, "for practice")


def test_statistics_are_those_of_the_service(ask, classroom):
    desk = Desk(classroom, a_set())
    path = f"{V1}/problem-sets/{desk.set_id}/statistics"
    assert ask("GET", path).json["totals"]["students"] == 0
    for number, person in enumerate([desk.ada, desk.bao, *desk.enrol(12)]):
        problem = desk.open(person)
        desk.submit(person, problem, dict(list(RIGHT.items())[: number % 6 + 1]))
    told = ask("GET", path).json
    assert (told["totals"]["students"], told["items"][0]["students"]) == (14, 14)
    assert told["items"][0]["steps"][0]["facility"] == 1
    assert sum(bin_["students"] for bin_ in told["totals"]["bins"]) == 14


def test_scores_say_what_is_nothing_and_what_is_zero(ask, classroom):
    desk = Desk(classroom, a_set())
    problem = desk.open(desk.bao)
    desk.submit(desk.bao, problem, {"z1": "7"}, at=1)
    ada, bao = ask("GET", f"{V1}/problem-sets/{desk.set_id}/scores").json["items"]
    assert (ada["points"], ada["share"], ada["attempt"], ada["submitted_at"]) == (None, None, None, None)
    assert (bao["points"], bao["share"], bao["submitted_at"]) == ("0", "0", "2026-11-03T18:01:00Z")
    desk.by_hand(desk.ada, 7)
    ada, _ = ask("GET", f"{V1}/problem-sets/{desk.set_id}/scores").json["items"]
    assert (ada["points"], ada["share"], ada["source"]) == ("7", "7/10", "hand")


def test_a_set_tells_its_policy_and_no_numbers(ask, desk):
    told = ask("GET", f"{V1}/problem-sets/{desk.set_id}").json
    assert told["late_credit"] == "1/2"
    assert (told["time_limit_minutes"], told["needs_access_code"], told["max_points"]) == (30, False, 10)
    assert set(told["items"][0]) == {"item", "title", "family", "points", "pool", "pick", "dropped"}
    assert (told["late_minutes"], told["course"], told["slug"]) == (60, "deep", "units")
