"""The ranges in which answers are right, in numbers that a person can hold an answer against."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from problems.precision import Precision
from problems.readings.notation import number_markup

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from problems.readings.notation import Markup

BESIDE = 1e-12
"""What floats are beside the decimal number that they stand for, as a share of it, is less."""
_EVERY_DIGIT = Context(prec=800)
"""A float has at most 309 digits before its point, and its unit is at most 340 places behind it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the greatest right number; `place` says of which entry, counted from 1: 2, or 2, 1."""

    place: str
    low: Markup
    high: Markup


def bounds_of(low: ArrayLike, high: ArrayLike, precision: Precision | None) -> tuple[Bounds, ...]:
    """The bounds of every entry, with a digit more than is kept: the first and the last such number that is right.

    So they tell right from wrong for every answer of no more digits. Without a precision they are whole numbers, and
    shown as such.
    """
    lows, highs = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    return tuple(
        Bounds(
            ", ".join(str(axis + 1) for axis in place),
            _first_inside(float(lows[place]), precision, ROUND_CEILING),
            _first_inside(float(highs[place]), precision, ROUND_FLOOR),
        )
        for place in np.ndindex(lows.shape)
    )


def _first_inside(value: float, precision: Precision | None, rounding: str) -> Markup:
    """The bound rounded to the inside; a float that stands for 0.209 and is a little beside it counts as 0.209."""
    if precision is None or not isfinite(value):
        return number_markup(value)
    finer = Precision(precision.decimals + 1, precision.sigfigs + 1)
    last = Decimal(1).scaleb(-finer.places(value))
    near = Decimal(repr(value)).quantize(last, ROUND_HALF_EVEN, _EVERY_DIGIT)
    if abs(float(near) - value) <= BESIDE * abs(value):
        return number_markup(float(near), finer)
    return number_markup(float(Decimal(repr(value)).quantize(last, rounding, _EVERY_DIGIT)), finer)
