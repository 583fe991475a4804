"""Who may do what: every operation by every kind of token, with what is the token's own and what is another course's.

An operation that is not in the table fails the test: nothing comes to be without somebody thinking of who may.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from refusals import ON_ONE_DATABASE, refused
from sqlalchemy import select

from quizsvc.services import accounts, attempts, courses, set_files, sets, webhooks
from quizsvc.services.tokens import SCOPES, revoke_token
from quizsvc.store import sets as stored
from quizsvc.store.database import transaction
from quizsvc.store.models import Base, Membership

V1 = "/api/v1"


@dataclass(frozen=True)
class Place:
    """A course and what is in it."""

    course: str
    set_id: int
    student: int
    attempt: int
    problem: int
    webhook: int


@dataclass(frozen=True)
class Its:
    """Stands in a body for what is in a place, by its name there."""

    name: str


@dataclass(frozen=True)
class Operation:
    """One operation: its scope (None: any token), and its path and body, filled in with what is in a place.

    `of_course`: whether what it names belongs to a course, and is so refused to tokens of another.
    """

    scope: str | None
    rule: str
    method: str = "GET"
    path: str = ""
    body: dict | None = None
    of_course: bool = True

    def ask(self, ask, place):
        values = vars(place)
        body = self.body and {
            key: values[value.name] if isinstance(value, Its) else value for key, value in self.body.items()
        }
        return ask(self.method, V1 + (self.path or self.rule).format(**values), body)


DRAWN = {"family": "dying-relu", "seed": 1}
OPERATIONS = (
    Operation("problems:read", "/families", of_course=False),
    Operation("problems:read", "/families/<slug>", path="/families/dying-relu", of_course=False),
    Operation("problems:draw", "/problems", "POST", body=DRAWN, of_course=False),
    Operation("grade", "/grade", "POST", body={"problem": None, "answers": None}, of_course=False),
    Operation(None, "/token", of_course=False),
    Operation("courses:read", "/courses", of_course=False),
    Operation("courses:read", "/courses/<slug>", path="/courses/{course}"),
    Operation("courses:read", "/courses/<slug>/members", path="/courses/{course}/members"),
    Operation("sets:read", "/problem-sets", path="/problem-sets?course={course}"),
    Operation("sets:read", "/problem-sets/<int:set_id>", path="/problem-sets/{set_id}"),
    Operation("scores:read", "/problem-sets/<int:set_id>/scores", path="/problem-sets/{set_id}/scores"),
    Operation("statistics:read", "/problem-sets/<int:set_id>/statistics", path="/problem-sets/{set_id}/statistics"),
    Operation(
        "regrade", "/problem-sets/<int:set_id>/regrade", "POST", "/problem-sets/{set_id}/regrade", {"dry_run": True}
    ),
    Operation("attempts:read", "/attempts", path="/attempts?problem_set={set_id}"),
    Operation("attempts:read", "/attempts/<int:attempt_id>", path="/attempts/{attempt}"),
    Operation("attempts:read", "/attempts/<int:attempt_id>/submissions", path="/attempts/{attempt}/submissions"),
    Operation("attempts:write", "/attempts", "POST", body={"problem_set": Its("set_id"), "user": Its("student")}),
    Operation(
        "attempts:write",
        "/attempts/<int:attempt_id>/problems",
        "POST",
        "/attempts/{attempt}/problems",
        {"item": "vanishing-gradient"},
    ),
    Operation(
        "attempts:write",
        "/attempts/<int:attempt_id>/draft",
        "PUT",
        "/attempts/{attempt}/draft",
        {"problem": Its("problem"), "answers": {}, "base": 0},
    ),
    Operation(
        "attempts:write",
        "/attempts/<int:attempt_id>/submissions",
        "POST",
        "/attempts/{attempt}/submissions",
        {"problem": Its("problem"), "answers": {}},
    ),
    Operation("attempts:write", "/attempts/<int:attempt_id>/finish", "POST", "/attempts/{attempt}/finish"),
    Operation("extensions:read", "/extensions", path="/extensions?course={course}"),
    Operation(
        "extensions:write",
        "/extensions",
        "POST",
        body={"problem_set": Its("set_id"), "user": Its("student"), "reason": "ill", "more_submissions": 1},
    ),
    Operation("webhooks", "/webhooks", of_course=False),
    Operation(
        "webhooks",
        "/webhooks",
        "POST",
        body={"course": Its("course"), "url": "https://portal.example.org/", "events": ["score.changed"]},
    ),
    Operation("webhooks", "/webhooks/<int:webhook_id>", path="/webhooks/{webhook}"),
    Operation("webhooks", "/webhooks/<int:webhook_id>/messages", path="/webhooks/{webhook}/messages"),
    Operation("webhooks", "/webhooks/<int:webhook_id>", "DELETE", "/webhooks/{webhook}"),
)
OPEN = {"/openapi.json", "/docs", "/docs/<name>"}
"""What anybody may read: the description."""


@pytest.fixture
def places(app, classroom):
    """The course of the classroom, and one beside it of the same make."""
    engine, now = classroom.engine, classroom.now
    with transaction(engine) as session:
        courses.create_course(session, slug="other", title="Another course", now=now)
        spec = set_files.read_set("title: Chains\nsubmissions: 3\nitems: [{family: vanishing-gradient}]")
        made = sets.create_set(session, course_slug="other", spec=spec, now=now)
        sets.publish_set(session, problem_set=made, now=now, seed=0)
        eve = accounts.create_user(session, email="eve@example.org", name="Eve", now=now)
        session.add(Membership(user_id=eve.id, course_id=made.course_id, role="student"))
        numbers = made.id, eve.id
    seal = app.extensions["seal"]
    with transaction(engine) as session:
        found = []
        for course, set_id, student in (("deep", classroom.set_id, classroom.ada), ("other", *numbers)):
            problem_set = stored.get_set(session, set_id)
            attempt = attempts.start_attempt(session, attempts.StartAttempt(student, set_id), now=now, seed=1)
            item_id = problem_set.items[0].id
            issued = attempts.open_problem(session, user_id=student, item_id=item_id, now=now, seed=1)
            wanted = webhooks.NewWebhook(problem_set.course_id, "https://a.example.org", ["score.changed"], "s")
            hook = webhooks.create_webhook(session, wanted, seal=seal, nonce=bytes(12), now=now)
            found.append(Place(course, set_id, student, attempt.id, issued.id, hook.id))
    return found


@ON_ONE_DATABASE
def test_every_operation_is_in_the_table(app):
    """So that a new one is looked at: whom it is for, and what it may not show to others."""
    known = {(one.method, V1 + one.rule) for one in OPERATIONS} | {("GET", V1 + rule) for rule in OPEN}
    there = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(V1)
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert there == known


@ON_ONE_DATABASE
def test_every_scope_opens_something_and_is_described(app):
    described = {
        (method.upper(), path): operation["security"][0]["token"]
        for path, operations in app.test_client().get(f"{V1}/openapi.json").json["paths"].items()
        for method, operation in operations.items()
        if path.startswith(V1)
    }
    in_table = {
        (one.method, V1 + one.rule.replace("<int:", "{").replace("<", "{").replace(">", "}")): (
            [] if one.scope is None else [one.scope]
        )
        for one in OPERATIONS
    }
    assert described == in_table
    assert {one.scope for one in OPERATIONS} - {None} == set(SCOPES)


@ON_ONE_DATABASE
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.rule}")
def test_a_token_opens_what_its_scopes_and_its_course_allow(operation, asking, new_token, places):
    deep, other = places
    scopes = [operation.scope] if operation.scope else ["grade"]
    rest = [scope for scope in SCOPES if scope != operation.scope]
    refused(operation.ask(asking("gfq_nothing"), deep), 401)
    if operation.scope is not None:
        for course in (None, "deep"):
            refused(operation.ask(asking(new_token(*rest, course_slug=course)), deep), 403, operation.scope)
    of_deep, of_other = (asking(new_token(*scopes, course_slug=course)) for course in ("deep", "other"))
    if operation.of_course:
        for ask, place in ((of_deep, other), (of_other, deep)):
            refused(operation.ask(ask, place), 404)
        # What is nowhere and what is another's cannot be told apart.
        nowhere = Place("nowhere", 999, 999, 999, 999, 999)
        assert operation.ask(of_deep, nowhere).json == operation.ask(of_deep, other).json
    if operation.rule != "/grade":
        assert operation.ask(of_deep, deep).status_code < 300
        assert operation.ask(asking(new_token(*scopes)), other).status_code < 300


MADE_UP = {
    "score": 1,
    "is_correct": True,
    "user_id": 1,
    "role": "instructor",
    "attempt_id": 1,
    "submitted_at": "2026-01-01T00:00:00Z",
    "arrived_at": "2026-01-01T00:00:00Z",
    "max_score": 1,
    "points": 99,
    "late": False,
    "scopes": ["grade"],
    "id": 1,
}
"""What programs do not decide."""


@ON_ONE_DATABASE
def test_what_programs_do_not_decide_is_refused(ask, places, classroom):
    before = rows_of(classroom.engine)
    for operation in OPERATIONS:
        for name, value in MADE_UP.items() if operation.body else ():
            made_up = replace(operation, body=operation.body | {name: value})
            refused(made_up.ask(ask, places[0]), 422, "Extra inputs")
    assert rows_of(classroom.engine) == before


def rows_of(engine):
    """Everything that is stored but counts of requests."""
    tables = [table for table in Base.metadata.sorted_tables if table.name != "request_counts"]
    with engine.connect() as connection:
        return {table.name: connection.execute(select(table)).all() for table in tables}


def test_lists_show_a_token_its_course_alone(asking, new_token, places):
    deep, other = places
    mine, all_of_them = asking(new_token(course_slug="deep")), asking(new_token())

    def seen(ask, path, name):
        return [item[name] for item in ask("GET", V1 + path).json["items"]]

    for path, name, of_deep, of_other in (
        ("/courses", "slug", "deep", "other"),
        ("/problem-sets", "id", deep.set_id, other.set_id),
        ("/attempts", "id", deep.attempt, other.attempt),
        ("/webhooks", "id", deep.webhook, other.webhook),
    ):
        assert seen(mine, path, name) == [of_deep], path
        assert seen(all_of_them, path, name) == [of_deep, of_other], path
    assert seen(mine, f"/attempts?user={other.student}", "id") == []
    refused(mine("GET", f"{V1}/attempts?problem_set={other.set_id}"), 404)
    body = {"problem_set": deep.set_id, "user": "eve@example.org"}
    refused(mine("POST", f"{V1}/attempts", body), 404, "no student of deep")


def test_a_number_that_no_row_has_is_no_fault(asking, new_token):
    ask = asking(new_token())
    for number in (0, 2**31 - 1, 2**31, 10**40):
        for path in ("attempts", "problem-sets", "webhooks"):
            refused(ask("GET", f"{V1}/{path}/{number}"), 404)
        refused(ask("DELETE", f"{V1}/webhooks/{number}"), 404)
        refused(ask("POST", f"{V1}/attempts/{number}/submissions", {"problem": 1, "answers": {}}), 404)


def test_a_token_that_is_no_longer_good_opens_nothing(app, asking, new_token, clock):
    engine = app.extensions["engine"]
    short, revoked = new_token(expires_at=clock[0] + timedelta(hours=1)), new_token()
    assert [asking(one)("GET", f"{V1}/token").status_code for one in (short, revoked)] == [200, 200]
    with transaction(engine) as session:
        revoke_token(session, token_id=2, now=clock[0])
    refused(asking(revoked)("GET", f"{V1}/token"), 401, "revoked")
    clock[0] += timedelta(hours=1)
    refused(asking(short)("GET", f"{V1}/token"), 401, "expired")


@pytest.mark.usefixtures("places")
def test_a_token_tells_what_it_may(asking, new_token, clock):
    end = clock[0] + timedelta(days=1)
    told = asking(new_token("grade", "sets:read", course_slug="other", expires_at=end))("GET", f"{V1}/token").json
    assert told == {
        "name": "test",
        "scopes": ["grade", "sets:read"],
        "course": "other",
        "expires_at": "2026-11-04T18:00:00Z",
    }
