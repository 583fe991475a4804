"""Draws for a class: everybody a different fair problem, and nobody a harder one."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import product
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import problems
from problems import backprop, cohort, information, problem
from problems.arithmetic import arithmetic_of
from problems.catalogue import current_families, get_family
from problems.drawing import Referee
from problems.family import Grid, at
from problems.graph import Op
from problems.options import PRECISION, IntegerOption
from problems.verifying import doubted_steps
from problems.words import number

VARIANTS = [
    pytest.param(family.slug, stated, id=f"{family.slug} {stated}")
    for family in current_families()
    for stated in information.variants(family)
]
every_variant = pytest.mark.parametrize(("slug", "options"), VARIANTS)
RANGES = {
    "vanishing-gradient": {"depth": "2..4", "activation": "sigmoid|tanh"},
    "exploding-gradient": {"activation": "relu|leaky-relu|elu", "loss": "none|squared|half-squared", "depth": "2..3"},
    "mlp-backprop": {"activations": "sigmoid|tanh|relu,tanh", "width": "1..3", "decimals": "3..4"},
    "concepts": {"subject": "vanishing-gradient|dying-relu", "aspect": "cause|remedy", "choices": "4..5"},
    "dying-relu": {"form": "z|layer", "samples": "2..3", "units": "3..4"},
    "depth-scaling": {"activation": "sigmoid|tanh|relu", "depth": "5..6"},
}
some_ranges = st.sampled_from(list(RANGES.items()))
seeds = st.integers(0, 2**64)


def fingerprints(drawn):
    return [problems.fingerprint(one) for one in drawn.problems]


def objections(one):
    """The rules of a fair draw that a problem breaks."""
    rejected = Counter()
    Referee(one.worksheet, one.precision).fair(one.inputs, 1, rejected)
    return +rejected


@every_variant
def test_everybody_gets_a_fair_confirmed_problem_of_their_own_and_all_are_of_one_difficulty(slug, options):
    drawn = problems.draw_class(slug, 15, seed=5, **options)
    assert len(set(fingerprints(drawn))) == drawn.distinct == len(drawn.problems) == 15
    first = drawn.problems[0]
    for one in drawn.problems:
        assert objections(one) == {}
        assert doubted_steps(one) == ()
        assert arithmetic_of(one.worksheet) == arithmetic_of(first.worksheet) == drawn.difficulty.arithmetic
        assert [(step.id, step.kind, step.shape) for step in one.steps] == [
            (step.id, step.kind, step.shape) for step in first.steps
        ]
        assert problems.difficulty_of(one) == drawn.difficulty
        assert problems.from_json(problems.to_json(one)) == one


@pytest.mark.parametrize("family", current_families(), ids=lambda family: family.slug)
def test_no_two_of_a_large_class_have_the_same_numbers_while_there_are_others(family):
    drawn = problems.draw_class(family.slug, 1200, seed=1)
    used = Counter(json.dumps([dict(one.options), dict(one.given)]) for one in drawn.problems)
    assert len(used) == drawn.distinct
    assert set(used.values()) <= {1200 // drawn.distinct, -(-1200 // drawn.distinct)}
    assert drawn.distinct == 1200 or family.slug == "depth-scaling"


def on_the_grid(slug, options):
    """All problems of a family whose given numbers stand on grids, fair or not."""
    family = get_family(slug)
    example = problems.draw(slug, seed=1, **options)
    rows = [
        (one.name, at(one.grid, example.options).values(), *one.shapes_at(example.options))
        for one in example.worksheet.givens
    ]
    places = [[values] * int(np.prod(shape)) for _name, values, shape in rows]
    for numbers in product(*(product(*values) for values in places)):
        given = {name: np.reshape(own, shape) for (name, _values, shape), own in zip(rows, numbers, strict=True)}
        yield problems.pose(family.slug, **options, **given)


@pytest.mark.parametrize(
    ("slug", "options"),
    [
        ("depth-scaling", {}),
        ("activation-values", {"units": 1}),
        ("activation-values", {"units": 1, "activation": "elu"}),
    ],
)
def test_of_few_problems_all_are_found_and_nobody_gets_one_again_before_all_were_given(slug, options):
    fair = {problems.fingerprint(one) for one in on_the_grid(slug, options) if not objections(one)}
    drawn = problems.draw_class(slug, 2 * len(fair) + 7, seed=3, **options)
    given_out = fingerprints(drawn)
    assert drawn.distinct == len(fair)
    assert set(given_out[: len(fair)]) == set(given_out[len(fair) : 2 * len(fair)]) == fair
    assert given_out[2 * len(fair) :] == given_out[:7]


@settings(max_examples=25)
@given(some_ranges, seeds, st.integers(1, 40), st.integers(1, 40))
def test_the_same_seed_gives_the_same_class_and_a_longer_list_begins_like_a_shorter_one(ranged, seed, one, other):
    slug, ranges = ranged
    shorter, longer = (problems.draw_class(slug, count, seed=seed, **ranges) for count in sorted((one, other)))
    assert longer.problems[: len(shorter.problems)] == shorter.problems
    assert longer.difficulty == shorter.difficulty


def test_another_seed_gives_other_problems_and_none_gives_any():
    classes = [problems.draw_class("mlp-backprop", 5, seed=seed) for seed in (1, 2, None, None)]
    assert len({print_ for drawn in classes for print_ in fingerprints(drawn)}) == 20


def test_a_seed_tells_the_same_class_on_every_machine():
    drawn = problems.draw_class("vanishing-gradient", 3, seed=7, depth="2..4", activation="sigmoid|tanh")
    assert [(one.options["activation"], one.given["w"], one.given["x"]) for one in drawn.problems] == [
        ("tanh", [2.1, 0.8, 0.9, 0.8], 0.9),
        ("sigmoid", [2.0, 1.6, 2.3, 1.4], 0.5),
        ("tanh", [1.9, 0.7, 2.5, 1.3], 0.6),
    ]


@settings(max_examples=25)
@given(some_ranges, seeds)
def test_a_class_keeps_to_the_ranges_and_is_as_difficult_as_one_drawn_problem(ranged, seed):
    slug, ranges = ranged
    drawn = problems.draw_class(slug, 12, seed=seed, **ranges)
    assert drawn.difficulty == problems.difficulty_of(problems.draw(slug, seed=seed, **ranges))
    allowed = {
        option.name: option.read(ranges[option.name])
        for option in (*get_family(slug).options, *PRECISION)
        if option.name in ranges and option.kind != "words"
    }
    for one in drawn.problems:
        assert problems.difficulty_of(one) == drawn.difficulty
        assert all({**one.options, **one.precision}[name] in values for name, values in allowed.items())


@pytest.mark.parametrize(
    ("slug", "option", "ranges", "several"),
    [
        ("vanishing-gradient", "activation", {"activation": "sigmoid|tanh"}, {"sigmoid", "tanh"}),
        ("depth-scaling", "activation", {"activation": "tanh|relu"}, {"tanh", "relu"}),
        ("weight-init", "scheme", {"scheme": "he-normal|lecun-normal"}, {"he-normal", "lecun-normal"}),
        ("concepts", "aspect", {"aspect": "cause|remedy|symptom"}, {"cause", "remedy", "symptom"}),
    ],
)
def test_options_that_are_equally_difficult_come_up_in_turn(slug, option, ranges, several):
    assert len({problems.difficulty_of(problems.draw(slug, **{option: one})) for one in several}) == 1
    for seed in range(3):
        used = [one.options[option] for one in problems.draw_class(slug, 31, seed=seed, **ranges).problems]
        for start in range(0, 30, len(several)):
            assert set(used[start : start + len(several)]) == several


@pytest.mark.parametrize(
    ("slug", "option", "stated"),
    [
        ("vanishing-gradient", "depth", "2..5"),
        ("exploding-gradient", "loss", "none|squared"),
        ("concepts", "choices", "3..5"),
        ("remedies", "change", "activation|init"),
        ("mlp-backprop", "decimals", "3..5"),
    ],
)
def test_options_that_are_not_are_the_same_for_the_whole_class_and_all_come_up_in_some(slug, option, stated):
    used = []
    for seed in range(25):
        drawn = problems.draw_class(slug, 4, seed=seed, **{option: stated})
        [its] = {{**one.options, **one.precision}[option] for one in drawn.problems}
        used.append(its)
    known = {each.name: each for each in (*get_family(slug).options, *PRECISION)}
    assert set(used) == set(known[option].read(stated))


def test_options_that_do_not_go_together_are_left_out():
    words = {"loss": "binary-cross-entropy|half-squared", "activations": "tanh,tanh|sigmoid,sigmoid"}
    for seed in range(8):
        for one in problems.draw_class("mlp-backprop", 4, seed=seed, **words).problems:
            assert (one.options["loss"], one.options["activations"][-1]) != ("binary-cross-entropy", "tanh")
    with pytest.raises(problems.BadOption, match="its last layer is sigmoid, not tanh"):
        problems.draw_class("mlp-backprop", 4, loss="binary-cross-entropy", activations="tanh,tanh")


def test_options_that_change_nothing_make_no_other_problems():
    plain = problems.draw_class("dying-relu", 3000, seed=1, units=2)
    ranged = problems.draw_class("dying-relu", 3000, seed=1, units=2, samples="1..6")
    assert plain.distinct == ranged.distinct == len({json.dumps(dict(one.given)) for one in ranged.problems}) < 3000


def test_options_that_change_no_more_than_where_numbers_are_drawn_from_make_other_problems(monkeypatch):
    family = get_family("activation-values")
    [z, *others] = family.givens
    grids = {1: Grid(0.2, 0.9, 0.1, signed=True), 2: Grid(1.5, 3.0, 0.1, signed=True)}
    reaching = replace(
        family,
        options=(*family.options, IntegerOption("reach", 1, 1, 2, "How far from 0.")),
        givens=(replace(z, grid=lambda options: grids[options["reach"]]), *others),
    )
    monkeypatch.setattr(cohort, "get_family", lambda _slug: reaching)
    drawn = problems.draw_class("activation-values", 20, seed=1, reach="1..2")
    assert [np.abs(one.given["z"]).max() > 1 for one in drawn.problems].count(True) == 10


def test_it_goes_on_for_as_long_as_there_are_others_however_few_of_the_draws_are_fair():
    seldom = {"steps": 6}  # of 150 draws one is fair: more of them are tried than would be in vain
    assert problems.draw_class("recurrent-gradient", 300, seed=1, **seldom).distinct == 300


def test_among_too_many_combinations_some_are_looked_at_and_for_one_more_its_own(monkeypatch):
    monkeypatch.setattr(cohort, "MOST_COMBINATIONS", 5)
    wide = {"width": "1..6", "inputs": "1..6", "outputs": "1..6"}
    drawn = problems.draw_class("mlp-backprop", 5, seed=1, **wide)
    assert drawn.difficulty == problems.difficulty_of(problems.draw("mlp-backprop", seed=1, **wide))
    more = problems.draw_like(drawn.problems[0], "mlp-backprop", 2, **wide)
    assert problems.difficulty_of(more) == drawn.difficulty
    with pytest.raises(problems.BadOption, match="of that difficulty"):
        problems.draw_like(drawn.difficulty, "mlp-backprop", 2, **wide)


@settings(max_examples=25)
@given(some_ranges, seeds, seeds)
def test_one_more_is_fair_as_difficult_and_none_that_is_to_be_avoided(ranged, seed, later):
    slug, ranges = ranged
    drawn = problems.draw_class(slug, 6, seed=seed, **ranges)
    given_out = set(fingerprints(drawn))
    more = problems.draw_like(drawn.problems[-1], slug, later, given_out, **ranges)
    assert problems.fingerprint(more) not in given_out
    assert problems.difficulty_of(more) == drawn.difficulty
    assert objections(more) == {}
    assert doubted_steps(more) == ()
    assert problems.draw_like(drawn.difficulty, slug, later, given_out, **ranges) == more


def test_one_more_takes_any_options_that_are_equally_difficult():
    first = problems.draw("vanishing-gradient", seed=1, activation="tanh")
    more = [problems.draw_like(first, "vanishing-gradient", seed, activation="sigmoid|tanh") for seed in range(20)]
    assert {one.options["activation"] for one in more} == {"sigmoid", "tanh"}


def test_who_comes_last_gets_the_last_one_and_then_there_are_none():
    drawn = problems.draw_class("depth-scaling", 1000, seed=1)
    [last, *others] = dict.fromkeys(fingerprints(drawn))
    assert problems.fingerprint(problems.draw_like(drawn.difficulty, "depth-scaling", 2, set(others))) == last
    with pytest.raises(problems.NoFairDraw, match=f"All {drawn.distinct} fair problems of depth-scaling"):
        problems.draw_like(drawn.difficulty, "depth-scaling", 2, {last, *others})


def test_whoever_refuses_everything_is_not_served_for_ever():
    class Everything:
        def __contains__(self, print_):
            return True

    first = problems.draw("activation-values", seed=1)
    with pytest.raises(problems.NoFairDraw, match="to be avoided"):
        problems.draw_like(first, "activation-values", 1, Everything())


def test_no_other_difficulty_is_given_out_for_the_one_that_is_asked_for():
    first = problems.draw("vanishing-gradient", seed=1, depth=3)
    for slug, stated in (("vanishing-gradient", {"depth": "4..6"}), ("exploding-gradient", {}), ("concepts", {})):
        with pytest.raises(problems.BadOption, match=f"No problem of {slug} with these options is of that difficulty"):
            problems.draw_like(first, slug, 1, **stated)


def test_progress_tells_how_many_are_done():
    for count in (40, 300):  # there are 135 of them
        told = []
        problems.draw_class("depth-scaling", count, seed=1, progress=told.append)
        assert told[0] == 1
        assert told[-1] == count
        assert told == sorted(set(told))


@pytest.mark.parametrize("count", [0, -1, True, 2.5, "3", None])
def test_no_class_is_of_a_size_that_is_none(count):
    with pytest.raises(problems.BadOption, match="from 1 on"):
        problems.draw_class("vanishing-gradient", count)


def test_what_is_not_known_or_never_fair_is_told():
    with pytest.raises(problems.UnknownFamily):
        problems.draw_class("vanishing-gradiant", 3)
    with pytest.raises(problems.BadOption, match="has no option 'deep'"):
        problems.draw_class("vanishing-gradient", 3, deep=3)
    coarse = {"depth": 12, "decimals": 2, "sigfigs": 1}
    with pytest.raises(
        problems.NoFairDraw, match=r"No fair problem of vanishing-gradient in \d+ tries .*range too wide"
    ):
        problems.draw_class("vanishing-gradient", 3, **coarse)
    steep = problems.pose("vanishing-gradient", w=[1.0] * 12, x=1, decimals=2, sigfigs=1)
    with pytest.raises(problems.NoFairDraw, match="range too wide"):
        problems.draw_like(steep, "vanishing-gradient", 3, **coarse)


def test_where_some_options_are_never_fair_the_others_serve_the_class():
    coarse = {"depth": 6, "decimals": 2, "sigfigs": 2}
    with pytest.raises(problems.NoFairDraw):
        problems.draw_class("vanishing-gradient", 1, seed=1, activation="sigmoid", **coarse)
    for seed in (1, 2):
        drawn = problems.draw_class("vanishing-gradient", 2, seed=seed, activation="sigmoid|tanh", **coarse)
        assert {one.options["activation"] for one in drawn.problems} == {"tanh"}
        assert all(objections(one) == {} for one in drawn.problems)


@pytest.fixture
def wrong_backpropagation(monkeypatch):
    """Every gradient of a sum is twice what it should be; worksheets that are kept would hide it."""
    problem._worksheet.cache_clear()  # noqa: SLF001 - there is no other way to plant an error
    rules = {**backprop._RULES, Op.ADD: lambda gradient, _place, _terms: gradient * number(2)}  # noqa: SLF001 - as above
    monkeypatch.setattr(backprop, "_RULES", MappingProxyType(rules))
    yield
    problem._worksheet.cache_clear()  # noqa: SLF001 - and to take it away


@pytest.mark.usefixtures("wrong_backpropagation")
def test_nothing_is_given_out_that_the_second_computation_refuses():
    with pytest.raises(problems.NoFairDraw, match="not confirmed"):
        problems.draw_class("mlp-backprop", 3, seed=1)


def test_depth_and_precision_make_a_problem_harder_and_other_numbers_do_not():
    def difficulty(seed, **stated):
        return problems.difficulty_of(problems.draw("vanishing-gradient", seed=seed, **stated))

    assert difficulty(1) == difficulty(2) == difficulty(3, activation="tanh")
    assert len({difficulty(1), difficulty(1, depth=4), difficulty(1, bias=True), difficulty(1, decimals=4)}) == 4


@every_variant
def test_a_fingerprint_is_that_of_the_numbers_whatever_the_seed(slug, options):
    one, other = (problems.draw(slug, seed=seed, **options) for seed in (1, 2))
    stored = problems.to_dict(one) | {"seed": None}
    assert problems.fingerprint(problems.from_dict(stored)) == problems.fingerprint(one) != problems.fingerprint(other)


weights = st.lists(st.sampled_from([0.5, 0.25]), min_size=1, max_size=2)


@given(weights, weights, st.sampled_from([1, 2.0]), st.integers(2, 3), st.sampled_from(["sigmoid", "tanh"]))
def test_two_fingerprints_are_equal_just_where_the_problems_are(w, other_w, x, decimals, activation):
    one = problems.pose("vanishing-gradient", w=w, x=x, decimals=decimals, activation=activation)
    other = problems.pose("vanishing-gradient", w=other_w, x=1, decimals=2, activation="tanh")
    assert (problems.fingerprint(one) == problems.fingerprint(other)) == (one == other)


def test_a_fingerprint_stays_what_it_is():
    """It is stored beside problems that were given out."""
    lecture = problems.pose("vanishing-gradient", w=[0.5, 0.5, 0.5], x=1, decimals=2, sigfigs=2)
    assert problems.fingerprint(lecture) == "83c8f17432234ff617317bc0d2592605"
