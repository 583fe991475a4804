"""Versions of a set: what a changed file does to work that is there, and how sets come and go."""

from __future__ import annotations

from fractions import Fraction

import pytest
from desk import ONE, RIGHT, Desk, a_set, right, sixths
from sqlalchemy import func, select

import problems
from quizsvc.errors import Closed, Conflict, NotFound
from quizsvc.services import attempts, papers, preparing, set_files, sets
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import (
    Extension,
    IssuedProblem,
    Item,
    Paper,
    PreparedProblem,
    ProblemSet,
    SetVersion,
)

DRAWN = "- {id: chain, family: vanishing-gradient, options: {depth: 2}}"
DEEPER = "- {id: chain, family: vanishing-gradient, options: {depth: 3}}"
MORE = "- {id: more, family: exploding-gradient, options: {depth: 2}}"


@pytest.fixture
def desk(classroom):
    """A set with one problem that is the same for all, and one that is drawn."""
    return Desk(classroom, a_set(items=(ONE, DRAWN)))


def whole(desk, person, at=1):
    """All that is right for the first problem, submitted."""
    problem = desk.open(person)
    desk.submit(person, problem, RIGHT, at)
    return problem


def stored(desk, problem_id):
    with reading(desk.engine) as session:
        return session.get(IssuedProblem, problem_id).problem


def numbers(desk, person, key="chain"):
    return problems.from_json(stored(desk, desk.open(person, key)))


def rows(desk, table):
    with reading(desk.engine) as session:
        return session.scalar(select(func.count()).select_from(table))


def items(desk):
    with reading(desk.engine) as session:
        return [(item.key, item.position, item.place) for item in desk.set(session).all_items]


def published(desk, make, **more):
    with transaction(desk.engine) as session:
        return make(session, problem_set=desk.set(session), **more)


def test_a_new_version_leaves_every_problem_that_was_issued_as_it_was_byte_by_byte(desk):
    issued = desk.open(desk.ada, "chain")
    before = stored(desk, issued)
    assert desk.update(a_set("submissions: 5", items=(ONE, DEEPER, MORE))).changed
    assert stored(desk, issued) == before
    assert desk.verify().faults == ()


def test_a_problem_that_changes_is_another_with_the_same_key_and_who_has_the_old_one_keeps_it(desk):
    issued = desk.open(desk.ada, "chain")
    old_item = desk.attempt(desk.ada).item_ids[1]
    desk.submit(desk.ada, issued, {"z1": "0.1"})
    desk.update(a_set(items=(ONE, DEEPER)))
    assert sorted(items(desk)) == [("chain", 2, None), ("chain", 3, 2), ("one", 1, 1)]
    assert problems.from_json(stored(desk, issued)).options["depth"] == 2
    with transaction(desk.engine) as session:
        assert attempts.open_problem(session, user_id=desk.ada, item_id=old_item, now=desk.at(2), seed=9).id == issued
    assert desk.view(desk.ada, issued).can_submit
    assert numbers(desk, desk.bao).options["depth"] == 3
    assert [item.key for item in desk.mark(desk.ada).items] == [item.key for item in desk.mark(desk.bao).items]
    with pytest.raises(NotFound):
        desk.open(desk.ada, "chain")
    assert desk.verify().faults == ()


def test_a_problem_whose_title_or_place_changes_is_the_same(desk):
    issued = desk.open(desk.ada, "chain")
    retitled = DRAWN.replace("options", "title: A chain, options")
    desk.update(a_set(items=(retitled, ONE)))
    assert desk.open(desk.ada, "chain") == issued
    assert desk.view(desk.ada, issued).item.title == "A chain"
    assert [key for key, _position, place in sorted(items(desk), key=lambda one: one[2])] == ["chain", "one"]


def test_marks_stay_as_they_are_until_they_are_made_anew(desk):
    problem = desk.open(desk.ada)
    desk.submit(desk.ada, problem, right(3))
    stated = ONE.replace("id: one", "id: one, points: 30"), DRAWN.replace("id", "dropped: excluded, id")
    change = desk.update(a_set("grade_by: last", "credit: {imprecise: 1/2}", items=stated))
    assert change.regrade_needed
    assert (desk.mark(desk.ada).earned, desk.mark(desk.ada).max_points) == (5, 20)
    desk.regrade()
    assert (desk.mark(desk.ada).earned, desk.mark(desk.ada).max_points) == (15, 30)
    assert not desk.update(a_set("grade_by: last", "credit: {imprecise: 1/2}", items=stated)).regrade_needed
    assert desk.verify().faults == ()


@pytest.mark.parametrize("who", ["nobody", "the instructor"])
def test_where_no_student_has_submitted_anything_marks_are_made_by_the_new_file_at_once(desk, who):
    if who == "the instructor":
        desk.submit(desk.instructor, desk.open(desk.instructor), right(1))
    desk.open(desk.ada)
    stated = ONE.replace("id: one", "id: one, points: 30"), DRAWN.replace("id", "dropped: full-marks, id")
    assert not desk.update(a_set("grade_by: average", items=stated)).regrade_needed
    desk.submit(desk.ada, desk.open(desk.ada), right(2))
    assert (desk.mark(desk.ada).earned, desk.mark(desk.ada).max_points) == (sixths(2) * 30 + 10, 40)
    assert desk.verify().faults == ()


def test_times_and_limits_change_at_once(desk):
    whole(desk, desk.ada)
    desk.update(a_set("late: {hours: 1, credit: 1/2}", "submissions: 2", "grace: 30", items=(ONE, DRAWN)))
    window = desk.window(desk.ada)
    assert (window.late_until, window.late_credit) == (desk.at(120), Fraction(1, 2))
    assert desk.view(desk.ada, desk.open(desk.ada)).submissions_allowed == 2


def test_a_problem_that_somebody_has_cannot_be_left_out(desk):
    desk.open(desk.ada)
    with pytest.raises(Conflict, match=r"Students have the problem chain, .* write dropped: excluded"):
        desk.update(a_set(items=(ONE,)))
    assert desk.update(a_set(items=(ONE, DRAWN, MORE))).set.version == 2
    assert desk.update(a_set(items=(MORE, ONE, DRAWN))).set.version == 3


def test_a_problem_that_only_the_instructor_has_tried_can_be_left_out_and_come_back(desk):
    tried = desk.open(desk.instructor, "chain")
    desk.update(a_set(items=(ONE,)))
    assert [key for key, _position, place in items(desk) if place is not None] == ["one"]
    assert desk.view(desk.instructor, tried).problem.family == "vanishing-gradient"
    desk.update(a_set(items=(ONE, DRAWN)))
    assert whole(desk, desk.ada)
    assert len(desk.attempt(desk.ada).item_ids) == 2
    assert desk.verify().faults == ()


def test_a_problem_on_a_printed_paper_cannot_be_left_out(desk):
    with transaction(desk.engine) as session:
        papers.make_papers(session, desk.set(session), 1, now=desk.start, seed=1)
    with pytest.raises(Conflict, match="it is on a printed paper"):
        desk.update(a_set(items=(ONE,)))


def test_a_set_that_was_begun_stays_graded_or_practice(desk):
    assert desk.update(a_set("mode: practice", items=(ONE, DRAWN))).set.mode == "practice"
    assert desk.update(a_set("mode: graded", items=(ONE, DRAWN))).set.mode == "graded"
    desk.open(desk.ada)
    with pytest.raises(Conflict, match=r"begun this set as graded.* it cannot become practice any more"):
        desk.update(a_set("mode: practice", items=(ONE, DRAWN)))
    assert desk.verify().faults == ()


def test_the_file_of_another_set_is_refused(desk):
    with pytest.raises(Conflict, match="The file is of a set other, not of units"):
        desk.update(a_set("slug: other", items=(ONE, DRAWN)))


def test_the_file_comes_back_to_the_letter_in_every_version(desk):
    first = a_set(items=(ONE, DRAWN))
    second = a_set("text: |", "  Two\t lines,", "  é ∂ 😀  # no comment", items=(ONE, DRAWN)) + "\r\n# last\n\n"
    desk.update(second)
    with reading(desk.engine) as session:
        kept = desk.set(session)
        assert [sets.source_of(kept), sets.source_of(kept, 1), sets.source_of(kept, 2)] == [second, first, second]
        with pytest.raises(NotFound, match="no version 3: it has 1 to 2"):
            sets.source_of(kept, 3)
    assert set_files.stored_set(second) == set_files.read_set(second)


def test_the_same_file_again_is_no_new_version(desk):
    change = desk.update(a_set(items=(ONE, DRAWN)))
    assert (change.changed, change.regrade_needed, change.set.version) == (False, False, 1)
    assert rows(desk, SetVersion) == rows(desk, ProblemSet) == 2


def test_a_copy_has_the_same_file_under_another_slug_and_no_work(desk):
    whole(desk, desk.ada)
    with transaction(desk.engine) as session:
        own = desk.set(session)
        with pytest.raises(Conflict, match="has a set units already"):
            sets.copy_set(session, problem_set=own, course_slug="deep", slug=None, now=desk.at(5))
        copied = sets.copy_set(session, problem_set=own, course_slug="deep", slug="units-2", now=desk.at(5))
        assert (copied.slug, copied.published_at, copied.version) == ("units-2", None, 1)
        assert [(item.key, item.points) for item in copied.items] == [(item.key, item.points) for item in own.items]
        assert sets.source_of(copied) == sets.source_of(own).replace("title: Units", "title: Units\nslug: units-2")
        assert not sets.has_submissions(session, copied)
        assert sets.has_submissions(session, own)
    assert desk.verify().faults == ()


def test_a_set_that_nobody_has_begun_goes_with_all_that_hangs_on_it(desk):
    desk.update(a_set(items=(ONE, DEEPER)))
    desk.extend(desk.ada, due=desk.at(90))
    with transaction(desk.engine) as session:
        own = desk.set(session)
        preparing.keep_drawn(session, preparing.draw_missing(preparing.missing_problems(session, own), seed=1))
        sets.delete_set(session, problem_set=own)
    assert [rows(desk, table) for table in (Extension, PreparedProblem)] == [0, 0]
    with reading(desk.engine) as session:
        for table in (Item, SetVersion):
            assert session.scalars(select(table.id).where(table.set_id == desk.set_id)).all() == []
        with pytest.raises(NotFound):
            desk.set(session)
    assert desk.verify().faults == ()
    assert desk.kinds()[:2] == ["graded-by", "published"]


def test_a_set_for_which_papers_were_printed_is_not_deleted(desk):
    with transaction(desk.engine) as session:
        papers.make_papers(session, desk.set(session), 2, now=desk.start, seed=1)
    with pytest.raises(Conflict, match="could not be marked without it"):
        published(desk, sets.delete_set)
    assert rows(desk, Paper) == 2


def test_a_set_that_somebody_has_begun_is_not_deleted(desk):
    whole(desk, desk.ada)
    with pytest.raises(Conflict, match="1 person has begun this set, and work is never deleted"):
        published(desk, sets.delete_set)
    assert desk.mark(desk.ada).earned == 10


def test_a_set_in_which_marks_were_set_by_hand_is_not_deleted(desk):
    desk.by_hand(desk.ada, Fraction(7))
    with pytest.raises(Conflict, match="Marks were set by hand"):
        published(desk, sets.delete_set)
    assert desk.mark(desk.ada).earned == 7


def test_a_closed_set_takes_nothing_and_is_open_again_once_it_is_published_again(desk):
    problem = whole(desk, desk.ada)
    published(desk, sets.close_set, now=desk.at(2))
    published(desk, sets.close_set, now=desk.at(3))
    assert desk.window(desk.ada).closed == desk.at(2)
    with pytest.raises(Closed, match="This set was closed, so nothing more is taken"):
        desk.open(desk.ada, "chain", at=4)
    assert not desk.view(desk.ada, problem, at=4).can_submit
    before = published(desk, sets.publish_set, now=desk.at(5), seed=1).published_at
    assert before == desk.start
    assert desk.open(desk.ada, "chain", at=6)
    assert [kind for kind in desk.kinds() if kind in ("published", "closed")] == ["published", "closed", "published"]
    assert desk.verify().faults == ()


def test_the_same_for_all_is_the_same_for_all_and_stays_so_when_problems_are_added(classroom):
    desk = Desk(classroom, a_set("variants: same-for-all", items=(ONE, DRAWN)))
    first = numbers(desk, desk.ada)
    desk.update(a_set("variants: same-for-all", items=(MORE, ONE, DRAWN)))
    assert numbers(desk, desk.bao) == first
    cleo, dan = desk.enrol(2)
    assert numbers(desk, cleo, "more") == numbers(desk, dan, "more")
    assert numbers(desk, cleo) == first


def test_when_the_same_is_no_longer_for_all_everybody_who_comes_has_other_numbers(classroom):
    desk = Desk(classroom, a_set("variants: same-for-all", items=(ONE, DRAWN)))
    first = numbers(desk, desk.ada)
    desk.update(a_set("variants: new-on-demand", items=(ONE, DRAWN)))
    second = numbers(desk, desk.bao)
    third = problems.from_json(stored(desk, desk.redraw(desk.ada, desk.open(desk.ada, "chain"))))
    assert len({problems.fingerprint(one) for one in (first, second, third)}) == 3
    assert problems.difficulty_of(first) == problems.difficulty_of(second) == problems.difficulty_of(third)
    desk.update(a_set("variants: same-for-all", items=(ONE, DRAWN)))
    cleo, dan = desk.enrol(2)
    assert numbers(desk, cleo) == numbers(desk, dan)
