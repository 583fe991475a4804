"""How consistent a set is: Cronbach's α, and what it says of a student's total."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING

from scipy.special import fdtri

from quizsvc.services.statistics.measures import sd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quizsvc.services.statistics.records import Markbook

LEAST_ALPHA = 0.7
"""From here on a set is consistent enough to compare students (Nunnally & Bernstein 1994, p. 264)."""

LEVEL = 0.95
"""How often an interval of α holds the true one."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """Cronbach's α over `items` items that tell students apart, its 95 % interval, and in points what a total is worth.

    `standard_error` is the standard error of measurement, sd·√(1 − α), where an α below 0 counts as 0.
    """

    alpha: float | None
    low: float | None
    high: float | None
    items: int
    students: int
    standard_error: float | None
    words: str


def cronbach_alpha(columns: Sequence[Sequence[Fraction]]) -> Fraction | None:
    """α of items, each a column of marks (Cronbach 1951, Psychometrika 16, 297), exactly.

    An item in which all have the same is left out, as it tells nothing. None where fewer than two are left, or all have
    the same total.
    """
    varying = [column for column in columns if len(set(column)) > 1]
    items = len(varying)
    if items < 2:  # noqa: PLR2004 - one item agrees with nothing
        return None
    whole = statistics.variance([sum(marks, Fraction(0)) for marks in zip(*varying, strict=True)])
    parts = sum(map(statistics.variance, varying), Fraction(0))
    return Fraction(items, items - 1) * (1 - parts / whole) if whole else None


def feldt_interval(alpha: float, students: int, items: int) -> tuple[float, float]:
    """The 95 % interval of α (Feldt 1965; Feldt, Woodruff & Salih 1987, Appl. Psychol. Meas. 11, 93)."""
    across, within = students - 1, (students - 1) * (items - 1)
    tail = (1 - LEVEL) / 2
    low, high = (1 - (1 - alpha) * float(fdtri(across, within, quantile)) for quantile in (1 - tail, tail))
    return low, high


def reliability_of(book: Markbook) -> Reliability:
    """α over the points of all items, with 0 for what a student did not work on."""
    columns = [book.column(item) for item in book.items]
    items, students = sum(len(set(column)) > 1 for column in columns), len(book.totals)
    exact = cronbach_alpha(columns)
    if exact is None:
        why = "there are not two problems in which students differ" if items < 2 else "all totals are the same"  # noqa: PLR2004
        return Reliability(None, None, None, items, students, None, f"α is undefined: {why}.")
    alpha, spread = float(exact), sd(list(book.totals.values())) or 0.0
    low, high = feldt_interval(alpha, students, items)
    error = spread * sqrt(max(0.0, 1 - max(0.0, alpha)))
    words = f"α = {alpha:.2f}, with 95 % confidence between {low:.2f} and {high:.2f}. {_judgement(alpha, high)}"
    return Reliability(alpha, low, high, items, students, error, words.replace("-", "−"))


def _judgement(alpha: float, high: float) -> str:
    if alpha >= LEAST_ALPHA:
        return f"From {LEAST_ALPHA} on, totals may be compared."
    if high >= LEAST_ALPHA:
        return f"From {LEAST_ALPHA} on, totals may be compared; with so few students it cannot be told."
    return f"Below {LEAST_ALPHA}, totals tell students apart poorly: the problems have little in common, or are few."


def alphas_without(book: Markbook) -> list[float | None]:
    """For every item, α of all the others."""
    columns = [book.column(item) for item in book.items]
    without = (cronbach_alpha(columns[:place] + columns[place + 1 :]) for place in range(len(columns)))
    return [None if alpha is None else float(alpha) for alpha in without]
