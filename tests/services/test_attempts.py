"""Working on a set: who may, when, how often, and what is seen of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import func, select

import problems
from quizsvc.errors import Closed, Conflict, Invalid, NotAllowed, NotFound
from quizsvc.services import attempts, submitting
from quizsvc.services.submitting import SubmitSteps
from quizsvc.store import sets
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import Attempt, IssuedProblem, Submission

DUE = timedelta(days=7)
LECTURE = {
    "z1": "0.5",
    "a1": "0.62",
    "s1": "0.24",
    "z2": "0.31",
    "a2": "0.58",
    "s2": "0.24",
    "z3": "0.29",
    "a3": "0.57",
    "s3": "0.24",
    "product": "0.0138",
}


def open_item(room, item=0, *, who=None, now=None, seed=7):
    with transaction(room.engine) as session:
        person = who or room.ada
        return attempts.open_problem(
            session, user_id=person, item_id=room.items[item], now=now or room.now, seed=seed
        ).id


def submit(room, problem_id, answers, *, who=None, now=None):
    with transaction(room.engine) as session:
        return submitting.submit_steps(session, SubmitSteps(who or room.ada, problem_id, answers), now=now or room.now)


def view(room, problem_id, *, who=None, now=None):
    with reading(room.engine) as session:
        return attempts.view_problem(session, user_id=who or room.ada, problem_id=problem_id, now=now or room.now)


def change(room, **policy):
    with transaction(room.engine) as session:
        problem_set = sets.get_set(session, room.set_id)
        for name, value in policy.items():
            setattr(problem_set, name, value)


def count(room, table):
    with reading(room.engine) as session:
        return session.scalar(select(func.count()).select_from(table))


def full_marks(room, problem_id):
    """What a student who makes no mistake types."""
    problem = view(room, problem_id).problem
    values = problems.solve(problem)
    typed = {}
    for step in problem.steps:
        if not step.asked:
            continue
        if step.kind == "choice":
            typed[step.id] = step.choices[int(values[step.id])].id
        elif step.kind == "number":
            typed[step.id] = repr(float(values[step.id]))
    return typed


def test_opening_draws_once_and_comes_back_to_the_same_numbers(classroom):
    first, again = open_item(classroom, 1, seed=1), open_item(classroom, 1, seed=2)
    assert first == again
    assert count(classroom, IssuedProblem) == count(classroom, Attempt) == 1


def test_students_who_open_at_once_get_one_variant_each(classroom):
    with ThreadPoolExecutor(8) as pool:
        who = [classroom.ada, classroom.bao] * 8
        ids = list(pool.map(lambda pair: open_item(classroom, 1, who=pair[1], seed=pair[0]), enumerate(who)))
    assert len(set(ids)) == 2
    assert count(classroom, Attempt) == count(classroom, IssuedProblem) == 2


def test_what_is_typed_is_judged_and_kept(classroom):
    problem = open_item(classroom)
    shown = submit(classroom, problem, LECTURE)
    assert {
        name: step["verdict"] for name, step in shown.judged["steps"].items() if step["verdict"] != "blank"
    } == dict.fromkeys(LECTURE, "correct")
    seen = view(classroom, problem)
    assert seen.answers == LECTURE
    assert seen.judged == shown.judged
    assert seen.submissions_used == 1
    assert seen.latest.arrived_at == classroom.now


def test_a_wrong_step_is_named_and_those_below_it_are_carried(classroom):
    judged = submit(classroom, open_item(classroom), LECTURE | {"s1": "0.62", "product": "0.036"}).judged
    assert judged["first_error"] == "s1"
    assert judged["steps"]["s1"]["mistake"]
    assert judged["steps"]["product"]["verdict"] == "carried"


def test_the_same_again_uses_up_nothing_and_is_stored_once(classroom):
    problem = open_item(classroom)
    submit(classroom, problem, LECTURE)
    assert not submit(classroom, problem, LECTURE).counted
    assert count(classroom, Submission) == 1
    assert view(classroom, problem).submissions_used == 1


def test_what_cannot_be_read_at_all_is_kept_and_uses_up_nothing(classroom):
    problem = open_item(classroom)
    shown = submit(classroom, problem, {"z1": "half", "a1": ""})
    assert not shown.counted
    assert shown.judged["steps"]["z1"]["verdict"] == "unreadable"
    assert (count(classroom, Submission), view(classroom, problem).submissions_used) == (1, 0)


def test_no_more_submissions_than_allowed_even_when_they_arrive_at_once(classroom):
    problem = open_item(classroom)

    def one(number):
        try:
            submit(classroom, problem, {"z1": f"0.{number}"})
        except Closed:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(10, 26))) == 3
    with reading(classroom.engine) as session:
        assert session.scalars(select(Submission.number).order_by(Submission.number)).all() == [1, 2, 3]
    assert not view(classroom, problem).can_submit


def test_what_cannot_be_read_costs_nothing_and_is_bounded_all_the_same(classroom, monkeypatch):
    monkeypatch.setattr(submitting, "MOST_SUBMISSIONS", 3)
    problem = open_item(classroom)
    for text in ("one", "two", "three"):
        assert not submit(classroom, problem, {"z1": text}).counted
    with pytest.raises(Closed, match="3 submissions, which is the limit"):
        submit(classroom, problem, {"z1": "0.5"})


def test_an_item_that_cannot_be_drawn_any_more_is_told(classroom):
    with transaction(classroom.engine) as session:
        sets.get_item(session, classroom.items[1]).options = {"depth": 99}
    with pytest.raises(Conflict, match="tell your instructor"):
        open_item(classroom, 1)


def test_the_solution_is_seen_when_all_is_right_or_nothing_is_left(classroom):
    problem = open_item(classroom, 1)
    assert not view(classroom, problem).solution_visible
    submit(classroom, problem, full_marks(classroom, problem))
    seen = view(classroom, problem)
    assert seen.judged["score"] == 1.0
    assert seen.solution_visible
    assert view(classroom, problem, who=classroom.instructor).solution_visible


@pytest.mark.parametrize(("milliseconds", "in_time"), [(-1, True), (0, True), (1, False)])
def test_arrival_decides_to_the_millisecond_whether_it_is_in_time(classroom, milliseconds, in_time):
    problem = open_item(classroom)
    sent = submit(classroom, problem, LECTURE, now=classroom.now + DUE + timedelta(milliseconds=milliseconds))
    assert (sent.late, sent.time_credit) == (not in_time, int(in_time))
    assert count(classroom, Submission) == 1
    other = classroom.now + DUE + timedelta(milliseconds=milliseconds)
    if in_time:
        assert open_item(classroom, 1, now=other)
    else:
        with pytest.raises(Closed, match="was due on 10 November 2026 at 18:00 UTC"):
            open_item(classroom, 1, now=other)


def test_before_it_opens_nothing_is_drawn(classroom):
    change(classroom, opens=classroom.now + timedelta(hours=1))
    with pytest.raises(Closed, match="opens on"):
        open_item(classroom)
    assert open_item(classroom, who=classroom.instructor)
    assert count(classroom, Attempt) == 1


@pytest.mark.parametrize("feedback", ["after-due", "never"])
def test_hidden_marks_are_nowhere_in_what_a_student_gets(classroom, feedback):
    change(classroom, feedback=feedback)
    problem = open_item(classroom, 1)
    typed = full_marks(classroom, problem)
    shown = submit(classroom, problem, typed)
    assert (shown.score, shown.judged) == (None, None)
    seen = view(classroom, problem)
    assert (seen.judged, seen.latest.score, seen.solution_visible) == (None, None, False)
    with reading(classroom.engine) as session:
        page = attempts.view_set(session, user_id=classroom.ada, set_id=classroom.set_id, now=classroom.now)
    assert (page.progress.score, page.progress.items[1].best) == (None, None)
    after = view(classroom, problem, now=classroom.now + DUE * 2)
    assert (after.judged is not None) == (feedback == "after-due") == after.solution_visible


def test_being_done_does_not_tell_whether_hidden_work_is_right(classroom):
    change(classroom, feedback="after-due")
    right, wrong = open_item(classroom, 1), open_item(classroom, 1, who=classroom.bao)
    submit(classroom, right, full_marks(classroom, right))
    submit(classroom, wrong, {"z1": "999"}, who=classroom.bao)
    with reading(classroom.engine) as session:
        cards = [
            attempts.view_set(session, user_id=who, set_id=classroom.set_id, now=classroom.now).progress.items[1].status
            for who in (classroom.ada, classroom.bao)
        ]
    assert cards[0] == cards[1]


def test_a_new_variant_has_other_numbers_and_the_old_one_rests(classroom):
    first = open_item(classroom, 1, seed=1)
    with transaction(classroom.engine) as session:
        second = attempts.new_variant(session, user_id=classroom.ada, problem_id=first, now=classroom.now, seed=2).id
        again = attempts.new_variant(session, user_id=classroom.ada, problem_id=first, now=classroom.now, seed=3).id
    assert second == again != first
    assert view(classroom, second).problem.given != view(classroom, first).problem.given
    assert not view(classroom, first).can_draw_new
    assert open_item(classroom, 1) == second


def test_numbers_that_are_given_stay(classroom):
    problem = open_item(classroom, 0)
    assert not view(classroom, problem).can_draw_new
    with transaction(classroom.engine) as session, pytest.raises(Closed, match="keeps its numbers"):
        attempts.new_variant(session, user_id=classroom.ada, problem_id=problem, now=classroom.now, seed=2)


def test_no_new_variant_where_the_set_has_none(classroom):
    change(classroom, variants="one-each")
    problem = open_item(classroom, 1)
    with transaction(classroom.engine) as session, pytest.raises(Closed):
        attempts.new_variant(session, user_id=classroom.ada, problem_id=problem, now=classroom.now, seed=2)


def test_the_best_of_all_submissions_counts(classroom):
    problem = open_item(classroom)
    best = submit(classroom, problem, LECTURE).score
    submit(classroom, problem, {"z1": "0.5"})
    with reading(classroom.engine) as session:
        page = attempts.view_set(session, user_id=classroom.ada, set_id=classroom.set_id, now=classroom.now)
    assert page.progress.items[0].best == best > Fraction(1, 2)
    assert page.progress.score == 10 * best
    assert page.progress.max_points == 30


def test_others_work_is_not_there_for_students_and_not_to_be_touched_by_instructors(classroom):
    problem = open_item(classroom)
    for who in (classroom.bao, classroom.stranger):
        with pytest.raises(NotFound):
            view(classroom, problem, who=who)
        with pytest.raises(NotFound):
            submit(classroom, problem, LECTURE, who=who)
    assert view(classroom, problem, who=classroom.instructor).author == "Ada"
    with pytest.raises(NotAllowed):
        submit(classroom, problem, LECTURE, who=classroom.instructor)


def test_an_unpublished_set_is_not_there_for_students(classroom):
    change(classroom, published_at=None)
    with pytest.raises(NotFound):
        open_item(classroom)
    assert open_item(classroom, who=classroom.instructor)


@pytest.mark.parametrize("problem_id", [0, 10**6])
def test_a_problem_that_is_not_there(classroom, problem_id):
    with pytest.raises(NotFound):
        view(classroom, problem_id)


def test_a_step_that_is_not_asked_is_refused_with_its_name(classroom):
    with pytest.raises(Invalid) as refused:
        submit(classroom, open_item(classroom), {"z9": "1"})
    assert "z9" in refused.value.details[0].message
    assert count(classroom, Submission) == 0


def test_a_judgement_can_be_recomputed_from_what_is_stored(classroom):
    submit(classroom, open_item(classroom), LECTURE | {"s1": "0.62"})
    with reading(classroom.engine) as session:
        stored = session.scalars(select(Submission)).one()
        problem = problems.from_json(stored.issued_problem.problem)
        again = problems.grade(problem, stored.answers, problems.MarkScheme(imprecise=Fraction(1, 2)))
        assert again.to_dict() == stored.grade
        assert again.points / again.max_points == stored.score
