"""Who has left a course sees nothing of it any more; the work stays, and comes back with the person."""

from __future__ import annotations

import pytest
from desk import RIGHT, Desk, a_set

from quizsvc.errors import NotFound
from quizsvc.services import closing, results, roster, student_work
from quizsvc.services.attempts import view_set
from quizsvc.store import people
from quizsvc.store.database import reading, transaction


@pytest.fixture
def left(classroom):
    desk = Desk(classroom, a_set())
    desk.problem = desk.open(desk.ada, "one")
    desk.submit(desk.ada, desk.problem, RIGHT, at=1)
    with transaction(desk.engine) as session:
        course = desk.set(session).course_id
        people.find_membership(session, user_id=desk.ada, course_id=course).left_at = desk.at(2)
    return desk


def test_who_has_left_sees_and_submits_nothing(left):
    with reading(left.engine) as session:
        assert results.my_courses(session, user_id=left.ada, now=left.at(3)) == []
        set_id, slug = left.set(session).id, left.set(session).course.slug
        with pytest.raises(NotFound):
            view_set(session, user_id=left.ada, set_id=set_id, now=left.at(3))
        with pytest.raises(NotFound):
            results.my_results(session, user_id=left.ada, course_slug=slug, now=left.at(3))
    with pytest.raises(NotFound):
        left.submit(left.ada, left.problem, RIGHT | {"a1": "0.6"}, at=3)
    with pytest.raises(NotFound):
        left.open(left.ada, "one", at=3)


def test_the_marks_and_the_log_stay(left):
    assert left.mark(left.ada).share == 1
    assert left.verify().faults == ()
    left.extend(left.ada, due=left.at(500), at=4)
    assert left.verify().faults == ()


def test_an_attempt_that_was_left_open_is_ended_in_time(classroom):
    desk = Desk(classroom, a_set())
    problem = desk.open(desk.ada, "one")
    desk.save(desk.ada, problem, RIGHT, at=1)
    with transaction(desk.engine) as session:
        course = desk.set(session).course_id
        people.find_membership(session, user_id=desk.ada, course_id=course).left_at = desk.at(2)
    late = desk.at(100_000)
    with transaction(desk.engine) as session:
        for one in closing.ended_attempts(session, now=late):
            closing.close_attempt(session, one, now=late)
    assert desk.mark(desk.ada).share == 1


def test_the_instructor_still_sees_the_work(left):
    with reading(left.engine) as session:
        view = student_work.student_work(
            session, set_id=left.set(session).id, student_id=left.ada, user_id=left.instructor
        )
        assert [len(item.variants) for item in view.items] == [1]


def test_who_is_enrolled_again_goes_on(left):
    with transaction(left.engine) as session:
        ada = people.get_user(session, left.ada)
        row = roster.RosterRow(2, ada.name, ada.email, "student", None)
        slug = left.set(session).course.slug
        assert roster.import_roster(session, course_slug=slug, rows=[row], now=left.at(4)).enrolled == 1
    left.open(left.ada, "one", at=5)
    with reading(left.engine) as session:
        assert len(results.my_courses(session, user_id=left.ada, now=left.at(5))) == 1
