"""The beginning of a set: which problems a student gets, in which order, and what is asked for before."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations, permutations

import pytest
from desk import DUE, ONE, Desk, a_set
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

import problems
from quizsvc.errors import Closed, Conflict, Invalid, NotFound
from quizsvc.services import set_files, sets
from quizsvc.services.attempts import choose_items
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import Attempt, IssuedProblem, Item

POOLS = (
    ONE,
    "- {pick: 2, of: [{id: a1, family: dying-relu}, {id: a2, family: dying-relu}, {id: a3, family: dying-relu}]}",
    "- {id: two, family: weight-update}",
    "- {pick: 1, of: [{id: b1, family: relu-variants}, {id: b2, family: activation-values}]}",
)


def listed(*pools):
    """Items of a set as pool and pick tell, with ids from 1."""
    return [Item(id=number, key=str(number), pool=pool, pick=pick) for number, (pool, pick) in enumerate(pools, 1)]


@st.composite
def with_pools(draw):
    """Items of which some are in pools, all in the order of a file."""
    pools = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        among = draw(st.integers(1, 5))
        pick = draw(st.integers(1, among))
        pools += [(number, pick)] * among if draw(st.booleans()) else [(None, None)] * among
    return listed(*pools)


seeds = st.integers(0, 2**63)


@given(with_pools(), st.booleans(), seeds)
def test_everybody_gets_of_each_pool_as_many_as_are_to_be_picked_and_all_that_is_in_none(items, shuffle, seed):
    chosen = choose_items(items, shuffle=shuffle, seed=seed)
    assert len({item.id for item in chosen}) == len(chosen)
    assert {item.id for item in items if item.pool is None} <= {item.id for item in chosen}
    found = Counter(item.pool for item in chosen if item.pool is not None)
    assert found == {item.pool: item.pick for item in items if item.pool is not None}


@given(with_pools(), seeds)
def test_the_same_seed_gives_the_same_choice_in_the_order_of_the_file_or_in_another(items, seed):
    plain, shuffled = (choose_items(items, shuffle=shuffle, seed=seed) for shuffle in (False, True))
    assert choose_items(items, shuffle=False, seed=seed) == plain
    assert choose_items(items, shuffle=True, seed=seed) == shuffled
    assert [item.id for item in plain] == sorted(item.id for item in plain)
    assert sorted(item.id for item in shuffled) == [item.id for item in plain]


def test_every_choice_occurs_and_none_much_more_often_than_another():
    items = listed((1, 2), (1, 2), (1, 2), (1, 2), (None, None))
    seen = Counter(tuple(item.id for item in choose_items(items, shuffle=False, seed=seed)) for seed in range(600))
    assert set(seen) == {(*two, 5) for two in combinations(range(1, 5), 2)}
    assert all(60 < count < 140 for count in seen.values())


def test_every_order_occurs_and_none_much_more_often_than_another():
    items = listed(*[(None, None)] * 3)
    seen = Counter(tuple(item.id for item in choose_items(items, shuffle=True, seed=seed)) for seed in range(600))
    assert set(seen) == set(permutations((1, 2, 3)))
    assert all(60 < count < 140 for count in seen.values())


def keys(desk, person):
    with reading(desk.engine) as session:
        known = {item.id: item.key for item in desk.set(session).items}
    return [known[item_id] for item_id in desk.attempt(person).item_ids]


def test_students_have_their_own_choice_and_nothing_that_was_not_picked_for_them(classroom):
    desk = Desk(classroom, a_set("shuffle: true", items=POOLS))
    people = [desk.ada, desk.bao, *desk.enrol(10)]
    for person in people:
        desk.begin(person)
    own = {person: keys(desk, person) for person in people}
    assert {key for some in own.values() for key in some} == {"one", "two", "a1", "a2", "a3", "b1", "b2"}
    assert len({tuple(some) for some in own.values()}) > 5
    assert {(len(some), {"one", "two"} <= set(some)) for some in own.values()} == {(5, True)}
    [missing] = {"a1", "a2", "a3"} - set(own[desk.ada])
    with pytest.raises(NotFound, match="or it is not for you"):
        desk.open(desk.ada, missing)
    view = desk.view(desk.ada, desk.open(desk.ada, own[desk.ada][0]))
    assert (view.position, view.item_count, view.previous_item_id) == (1, 5, None)
    assert desk.mark(desk.ada).max_points == 50
    assert desk.verify().faults == ()


@pytest.mark.parametrize(
    "policy",
    [("time_limit: 30",), ("access_code: x",), ("shuffle: true",), ()],
    ids=["limit", "code", "shuffle", "pools"],
)
def test_where_something_is_drawn_limited_or_asked_for_a_set_is_begun_before_a_problem_is_opened(classroom, policy):
    desk = Desk(classroom, a_set(*policy, items=(ONE,) if policy else POOLS))
    with pytest.raises(Conflict, match="Begin this set on its own page first"):
        desk.open(desk.ada)
    assert desk.attempt(desk.ada) is None
    assert desk.open(desk.instructor)
    desk.begin(desk.ada, access_code="x")
    assert desk.open(desk.ada)


def test_a_plain_set_is_begun_by_opening_a_problem(classroom):
    desk = Desk(classroom, a_set())
    assert desk.open(desk.ada, at=5)
    assert desk.attempt(desk.ada).started_at == desk.at(5)
    assert desk.kinds(desk.ada) == ["started"]


def test_an_access_code_may_be_typed_in_small_letters_and_with_spaces_around_it(classroom):
    desk = Desk(classroom, a_set('access_code: " Blue Heron 7"'))
    for person, typed in zip(desk.enrol(3), ["Blue Heron 7", "  blue heron 7\t", "BLUE HERON 7"], strict=True):
        assert desk.begin(person, access_code=typed)


def test_another_access_code_begins_nothing(classroom):
    desk = Desk(classroom, a_set("access_code: Blue Heron 7"))
    for typed in ("", "Blue Heron", "Blue Heron 77", "Blue  Heron 7", "blueheron7", "\0", "ﬂue"):
        with pytest.raises(Invalid, match="not the access code") as refused:
            desk.begin(desk.ada, access_code=typed)
        assert [detail.where for detail in refused.value.details] == ["access_code"]
    assert desk.attempt(desk.ada) is None
    assert desk.begin(desk.instructor)


def test_who_has_begun_comes_back_without_the_code_and_also_when_it_is_over(classroom):
    desk = Desk(classroom, a_set("access_code: x", "time_limit: 20"))
    first = desk.begin(desk.ada, at=1, access_code="x")
    assert desk.begin(desk.ada, at=2) == desk.begin(desk.ada, at=500) == first
    assert desk.window(desk.ada).limit == desk.at(21)
    with pytest.raises(Closed, match="was due on"):
        desk.begin(desk.bao, at=DUE + 1, access_code="x")


def test_twenty_who_begin_at_once_as_one_student_make_one_attempt(classroom):
    desk = Desk(classroom, a_set("shuffle: true", "access_code: x", items=POOLS))
    with ThreadPoolExecutor(20) as pool:
        begun = list(pool.map(lambda _one: desk.begin(desk.ada, access_code="x"), range(20)))
    with reading(desk.engine) as session:
        assert session.scalars(select(Attempt.id)).all() == list(set(begun))
    assert desk.kinds(desk.ada) == ["started"]
    assert desk.verify().faults == ()


def test_twenty_students_who_open_a_problem_at_once_get_one_each_of_one_difficulty(classroom):
    desk = Desk(classroom, a_set(items=("- {id: one, family: vanishing-gradient, options: {depth: 2..3}}",)))
    people = desk.enrol(20)
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(desk.open, people))
    assert len(set(opened)) == 20
    with reading(desk.engine) as session:
        drawn = [problems.from_json(text) for text in session.scalars(select(IssuedProblem.problem))]
        assert session.scalar(select(func.count()).select_from(Attempt)) == 20
    assert len({problems.difficulty_of(one) for one in drawn}) == 1
    assert desk.verify().faults == ()


def test_what_is_published_later_cannot_be_begun_earlier(classroom):
    desk = Desk(classroom, a_set())
    with transaction(desk.engine) as session:
        spec = set_files.read_set(a_set("slug: later"))
        later = sets.create_set(session, course_slug="deep", spec=spec, now=desk.start).id
    desk.set_id = later
    with pytest.raises(NotFound):
        desk.begin(desk.ada)
