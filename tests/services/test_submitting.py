"""Submitting: what is kept, what uses up a submission, and what the time of arrival makes of it."""

from __future__ import annotations

import json
from datetime import timedelta
from fractions import Fraction

import pytest
from desk import DUE, RIGHT, Desk, a_set, right, sixths
from hypothesis import given
from hypothesis import strategies as st

import problems
from quizsvc.errors import Closed
from quizsvc.services import gradebook, scoring
from quizsvc.store.database import reading

HALF = Fraction(1, 2)
LATE = "late: {hours: 1, credit: 1/2}"
VECTOR = "- {id: slopes, family: activation-values, given: {z: [1, -1]}}"


@pytest.mark.parametrize(
    ("policy", "minutes", "credit"),
    [
        ((), DUE, 1),
        ((), DUE + 0.001, 0),
        ((LATE,), DUE + 0.001, HALF),
        ((LATE,), DUE + 60, HALF),
        ((LATE,), DUE + 60.001, 0),
        ((LATE, "grace: 30"), DUE + 0.5, 1),
        ((LATE, "grace: 30"), DUE + 0.501, HALF),
        ((LATE, "grace: 30"), DUE + 60.5, HALF),
        ((LATE, "grace: 30"), DUE + 60.501, 0),
        (("late: {hours: 1, credit: 0}",), DUE + 1, 0),
    ],
)
def test_the_time_of_arrival_decides_the_credit_and_what_is_late_is_flagged(classroom, policy, minutes, credit):
    desk = Desk(classroom, a_set(*policy))
    problem = desk.open(desk.ada)
    sent = desk.submit(desk.ada, problem, RIGHT, at=minutes)
    [kept] = desk.submissions(problem)
    assert (sent.time_credit, sent.late) == (kept.time_credit, kept.late) == (credit, credit != 1)
    assert (kept.score, kept.answers) == (1, RIGHT)
    assert desk.mark(desk.ada).earned == 10 * credit


def test_the_time_limit_runs_from_the_start_of_each_student(classroom):
    desk = Desk(classroom, a_set("time_limit: 30", "grace: 30"))
    for person, began in ((desk.ada, 0), (desk.bao, 20)):
        desk.begin(person, at=began)
        problem = desk.open(person, at=began)
        assert desk.submit(person, problem, right(1), at=began + 30.5).time_credit == 1
        beyond = desk.submit(person, problem, right(2), at=began + 30.6)
        assert (beyond.time_credit, beyond.late) == (0, True)
        assert desk.mark(person).earned == 10 * sixths(1)


def test_a_time_limit_does_not_reach_beyond_the_due_time(classroom):
    desk = Desk(classroom, a_set("time_limit: 30"))
    desk.begin(desk.ada, at=DUE - 10)
    problem = desk.open(desk.ada, at=DUE - 10)
    assert desk.submit(desk.ada, problem, right(1), at=DUE).time_credit == 1
    assert desk.submit(desk.ada, problem, right(2), at=DUE + 1).time_credit == 0


def test_what_was_sent_before_costs_nothing_wherever_the_best_counts(classroom):
    desk = Desk(classroom, a_set("submissions: 3"))
    problem = desk.open(desk.ada)
    first, second = right(2), right(1)
    counted = [desk.submit(desk.ada, problem, answers).counted for answers in (first, second, first, second)]
    assert counted == [True, True, False, False]
    assert len(desk.submissions(problem)) == desk.view(desk.ada, problem).submissions_used == 2


def test_where_the_last_counts_only_the_last_can_be_sent_again_for_nothing(classroom):
    desk = Desk(classroom, a_set("grade_by: last", "submissions: 3"))
    problem = desk.open(desk.ada)
    first, second = right(2), right(1)
    sent = [(first, 1), (first, 2), (second, 3), (first, 4)]
    counted = [desk.submit(desk.ada, problem, answers, at=at).counted for answers, at in sent]
    assert counted == [True, False, True, True]
    assert desk.mark(desk.ada).earned == 10 * sixths(2)


def test_the_last_is_the_last_to_arrive_in_whatever_order_they_were_judged(classroom):
    desk = Desk(classroom, a_set("grade_by: last"))
    problem = desk.open(desk.ada)
    desk.submit(desk.ada, problem, right(3), at=6)
    desk.submit(desk.ada, problem, right(1), at=5)
    assert desk.mark(desk.ada).earned == 10 * sixths(3)
    assert desk.submit(desk.ada, problem, right(1), at=7).counted
    assert desk.mark(desk.ada).earned == 10 * sixths(1)


def test_answers_that_were_worth_nothing_when_they_came_are_taken_again_once_there_is_time(classroom):
    desk = Desk(classroom, a_set())
    problem = desk.open(desk.ada)
    desk.submit(desk.ada, problem, RIGHT, at=DUE + 5)
    assert not desk.submit(desk.ada, problem, RIGHT, at=DUE + 6).counted
    desk.update(a_set().replace("19:00", "21:00"), at=DUE + 7)
    assert desk.submit(desk.ada, problem, RIGHT, at=DUE + 8).counted
    assert desk.mark(desk.ada).earned == 10


def test_what_cannot_be_read_uses_up_nothing_however_often_it_is_sent(classroom):
    desk = Desk(classroom, a_set("submissions: 1"))
    problem = desk.open(desk.ada)
    for text in ("half", "a half", ""):
        assert not desk.submit(desk.ada, problem, {"z1": text}).counted
    assert desk.submit(desk.ada, problem, RIGHT).counted
    with pytest.raises(Closed, match="No submission is left"):
        desk.submit(desk.ada, problem, right(1))
    assert desk.mark(desk.ada).earned == 10


@pytest.mark.parametrize("answers", [{"a": ["0.731", ""]}, {"a": ["0.731", "x"]}, {"s": ["", "0.197"]}])
def test_one_number_that_can_be_read_makes_a_submission_of_a_vector(classroom, answers):
    desk = Desk(classroom, a_set("submissions: 1", items=(VECTOR,)))
    problem = desk.open(desk.ada, "slopes")
    sent = desk.submit(desk.ada, problem, answers)
    assert sent.counted
    assert sent.score == Fraction(1, 4)
    assert desk.mark(desk.ada).earned == Fraction(10, 4)
    assert desk.view(desk.ada, problem).submissions_used == 1


@given(st.lists(st.sampled_from(["", "  ", "x", "0.731", "0.27", "1/2", "9"]), min_size=4, max_size=4))
def test_a_submission_counts_exactly_where_some_box_holds_a_number(boxes):
    problem = problems.pose("activation-values", z=[1, -1])
    grade = problems.grade(problem, {"a": boxes[:2], "s": boxes[2:]})
    assert scoring.counts(grade) == any(box.strip() and box != "x" for box in boxes)


def test_no_mark_without_a_submission_that_counts(classroom):
    """Verdicts of what uses up nothing tell nothing: there is no number in it."""
    desk = Desk(classroom, a_set("submissions: 2", items=(VECTOR,)))
    problem = desk.open(desk.ada, "slopes")
    desk.submit(desk.ada, problem, {"a": ["", "x"], "s": ["", ""]})
    [kept] = desk.submissions(problem)
    verdicts = {entry["verdict"] for step in kept.grade["steps"].values() for entry in step["entries"]}
    assert verdicts == {"blank", "unreadable"}
    assert (kept.counted, desk.mark(desk.ada).is_begun) == (False, False)


def test_more_submissions_are_on_top_of_those_that_all_have(classroom):
    desk = Desk(classroom, a_set("submissions: 1"))
    problem = desk.open(desk.ada)
    desk.submit(desk.ada, problem, right(1))
    assert not desk.view(desk.ada, problem).can_submit
    desk.extend(desk.ada, more_submissions=2)
    assert desk.view(desk.ada, problem).submissions_allowed == 3
    for count in (2, 3):
        assert desk.submit(desk.ada, problem, right(count)).counted
    with pytest.raises(Closed, match="No submission is left"):
        desk.submit(desk.ada, problem, right(4))
    other = desk.open(desk.bao)
    desk.submit(desk.bao, other, right(1))
    with pytest.raises(Closed):
        desk.submit(desk.bao, other, right(2))


def test_a_page_offers_no_submission_where_fewer_are_allowed_by_now_than_were_made(classroom):
    desk = Desk(classroom, a_set("submissions: 3"))
    problem = desk.open(desk.ada)
    for count in (1, 2):
        desk.submit(desk.ada, problem, right(count))
    desk.update(a_set("submissions: 1"))
    with pytest.raises(Closed, match="No submission is left"):
        desk.submit(desk.ada, problem, right(3))
    seen = desk.view(desk.ada, problem)
    assert (seen.can_submit, seen.solution_visible, desk.progress(desk.ada).items[0].status) == (False, True, "done")


def test_after_it_was_handed_in_nothing_is_taken_not_even_late(classroom):
    desk = Desk(classroom, a_set(LATE))
    problem = desk.open(desk.ada)
    desk.submit(desk.ada, problem, right(1))
    desk.finish(desk.ada, at=2)
    for minutes in (2, DUE + 1, DUE + 90):
        with pytest.raises(Closed, match="You have handed in this set"):
            desk.submit(desk.ada, problem, RIGHT, at=minutes)
    assert len(desk.submissions(problem)) == 1
    desk.finish(desk.ada, at=5)
    assert desk.attempt(desk.ada).finished_at == desk.at(2)
    assert desk.kinds(desk.ada) == ["started", "submitted", "finished"]


def test_before_it_opens_nothing_is_taken_of_what_was_drawn_before(classroom):
    desk = Desk(classroom, a_set())
    problem = desk.open(desk.ada)
    desk.update(a_set("opens: 2026-11-03T18:30Z"))
    with pytest.raises(Closed, match="opens on 03 November 2026 at 18:30 UTC"):
        desk.submit(desk.ada, problem, RIGHT, at=29.999)
    assert desk.submissions(problem) == []
    assert desk.submit(desk.ada, problem, RIGHT, at=30).time_credit == 1


def test_practice_leaves_no_trace_in_log_or_gradebook(classroom):
    desk = Desk(classroom, a_set("mode: practice", "submissions: 3"))
    problem = desk.open(desk.ada)
    desk.submit(desk.ada, problem, RIGHT)
    desk.save(desk.ada, problem, right(1), at=2)
    desk.extend(desk.ada, more_submissions=1)
    desk.finish(desk.ada, at=3)
    assert desk.kinds() == ["published"]
    with reading(desk.engine) as session:
        book = gradebook.course_gradebook(session, course_slug="deep", now=desk.at(1000))
    assert desk.set_id not in {one.id for one in book.sets}
    assert all(desk.set_id not in row.marks for row in book.rows)
    assert desk.verify().faults == ()
    assert desk.progress(desk.ada).score == 10


def test_what_instructors_try_leaves_no_trace_in_log_or_gradebook(classroom):
    desk = Desk(classroom, a_set("time_limit: 5"))
    person = desk.instructor
    desk.begin(person)
    problem = desk.open(person)
    for count, minutes in ((1, 1), (2, DUE + 500), (3, DUE + 501)):
        sent = desk.submit(person, problem, right(count), at=minutes)
        assert (sent.late, sent.time_credit, sent.counted) == (False, 1, True)
    desk.finish(person, at=DUE + 502)
    assert desk.submit(person, problem, RIGHT, at=DUE + 503).counted
    assert desk.kinds() == ["graded-by", "published"]
    assert set(desk.marks()) == {desk.ada, desk.bao}
    assert not any(mark.is_begun for mark in desk.marks().values())
    assert desk.verify().faults == ()


def test_the_log_tells_of_a_submission_all_that_decides_its_mark(classroom):
    desk = Desk(classroom, a_set(LATE))
    problem = desk.open(desk.ada)
    desk.submit(desk.ada, problem, right(3), at=DUE + 1)
    [kept], entry = desk.submissions(problem), desk.entries(desk.ada)[-1]
    assert json.loads(entry.body) == {
        "arrived_at": (desk.due() + timedelta(minutes=1)).isoformat(timespec="microseconds"),
        "counted": True,
        "family_version": 1,
        "grader_version": problems.GRADER_VERSION,
        "item": "one",
        "late": True,
        "origin": "typed",
        "score": "1/2",
        "submission": kept.id,
        "time_credit": "1/2",
        "variant": 1,
    }
    assert (entry.actor_id, entry.at) == (desk.ada, desk.at(DUE + 1))
