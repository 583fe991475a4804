"""Extensions: who gets more, what that does to work that was too late, and that it takes nothing from anybody."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import count

import pytest
from desk import DUE, RIGHT, Desk, a_set, right, sixths
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import problems
from quizsvc.errors import Closed, Invalid, NotFound
from quizsvc.jobs.closing import close_ended
from quizsvc.services import closing, courses, extensions
from quizsvc.store.database import reading, transaction

HALF = Fraction(1, 2)
LATE = "late: {hours: 1, credit: 1/2}"
numbers = count()


def set_factor(desk, person, factor, at=1):
    with transaction(desk.engine) as session:
        course = courses.get_course(session, "deep")
        extensions.set_time_factor(session, course, person, Fraction(factor), now=desk.at(at))


def history(desk, problem):
    """What every submission was worth, and has been since."""
    return {
        one.number: [judged.score * judged.time_credit for judged in (one, *one.rejudgements)]
        for one in desk.submissions(problem)
    }


def test_a_later_due_time_moves_the_time_for_late_work_with_it(classroom):
    desk = Desk(classroom, a_set(LATE))
    problem = desk.open(desk.ada)
    desk.extend(desk.ada, due=desk.at(DUE + 30))
    window = desk.window(desk.ada)
    assert (window.due, window.late_until) == (desk.at(DUE + 30), desk.at(DUE + 90))
    credits_of = [
        desk.submit(desk.ada, problem, right(done), at=at).time_credit
        for done, at in ((1, DUE + 30), (2, DUE + 90), (3, DUE + 91))
    ]
    assert credits_of == [1, HALF, 0]


def test_a_factor_lengthens_the_time_from_the_start(classroom):
    desk = Desk(classroom, a_set("time_limit: 20"))
    desk.begin(desk.ada)
    problem = desk.open(desk.ada)
    desk.extend(desk.ada, time_factor=Fraction(3, 2))
    assert desk.window(desk.ada).ends == desk.at(30)
    assert desk.submit(desk.ada, problem, right(1), at=30).time_credit == 1
    assert desk.submit(desk.ada, problem, right(2), at=30.1).time_credit == 0


def test_what_an_extension_says_nothing_of_stays_as_an_earlier_one_had_it(classroom):
    desk = Desk(classroom, a_set("time_limit: 20", "submissions: 1"))
    desk.extend(desk.ada, due=desk.at(DUE + 30))
    desk.extend(desk.ada, time_factor=Fraction(2))
    last = desk.extend(desk.ada, more_submissions=3)
    assert (last.due, last.time_factor, last.more_submissions) == (desk.at(DUE + 30), 2, 3)
    desk.begin(desk.ada)
    assert (desk.window(desk.ada).due, desk.window(desk.ada).limit) == (desk.at(DUE + 30), desk.at(40))
    assert desk.view(desk.ada, desk.open(desk.ada)).submissions_allowed == 4
    assert desk.kinds(desk.ada) == ["extended", "extended", "extended", "started"]
    assert json.loads(desk.entries(desk.ada)[2].body) == {
        "due": desk.at(DUE + 30).isoformat(),
        "more_submissions": 3,
        "time_factor": "2",
    }


def test_the_newest_holds_although_it_gives_less_and_takes_back_no_credit(classroom):
    desk = Desk(classroom, a_set("submissions: 1"))
    problem = desk.open(desk.ada)
    desk.submit(desk.ada, problem, right(4), at=DUE + 20)
    desk.extend(desk.ada, due=desk.at(DUE + 300), more_submissions=30, at=DUE + 21)
    desk.extend(desk.ada, due=desk.at(DUE + 10), more_submissions=3, at=DUE + 22)
    assert desk.window(desk.ada).ends == desk.at(DUE + 10)
    assert desk.view(desk.ada, problem).submissions_allowed == 4
    assert desk.mark(desk.ada).earned == 10 * sixths(4)


@pytest.mark.parametrize(
    ("policy", "late", "credits_of"), [((), DUE + 5, [0, 1]), ((LATE,), DUE + 5, [HALF, 1]), ((LATE,), 150, [0, HALF])]
)
def test_late_answers_get_the_credit_of_the_new_time_and_both_judgements_are_kept(classroom, policy, late, credits_of):
    desk = Desk(classroom, a_set(*policy))
    problem = desk.open(desk.ada)
    desk.submit(desk.ada, problem, right(2), at=5)
    desk.submit(desk.ada, problem, RIGHT, at=late)
    desk.extend(desk.ada, due=desk.at(DUE + 60), at=200)
    assert history(desk, problem) == {1: [sixths(2)], 2: credits_of}
    assert desk.mark(desk.ada).earned == 10 * credits_of[-1]
    again = desk.submissions(problem)[1].rejudgements[0]
    assert (again.grade, again.reason) == (desk.submissions(problem)[1].grade, "an extension")
    assert desk.kinds(desk.ada) == ["started", "submitted", "submitted", "extended", "rejudged"]
    assert desk.verify().faults == ()
    desk.extend(desk.ada, due=desk.at(DUE + 60), at=201)
    assert len(desk.submissions(problem)[1].rejudgements) == 1


def test_another_student_is_untouched(classroom):
    desk = Desk(classroom, a_set("time_limit: 20", "submissions: 1"))
    drawn = {}
    for person in (desk.ada, desk.bao):
        desk.begin(person)
        drawn[person] = desk.open(person)
        desk.submit(person, drawn[person], RIGHT, at=30)
    before = (desk.window(desk.bao), desk.mark(desk.bao), desk.kinds(desk.bao), history(desk, drawn[desk.bao]))
    desk.extend(desk.ada, due=desk.at(DUE + 60), time_factor=Fraction(2), more_submissions=1)
    assert desk.mark(desk.ada).earned == 10
    assert before == (
        *(desk.window(desk.bao), desk.mark(desk.bao), desk.kinds(desk.bao)),
        history(desk, drawn[desk.bao]),
    )


@pytest.mark.parametrize("policy", ["grade_by: last", "grade_by: average"])
def test_a_mark_does_not_fall_where_what_is_in_time_now_is_worse(classroom, policy):
    desk = Desk(
        classroom,
        a_set(policy, "variants: new-on-demand", "late: {hours: 1, credit: 0}", items=("- family: activation-values",)),
    )
    first = desk.open(desk.ada, "activation-values")
    solved = problems.solve(desk.view(desk.ada, first).problem)
    desk.submit(desk.ada, first, {step: [repr(float(one)) for one in solved[step]] for step in "as"}, at=5)
    second = desk.redraw(desk.ada, first, at=DUE + 5)
    desk.submit(desk.ada, second, {"a": ["9"] * 4}, at=DUE + 6)
    assert desk.mark(desk.ada).earned == 10
    desk.extend(desk.ada, due=desk.at(DUE + 60), at=DUE + 10)
    mark = desk.mark(desk.ada)
    assert (mark.earned, mark.source) == (10, "held")
    assert mark.items[0].share == {"grade_by: last": 0, "grade_by: average": HALF}[policy]
    assert desk.kinds(desk.ada)[-3:] == ["extended", "rejudged", "adjusted"]
    assert desk.verify().faults == ()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    policy=st.tuples(
        st.sampled_from(["grade_by: best", "grade_by: last"]),
        st.sampled_from(["grace: 0", "grace: 300", LATE, "late: {hours: 1, credit: 0}"]),
    ),
    sent=st.lists(st.tuples(st.integers(0, 6), st.integers(1, 200)), min_size=1, max_size=4),
    moved=st.lists(st.integers(DUE + 1, 200), min_size=1, max_size=2),
)
def test_no_extension_lowers_any_mark_or_changes_what_was_judged(classroom, policy, sent, moved):
    desk = Desk(classroom, a_set(f"slug: s-{next(numbers)}", *policy))
    problem = desk.open(desk.ada)
    for done, at in sent:
        desk.submit(desk.ada, problem, right(done), at=at)
    for due in moved:
        before, told, window = desk.mark(desk.ada).earned, history(desk, problem), desk.window(desk.ada)
        desk.extend(desk.ada, due=desk.at(due), at=300)
        after = history(desk, problem)
        assert desk.mark(desk.ada).earned >= before
        assert all(after[number][: len(worth)] == worth for number, worth in told.items())
        assert all(worth == sorted(worth) for worth in after.values())
        if desk.window(desk.ada).due >= window.due:
            arrived = {one.number: one for one in desk.submissions(problem)}
            for number, worth in after.items():
                one = arrived[number]
                assert worth[-1] == one.score * desk.window(desk.ada).time_credit(one.arrived_at)
    assert desk.verify().faults == ()


def test_a_factor_of_the_course_lengthens_every_time_limit_of_one_student(classroom):
    desks = [Desk(classroom, a_set("time_limit: 20", f"slug: {slug}")) for slug in ("first", "second")]
    for desk in desks:
        for person in (desk.ada, desk.bao):
            desk.begin(person)
            desk.submit(person, desk.open(person), RIGHT, at=25)
        close_ended(desk.engine, now=desk.at(40))
    set_factor(desks[0], desks[0].ada, "3/2", at=29)
    for desk in desks:
        assert (desk.window(desk.ada).limit, desk.window(desk.bao).limit) == (desk.at(30), desk.at(20))
        assert (desk.mark(desk.ada).earned, desk.mark(desk.bao).earned) == (10, 0)
        assert (desk.attempt(desk.ada).finished_by, desk.attempt(desk.bao).finished_by) == (None, "time")
        assert desk.kinds(desk.ada) == ["started", "submitted", "finished", "reopened", "rejudged"]
    assert desks[0].verify().faults == ()


def test_of_the_factor_of_the_course_and_that_of_an_extension_the_larger_holds(classroom):
    desk = Desk(classroom, a_set("time_limit: 20"))
    desk.begin(desk.ada)
    desk.extend(desk.ada, time_factor=Fraction(3, 2))
    set_factor(desk, desk.ada, 2)
    assert desk.window(desk.ada).limit == desk.at(40)
    with pytest.raises(Invalid) as refused:
        desk.extend(desk.ada, time_factor=Fraction(5, 4))
    assert refused.value.details[0].message == ("The student has 2 times the time in the whole course; write no less.")


@pytest.mark.parametrize("factor", ["1/2", "0", "-1", "11"])
def test_a_factor_that_is_none_is_refused(classroom, factor):
    desk = Desk(classroom, a_set("time_limit: 20"))
    with pytest.raises(Invalid) as refused:
        set_factor(desk, desk.ada, factor)
    with pytest.raises(Invalid) as also:
        desk.extend(desk.ada, time_factor=Fraction(factor))
    [detail] = refused.value.details
    assert (detail.message, list(also.value.details)) == ("A time factor is from 1 to 10, such as 1.25.", [detail])


@pytest.mark.parametrize(
    ("policy", "stated", "where", "said"),
    [
        ((), {}, "", "An extension gives something"),
        ((), {"more_submissions": 0}, "", "An extension gives something"),
        ((), {"due": DUE}, "due", "due on 2026-11-03 19:00 UTC; write a later time"),
        ((), {"due": DUE - 1}, "due", "write a later time"),
        (None, {"due": DUE}, "due", "has no due time"),
        ((), {"time_factor": Fraction(2)}, "time_factor", "has no time limit"),
        (("submissions: 2",), {"more_submissions": 101}, "more_submissions", "from 0 to 100"),
        (("submissions: 2",), {"more_submissions": -1}, "more_submissions", "from 0 to 100"),
        ((), {"more_submissions": 1}, "more_submissions", "as many submissions as one likes"),
        ((), {"due": DUE + 1, "reason": "  "}, "reason", "needs 1 to 500"),
    ],
)
def test_an_extension_that_gives_nothing_is_refused_in_words_and_leaves_nothing(classroom, policy, stated, where, said):
    text = a_set().replace("due: 2026-11-03T19:00Z\n", "") if policy is None else a_set(*policy)
    desk = Desk(classroom, text)
    if "due" in stated:
        stated = stated | {"due": desk.at(stated["due"])}
    with pytest.raises(Invalid) as refused:
        desk.extend(desk.ada, **stated)
    [detail] = refused.value.details
    assert detail.where == where
    assert said in detail.message
    assert desk.kinds(desk.ada) == []


def test_extensions_are_for_students_of_the_course(classroom):
    desk = Desk(classroom, a_set())
    with reading(desk.engine) as session:
        course = courses.get_course(session, "deep")
        assert extensions.find_student(session, course, " Ada@example.org ").id == desk.ada
        for email in ("ines@example.org", "sam@example.org", "nobody@example.org"):
            with pytest.raises(NotFound, match="is no student of deep; roster list tells who is"):
                extensions.find_student(session, course, email)
    with pytest.raises(NotFound):
        desk.extend(classroom.stranger, due=desk.at(DUE + 1))
    with pytest.raises(NotFound):
        set_factor(desk, classroom.stranger, 2)


def test_who_has_time_again_goes_on_and_who_handed_in_does_not(classroom):
    desk = Desk(classroom, a_set())
    desk.open(desk.ada)
    desk.open(desk.bao)
    desk.finish(desk.bao, at=2)
    close_ended(desk.engine, now=desk.at(DUE + 10))
    desk.update(a_set().replace("19:00", "21:00"), at=DUE + 20)
    with transaction(desk.engine) as session:
        closing.reopen_attempts(session, desk.set(session), now=desk.at(DUE + 20))
    assert desk.submit(desk.ada, desk.open(desk.ada), right(1), at=DUE + 30).time_credit == 1
    assert desk.save(desk.ada, desk.open(desk.ada), right(2), at=DUE + 30) == 1
    with pytest.raises(Closed):
        desk.submit(desk.bao, desk.open(desk.bao), right(1), at=DUE + 30)
    assert desk.kinds(desk.bao) == ["started", "finished"]
    assert desk.kinds(desk.ada) == ["started", "finished", "reopened", "submitted"]
