"""The ranges in which answers are right, in numbers that a person can hold an answer against."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from problems.precision import Precision
from problems.readings.notation import number_markup

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from problems.readings.notation import Markup

_EVERY_DIGIT = Context(prec=800)
"""A float has at most 309 digits before its point, and its unit is at most 340 places behind it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the greatest right number; `place` says of which entry, counted from 1: 2, or 2, 1."""

    place: str
    low: Markup
    high: Markup


def bounds_of(low: ArrayLike, high: ArrayLike, precision: Precision | None) -> tuple[Bounds, ...]:
    """The bounds of every entry, with a digit more than is kept and rounded outwards: no right answer falls out.

    Without a precision they are whole numbers, and shown as such.
    """
    lows, highs = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    return tuple(
        Bounds(
            ", ".join(str(axis + 1) for axis in place),
            _rounded(float(lows[place]), precision, ROUND_FLOOR),
            _rounded(float(highs[place]), precision, ROUND_CEILING),
        )
        for place in np.ndindex(lows.shape)
    )


def _rounded(value: float, precision: Precision | None, rounding: str) -> Markup:
    if precision is None or not isfinite(value):
        return number_markup(value)
    finer = Precision(precision.decimals + 1, precision.sigfigs + 1)
    last = Decimal(1).scaleb(-finer.places(value))
    return number_markup(float(Decimal(repr(value)).quantize(last, rounding, _EVERY_DIGIT)), finer)
