"""Who is where in a set while it is worked on: in which stage, with how much time, and at what cost."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import timedelta
from fractions import Fraction
from itertools import count

import pytest
from desk import DUE, ONE, RIGHT, UNIT, Desk, a_set, right
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert

from quizsvc.errors import NotAllowed, NotFound, QuizError
from quizsvc.jobs.closing import close_ended
from quizsvc.services import live
from quizsvc.store import work
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import Attempt, IssuedProblem, Submission

TWO = f"- {{id: two, points: 20, {UNIT}}}"
MOST_QUERIES, MOST_AT_REST = 9, 4
LARGE = re.compile(
    r"(submissions|rejudgements)\w*\.(answers|grade)\b|issued_problems\w*\.problem\b|drafts\w*\.(readable_)?answers\b"
)
numbers = count()


def look(desk, at=1, *, user=None):
    with reading(desk.engine) as session:
        return live.live_view(session, set_id=desk.set_id, user_id=user or desk.instructor, now=desk.at(at))


def row_of(desk, person, at=1):
    [row] = [row for row in look(desk, at).rows if row.user_id == person]
    return row


def pulse(desk, at=1, *, user=None):
    with reading(desk.engine) as session:
        return live.pulse(session, set_id=desk.set_id, user_id=user or desk.instructor, now=desk.at(at))


def stages(desk, person, *minutes):
    return [row_of(desk, person, at).stage for at in minutes]


def told(row, now):
    """All that the page says of a student."""
    last = row.last_item and row.last_item.key
    return (
        *(row.user_id, row.name, row.stage, row.is_active, row.begun_at, row.left(now), last, row.problem_id),
        *(row.last_at, row.sent, row.submissions, row.mark),
    )


@contextmanager
def asked_of(engine):
    """What is asked of the database meanwhile."""
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        if statement.startswith("SELECT"):
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def test_a_student_goes_from_not_begun_to_working_to_late_to_time_is_up(classroom):
    desk = Desk(classroom, a_set("late: {hours: 1, credit: 1/2}"))
    assert stages(desk, desk.ada, 0, DUE + 200) == ["not-begun", "not-begun"]
    desk.begin(desk.ada)
    assert stages(desk, desk.ada, 1, DUE, DUE + 0.1, DUE + 60, DUE + 60.1) == [
        *("working", "working", "late", "late", "time-up")
    ]
    close_ended(desk.engine, now=desk.at(DUE + 90))
    assert desk.attempt(desk.ada).finished_by == "time"
    assert stages(desk, desk.ada, DUE + 91) == ["time-up"]


def test_who_has_handed_in_has_handed_in_whatever_the_clock_says(classroom):
    desk = Desk(classroom, a_set())
    desk.begin(desk.ada)
    desk.finish(desk.ada, at=5)
    assert stages(desk, desk.ada, 6, DUE + 100) == ["handed-in", "handed-in"]
    row = row_of(desk, desk.ada, at=6)
    assert (row.left(desk.at(6)), row.is_active, row.last_at) == (None, False, desk.at(5))


def test_the_time_that_is_left_is_the_students_own(classroom):
    desk = Desk(classroom, a_set("time_limit: 20"))
    for person in (desk.ada, desk.bao):
        desk.begin(person)
    desk.extend(desk.bao, time_factor=Fraction(3, 2))
    left = {row.user_id: row.left(desk.at(12)) for row in look(desk, 12).rows}
    assert left == {desk.ada: timedelta(minutes=8), desk.bao: timedelta(minutes=18)}
    assert stages(desk, desk.ada, 21) + stages(desk, desk.bao, 21) == ["time-up", "working"]


def test_a_set_without_an_end_leaves_no_time_to_tell(classroom):
    desk = Desk(classroom, "title: Endless\nitems:\n  " + ONE)
    desk.begin(desk.ada)
    row = row_of(desk, desk.ada, at=100_000)
    assert (row.stage, row.left(desk.at(100_000))) == ("working", None)


@pytest.mark.parametrize("deed", ["begins", "opens", "saves", "sends"])
def test_whoever_does_anything_works_for_five_minutes(classroom, deed):
    desk = Desk(classroom, a_set())
    if deed == "begins":
        desk.begin(desk.ada, at=10)
    else:
        problem = desk.open(desk.ada, at=10 if deed == "opens" else 0)
    if deed == "saves":
        desk.save(desk.ada, problem, right(1), at=10)
    if deed == "sends":
        desk.submit(desk.ada, problem, right(1), at=10)
    assert [row_of(desk, desk.ada, at).is_active for at in (10, 15, 15.1)] == [True, True, False]
    assert row_of(desk, desk.ada, 20).last_at == desk.at(10)


def test_the_problem_worked_on_last_is_the_one_where_something_happened_last(classroom):
    desk = Desk(classroom, a_set(items=(ONE, TWO)))
    assert row_of(desk, desk.ada).last_item is None
    one, two = desk.open(desk.ada, at=1), desk.open(desk.ada, "two", at=2)
    seen = [row_of(desk, desk.ada).problem_id]
    desk.save(desk.ada, one, right(1), at=3)
    seen.append(row_of(desk, desk.ada).problem_id)
    desk.submit(desk.ada, two, right(1), at=3)
    seen.append(row_of(desk, desk.ada).problem_id)
    assert seen == [two, one, two]
    row = row_of(desk, desk.ada)
    assert (row.last_item.key, row.sent, len(row.mark.items), row.submissions) == ("two", 1, 2, 1)


def test_the_sums_are_over_all_students_and_no_instructor(classroom):
    desk = Desk(classroom, a_set())
    others = desk.enrol(3)
    for person in (desk.ada, desk.bao, others[0]):
        desk.begin(person)
    desk.begin(desk.instructor)
    desk.submit(desk.ada, desk.open(desk.ada), right(2), at=2)
    desk.finish(desk.bao, at=2)
    view = look(desk, at=6)
    assert [row.name for row in view.rows] == sorted(row.name for row in view.rows)
    assert len(view.rows) == 5
    assert (view.begun, view.active, view.handed_in, view.nothing_sent) == (3, 1, 1, 4)


def test_only_instructors_of_the_course_see_it(classroom):
    desk = Desk(classroom, a_set())
    for ask in (look, pulse):
        with pytest.raises(NotAllowed):
            ask(desk, user=desk.ada)
        with pytest.raises(NotFound):
            ask(desk, user=classroom.stranger)


DEEDS = st.tuples(
    st.sampled_from(["begin", "open", "redraw", "save", "submit", "late", "finish", "extend", "by hand", "held"]),
    st.booleans(),
    st.integers(0, len(RIGHT)),
)


def do(desk, deed, at):
    """One deed of a student, or for one; what is refused is not done."""
    what, ada, amount = deed
    person, key = (desk.ada if ada else desk.bao), ("two" if amount % 2 else "one")
    try:
        if what == "begin":
            desk.begin(person, at=at)
        elif what == "finish":
            desk.finish(person, at=at)
        elif what == "extend":
            desk.extend(person, due=desk.at(DUE + 120 + at), more_submissions=amount, at=at)
        elif what == "by hand":
            desk.by_hand(person, None if amount > 3 else Fraction(amount), key if ada else None, at=at)
        elif what == "held":
            desk.regrade(at=at)
        else:
            problem = desk.open(person, key, at=at)
            if what == "redraw":
                desk.redraw(person, problem, at=at)
            elif what == "save":
                draft = desk.draft(problem)
                desk.save(person, problem, right(amount), 0 if draft is None else draft.revision, at=at)
            elif what in ("submit", "late"):
                desk.submit(person, problem, right(amount), at=at if what == "submit" else DUE + 1)
    except QuizError:
        pass


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(DEEDS, max_size=14))
@example([("late", True, 4), ("extend", True, 0), ("by hand", True, 2), ("by hand", True, 5), ("finish", False, 0)])
def test_whatever_is_done_marks_are_those_of_the_gradebook_and_who_looks_is_told(classroom, deeds):
    policy = (
        f"slug: live-{next(numbers)}",
        "submissions: 2",
        "variants: new-on-demand",
        "late: {hours: 1, credit: 1/3}",
    )
    desk = Desk(classroom, a_set(*policy, items=(ONE, TWO)))
    before, known = [], pulse(desk, at=30)
    for number, deed in enumerate(deeds):
        do(desk, deed, at=number / 20)
        view = look(desk, at=30)
        assert {row.user_id: row.mark for row in view.rows} == desk.marks()
        seen = [told(row, desk.at(30)) for row in view.rows]
        now = pulse(desk, at=30)
        assert number == 0 or now != known or seen == before
        before, known = seen, now


def test_the_pulse_changes_with_every_deed_and_every_minute_and_with_nothing_else(classroom):
    desk = Desk(classroom, a_set("late: {hours: 1, credit: 1/2}"))
    seen = [pulse(desk)]

    def problem():
        return desk.problems_of(desk.ada)[0]

    for deed in (
        lambda: desk.begin(desk.ada),
        lambda: desk.open(desk.ada),
        lambda: desk.save(desk.ada, problem(), right(1)),
        lambda: desk.save(desk.ada, problem(), right(2), base=1),
        lambda: desk.submit(desk.ada, problem(), right(2), at=DUE + 1),
        lambda: desk.extend(desk.ada, due=desk.at(DUE + 30)),
        lambda: desk.by_hand(desk.ada, Fraction(3)),
        lambda: desk.finish(desk.ada),
    ):
        deed()
        look(desk)
        seen += [pulse(desk, 1), pulse(desk, 1.9)]
    assert len(set(seen)) == 1 + 8
    assert all(one == other for one, other in zip(seen[1::2], seen[2::2], strict=True))
    assert pulse(desk, 2) != seen[-1]


def crowd(desk, size):
    """So many students more, each with an attempt and a judged submission."""
    people = desk.enrol(size)
    with transaction(desk.engine) as session:
        item = desk.set(session).items[0]
        begun = {"set_id": desk.set_id, "set_version": 1, "item_ids": [item.id], "started_at": desk.start}
        attempts = session.scalars(insert(Attempt).returning(Attempt.id), [{"user_id": one, **begun} for one in people])
        drawn = {"item_id": item.id, "variant": 1, "family": item.family, "family_version": 1, "problem": "{}"}
        issued = session.scalars(
            insert(IssuedProblem).returning(IssuedProblem.id),
            [{"attempt_id": one, "issued_at": desk.start, **drawn} for one in attempts.all()],
        )
        judged = {"number": 1, "answers": {}, "grade": {}, "score": Fraction(1, 2), "counted": True}
        versions = {"family_version": 1, "grader_version": 1, "arrived_at": desk.start}
        rows = [{"issued_problem_id": one, **judged, **versions} for one in issued.all()]
        session.execute(insert(Submission), rows)


def test_it_takes_as_many_queries_for_a_thousand_students_as_for_two_and_none_for_their_answers(classroom):
    desk = Desk(classroom, a_set())
    desk.submit(desk.ada, desk.open(desk.ada), right(3))
    desk.save(desk.ada, desk.problems_of(desk.ada)[0], right(4))
    with asked_of(desk.engine) as few:
        assert len(look(desk).rows) == 2
    crowd(desk, 1000)
    with asked_of(desk.engine) as many:
        view = look(desk)
    assert len(view.rows) == 1002
    assert {row.submissions for row in view.rows} == {0, 1}
    assert sorted(many) == sorted(few)
    assert len(many) <= MOST_QUERIES
    assert [statement for statement in many if LARGE.search(statement)] == []
    with asked_of(desk.engine) as at_rest:
        pulse(desk)
    assert len(at_rest) <= MOST_AT_REST


def test_what_was_typed_would_be_seen_among_the_queries(classroom):
    desk = Desk(classroom, a_set())
    desk.submit(desk.ada, desk.open(desk.ada), right(3))
    with asked_of(desk.engine) as asked, reading(desk.engine) as session:
        work.issued_to(session, set_id=desk.set_id, user_id=desk.ada)
    assert [statement for statement in asked if LARGE.search(statement)] != []
