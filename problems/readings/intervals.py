"""Interval arithmetic: what sums, products and monotone functions make of all values from low to high."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from problems.graph import Op
from problems.readings import exact

if TYPE_CHECKING:
    from collections.abc import Callable

Array = NDArray[np.float64]

# Wider than the rounding of float64 over any graph here, far narrower than any written digit.
NOISE = 1e-13


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


def settled_sum(low: Array, high: Array, size: Array) -> Interval:
    """A sum from low to high of terms of this size: terms that cancel leave rounding where the truth may be 0."""
    low, high = exact.settled(low, size), exact.settled(high, size)
    noise = NOISE * size
    return Interval(np.where(low == 0, 0.0, low - noise), np.where(high == 0, 0.0, high + noise))


def size_of(x: Interval) -> Array:
    """The largest size of a value in it, entry by entry."""
    return np.maximum(np.abs(x.low), np.abs(x.high))


def total(*terms: Interval) -> Interval:
    """The sum of the terms."""
    low, high = reduce(np.add, (term.low for term in terms)), reduce(np.add, (term.high for term in terms))
    return settled_sum(low, high, reduce(np.add, map(size_of, terms)))


def negative(x: Interval) -> Interval:
    """-x."""
    return Interval(-x.high, -x.low)


def times(x: Interval, y: Interval) -> Interval:
    """Entry by entry."""
    corners = (x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high)
    return Interval(reduce(np.minimum, corners), reduce(np.maximum, corners))


def spread(x: Interval, *axes: int) -> Interval:
    """With axes of length 1 put in."""
    return Interval(np.expand_dims(x.low, axes), np.expand_dims(x.high, axes))


def summed(x: Interval, axis: int) -> Interval:
    """The sum along an axis."""
    return settled_sum(x.low.sum(axis=axis), x.high.sum(axis=axis), size_of(x).sum(axis=axis))


def matvec(w: Interval, a: Interval) -> Interval:
    """W a."""
    return summed(times(w, spread(a, 0)), 1)


def back_matvec(w: Interval, delta: Interval) -> Interval:
    """Wᵀ δ."""
    return summed(times(w, spread(delta, 1)), 0)


def outer(delta: Interval, a: Interval) -> Interval:
    """Δ aᵀ."""
    return times(spread(delta, 1), spread(a, 0))


def layer_of_rows(x: Interval, w: Interval) -> Interval:
    """X Wᵀ."""
    return summed(times(spread(x, 1), spread(w, 0)), 2)


def mean(x: Interval) -> Interval:
    """The mean along the first axis."""
    whole, count = summed(x, 0), len(x.low)
    return Interval(whole.low / count, whole.high / count)


def stack(*entries: Interval) -> Interval:
    """Numbers as a vector."""
    rule = exact.EXACT.rules[Op.STACK]
    return Interval(rule(*(entry.low for entry in entries)), rule(*(entry.high for entry in entries)))


def quotient(x: Interval, y: Interval) -> Interval:
    """X/y: everything where y may be 0."""
    corners = [exact.quotient(above, below) for above in (x.low, x.high) for below in (y.low, y.high)]
    through_zero = (y.low <= 0) & (y.high >= 0)
    low, high = reduce(np.minimum, corners), reduce(np.maximum, corners)
    return Interval(np.where(through_zero, -np.inf, low), np.where(through_zero, np.inf, high))


def cornered(rule: Callable[..., Array], *, kinked: bool = False) -> Callable[[Interval, Interval], Interval]:
    """A rule that is monotone in each argument; with a kink in the first at 0, on each side of it."""

    def corners(x: Interval, y: Interval) -> Interval:
        ends = (x.low, np.clip(0.0, x.low, x.high), x.high) if kinked else (x.low, x.high)
        values = [rule(end, other) for end in ends for other in (y.low, y.high)]
        return Interval(reduce(np.minimum, values), reduce(np.maximum, values))

    return corners


def rising(function: Callable[[Array], Array]) -> Callable[[Interval], Interval]:
    """A function that nowhere falls."""
    return lambda x: Interval(function(x.low), function(x.high))


def falling(function: Callable[[Array], Array]) -> Callable[[Interval], Interval]:
    """A function that nowhere rises."""
    return lambda x: Interval(function(x.high), function(x.low))


def hill(function: Callable[[Array], Array], top: float) -> Callable[[Interval], Interval]:
    """A function that rises up to `top` and falls behind it."""

    def rule(x: Interval) -> Interval:
        left, right = function(x.low), function(x.high)
        peak = function(np.asarray(top))
        inside = (x.low <= top) & (top <= x.high)
        return Interval(np.minimum(left, right), np.where(inside, peak, np.maximum(left, right)))

    return rule


def within(rule: Callable[[Interval], Interval], low: float, high: float) -> Callable[[Interval], Interval]:
    """A rule for values of an activation: what rounding pushes past its bounds is cut off there."""

    def bounded(x: Interval) -> Interval:
        x_high = np.where((x.low <= high) & (high < x.high), high, x.high)
        x_low = np.where((x.low < low) & (low <= x.high), low, x.low)
        return rule(Interval(x_low, x_high))

    return bounded


def valley(function: Callable[[Array], Array]) -> Callable[[Interval], Interval]:
    """An even function that falls down to 0 and rises behind it."""

    def rule(x: Interval) -> Interval:
        left, right = function(x.low), function(x.high)
        lowest = np.where((x.low <= 0) & (x.high >= 0), function(np.asarray(0.0)), np.minimum(left, right))
        return Interval(lowest, np.maximum(left, right))

    return rule
