"""Marks by hand: they hold over the work until they are taken back, and never without a trace."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import count

import pytest
from desk import ONE, UNIT, Desk, a_set, right, sixths
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from quizsvc.errors import Conflict, Invalid, NotFound
from quizsvc.store.database import reading
from quizsvc.store.models import Adjustment

TWO = (ONE, f"- {{id: two, {UNIT}, points: 20}}")
numbers = count()


@pytest.fixture
def desk(classroom):
    """Ada has 5 of 10 points, and nothing of the other 20."""
    desk = Desk(classroom, a_set(items=TWO))
    desk.submit(desk.ada, desk.open(desk.ada), right(3))
    return desk


def test_a_mark_by_hand_holds_for_its_problem_and_the_work_is_still_told(desk):
    desk.by_hand(desk.ada, Fraction(17, 2), "one")
    mark = desk.mark(desk.ada)
    assert [(item.earned, item.source, item.share) for item in mark.items] == [
        (Fraction(17, 2), "hand", sixths(3)),
        (0, "nothing", None),
    ]
    assert (mark.earned, mark.max_points, mark.source) == (Fraction(17, 2), 30, "sum")


def test_a_mark_by_hand_for_the_whole_set_holds_over_all_others(desk):
    desk.by_hand(desk.ada, Fraction(20), "two")
    desk.by_hand(desk.ada, Fraction(12))
    assert (desk.mark(desk.ada).earned, desk.mark(desk.ada).source) == (12, "hand")
    desk.by_hand(desk.ada, None)
    assert (desk.mark(desk.ada).earned, desk.mark(desk.ada).source) == (25, "sum")


def test_what_is_taken_back_gives_way_to_the_work_of_meanwhile(desk):
    desk.by_hand(desk.ada, Fraction(0), "one")
    desk.submit(desk.ada, desk.open(desk.ada), right(6), at=2)
    assert desk.mark(desk.ada).earned == 0
    desk.by_hand(desk.ada, None, "one", at=3)
    assert desk.mark(desk.ada).earned == 10


def test_own_results_show_marks_by_hand(desk):
    desk.by_hand(desk.ada, Fraction(9), "one")
    mine = desk.progress(desk.ada)
    assert (mine.score, mine.items[0].mark.earned, mine.items[0].mark.source, mine.items[0].best) == (
        *(9, 9, "hand"),
        sixths(3),
    )
    desk.by_hand(desk.ada, Fraction(30))
    assert desk.progress(desk.ada).score == 30
    assert desk.progress(desk.bao).score == 0


def test_own_results_do_not_show_marks_by_hand_before_any_are_shown(classroom):
    desk = Desk(classroom, a_set("feedback: after-due"))
    desk.by_hand(desk.ada, Fraction(9), "one")
    assert (desk.progress(desk.ada).score, desk.progress(desk.ada).items[0].mark) == (None, None)
    assert desk.progress(desk.ada, at=61).score == 9


def test_who_has_not_begun_can_have_a_mark(desk):
    desk.by_hand(desk.bao, Fraction(20), "two")
    assert (desk.mark(desk.bao).earned, desk.mark(desk.bao).is_begun) == (20, True)
    assert desk.kinds(desk.bao) == ["adjusted"]
    assert desk.verify().faults == ()


@pytest.mark.parametrize(
    ("points", "key", "said"),
    [
        ("-1", "one", "-1 points cannot be given: write 0 to 10"),
        ("10.0001", "one", "write 0 to 10, with at most four decimals"),
        ("20.5", "two", "write 0 to 20"),
        ("31", None, "write 0 to 30"),
        ("1/10001", None, "at most four decimals"),
    ],
)
def test_points_that_cannot_be_earned_are_refused(desk, points, key, said):
    with pytest.raises(Invalid) as refused:
        desk.by_hand(desk.ada, Fraction(points), key)
    [detail] = refused.value.details
    assert detail.where == "points"
    assert said in detail.message
    assert desk.kinds(desk.ada) == ["started", "submitted"]


def test_all_that_can_be_earned_can_be_given(desk):
    for points, key in ((10, "one"), (20, "two"), (30, None)):
        desk.by_hand(desk.ada, Fraction(points), key)
        desk.by_hand(desk.ada, Fraction(points, 3), key)
    assert desk.mark(desk.ada).earned == 10


@pytest.mark.parametrize("points", [Fraction(1), None])
def test_a_problem_that_the_student_does_not_have_is_told(desk, points):
    with pytest.raises(NotFound, match="has no problem 'three' in this set: there are one, two"):
        desk.by_hand(desk.ada, points, "three")
    assert desk.kinds(desk.ada) == ["started", "submitted"]


def test_a_reason_is_needed(desk):
    with pytest.raises(Invalid, match="The reason needs 1 to 500"):
        desk.by_hand(desk.ada, Fraction(1), "one", reason=" ")


def test_practice_and_instructors_have_no_marks(desk, classroom):
    practice = Desk(classroom, a_set("mode: practice", "slug: practice"))
    for room, person in ((practice, desk.ada), (desk, desk.instructor)):
        with pytest.raises(Conflict, match="the set is for practice, or the person teaches the course"):
            room.by_hand(person, Fraction(1))
    with pytest.raises(NotFound):
        desk.by_hand(classroom.stranger, Fraction(1))


def test_the_history_is_kept_with_who_and_why(desk):
    stated = [(Fraction(3), "one", "viva"), (None, "one", "a slip of mine"), (Fraction(7, 2), None, "agreed")]
    for at, (points, key, reason) in enumerate(stated, 2):
        desk.by_hand(desk.ada, points, key, at=at, reason=reason)
    with reading(desk.engine) as session:
        rows = session.scalars(select(Adjustment).order_by(Adjustment.id)).all()
    assert [(row.points, row.item_key, row.reason) for row in rows] == stated
    assert {(row.made_by, row.held) for row in rows} == {(desk.instructor, None)}
    entries = desk.entries(desk.ada)[-3:]
    assert [json.loads(entry.body) for entry in entries] == [
        {"held": None, "item": key, "points": None if points is None else str(points), "reason": reason}
        for points, key, reason in stated
    ]
    assert [(entry.actor_id, entry.at) for entry in entries] == [(desk.instructor, desk.at(at)) for at in (2, 3, 4)]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["one", "two", None]), st.none() | st.fractions(0, 10, max_denominator=10_000)),
        max_size=6,
    )
)
def test_of_all_that_was_set_by_hand_the_newest_holds(classroom, stated):
    desk = Desk(classroom, a_set(f"slug: s-{next(numbers)}", items=TWO))
    desk.submit(desk.ada, desk.open(desk.ada), right(3))
    for key, points in stated:
        desk.by_hand(desk.ada, points, key)
    holds = {"one": None, "two": None, None: None} | dict(stated)
    by_work = {"one": Fraction(5), "two": Fraction(0)}
    of_items = sum(by_work[key] if holds[key] is None else holds[key] for key in by_work)
    assert desk.mark(desk.ada).earned == (of_items if holds[None] is None else holds[None])
    assert desk.verify().faults == ()
