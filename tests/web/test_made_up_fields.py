"""What a form of ours does not ask for is decided here, whatever a browser sends with it."""

from __future__ import annotations

import pytest
from everybody import everybody, filled
from linked_course import once
from sqlalchemy import select

from quizsvc.store.database import reading
from quizsvc.store.models import Adjustment, Attempt, Course, Draft, Extension, IssuedProblem, Membership, Submission

MADE_UP = {
    "user_id": "1",
    "student_id": "1",
    "actor_id": "4",
    "made_by": "4",
    "role": "instructor",
    "score": "1",
    "is_correct": "1",
    "counted": "1",
    "late": "",
    "time_credit": "1",
    "max_score": "1",
    "attempt_id": "1",
    "item_ids": "[1]",
    "seed": "7",
    "variant": "9",
    "started_at": "2020-01-01T00:00:00Z",
    "submitted_at": "2020-01-01T00:00:00Z",
    "arrived_at": "2020-01-01T00:00:00Z",
    "finished_by": "time",
    "published_at": "2020-01-01T00:00:00Z",
    "due": "2030-01-01T00:00:00Z",
}
PROBLEM, SET = "/problems/<id:problem_id>", "/sets/<id:set_id>"
STUDENT = f"{SET}/students/<id:student_id>"
EXTENSION = {"extension-reason": "ill", "extension-more_submissions": "1"}
MARK = {"mark-reason": "oral", "mark-points": "1"}


@pytest.fixture
def world(classroom):
    world = everybody(classroom)
    yield world
    world.app.extensions["engine"].dispose()


def rows(world, table):
    with reading(world.room.engine) as session:
        return [
            {column.name: getattr(row, column.name) for column in table.__table__.columns}
            for row in session.scalars(select(table).order_by(table.id))
        ]


@once
@pytest.mark.parametrize("name", MADE_UP)
def test_answers_with_a_field_that_is_no_box_are_not_taken(world, name):
    for what in ("steps", "draft"):
        answer = world.send("owner", "POST", filled(f"{PROBLEM}/{what}", world.places["owner"]), {name: MADE_UP[name]})
        assert answer.status_code == 422, (what, name)
    assert rows(world, Submission) == rows(world, Draft) == []


@once
def test_other_forms_read_what_they_ask_for_and_nothing_else(world):
    place, now = world.places["owner"], world.room.now
    members, courses = rows(world, Membership), rows(world, Course)
    query = "&".join(f"{name}={value}" for name, value in MADE_UP.items())

    def send(who, rule, form=None):
        answer = world.send(who, "POST", f"{filled(rule, place)}?{query}", (form or {}) | MADE_UP)
        assert answer.status_code == 303, answer.text

    send("classmate", f"{SET}/start")
    send("classmate", "/items/<id:item_id>/open")
    send("owner", f"{PROBLEM}/variants")
    prefixed = {f"extension-{name}": value for name, value in MADE_UP.items() if name != "due"}
    send("teaches", f"{STUDENT}/extension", EXTENSION | prefixed)
    send("teaches", f"{STUDENT}/mark", MARK | {f"mark-{name}": value for name, value in MADE_UP.items()})
    send("owner", f"{SET}/finish")

    attempts = {one["user_id"]: one for one in rows(world, Attempt)}
    begun = attempts[world.people["classmate"]]
    assert (begun["started_at"], begun["item_ids"], begun["finished_at"]) == (now, list(world.room.items), None)
    finished = attempts[world.people["owner"]]
    assert (finished["finished_at"], finished["finished_by"]) == (now, "student")
    drawn = rows(world, IssuedProblem)
    assert [one["variant"] for one in drawn if one["attempt_id"] == finished["id"]] == [1, 2]
    assert '"seed":7' not in drawn[-1]["problem"].replace(" ", "")
    [extension], [mark] = rows(world, Extension), rows(world, Adjustment)
    for made in (extension, mark):
        assert (made["user_id"], made["made_by"], made["made_at"]) == (
            world.people["owner"],
            world.people["teaches"],
            now,
        )
    assert (extension["due"], extension["more_submissions"], mark["points"]) == (None, 1, 1)
    assert (rows(world, Membership), rows(world, Course)) == (members, courses)
