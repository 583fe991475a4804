"""The items of a set: how hard each is, how it separates students, and what an instructor should look at."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING

from quizsvc.services.statistics.measures import correlation, mean, sd, upper_lower
from quizsvc.services.statistics.mistakes import MistakeCount, count_mistakes, pairs_of
from quizsvc.services.statistics.steps import StepStatistics, steps_of

if TYPE_CHECKING:
    from quizsvc.services.statistics.fairness import Fairness
    from quizsvc.services.statistics.parameters import Difficulty
    from quizsvc.services.statistics.records import ItemInfo, Markbook

FLAGGED_FROM = 10
"""With fewer students than these, nothing is said of an item: chance would say it."""

TOO_EASY, TOO_HARD = 0.9, 0.2
"""Facilities that Moodle's guide to its quiz statistics calls very easy, from the first on, and difficult, up to the
second."""

SEPARATES = 0.2
"""Below it, the index D is that of a poor item; from 0.3 on it is reasonably good, from 0.4 on very good (Ebel &
Frisbie 1991, Essentials of Educational Measurement, p. 232)."""

STANDARD_ERRORS = 2
"""So many standard errors, each 1/√(n − 1), from 0 a correlation is no chance (Crocker & Algina 1986, p. 324)."""


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """One item of the set.

    `facility` is the mean share of the `students` who worked on it, and `facility_of_all` that of the whole class, with
    0 for who did not; `sd` is with n − 1. `discrimination` is the index D of the best and the last 27 %; `item_total`
    and `item_rest` are correlations of the share with the total, and with the total less this item: the second is the
    corrected one. All three are over those who worked on it. `alpha_without` is the set's α if the item is deleted.
    """

    key: str
    title: str
    points: int
    students: int
    facility: float | None
    facility_of_all: float | None
    first_facility: float | None
    sd: float | None
    discrimination: float | None
    item_total: float | None
    item_rest: float | None
    alpha_without: float | None
    median_seconds: float | None
    mean_submissions: float | None
    mean_variants: float | None
    flags: tuple[str, ...]
    steps: tuple[StepStatistics, ...]
    mistakes: tuple[MistakeCount, ...]
    difficulties: tuple[Difficulty, ...]
    fairness: Fairness


def item_statistics(
    item: ItemInfo,
    book: Markbook,
    alpha_without: float | None,
    difficulties: tuple[Difficulty, ...],
    fairness: Fairness,
) -> ItemStatistics:
    """Everything about one item; None where nobody, or too few, worked on it."""
    works = book.works[item.key]
    shares = [work.share for work in works]
    totals = [book.totals[work.student] for work in works]
    rests = [total - item.points * share for total, share in zip(totals, shares, strict=True)]
    facility = mean(shares)
    first = mean([work.first_share for work in works if work.first_share is not None])
    discrimination, item_rest = upper_lower(shares, totals), correlation(shares, rests)
    seconds = [work.seconds for work in works if work.seconds is not None]
    return ItemStatistics(
        key=item.key,
        title=item.title,
        points=item.points,
        students=len(works),
        facility=facility,
        facility_of_all=float(sum(shares, Fraction(0)) / len(book.totals)) if book.totals else None,
        first_facility=first,
        sd=sd(shares),
        discrimination=discrimination,
        item_total=correlation(shares, totals),
        item_rest=item_rest,
        alpha_without=alpha_without,
        median_seconds=statistics.median(seconds) if seconds else None,
        mean_submissions=statistics.fmean(work.submissions for work in works) if works else None,
        mean_variants=statistics.fmean(work.variants for work in works) if works else None,
        flags=_flags(len(works), facility, first, (discrimination, item_rest), unfair=fairness.unfair),
        steps=steps_of(item, book),
        mistakes=count_mistakes(pairs_of(works), len(works)),
        difficulties=difficulties,
        fairness=fairness,
    )


def _flags(
    students: int,
    facility: float | None,
    first: float | None,
    separation: tuple[float | None, float | None],
    *,
    unfair: bool,
) -> tuple[str, ...]:
    """What to look at, in words; easy is what is right already in the first submission."""
    if facility is None or students < FLAGGED_FROM:
        return ()
    discrimination, item_rest = separation
    early = facility if first is None else first
    flags = []
    if early >= TOO_EASY:
        flags.append(f"Too easy: {early:.0%} in the first submission.")
    if facility <= TOO_HARD:
        flags.append(f"Too hard: {facility:.0%} in the end.")
    if item_rest is not None and item_rest < 0:
        chance = -item_rest < STANDARD_ERRORS / sqrt(students - 1)
        sure = "it may be chance, but look" if chance else "look"
        flags.append(f"Negative: who does well elsewhere does worse here; {sure} at the problem and its solution.")
    elif discrimination is not None and discrimination < SEPARATES:
        flags.append("Does not separate: the best of the class do hardly better here than the last.")
    if unfair:
        flags.append("Not equally hard for everyone: the mark depends on the numbers that were drawn.")
    return tuple(flags)
