"""Problems drawn ahead: different numbers of one difficulty for everybody, and for whoever comes later."""

from __future__ import annotations

from collections import Counter

import pytest
from desk import ONE, Desk, a_set
from sqlalchemy import select

import problems
from quizsvc.errors import Conflict
from quizsvc.services import accounts, preparing
from quizsvc.services.courses import STUDENT
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import Attempt, IssuedProblem, Membership, PreparedProblem

RANGED = "- {id: chain, family: vanishing-gradient, options: {depth: 2..4, activation: sigmoid|tanh}}"
OTHER = "- {id: growing, family: exploding-gradient, options: {depth: 2..3}}"
TINY = "- {id: tiny, family: depth-scaling, options: {depth: 5, activation: sigmoid}}"


@pytest.fixture
def desk(classroom):
    """A set with a problem for all and two that are drawn, for twelve students."""
    desk = Desk(classroom, a_set("variants: new-on-demand", items=(ONE, RANGED, OTHER)))
    desk.people = [desk.ada, desk.bao, *desk.enrol(10)]
    return desk


def enrol_late(desk, *names):
    with transaction(desk.engine) as session:
        users = [
            accounts.create_user(session, email=f"{name}@late.example", name=name, now=desk.start) for name in names
        ]
        session.add_all(Membership(user_id=one.id, course_id=desk.course_id, role=STUDENT) for one in users)
        return [one.id for one in users]


def missing(desk):
    with reading(desk.engine) as session:
        return preparing.missing_problems(session, desk.set(session))


def keep(desk, drawn):
    with transaction(desk.engine) as session:
        return preparing.keep_drawn(session, drawn)


def prepare(desk, seed=1):
    return keep(desk, preparing.draw_missing(missing(desk), seed=seed))


def prepared(desk, key="chain"):
    """Student -> what lies ready, as it is stored."""
    with reading(desk.engine) as session:
        [item] = [item.id for item in desk.set(session).items if item.key == key]
        query = select(PreparedProblem.user_id, PreparedProblem.problem).where(PreparedProblem.item_id == item)
        return dict(session.execute(query).all())


def opened(desk, person, key="chain"):
    return stored(desk, desk.open(person, key))


def stored(desk, problem_id):
    with reading(desk.engine) as session:
        return session.get(IssuedProblem, problem_id).problem


def prints(texts):
    return [problems.fingerprint(problems.from_json(text)) for text in texts]


def difficulties(texts):
    return {problems.difficulty_of(problems.from_json(text)) for text in texts}


def test_everybody_opens_exactly_what_was_drawn_ahead(desk):
    report = prepare(desk)
    assert (report.drawn, report.students) == (24, 12)
    assert [(item.key, item.drawn, item.distinct) for item in report.items] == [("chain", 12, 12), ("growing", 12, 12)]
    for key in ("chain", "growing"):
        lying = prepared(desk, key)
        assert {person: opened(desk, person, key) for person in desk.people} == lying


def test_all_that_is_drawn_ahead_is_different_and_of_one_difficulty(desk):
    prepare(desk)
    for key in ("chain", "growing"):
        lying = prepared(desk, key).values()
        assert len(set(prints(lying))) == 12
        assert len(difficulties(lying)) == 1


def test_what_is_the_same_for_all_is_not_drawn_ahead(desk):
    assert [item.item.key for item in missing(desk).items] == ["chain", "growing"]
    desk.update(a_set("variants: same-for-all", items=(ONE, RANGED, OTHER)))
    with pytest.raises(Conflict, match="Everybody gets the same numbers in this set"):
        missing(desk)


def test_the_same_seed_draws_the_same_and_another_one_other_problems(desk):
    wanted = missing(desk)
    first, again, other = (preparing.draw_missing(wanted, seed=seed) for seed in (5, 5, 6))
    assert first == again
    assert [one.problems for one in first] != [one.problems for one in other]


def test_progress_is_told_for_every_problem_until_all_are_drawn(desk):
    wanted, told = missing(desk), []
    preparing.draw_missing(wanted, seed=1, progress=told.append)
    assert told == list(range(1, wanted.count + 1))


def test_drawn_again_there_is_something_for_those_alone_who_are_new(desk):
    prepare(desk)
    before = prepared(desk)
    assert missing(desk).count == 0
    assert (prepare(desk).drawn, prepare(desk).items) == (0, ())
    late = enrol_late(desk, "Cleo")
    assert missing(desk).count == 2
    assert prepare(desk, seed=9).students == 1
    after = prepared(desk)
    assert {person: after[person] for person in before} == before
    assert set(after) - set(before) == set(late)


@pytest.mark.parametrize("ahead", [True, False], ids=["drawn ahead", "drawn on opening"])
def test_who_comes_late_gets_other_numbers_of_the_same_difficulty(desk, ahead):
    prepare(desk)
    late = enrol_late(desk, "Cleo", "Dan", "Eve", "Finn")
    if ahead:
        prepare(desk, seed=77)
    texts = [*prepared(desk).values(), *(opened(desk, person) for person in late if not ahead)]
    assert len(texts) == len(set(prints(texts))) == 16
    assert len(difficulties(texts)) == 1


def test_new_numbers_on_demand_are_as_difficult_and_nobody_elses(desk):
    prepare(desk)
    lying, texts, problem = prepared(desk), [], desk.open(desk.ada, "chain")
    for _more in range(6):
        problem = desk.redraw(desk.ada, problem)
        texts.append(stored(desk, problem))
    every = [*lying.values(), *texts]
    assert len(set(prints(every))) == 18
    assert len(difficulties(every)) == 1


def test_who_has_begun_before_keeps_the_problem_and_others_get_some_as_difficult(desk):
    early = opened(desk, desk.ada)
    assert missing(desk).count == 11 + 12
    prepare(desk)
    assert opened(desk, desk.ada) == early
    assert desk.ada not in prepared(desk)
    texts = [early, *prepared(desk).values()]
    assert len(set(prints(texts))) == 12
    assert len(difficulties(texts)) == 1


def test_who_was_given_a_problem_while_others_were_drawn_keeps_that(desk):
    drawn = preparing.draw_missing(missing(desk), seed=1)
    meanwhile = opened(desk, desk.ada)
    assert [item.drawn for item in keep(desk, drawn).items] == [11, 12]
    assert opened(desk, desk.ada) == meanwhile
    assert keep(desk, drawn).drawn == 0


def test_a_problem_that_is_changed_is_drawn_again_and_the_others_are_not(desk):
    prepare(desk)
    growing = prepared(desk, "growing")
    desk.update(a_set("variants: new-on-demand", items=(ONE, RANGED.replace("2..4", "5..6"), OTHER)))
    assert [len(item.user_ids) for item in missing(desk).items] == [12, 0]
    prepare(desk, seed=2)
    assert prepared(desk, "growing") == growing
    assert {problems.from_json(text).options["depth"] for text in prepared(desk).values()} <= {5, 6}
    assert opened(desk, desk.bao) == prepared(desk)[desk.bao]


def test_where_there_are_fewer_problems_than_students_each_is_given_equally_often(classroom):
    desk = Desk(classroom, a_set(items=(TINY,)))
    desk.enrol(285)
    [item] = prepare(desk).items
    assert item.drawn == 287
    assert 100 < item.distinct < 150
    times = Counter(prints(prepared(desk, "tiny").values()))
    assert len(times) == item.distinct
    assert set(times.values()) == {287 // item.distinct, 287 // item.distinct + 1}


def test_who_comes_when_all_problems_are_given_out_gets_one_again_and_two_of_them_not_the_same(classroom):
    desk = Desk(classroom, a_set(items=(TINY,)))
    desk.enrol(150)
    prepare(desk)
    before = set(prints(prepared(desk, "tiny").values()))
    late = enrol_late(desk, *map(str, range(60)))
    prepare(desk, seed=2)
    texts = prepared(desk, "tiny")
    fresh = prints(texts[person] for person in late)
    assert set(fresh) <= before
    assert len(set(fresh)) == 60
    assert len(difficulties(texts.values())) == 1
    [alone] = enrol_late(desk, "Zoe")
    assert set(prints([opened(desk, alone, "tiny")])) <= before


def test_nothing_is_begun_by_drawing_ahead(desk):
    prepare(desk)
    with reading(desk.engine) as session:
        assert session.scalars(select(Attempt.id).where(Attempt.set_id == desk.set_id)).all() == []
    assert desk.kinds() == ["graded-by", "published"]
