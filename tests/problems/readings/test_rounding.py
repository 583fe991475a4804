"""The range reading holds whatever can happen: inside every primitive, and whenever a number is written down."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.graph import CHOICES, Op
from problems.precision import Precision
from problems.readings.exact import EXACT
from problems.readings.intervals import Interval, point
from problems.readings.rounding import ranges_at

PRECISIONS = st.builds(Precision, st.integers(0, 6), st.integers(1, 6))
SEEDS = st.integers(0, 2**32 - 1)
RANGES = ranges_at(Precision())
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 10.0, -10.0, 1e-9, -1e-9])
INSTANCES = 200
"""So many boxes of every primitive are looked at in one walk, so that a few walks are enough."""
few_walks = settings(max_examples=20)


@dataclass(frozen=True)
class Domain:
    """What an argument may be: from low to high; `exact` where it is a given number, not a range."""

    low: float
    high: float
    exact: bool = False
    mirrored: bool = False
    whole: bool = False

    def numbers(self, rng, shape):
        """Any numbers of the domain, kinks and the like often."""
        if self.whole:
            return rng.integers(int(self.low), int(self.high), shape, endpoint=True).astype(float)
        special = np.clip(rng.choice(SPECIAL, shape), self.low, self.high)
        special = special if self.low < 0 else np.abs(special)  # the value of a sigmoid is no -0.0
        return np.where(rng.random(shape) < 0.3, special, rng.uniform(self.low, self.high, shape))


ANY = Domain(-30, 30)
POSITIVE = Domain(1e-3, 30)
NOT_NEGATIVE = Domain(0, 30)
NOT_ZERO = Domain(1e-3, 30, mirrored=True)
SHARE = Domain(0, 1)
SIGNED_SHARE = Domain(-1, 1)
ALPHA = Domain(0, 2)
TARGET = Domain(0, 1, exact=True)
ONE_OR_NONE = Domain(0, 1, exact=True, whole=True)
BOUND = Domain(1e-3, 30, exact=True)
WHOLE = Domain(0, 4, exact=True, whole=True)

SCALARS = {
    Op.ADD: (ANY, ANY, ANY), Op.SUB: (ANY, ANY), Op.NEG: (ANY,), Op.MUL: (ANY, ANY, ANY), Op.DIV: (ANY, NOT_ZERO),
    Op.ABS: (ANY,), Op.SQUARE: (ANY,), Op.SQRT: (NOT_NEGATIVE,), Op.POWER: (POSITIVE, ANY), Op.LOG10: (POSITIVE,),
    Op.POWER_OF_TEN: (ANY,),
    Op.SIGMOID: (ANY,), Op.SIGMOID_SLOPE: (ANY,), Op.SIGMOID_SLOPE_AT_VALUE: (SHARE,),
    Op.TANH: (ANY,), Op.TANH_SLOPE: (ANY,), Op.TANH_SLOPE_AT_VALUE: (SIGNED_SHARE,),
    Op.RELU: (ANY,), Op.RELU_SLOPE: (ANY,), Op.LEAKY_RELU: (ANY, ANY), Op.LEAKY_RELU_SLOPE: (ANY, ANY),
    Op.PRELU: (ANY, ANY), Op.PRELU_SLOPE: (ANY, ANY), Op.NEGATIVE_PART: (ANY,),
    Op.ELU: (ANY, ALPHA), Op.ELU_SLOPE: (ANY, ALPHA), Op.ELU_SLOPE_AT_VALUE: (ANY, ALPHA),
    Op.SQUARED_ERROR: (ANY, ANY), Op.HALF_SQUARED_ERROR: (ANY, ANY),
    Op.BINARY_CROSS_ENTROPY: (SHARE, TARGET), Op.SIGMOID_CROSS_ENTROPY: (ANY, TARGET),
    Op.SIGMOID_ERROR: (ANY, TARGET), Op.TANH_ERROR: (ANY, Domain(-1, 1, exact=True)),
    Op.CROSS_ENTROPY_SLOPE: (ANY, TARGET), Op.CROSS_ENTROPY_SLOPE_AT_VALUE: (SHARE, TARGET),
    Op.CLIP: (ANY, BOUND), Op.AT_MOST_ONE: (ANY,),
    Op.CHOSEN: (WHOLE,), Op.DEAD: (ANY,), Op.GROWTH: (ANY, ANY), Op.COURSE: (ANY,),
}  # fmt: skip
"""Primitives of numbers -> what each argument may be."""
NUMBER, VECTOR, MATRIX = (), (3,), (2, 3)
ARRAYS = {
    Op.STACK: [((NUMBER, ANY), (NUMBER, ANY), (NUMBER, ANY))],
    Op.SUM: [((VECTOR, ANY),), ((MATRIX, ANY),)],
    Op.MEAN: [((VECTOR, ANY),), ((MATRIX, ANY),)],
    Op.MAX: [((VECTOR, ANY),), ((MATRIX, ANY),)],
    Op.DOT: [((VECTOR, ANY), (VECTOR, ANY))],
    Op.MATVEC: [((MATRIX, ANY), (VECTOR, ANY))],
    Op.BACK_MATVEC: [((MATRIX, ANY), ((2,), ANY))],
    Op.OUTER: [(((2,), ANY), (VECTOR, ANY))],
    Op.LAYER_OF_ROWS: [((MATRIX, ANY), ((4, 3), ANY))],
    Op.SOFTMAX: [((VECTOR, ANY),)],
    Op.CROSS_ENTROPY: [((VECTOR, SHARE), (VECTOR, TARGET)), ((VECTOR, SHARE), (VECTOR, ONE_OR_NONE))],
    Op.SOFTMAX_BACK: [((VECTOR, SHARE), (VECTOR, ANY))],
    Op.SOFTMAX_CROSS_ENTROPY: [((VECTOR, ANY), (VECTOR, TARGET)), ((VECTOR, ANY), (VECTOR, ONE_OR_NONE))],
    Op.SOFTMAX_ERROR: [((VECTOR, ANY), (VECTOR, TARGET)), ((VECTOR, ANY), (VECTOR, ONE_OR_NONE))],
    Op.SQUARED_ERROR: [((VECTOR, ANY), (VECTOR, ANY))],
    Op.HALF_SQUARED_ERROR: [((VECTOR, ANY), (VECTOR, ANY))],
    Op.BINARY_CROSS_ENTROPY: [((VECTOR, SHARE), (VECTOR, TARGET)), ((VECTOR, SHARE), (VECTOR, ONE_OR_NONE))],
    Op.SIGMOID_CROSS_ENTROPY: [((VECTOR, ANY), (VECTOR, TARGET)), ((VECTOR, ANY), (VECTOR, ONE_OR_NONE))],
    Op.FIRST_BEYOND: [(((4,), ANY), (NUMBER, BOUND))],
    Op.LOOKUP: [(((5,), Domain(-30, 30, exact=True)), (VECTOR, WHOLE))],
}
"""Primitives of vectors and matrices, and losses over several units -> the shape and entries of each argument."""


def test_every_primitive_is_looked_at():
    assert set(Op) == set(SCALARS) | set(ARRAYS) | {Op.EITHER}


def inside(rng, domain=ANY, shape=()):
    """Ranges, points among them, and a number in each; INSTANCES of them along the last axis."""
    whole = (*shape, INSTANCES)
    one, other = domain.numbers(rng, whole), domain.numbers(rng, whole)
    other = np.where((rng.random(whole) < 0.2) | domain.exact, one, other)
    if domain.mirrored:
        sign = rng.choice([-1.0, 1.0], whole)
        one, other = sign * one, sign * other
    low, high = np.minimum(one, other), np.maximum(one, other)
    share = np.where(rng.random(whole) < 0.2, rng.integers(0, 2, whole), rng.random(whole))
    return Interval(low, high), np.clip(low + share * (high - low), low, high)


def require_holds(op, drawn):
    """The value of the primitive at the numbers lies in its range at the ranges."""
    value = EXACT.rules[op](*(value for _, value in drawn))
    found = RANGES.rules[op](*(interval for interval, _ in drawn))
    assert found.low.shape == found.high.shape == value.shape
    # Terms that cancel leave rounding of their own size, up to 30 · 30 here.
    slack = np.where(np.isfinite(value), 1e-12 * np.abs(value), 0.0) + (1e-11 if op in ARRAYS else 1e-14)
    slack = 0.0 if op in CHOICES else slack
    outside = ~((found.low <= value + slack) & (value - slack <= found.high))
    for place in np.flatnonzero(outside.reshape(-1, INSTANCES).any(axis=0))[:1]:
        seen = [(interval.low[..., place], interval.high[..., place], at[..., place]) for interval, at in drawn]
        message = f"{op} of (low, high, value) {seen} is {value[..., place]}, outside "
        pytest.fail(message + f"{found.low[..., place]} .. {found.high[..., place]}")


@pytest.mark.parametrize("op", SCALARS, ids=lambda op: op.value)
@few_walks
@given(seed=SEEDS)
def test_a_primitive_of_numbers_in_ranges_is_in_the_range_of_the_primitive(op, seed):
    rng = np.random.default_rng(seed)
    require_holds(op, [inside(rng, domain) for domain in SCALARS[op]])


@pytest.mark.parametrize("op", ARRAYS, ids=lambda op: op.value)
@few_walks
@given(seed=SEEDS)
def test_a_primitive_of_arrays_in_ranges_is_in_the_range_of_the_primitive(op, seed):
    rng = np.random.default_rng(seed)
    for arguments in ARRAYS[op]:
        require_holds(op, [inside(rng, domain, shape) for shape, domain in arguments])


@few_walks
@given(seed=SEEDS)
def test_whichever_route_is_taken_its_value_is_in_the_range_of_the_routes(seed):
    rng = np.random.default_rng(seed)
    routes = [inside(rng) for _ in range(3)]
    found = RANGES.rules[Op.EITHER](*(interval for interval, _ in routes))
    for _, value in routes:
        assert found.holds(value).all()


LOOSE = {Op.BINARY_CROSS_ENTROPY, Op.SIGMOID_CROSS_ENTROPY}
"""Of a target between 0 and 1 the two terms are bounded each by itself; of 0 and 1 only one is there."""


@pytest.mark.parametrize("op", [op for op in SCALARS if op not in CHOICES], ids=lambda op: op.value)
@few_walks
@given(seed=SEEDS)
def test_both_ends_of_a_range_are_reached_so_that_no_number_lies_in_it_without_need(op, seed):
    rng = np.random.default_rng(seed)
    domains = [ONE_OR_NONE if domain is TARGET and op in LOOSE else domain for domain in SCALARS[op]]
    intervals = [inside(rng, domain)[0] for domain in domains]
    # Extremes lie at ends, at kinks and tops, or where an argument meets another.
    extremes = [np.zeros(INSTANCES), np.full(INSTANCES, 0.5)]
    extremes += [end for one in intervals for end in (one.low, one.high)]
    points = [np.array([np.clip(extreme, one.low, one.high) for extreme in extremes]) for one in intervals]
    grids = np.meshgrid(*[np.arange(len(extremes))] * len(intervals))
    tried = (one[grid.ravel()].ravel() for one, grid in zip(points, grids, strict=True))
    reached = EXACT.rules[op](*tried).reshape(-1, INSTANCES)
    found = RANGES.rules[op](*intervals)
    for end, extreme in ((found.low, reached.min(axis=0)), (found.high, reached.max(axis=0))):
        np.testing.assert_allclose(end, extreme, rtol=1e-9, atol=1e-9)


@few_walks
@given(seed=SEEDS)
def test_what_is_divided_by_a_range_around_0_may_be_anything(seed):
    rng = np.random.default_rng(seed)
    (above, _), (below, _) = inside(rng), inside(rng)
    found = RANGES.rules[Op.DIV](above, Interval(-np.abs(below.low), np.abs(below.high)))
    assert np.isneginf(found.low).all()
    assert np.isposinf(found.high).all()


def by_hand(value, precision, rounding):
    """The number as it is written down, by decimal arithmetic."""
    exact = Decimal(repr(float(value)))
    places = max(precision.decimals, precision.sigfigs - 1 - exact.adjusted() if exact else 0)
    return float(exact.quantize(Decimal(1).scaleb(-places), rounding))


NUMBERS = st.floats(-30, 30, allow_nan=False) | st.sampled_from(SPECIAL.tolist())


@given(ends=st.tuples(NUMBERS, NUMBERS), precision=PRECISIONS, rounding=st.sampled_from([ROUND_DOWN, ROUND_HALF_UP]))
def test_what_is_written_down_is_in_the_written_range_and_stands_for_what_it_was(ends, precision, rounding):
    reading = ranges_at(precision)
    interval = Interval(np.array([min(ends)]), np.array([max(ends)]))
    for value in (ends[0], (ends[0] + ends[1]) / 2):
        written = by_hand(value, precision, rounding)
        assert reading.write_down(interval).holds(np.array([written])).all()
        if written != 0 or value == 0:  # cut off to 0 at no decimals, nothing is known of it any more
            back = reading.read_back(point(np.array([0.0])), np.array([written]))
            assert (back.low <= value + 1e-12).all()
            assert (value - 1e-12 <= back.high).all()


@given(value=NUMBERS, precision=PRECISIONS)
def test_the_written_range_of_one_number_is_a_unit_down_and_half_a_unit_up(value, precision):
    found = ranges_at(precision).write_down(point(np.array([abs(value)])))
    unit = precision.unit(np.array([value])) if value else np.array([0.0])
    lowest = max(abs(value) - unit, 1e-6 * abs(value))  # never 0 for what is not
    np.testing.assert_allclose(found.low, lowest, rtol=1e-9, atol=1e-12 * abs(value))
    np.testing.assert_allclose(found.high, abs(value) + unit / 2, rtol=1e-9, atol=1e-12 * abs(value))
    mirrored = ranges_at(precision).write_down(point(np.array([-abs(value)])))
    np.testing.assert_array_equal((mirrored.low, mirrored.high), (-found.high, -found.low))


@pytest.mark.parametrize(
    ("value", "decimals", "sigfigs", "unit"),
    [
        (0.014043, 2, 2, 0.001),
        (0.62, 2, 2, 0.01),
        (12.3456, 3, 3, 0.001),
        (0.1, 3, 3, 0.001),
        (0.0999, 3, 3, 0.0001),
        (1000.0, 0, 3, 1.0),
        (123456.0, 0, 3, 1.0),
        (0.0, 3, 3, 0.001),
        (-0.00353, 3, 3, 0.00001),
    ],
)
def test_the_finer_of_decimals_and_significant_figures_wins(value, decimals, sigfigs, unit):
    assert float(Precision(decimals, sigfigs).unit(value)) == pytest.approx(unit, rel=1e-12)
