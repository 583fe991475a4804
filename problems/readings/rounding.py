"""The range reading: all values that an honest student's step may have.

A value is an `Interval`. Writing a value v > 0 down, rounded or cut off, gives anything in [v - u, v + u/2] where u is
the unit in its last kept place; v < 0 is the mirror image, and an exact 0 stays 0. A written number stands, for what
follows, for every value that could have been written so.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from problems.graph import Op, Reading
from problems.precision import exponent_of
from problems.readings import exact
from problems.readings.intervals import (
    NOISE,
    Interval,
    back_matvec,
    cornered,
    falling,
    hill,
    hull,
    layer_of_rows,
    matvec,
    mean,
    negative,
    outer,
    point,
    quotient,
    rising,
    spread,
    stack,
    summed,
    times,
    total,
    valley,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from problems.precision import Precision

Array = NDArray[np.float64]

# What a number that is not 0 is never written below, as a share of it.
_LEAST_SHARE = 1e-6


def _leaky_relu_slope(z: Interval, alpha: Interval) -> Interval:
    one = np.asarray(1.0)
    low = np.where(z.low > 0, one, np.where(z.high > 0, np.minimum(alpha.low, one), alpha.low))
    high = np.where(z.low > 0, one, np.where(z.high > 0, np.maximum(alpha.high, one), alpha.high))
    return Interval(low, high)


def _log10(x: Interval) -> Interval:
    with np.errstate(divide="ignore"):
        return Interval(np.log10(np.maximum(x.low, 0.0)), np.log10(np.maximum(x.high, 0.0)))


def _elu_slope_at_value(a: Interval, alpha: Interval) -> Interval:
    ends = cornered(exact.elu_slope_at_value, kinked=True)(a, alpha)
    straddles = (a.low <= 0) & (a.high > 0)  # next to 1 stands α, just below the kink
    return Interval(ends.low, np.where(straddles, np.maximum(ends.high, 1.0), ends.high))


def _over_units(x: Interval) -> Interval:
    return Interval(exact.over_units(x.low), exact.over_units(x.high))


def _squared_error(prediction: Interval, target: Interval) -> Interval:
    return _over_units(valley(np.square)(total(prediction, negative(target))))


def _half_squared_error(prediction: Interval, target: Interval) -> Interval:
    whole = _squared_error(prediction, target)
    return Interval(0.5 * whole.low, 0.5 * whole.high)


def _with_target(
    of_one: Callable[[Array, Array], Array], of_zero: Callable[[Array, Array], Array]
) -> Callable[[Interval, Interval], Interval]:
    """A loss y·f(x) + (1 - y)·g(x) of a given target y, f falling and g rising, each not negative."""

    def rule(x: Interval, y: Interval) -> Interval:
        low = of_one(x.high, y.low) + of_zero(x.low, y.low)
        return _over_units(Interval(low, of_one(x.low, y.low) + of_zero(x.high, y.low)))

    return rule


def _part(y: Array, function: Callable[[], Array]) -> Array:
    """y·f, and 0 where y is 0, even where f is infinite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(y == 0, 0.0, y * function())


_sigmoid_cross_entropy = _with_target(
    lambda z, y: _part(y, lambda: exact.softplus(-z)), lambda z, y: _part(1.0 - y, lambda: exact.softplus(z))
)
_binary_cross_entropy = _with_target(
    lambda a, y: _part(y, lambda: -np.log(np.maximum(a, 0.0))),
    lambda a, y: _part(1.0 - y, lambda: -np.log1p(-np.minimum(a, 1.0))),
)


def _in_each(rule: Callable[[Array], Array]) -> Callable[[Interval], Interval]:
    """A rule for vectors whose entry k rises in x_k and falls in all others."""

    def corners(x: Interval) -> Interval:
        low, high = np.empty_like(x.low), np.empty_like(x.low)
        for k in range(len(x.low)):
            for ends, own, others in ((low, x.low, x.high), (high, x.high, x.low)):
                mixed = others.copy()
                mixed[k] = own[k]
                ends[k] = rule(mixed)[k]
        return Interval(low, high)

    return corners


_softmax = _in_each(exact.softmax)


def _softmax_back(a: Interval, gradient: Interval) -> Interval:
    apart = total(spread(gradient, 1), negative(spread(gradient, 0)))
    own = np.eye(len(a.low), dtype=bool).reshape(len(a.low), len(a.low), *[1] * (a.low.ndim - 1))
    apart = Interval(np.where(own, 0.0, apart.low), np.where(own, 0.0, apart.high))
    return summed(times(times(spread(a, 1), spread(a, 0)), apart), 1)


def _dot(x: Interval, y: Interval) -> Interval:
    return times(x, y) if x.low.ndim == 1 else summed(times(x, y), 0)


def _softmax_error(z: Interval, y: Interval) -> Interval:
    return _in_each(lambda at: exact.softmax_error(at, y.low))(z)


def _softmax_cross_entropy(z: Interval, y: Interval) -> Interval:
    def of_class(k: int, ends: tuple[Array, Array]) -> Array:
        mixed = ends[1].copy()
        mixed[k] = ends[0][k]
        alone = np.zeros_like(mixed)
        alone[k] = 1.0
        loss: Array = y.low[k] * exact.softmax_cross_entropy(mixed, alone)
        return loss

    classes = range(len(z.low))
    return Interval(
        reduce(np.add, (of_class(k, (z.high, z.low)) for k in classes)),
        reduce(np.add, (of_class(k, (z.low, z.high)) for k in classes)),
    )


def _cross_entropy(p: Interval, y: Interval) -> Interval:
    low, high = (np.maximum(end, 0.0) for end in (p.low, p.high))
    return Interval(exact.cross_entropy(high, y.low), exact.cross_entropy(low, y.low))


def _at_target(rule: Callable[[Array, Array], Array]) -> Callable[[Interval, Interval], Interval]:
    """A rule that rises in its first argument; the target is a given number."""
    return lambda x, y: Interval(rule(x.low, y.low), rule(x.high, y.high))


def _bounded_first(low: float, high: float) -> Callable[[Callable[..., Interval]], Callable[..., Interval]]:
    def bound(rule: Callable[..., Interval]) -> Callable[..., Interval]:
        return lambda x, y: within(lambda inside: rule(inside, y), low, high)(x)

    return bound


def _clip(x: Interval, bound: Interval) -> Interval:
    rule = exact.EXACT.rules[Op.CLIP]
    return Interval(
        np.minimum(rule(x.low, bound.low), rule(x.low, bound.high)),
        np.maximum(rule(x.high, bound.low), rule(x.high, bound.high)),
    )


def _first_beyond(size: Interval, bound: Interval) -> Interval:
    reach = valley(np.abs)(size)
    return Interval(exact.first_beyond(reach.low, bound.high), exact.first_beyond(reach.high, bound.low))


def _course(factor: Interval) -> Interval:
    ends = [exact.course(end) for end in (factor.low, np.clip(0.0, factor.low, factor.high), factor.high)]
    return Interval(reduce(np.minimum, ends), reduce(np.maximum, ends))


def _growth(gradient: Interval, arriving: Interval) -> Interval:
    size, reference = valley(np.abs)(gradient), valley(np.abs)(arriving)
    return Interval(exact.growth(size.low, reference.high), exact.growth(size.high, reference.low))


_RULES: MappingProxyType[Op, Callable[..., Interval]] = MappingProxyType(
    {
        Op.ADD: total,
        Op.SUB: lambda x, y: total(x, negative(y)),
        Op.NEG: negative,
        Op.MUL: lambda *factors: reduce(times, factors),
        Op.DIV: quotient,
        Op.ABS: valley(np.abs),
        Op.SQUARE: valley(np.square),
        Op.SQRT: lambda x: rising(np.sqrt)(Interval(np.maximum(x.low, 0.0), np.maximum(x.high, 0.0))),
        Op.POWER: cornered(np.power),
        Op.LOG10: _log10,
        Op.POWER_OF_TEN: rising(exact.EXACT.rules[Op.POWER_OF_TEN]),
        Op.STACK: stack,
        Op.SUM: lambda x: summed(x, 0),
        Op.MEAN: mean,
        Op.MAX: rising(lambda values: values.max(axis=0)),
        Op.DOT: _dot,
        Op.MATVEC: matvec,
        Op.BACK_MATVEC: back_matvec,
        Op.OUTER: outer,
        Op.LAYER_OF_ROWS: layer_of_rows,
        Op.EITHER: hull,
        Op.SIGMOID: rising(exact.sigmoid),
        Op.SIGMOID_SLOPE: hill(exact.sigmoid_slope, 0.0),
        Op.SIGMOID_SLOPE_AT_VALUE: within(hill(lambda a: a * (1.0 - a), 0.5), 0.0, 1.0),
        Op.TANH: rising(np.tanh),
        Op.TANH_SLOPE: hill(exact.tanh_slope, 0.0),
        Op.TANH_SLOPE_AT_VALUE: within(hill(lambda a: (1.0 - a) * (1.0 + a), 0.0), -1.0, 1.0),
        Op.RELU: rising(lambda z: np.maximum(z, 0.0)),
        Op.RELU_SLOPE: rising(exact.relu_slope),
        Op.LEAKY_RELU: cornered(exact.leaky_relu, kinked=True),
        Op.LEAKY_RELU_SLOPE: _leaky_relu_slope,
        Op.PRELU: cornered(exact.leaky_relu, kinked=True),
        Op.PRELU_SLOPE: _leaky_relu_slope,
        Op.NEGATIVE_PART: rising(lambda z: np.minimum(z, 0.0)),
        Op.ELU: cornered(exact.elu, kinked=True),
        Op.ELU_SLOPE: cornered(exact.elu_slope, kinked=True),
        Op.ELU_SLOPE_AT_VALUE: _elu_slope_at_value,
        Op.SOFTMAX: _softmax,
        Op.SOFTMAX_BACK: _softmax_back,
        Op.SQUARED_ERROR: _squared_error,
        Op.HALF_SQUARED_ERROR: _half_squared_error,
        Op.BINARY_CROSS_ENTROPY: _binary_cross_entropy,
        Op.SIGMOID_CROSS_ENTROPY: _sigmoid_cross_entropy,
        Op.CROSS_ENTROPY: _cross_entropy,
        Op.SOFTMAX_CROSS_ENTROPY: _softmax_cross_entropy,
        Op.SIGMOID_ERROR: _at_target(exact.sigmoid_error),
        Op.TANH_ERROR: _at_target(exact.tanh_error),
        Op.SOFTMAX_ERROR: _softmax_error,
        Op.CROSS_ENTROPY_SLOPE: _at_target(exact.cross_entropy_slope),
        Op.CROSS_ENTROPY_SLOPE_AT_VALUE: _bounded_first(0.0, 1.0)(_at_target(exact.cross_entropy_slope_at_value)),
        Op.CLIP: _clip,
        Op.AT_MOST_ONE: rising(lambda x: np.minimum(x, 1.0)),
        Op.LOOKUP: lambda entries, places: point(exact.EXACT.rules[Op.LOOKUP](entries.low, places.low)),
        Op.CHOSEN: rising(np.rint),
        Op.DEAD: falling(exact.EXACT.rules[Op.DEAD]),
        Op.GROWTH: _growth,
        Op.FIRST_BEYOND: _first_beyond,
        Op.COURSE: _course,
    }
)


def _lowest_written(low: Array, high: Array, precision: Precision) -> Array:
    """The lowest number that may be written for a value from low to high."""
    exponent = exponent_of(low)
    unit = precision.unit_at(exponent)
    positive = low > 0
    lowest = low - np.where(positive, unit, np.where(low < 0, unit / 2, 0.0))
    # v - u(v) drops where v passes a power of ten and the unit grows: the next power may reach lower than `low` does.
    power = np.power(10.0, exponent + 1)
    passes = positive & (power <= high * (1.0 + NOISE))
    if passes.any():
        lowest = np.where(passes, np.minimum(lowest, power - precision.unit_at(exponent + 1)), lowest)
    # With one significant figure v - u(v) may be 0; nobody who keeps one writes 0 for what is not.
    return np.where(positive, np.maximum(lowest, _LEAST_SHARE * low), lowest)


def stands_for(written: Array, precision: Precision) -> Interval:
    """All values that could have been written so; NaN where nothing was."""
    exponent, size = exponent_of(written), np.abs(written)
    unit = precision.unit_at(exponent)
    # Cut off, a value may be up to one unit larger than what was written; past a power of ten that unit is larger.
    passes = (size + 10.0 * unit) * (1.0 + NOISE) >= np.power(10.0, exponent + 1)
    outward = np.where(passes, precision.unit_at(exponent + 1), unit) if passes.any() else unit
    outward, inward = np.where(written == 0, 0.0, (outward, unit / 2))
    positive = written > 0
    return Interval(written - np.where(positive, inward, outward), written + np.where(positive, outward, inward))


@lru_cache(maxsize=256)
def ranges_at(precision: Precision) -> Reading[Interval]:
    """The range reading at a working precision."""

    def write_down(value: Interval) -> Interval:
        # Both ends at once: what is highest is the mirror image of what is lowest.
        ends = np.empty((2, *np.broadcast_shapes(value.low.shape, value.high.shape)))
        ends[0], ends[1] = value.low, -value.high
        lowest = _lowest_written(ends, -ends[::-1], precision)
        low, high = lowest - NOISE * np.abs(lowest)
        return Interval(low, -high)

    def read_back(expected: Interval, written: Array | Interval) -> Interval:
        stands = written if isinstance(written, Interval) else stands_for(written, precision)
        absent = np.isnan(stands.low)
        if not absent.any():
            return stands
        return Interval(np.where(absent, expected.low, stands.low), np.where(absent, expected.high, stands.high))

    return Reading(
        rules=_RULES,
        number=lambda value: point(np.atleast_1d(np.asarray(value, dtype=np.float64))),
        write_down=write_down,
        read_back=read_back,
    )
