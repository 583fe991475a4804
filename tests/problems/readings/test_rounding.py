"""The range reading holds whatever can happen: inside every primitive, and whenever a number is written down."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.graph import CHOICES, Op
from problems.precision import Precision
from problems.readings.exact import EXACT
from problems.readings.rounding import Interval, point, ranges_at

NUMBERS = st.floats(-30, 30, allow_nan=False) | st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, 10.0, 1e-9, -1e-9])
SHARES = st.floats(0, 1)
PRECISIONS = st.builds(Precision, st.integers(0, 6), st.integers(1, 6))
RANGES = ranges_at(Precision())

SCALARS = {
    Op.ADD: 3, Op.SUB: 2, Op.NEG: 1, Op.MUL: 3, Op.EITHER: 1,
    Op.SIGMOID: 1, Op.SIGMOID_SLOPE: 1, Op.SIGMOID_SLOPE_AT_VALUE: 1,
    Op.TANH: 1, Op.TANH_SLOPE: 1, Op.TANH_SLOPE_AT_VALUE: 1,
    Op.RELU: 1, Op.RELU_SLOPE: 1, Op.LEAKY_RELU: 2, Op.LEAKY_RELU_SLOPE: 2,
    Op.SQUARED_ERROR: 2, Op.HALF_SQUARED_ERROR: 2, Op.DEAD: 1, Op.GROWTH: 2,
}  # fmt: skip
"""Primitives of numbers, with how many they take; those of arrays have a test of their own."""
BOUNDED = {Op.SIGMOID_SLOPE_AT_VALUE: (0.0, 1.0), Op.TANH_SLOPE_AT_VALUE: (-1.0, 1.0)}
"""What an argument can truly be: a value of the activation."""


def test_every_primitive_is_looked_at():
    assert set(Op) == set(SCALARS) | {Op.MATVEC_T, Op.MAX}


@st.composite
def inside(draw, op=None):
    """An interval and a number in it."""
    low, high = BOUNDED.get(op, (-30.0, 30.0))
    ends = sorted(min(max(draw(NUMBERS), low), high) for _ in range(2))
    value = ends[0] + draw(SHARES) * (ends[1] - ends[0])
    return Interval(np.array([ends[0]]), np.array([ends[1]])), np.array([min(max(value, ends[0]), ends[1])])


@pytest.mark.parametrize("op", list(SCALARS), ids=lambda op: op.value)
@given(data=st.data())
def test_a_primitive_of_numbers_in_ranges_is_in_the_range_of_the_primitive(op, data):
    drawn = [data.draw(inside(op)) for _ in range(SCALARS[op])]
    value = EXACT.rules[op](*(value for _, value in drawn))
    found = RANGES.rules[op](*(interval for interval, _ in drawn))
    slack = 1e-12 * np.abs(value) if op not in CHOICES else 0.0
    assert np.all(found.low <= value + slack)
    assert np.all(value - slack <= found.high)


@given(data=st.data())
def test_a_layer_of_rows_in_ranges_is_in_the_range_of_the_layer(data):
    def matrix(rows, columns):
        cells = [data.draw(inside()) for _ in range(rows * columns)]
        shape = (rows, columns, 1)
        low, high, value = (
            np.array([part(interval, value) for interval, value in cells]).reshape(shape)
            for part in (lambda i, _v: i.low[0], lambda i, _v: i.high[0], lambda _i, v: v[0])
        )
        return Interval(low, high), value

    (x, x_value), (w, w_value) = matrix(2, 3), matrix(2, 3)
    value, found = EXACT.rules[Op.MATVEC_T](x_value, w_value), RANGES.rules[Op.MATVEC_T](x, w)
    assert np.all((found.low <= value + 1e-9) & (value - 1e-9 <= found.high))
    highest = RANGES.rules[Op.MAX](found)
    assert np.all((highest.low <= value.max(axis=0) + 1e-9) & (value.max(axis=0) - 1e-9 <= highest.high))


def by_hand(value, precision, rounding):
    """The number as it is written down, by decimal arithmetic."""
    exact = Decimal(repr(float(value)))
    places = max(precision.decimals, precision.sigfigs - 1 - exact.adjusted() if exact else 0)
    return float(exact.quantize(Decimal(1).scaleb(-places), rounding))


@given(interval_and_value=inside(), precision=PRECISIONS, rounding=st.sampled_from([ROUND_DOWN, ROUND_HALF_UP]))
def test_what_is_written_down_is_in_the_written_range_and_stands_for_what_it_was(
    interval_and_value, precision, rounding
):
    interval, value = interval_and_value
    reading = ranges_at(precision)
    written = by_hand(value[0], precision, rounding)
    assert reading.write_down(interval).holds(np.array([written])).all()
    if written != 0 or value[0] == 0:  # cut off to 0 at no decimals, nothing is known of it any more
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
