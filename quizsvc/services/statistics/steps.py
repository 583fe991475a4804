"""The steps of an item: how well each was done, what the verdicts were, and which mistakes were made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from problems.readings.notation import symbol_of
from quizsvc.services.statistics.measures import correlation, mean
from quizsvc.services.statistics.mistakes import MistakeCount, count_mistakes, mistakes_made, steps_of_grade

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quizsvc.services.statistics.records import ItemInfo, Markbook

SHOWN_VERDICTS = ("correct", "carried", "imprecise", "mistake", "wrong", "unreadable", "blank")
"""The verdicts in the order in which they are shown, from right to nothing."""

exact = lru_cache(maxsize=4096)(Fraction)
"""A mark that is stored as text, like "7/11"."""


@dataclass(frozen=True, slots=True)
class StepStatistics:
    """How a step was done by the `students` whose judgement that counts has it.

    `facility` is their mean credit and `first_facility` that of first submissions. `verdicts` counts them by verdict,
    and `shares` and `first_shares` are the shares of each verdict; empty where nobody was asked. `step_rest` is the
    correlation of the credit with the points earned in all the rest of the set. Mistakes are those of first submissions
    too.
    """

    step: str
    symbol: str
    students: int
    facility: float | None
    first_facility: float | None
    verdicts: Mapping[str, int]
    shares: Mapping[str, float]
    first_shares: Mapping[str, float]
    step_rest: float | None
    mistakes: tuple[MistakeCount, ...]


def steps_of(item: ItemInfo, book: Markbook) -> tuple[StepStatistics, ...]:
    """The steps of an item in the order of writing, which is that of the variant that has most of them."""
    works = book.works[item.key]
    orders = [tuple(steps_of_grade(grade)) for work in works for grade in (work.grade, work.first_grade)]
    names = dict.fromkeys(name for order in sorted(orders, key=lambda one: (-len(one), one)) for name in order)
    made = {work.student: mistakes_made(work) for work in works}
    return tuple(_step(name, item, book, made) for name in names)


def _step(name: str, item: ItemInfo, book: Markbook, made: Mapping[int, Mapping[str, set[str]]]) -> StepStatistics:
    works = book.works[item.key]
    asked = [work for work in works if name in steps_of_grade(work.grade)]
    judged = [steps_of_grade(work.grade)[name] for work in asked]
    first = [grade[name] for work in works if name in (grade := steps_of_grade(work.first_grade))]
    earned = [exact(step["credit"]) for step in judged]
    rest = [book.totals[work.student] - _points(item, work.grade, name) for work in asked]
    counts = Counter(step["verdict"] for step in judged)
    pairs = ((student, mistake) for student, steps in made.items() for mistake in steps.get(name, ()))
    return StepStatistics(
        step=name,
        symbol=symbol_of(name).text,
        students=len(asked),
        facility=mean(earned),
        first_facility=mean([exact(step["credit"]) for step in first]),
        verdicts={verdict: counts[verdict] for verdict in SHOWN_VERDICTS},
        shares=_shares(judged),
        first_shares=_shares(first),
        step_rest=correlation(earned, rest),
        mistakes=count_mistakes(pairs, sum(name in steps for steps in made.values())),
    )


def _points(item: ItemInfo, grade: Mapping[str, Any], name: str) -> Fraction:
    """What the step brought, in points of the set."""
    share: Fraction = exact(steps_of_grade(grade)[name]["points"]) / max(1, grade["max_points"])
    return item.points * share


def _shares(judged: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    counts = Counter(step["verdict"] for step in judged)
    return {verdict: counts[verdict] / len(judged) for verdict in SHOWN_VERDICTS} if judged else {}
