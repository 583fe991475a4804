"""One student's work on a set, as who teaches sees it: what was typed, how it was judged, what decided the marks."""

from __future__ import annotations

from fractions import Fraction

import pytest
from desk import DUE, ONE, RIGHT, UNIT, Desk, a_set, right, sixths

from quizsvc.errors import NotAllowed, NotFound
from quizsvc.jobs.closing import close_ended
from quizsvc.services import student_work
from quizsvc.store.database import reading

LATE = "late: {hours: 1, credit: 1/2}"
TWO = f"- {{id: two, points: 20, {UNIT}}}"


def look(desk, person=None, *, user=None):
    with reading(desk.engine) as session:
        return student_work.student_work(
            session, set_id=desk.set_id, student_id=person or desk.ada, user_id=user or desk.instructor
        )


def only_variant(desk):
    [item] = look(desk).items
    [variant] = item.variants
    return variant


def test_only_instructors_of_the_course_see_it_and_only_students_have_work(classroom):
    desk = Desk(classroom, a_set())
    with pytest.raises(NotAllowed):
        look(desk, user=desk.ada)
    for person, user in ((desk.ada, classroom.stranger), (classroom.stranger, None), (desk.instructor, None)):
        with pytest.raises(NotFound):
            look(desk, person, user=user)


def test_who_has_not_begun_has_problems_and_no_work(classroom):
    desk = Desk(classroom, a_set(items=(ONE, TWO)))
    work = look(desk)
    assert [(one.item.key, one.mark.source, one.variants) for one in work.items] == [
        *(("one", "nothing", ()), ("two", "nothing", ()))
    ]
    assert (work.mark.earned, work.mark.max_points, work.history, work.extensions) == (0, 30, (), ())


def test_every_submission_is_there_as_it_was_typed_and_judged_in_order_of_arrival(classroom):
    desk = Desk(classroom, a_set("variants: new-on-demand", items=(ONE.replace("given: {w: [0.5], x: 1}, ", ""),)))
    first = desk.open(desk.ada)
    for at, done in ((1, 3), (2, 1), (3, 5)):
        desk.submit(desk.ada, first, right(done), at=at)
    second = desk.redraw(desk.ada, first, at=4)
    desk.submit(desk.ada, second, {"z1": "many"}, at=5)
    [item] = look(desk).items
    assert [one.issued.id for one in item.variants] == [first, second]
    sent = [one.submission for variant in item.variants for one in variant.sent]
    assert [one.answers for one in sent] == [right(3), right(1), right(5), {"z1": "many"}]
    assert [one.arrived_at for one in sent] == [desk.at(at) for at in (1, 2, 3, 5)]
    assert sent[-1].grade["steps"]["z1"]["verdict"] == "unreadable"
    assert item.variants[1].problem != item.variants[0].problem
    assert look(desk).mark == desk.mark(desk.ada)


def test_what_is_judged_again_tells_before_and_after_and_so_does_the_history(classroom):
    desk = Desk(classroom, a_set(LATE))
    problem = desk.open(desk.ada)
    desk.submit(desk.ada, problem, right(3), at=DUE + 70)
    desk.extend(desk.ada, due=desk.at(DUE + 30), at=DUE + 80)
    desk.extend(desk.ada, due=desk.at(DUE + 90), at=DUE + 85, reason="longer ill")
    steps = [(Fraction(0), sixths(3) / 2), (sixths(3) / 2, sixths(3))]
    [sent] = only_variant(desk).sent
    assert [(one.number, one.before, one.after) for one in sent.later] == [(1, *steps[0]), (2, *steps[1])]
    assert [one.at for one in sent.later] == [desk.at(DUE + 80), desk.at(DUE + 85)]
    history = look(desk).history
    assert [one.kind for one in history] == ["started", "submitted", "extended", "rejudged", "extended", "rejudged"]
    assert [(one.before, one.after) for one in history if one.submission] == [(None, 0), *steps]
    assert [one.extension.reason for one in history if one.extension] == ["ill", "longer ill"]
    assert [one.actor for one in history] == ["Ada", "Ada", *["Ines"] * 4]


def test_the_history_is_the_log_to_the_last_entry_and_names_nobody_for_the_clock(classroom):
    desk = Desk(classroom, a_set())
    desk.open(desk.ada)
    desk.save(desk.ada, desk.problems_of(desk.ada)[0], right(2))
    desk.by_hand(desk.ada, Fraction(4), at=2)
    close_ended(desk.engine, now=desk.at(DUE + 5))
    history = look(desk).history
    assert [(one.number, one.kind) for one in history] == [(one.number, one.kind) for one in desk.entries(desk.ada)]
    assert [(one.kind, one.actor) for one in history] == [
        *(("started", "Ada"), ("adjusted", "Ines"), ("submitted", ""), ("finished", ""))
    ]


def test_a_draft_stands_until_it_is_sent(classroom):
    desk = Desk(classroom, a_set())
    problem = desk.open(desk.ada)
    seen = [only_variant(desk).draft]
    desk.save(desk.ada, problem, right(2), at=1)
    seen.append(only_variant(desk).draft.answers)
    desk.submit(desk.ada, problem, right(2), at=2)
    seen.append(only_variant(desk).draft)
    desk.save(desk.ada, problem, right(4), base=1, at=3)
    seen.append(only_variant(desk).draft.answers)
    assert seen == [None, right(2), None, right(4)]


def test_what_was_set_by_hand_comes_with_its_reason_until_it_is_taken_back(classroom):
    desk = Desk(classroom, a_set(items=(ONE, TWO)))
    desk.by_hand(desk.ada, Fraction(7), "two", at=1, reason="seen on paper")
    desk.by_hand(desk.ada, Fraction(20), at=2, reason="oral exam")
    work = look(desk)
    assert [one.adjusted and one.adjusted.reason for one in work.items] == [None, "seen on paper"]
    assert (work.mark.source, work.mark.earned, work.adjusted.reason) == ("hand", 20, "oral exam")
    desk.by_hand(desk.ada, None, "two", at=3)
    desk.by_hand(desk.ada, None, at=3)
    work = look(desk)
    assert [one.adjusted for one in work.items] == [None, None]
    assert (work.mark.source, work.mark.earned, work.adjusted) == ("sum", 0, None)


def test_a_mark_that_is_held_tells_at_which_share(classroom):
    desk = Desk(classroom, a_set(items=(ONE, TWO)))
    desk.submit(desk.ada, desk.open(desk.ada), RIGHT)
    desk.update(a_set(items=(ONE.replace("id: one", "id: one, points: 5"), TWO)))
    desk.regrade()
    work = look(desk)
    assert (work.mark.source, work.mark.share, work.adjusted.held) == ("held", Fraction(1, 3), Fraction(1, 3))
    assert work.mark == desk.mark(desk.ada)


def test_the_problems_are_those_that_the_student_got_in_the_students_order(classroom):
    pool = f"- pick: 1\n    of:\n      - {{id: three, {UNIT}}}\n      - {{id: four, {UNIT}}}"
    desk = Desk(classroom, a_set("shuffle: true", items=(ONE, TWO, pool)))
    orders = set()
    for person in [desk.ada, desk.bao, *desk.enrol(6)]:
        desk.begin(person)
        keys = [one.item.key for one in look(desk, person).items]
        assert keys == [one.item.key for one in desk.progress(person).items]
        orders.add(tuple(keys))
    assert len(orders) > 1
    assert {len(one) for one in orders} == {3}
