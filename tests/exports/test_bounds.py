"""The ranges in a key: what a person reads from them is what the grader says."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from problems.precision import Precision
from quizsvc.exports.bounds import bounds_of

PRECISIONS = st.builds(Precision, st.integers(0, 12), st.integers(1, 12))


def number(shown):
    mantissa, _, power = shown.latex.partition(r" \times 10^")
    return Decimal(mantissa) * Decimal(10) ** int(power.strip("{}") or 0)


@given(st.floats(-1e6, 1e6), st.floats(1, 1e3), PRECISIONS, st.integers(-3, 3))
def test_an_answer_of_no_more_digits_is_inside_where_it_is_right_and_nowhere_else(low, units, precision, steps):
    high = low + units * float(precision.unit(low))
    (bounds,) = bounds_of(low, high, precision)
    for end in (low, high):
        last = Decimal(1).scaleb(-Precision(precision.decimals + 1, precision.sigfigs + 1).places(end))
        answer = Decimal(repr(end)).quantize(last) + steps * last
        near = abs(answer) * Decimal("1e-11")
        if low < answer - near and answer + near < high:
            assert number(bounds.low) <= answer <= number(bounds.high)
        elif answer + near < low or answer - near > high:
            assert not number(bounds.low) <= answer <= number(bounds.high)


def test_a_float_beside_a_decimal_number_stands_for_it():
    (bounds,) = bounds_of(0.3 - 0.091, 0.21 + 0.0005, Precision(3, 3))  # 0.20899999999999999 and 0.2105
    assert (bounds.low.text, bounds.high.text) == ("0.2090", "0.2105")


def test_every_entry_has_its_place():
    low = np.arange(6).reshape(3, 2) / 8
    shown = bounds_of(low, low + 0.25, Precision(2, 2))
    assert [bounds.place for bounds in shown] == ["1, 1", "1, 2", "2, 1", "2, 2", "3, 1", "3, 2"]
    assert [(bounds.low.text, bounds.high.text) for bounds in shown][:2] == [("0.000", "0.250"), ("0.125", "0.375")]
    assert [bounds.place for bounds in bounds_of(low[0], low[0], Precision())] == ["1", "2"]
    assert [bounds.place for bounds in bounds_of(1.0, 1.0, Precision())] == [""]


def test_numbers_at_the_edge_of_what_a_computer_holds_are_shown():
    (endless,) = bounds_of(-np.inf, np.inf, Precision())
    assert (endless.low.text, endless.high.text) == ("−∞", "∞")
    (least,) = bounds_of(5e-324, 1.7976931348623157e308, Precision(3, 3))
    assert number(least.low) >= Decimal("4.94e-324")
    assert number(least.high) <= Decimal("1.7976931348623158e308")


def test_what_is_counted_is_shown_as_it_is():
    (bounds,) = bounds_of(3.0, 3.0, None)
    assert (bounds.low.text, bounds.high.text) == ("3", "3")
