"""The ranges in a key: no right answer falls out of one, and none is wider than a tenth of the kept unit."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from problems.precision import Precision
from quizsvc.exports.bounds import bounds_of

ENDS = st.tuples(st.floats(-1e12, 1e12), st.floats(0, 1e3)).map(lambda pair: (pair[0], pair[0] + pair[1]))
PRECISIONS = st.builds(Precision, st.integers(0, 12), st.integers(1, 12))


def number(shown):
    mantissa, _, power = shown.latex.partition(r" \times 10^")
    return Decimal(mantissa) * Decimal(10) ** int(power.strip("{}") or 0)


@given(ENDS, PRECISIONS)
def test_a_shown_range_holds_the_range_and_hardly_more(ends, precision):
    low, high = ends
    (bounds,) = bounds_of(low, high, precision)
    for end, outside in ((low, Decimal(low) - number(bounds.low)), (high, number(bounds.high) - Decimal(high))):
        last_digit_of_a_float = abs(Decimal(end)) * Decimal(2) ** -52
        assert -last_digit_of_a_float <= outside <= Decimal(float(precision.unit(end))) / 9 + last_digit_of_a_float


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
    assert number(least.low) <= Decimal("5e-324")
    assert number(least.high) >= Decimal("1.7976931348623157e308")


def test_what_is_counted_is_shown_as_it_is():
    (bounds,) = bounds_of(3.0, 3.0, None)
    assert (bounds.low.text, bounds.high.text) == ("3", "3")
