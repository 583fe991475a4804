"""Measures of a row of marks: exact fractions go in, so that what does not vary is seen to be exactly so."""

from __future__ import annotations

import statistics
from fractions import Fraction
from math import fsum, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

EXTREME = 27
"""Of a hundred students, how many make the upper and the lower group (Kelley 1939, J. Educ. Psychol. 30, 17)."""

NORMAL_95 = 1.959963984540054
"""Between minus and plus this lie 95 % of a standard normal distribution."""


def mean(marks: Sequence[Fraction]) -> float | None:
    """The mean; None of none."""
    return float(statistics.mean(marks)) if marks else None


def sd(marks: Sequence[Fraction]) -> float | None:
    """The standard deviation, with n − 1; None of fewer than two."""
    return sqrt(statistics.variance(marks)) if len(marks) > 1 else None


def correlation(marks: Sequence[Fraction], others: Sequence[Fraction]) -> float | None:
    """Pearson's r, the point-biserial one where marks are 0 and 1; None where either does not vary."""
    if len(set(marks)) < 2 or len(set(others)) < 2:  # noqa: PLR2004 - to vary takes two
        return None
    xs, ys = _centred(marks), _centred(others)
    spread = sqrt(fsum(x * x for x in xs)) * sqrt(fsum(y * y for y in ys))
    together = fsum(x * y for x, y in zip(xs, ys, strict=True))
    return max(-1.0, min(1.0, together / spread)) if spread else None


def _centred(marks: Sequence[Fraction]) -> list[float]:
    middle = statistics.mean(marks)
    return [float(mark - middle) for mark in marks]


def wilson(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a mean share of `count` students (Wilson 1927, J. Am. Stat. Assoc. 22, 209).

    It is made for yes and no; shares in between vary less, so that the interval is rather too wide.
    """
    z = NORMAL_95**2 / count
    middle = (share + z / 2) / (1 + z)
    half = sqrt(share * (1 - share) * z + z * z / 4) / (1 + z)
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def upper_lower(shares: Sequence[Fraction], totals: Sequence[Fraction]) -> float | None:
    """The discrimination index D: the mean share of the best 27 % by their totals less that of the last 27 %.

    Of students tied at the border each counts in part. None where totals do not vary.
    """
    if len(set(totals)) < 2:  # noqa: PLR2004 - to vary takes two
        return None
    count = max(1, (EXTREME * len(totals) + 50) // 100)
    lowest = _mean_of_best(shares, [-total for total in totals], count)
    return float(_mean_of_best(shares, totals, count) - lowest)


def _mean_of_best(shares: Sequence[Fraction], totals: Sequence[Fraction], count: int) -> Fraction:
    border = sorted(totals, reverse=True)[count - 1]
    above = [share for share, total in zip(shares, totals, strict=True) if total > border]
    tied = [share for share, total in zip(shares, totals, strict=True) if total == border]
    rest = (count - len(above)) * sum(tied, Fraction(0)) / len(tied)
    return (sum(above, Fraction(0)) + rest) / count
