"""The class as a whole: how totals are spread, and what work and time the set took."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from quizsvc.services.statistics.measures import mean, sd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quizsvc.services.statistics.records import Markbook

BINS = 10
"""Of the histogram, all of the same width."""


@dataclass(frozen=True, slots=True)
class Bin:
    """How many students have from `low` points on and fewer than `high`; in the last one, `high` as well."""

    low: float
    high: float
    students: int


@dataclass(frozen=True, slots=True)
class Totals:
    """How the totals of all who handed anything in are spread, in points; `sd` is with n − 1.

    Quartiles are those of the students there are (R's type 7, a spreadsheet's QUARTILE.INC). `submissions` are all that
    were counted; `median_seconds` is the median, over students, of the time known of them from issue to submission.
    """

    students: int
    max_points: int
    mean: float | None
    median: float | None
    sd: float | None
    least: float | None
    lower_quartile: float | None
    upper_quartile: float | None
    most: float | None
    bins: tuple[Bin, ...]
    submissions: int
    mean_submissions: float | None
    median_seconds: float | None


def totals_of(book: Markbook) -> Totals:
    """How totals are spread; None where there are too few students for a measure."""
    totals = sorted(book.totals.values())
    quartiles = statistics.quantiles(totals, n=4, method="inclusive") if len(totals) > 1 else totals * 3
    works = [work for mine in book.works.values() for work in mine]
    submissions = sum(work.submissions for work in works)
    seconds: dict[int, float] = {}
    for work in works:
        if work.seconds is not None:
            seconds[work.student] = seconds.get(work.student, 0.0) + work.seconds
    return Totals(
        students=len(totals),
        max_points=book.max_points,
        mean=mean(totals),
        median=float(statistics.median(totals)) if totals else None,
        sd=sd(totals),
        least=float(totals[0]) if totals else None,
        lower_quartile=float(quartiles[0]) if totals else None,
        upper_quartile=float(quartiles[2]) if totals else None,
        most=float(totals[-1]) if totals else None,
        bins=_bins(totals, book.max_points),
        submissions=submissions,
        mean_submissions=submissions / len(totals) if totals else None,
        median_seconds=statistics.median(seconds.values()) if seconds else None,
    )


def _bins(totals: Sequence[Fraction], max_points: int) -> tuple[Bin, ...]:
    """The histogram, from 0 to all points; none where there is nothing to earn."""
    if not max_points:
        return ()
    counts = [0] * BINS
    for total in totals:
        counts[max(0, min(BINS - 1, int(total * BINS / max_points)))] += 1
    edges = [float(Fraction(max_points * place, BINS)) for place in range(BINS + 1)]
    return tuple(Bin(low, high, count) for (low, high), count in zip(pairwise(edges), counts, strict=True))
