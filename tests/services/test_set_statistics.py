"""The statistics of a set from its database: what counts is in them, once, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from students import exact_answers

import problems
from quizsvc.errors import NotAllowed, NotFound
from quizsvc.services import attempts, set_statistics, submitting
from quizsvc.services.set_statistics import works_of
from quizsvc.store import sets
from quizsvc.store.database import reading, transaction

DAY = timedelta(days=1)


@pytest.fixture
def work(classroom):
    """work(who, item, slip=…): everything right but for what is given; what it came to."""

    def work(who, item, *, now=None, variant=False, **slips):
        with transaction(classroom.engine) as session:
            when = now or classroom.now
            issued = attempts.open_problem(
                session, user_id=who, item_id=classroom.items[item], now=classroom.now, seed=who
            )
            if variant:
                issued = attempts.new_variant(session, user_id=who, problem_id=issued.id, now=when, seed=who + 100)
            typed = exact_answers(problems.from_json(issued.problem)) | slips
            return submitting.submit_steps(session, submitting.SubmitSteps(who, issued.id, typed), now=when)

    return work


@pytest.fixture
def found(classroom):
    """What is found of the class: student -> work, by item."""

    def found(**policy):
        with transaction(classroom.engine) as session:
            problem_set = sets.get_set(session, classroom.set_id)
            for name, value in policy.items():
                setattr(problem_set, name, value)
            session.flush()
            keys = {item.key for item in problem_set.items}
            return {(one.item, one.student): one for one in works_of(session, problem_set, keys)}

    return found


def test_the_best_submission_counts_and_the_first_is_remembered(classroom, work, found):
    work(classroom.ada, 0, s1="0.9999")
    work(classroom.ada, 0, now=classroom.now + timedelta(minutes=5))
    work(classroom.ada, 0, now=classroom.now + timedelta(minutes=9), z1="77")
    [one] = found().values()
    assert (one.share, one.submissions, one.variants, one.seconds) == (1, 3, 1, 540)
    assert one.first_share < 1
    assert one.first_grade["steps"]["s1"]["verdict"] != "correct" == one.grade["steps"]["s1"]["verdict"]
    [last] = found(grade_by="last").values()
    assert last.share < 1
    assert last.grade["steps"]["z1"]["verdict"] != "correct"


def test_an_average_is_over_the_variants(classroom, work, found):
    blank = {step.id: "" for step in problems.draw("exploding-gradient", seed=1, depth=2).steps if step.asked}
    work(classroom.ada, 1, **blank | {"z1": "77"})
    work(classroom.ada, 1, variant=True)
    [one] = found(grade_by="average").values()
    assert (one.share, one.variants, one.submissions) == (Fraction(1, 2), 2, 2)


def test_what_came_too_late_for_any_credit_is_not_in_it(classroom, work, found):
    work(classroom.ada, 0, s1="0.9999")
    before = found()
    work(classroom.ada, 0, now=classroom.now + 30 * DAY)
    assert found() == before


def test_instructors_are_not_in_it(classroom, work, found):
    work(classroom.instructor, 0)
    assert found() == {}


def test_facility_is_the_mean_over_those_who_worked_on_it(classroom, work):
    whole = work(classroom.ada, 0).score
    part = work(classroom.bao, 0, z1="77").score
    with reading(classroom.engine) as session:
        statistics = set_statistics.set_statistics(session, set_id=classroom.set_id, user_id=classroom.instructor)
    lecture, growing = statistics.items
    assert lecture.facility == pytest.approx(float((whole + part) / 2))
    assert (lecture.students, growing.students, growing.facility) == (2, 0, None)


def test_an_excluded_problem_is_left_out(classroom, work):
    work(classroom.ada, 0)
    with transaction(classroom.engine) as session:
        sets.get_item(session, classroom.items[0]).dropped = "excluded"
    with reading(classroom.engine) as session:
        statistics = set_statistics.set_statistics(session, set_id=classroom.set_id)
    assert [item.title for item in statistics.items] == ["Exploding gradient"]


def test_only_who_teaches_the_course_sees_it(classroom):
    with reading(classroom.engine) as session:
        with pytest.raises(NotAllowed):
            set_statistics.set_statistics(session, set_id=classroom.set_id, user_id=classroom.ada)
        with pytest.raises(NotFound):
            set_statistics.set_statistics(session, set_id=classroom.set_id, user_id=classroom.stranger)
