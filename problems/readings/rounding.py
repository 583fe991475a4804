"""The range reading: all values that an honest student's step may have.

A value is an `Interval`. Writing a value v > 0 down, rounded or cut off, gives anything in [v - u, v + u/2] where u is
the unit in its last kept place; v < 0 is the mirror image, and an exact 0 stays 0. A written number stands, for what
follows, for every value that could have been written so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, reduce
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from problems.graph import Op, Reading
from problems.readings import exact

if TYPE_CHECKING:
    from collections.abc import Callable

    from problems.precision import Precision

Array = NDArray[np.float64]

# Wider than the rounding of float64 over any graph here, far narrower than any written digit.
_NOISE = 1e-13
# What a number that is not 0 is never written below, as a share of it.
_LEAST_SHARE = 1e-6


@dataclass(frozen=True, slots=True)
class Interval:
    """All values from low to high, entry by entry; both have the shape of the value, instance axis last."""

    low: Array
    high: Array

    def holds(self, value: Array) -> NDArray[np.bool_]:
        """Where the value lies inside."""
        return (self.low <= value) & (value <= self.high)

    def overlaps(self, other: Interval) -> NDArray[np.bool_]:
        """Where the two have a value in common."""
        return (self.low <= other.high) & (other.low <= self.high)


def point(value: Array) -> Interval:
    """The interval that holds just this value."""
    return Interval(value, value)


def hull(*intervals: Interval) -> Interval:
    """The smallest interval around all."""
    low = reduce(np.minimum, (interval.low for interval in intervals))
    return Interval(low, reduce(np.maximum, (interval.high for interval in intervals)))


def _total(*terms: Interval) -> Interval:
    low, high = reduce(np.add, (term.low for term in terms)), reduce(np.add, (term.high for term in terms))
    size = reduce(np.add, (np.maximum(np.abs(term.low), np.abs(term.high)) for term in terms))
    # Terms that cancel leave rounding noise where the truth may be 0.
    return Interval(low - _NOISE * size, high + _NOISE * size)


def _negative(x: Interval) -> Interval:
    return Interval(-x.high, -x.low)


def _times(x: Interval, y: Interval) -> Interval:
    corners = (x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high)
    return Interval(reduce(np.minimum, corners), reduce(np.maximum, corners))


def _matvec_rows(x: Interval, w: Interval) -> Interval:
    products = _times(
        Interval(x.low[:, np.newaxis], x.high[:, np.newaxis]), Interval(w.low[np.newaxis], w.high[np.newaxis])
    )
    noise = _NOISE * np.maximum(np.abs(products.low), np.abs(products.high)).sum(axis=2)
    return Interval(products.low.sum(axis=2) - noise, products.high.sum(axis=2) + noise)


def _rising(function: Callable[[Array], Array]) -> Callable[[Interval], Interval]:
    return lambda x: Interval(function(x.low), function(x.high))


def _falling(function: Callable[[Array], Array]) -> Callable[[Interval], Interval]:
    return lambda x: Interval(function(x.high), function(x.low))


def _hill(function: Callable[[Array], Array], top: float) -> Callable[[Interval], Interval]:
    """A function that rises up to `top` and falls behind it."""

    def rule(x: Interval) -> Interval:
        left, right = function(x.low), function(x.high)
        peak = function(np.asarray(top))
        inside = (x.low <= top) & (top <= x.high)
        return Interval(np.minimum(left, right), np.where(inside, peak, np.maximum(left, right)))

    return rule


def _within(rule: Callable[[Interval], Interval], low: float, high: float) -> Callable[[Interval], Interval]:
    """A rule for values of an activation: what rounding pushes past its bounds is cut off there."""

    def bounded(x: Interval) -> Interval:
        x_high = np.where((x.low <= high) & (high < x.high), high, x.high)
        x_low = np.where((x.low < low) & (low <= x.high), low, x.low)
        return rule(Interval(x_low, x_high))

    return bounded


def _valley(function: Callable[[Array], Array]) -> Callable[[Interval], Interval]:
    """An even function that falls down to 0 and rises behind it."""

    def rule(x: Interval) -> Interval:
        left, right = function(x.low), function(x.high)
        lowest = np.where((x.low <= 0) & (x.high >= 0), function(np.asarray(0.0)), np.minimum(left, right))
        return Interval(lowest, np.maximum(left, right))

    return rule


def _leaky_relu(z: Interval, alpha: Interval) -> Interval:
    kink = np.clip(0.0, z.low, z.high)  # the lowest place where alpha is negative
    corners = [
        exact.EXACT.rules[Op.LEAKY_RELU](end, slope)
        for end in (z.low, kink, z.high)
        for slope in (alpha.low, alpha.high)
    ]
    return Interval(reduce(np.minimum, corners), reduce(np.maximum, corners))


def _leaky_relu_slope(z: Interval, alpha: Interval) -> Interval:
    one = np.asarray(1.0)
    low = np.where(z.low > 0, one, np.where(z.high > 0, np.minimum(alpha.low, one), alpha.low))
    high = np.where(z.low > 0, one, np.where(z.high > 0, np.maximum(alpha.high, one), alpha.high))
    return Interval(low, high)


def _squared_error(prediction: Interval, target: Interval) -> Interval:
    square = _valley(np.square)(_total(prediction, _negative(target)))
    if square.low.ndim <= 1:
        return square
    return Interval(square.low.sum(axis=0), square.high.sum(axis=0))


def _half_squared_error(prediction: Interval, target: Interval) -> Interval:
    whole = _squared_error(prediction, target)
    return Interval(0.5 * whole.low, 0.5 * whole.high)


def _growth(gradient: Interval, arriving: Interval) -> Interval:
    size, reference = _valley(np.abs)(gradient), _valley(np.abs)(arriving)
    return Interval(exact.growth(size.low, reference.high), exact.growth(size.high, reference.low))


_RULES: MappingProxyType[Op, Callable[..., Interval]] = MappingProxyType(
    {
        Op.ADD: _total,
        Op.SUB: lambda x, y: _total(x, _negative(y)),
        Op.NEG: _negative,
        Op.MUL: lambda *factors: reduce(_times, factors),
        Op.MATVEC_T: _matvec_rows,
        Op.MAX: _rising(lambda values: values.max(axis=0)),
        Op.EITHER: hull,
        Op.SIGMOID: _rising(exact.sigmoid),
        Op.SIGMOID_SLOPE: _hill(exact.sigmoid_slope, 0.0),
        Op.SIGMOID_SLOPE_AT_VALUE: _within(_hill(lambda a: a * (1.0 - a), 0.5), 0.0, 1.0),
        Op.TANH: _rising(np.tanh),
        Op.TANH_SLOPE: _hill(exact.tanh_slope, 0.0),
        Op.TANH_SLOPE_AT_VALUE: _within(_hill(lambda a: (1.0 - a) * (1.0 + a), 0.0), -1.0, 1.0),
        Op.RELU: _rising(lambda z: np.maximum(z, 0.0)),
        Op.RELU_SLOPE: _rising(exact.relu_slope),
        Op.LEAKY_RELU: _leaky_relu,
        Op.LEAKY_RELU_SLOPE: _leaky_relu_slope,
        Op.SQUARED_ERROR: _squared_error,
        Op.HALF_SQUARED_ERROR: _half_squared_error,
        Op.DEAD: _falling(exact.EXACT.rules[Op.DEAD]),
        Op.GROWTH: _growth,
    }
)


def _write_low(low: Array, high: Array, precision: Precision) -> Array:
    unit = precision.unit(low)
    written = low - np.where(low > 0, unit, np.where(low < 0, unit / 2, 0.0))
    # v - u(v) drops where v passes a power of ten and the unit grows: the next power may reach lower than `low` does.
    power = np.power(10.0, np.floor(np.log10(np.where(low > 0, low, 1.0))) + 1)
    passes = (low > 0) & (power <= high)
    lowest = np.where(passes, np.minimum(written, power - precision.unit(power)), written)
    # With one significant figure v - u(v) may be 0; nobody who keeps one writes 0 for what is not.
    return np.where(low > 0, np.maximum(lowest, _LEAST_SHARE * low), lowest)


@lru_cache(maxsize=256)
def ranges_at(precision: Precision) -> Reading[Interval]:
    """The range reading at a working precision."""

    def write_down(value: Interval) -> Interval:
        low = _write_low(value.low, value.high, precision)
        high = -_write_low(-value.high, -value.low, precision)
        return Interval(low - _NOISE * np.abs(low), high + _NOISE * np.abs(high))

    def read_back(expected: Interval, written: Array) -> Interval:
        unit = precision.unit(written)
        # Cut off, a value may be up to one unit larger than what was written; past a power of ten that unit is larger.
        larger = precision.unit(np.abs(written) + 10.0 * unit)
        outward, inward = np.where(written == 0, 0.0, larger), np.where(written == 0, 0.0, unit / 2)
        low = written - np.where(written > 0, inward, outward)
        high = written + np.where(written > 0, outward, inward)
        absent = np.isnan(written)
        return Interval(np.where(absent, expected.low, low), np.where(absent, expected.high, high))

    return Reading(
        rules=_RULES,
        number=lambda value: point(np.asarray(value, dtype=np.float64)),
        write_down=write_down,
        read_back=read_back,
    )
