"""Which known mistake a wrong number shows.

The walk that is searched has two instances: beside the student's own steps, and beside the true ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from problems.mistake_kinds import KINDS
from problems.mistakes import mistakes_of
from problems.readings.intervals import Interval
from problems.readings.markup import formula_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from problems.answers import Typed
    from problems.family import Step
    from problems.graph import Walk
    from problems.mistakes import Mistake
    from problems.precision import Precision
    from problems.problem import Worksheet
    from problems.readings.notation import Markup

OWN, TRUE = 0, 1
"""The two instances."""

SHIFTS = (10.0, 0.1, 100.0, 0.01, 1000.0, 0.001)
_SIGN_AND_SHIFTS = np.array((-1.0, *SHIFTS))


class Match(NamedTuple):
    """A known mistake that gives these numbers.

    Which entries it explains, how many of all it gives, right ones too, and how far those are that it explains.
    """

    slug: str
    explains: NDArray[np.bool_]
    gives: int
    distance: float
    mistake: Mistake | None = None
    other: str | None = None


class _Candidate(NamedTuple):
    """A mistake that may have been made."""

    slug: str
    mistake: Mistake | None = None
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A step with entries that are neither right nor carried, and all that may tell why."""

    step: Step
    typed: Typed
    open_entries: NDArray[np.bool_]
    worksheet: Worksheet
    walk: Walk[Interval]
    precision: Precision


def span(interval: Interval, shape: tuple[int, ...], instances: int = 2) -> Interval:
    """The interval in the step's shape, with all instances."""
    whole = (*shape, instances)
    if interval.low.shape == whole == interval.high.shape:
        return interval
    return Interval(np.broadcast_to(interval.low, whole), np.broadcast_to(interval.high, whole))


def stacked(intervals: Sequence[Interval], shape: tuple[int, ...]) -> Interval:
    """Several intervals of one step, along a new first axis."""
    whole = [span(interval, shape) for interval in intervals]
    return Interval(np.stack([one.low for one in whole]), np.stack([one.high for one in whole]))


def tells_apart(values: NDArray[np.float64], interval: Interval) -> NDArray[np.bool_]:
    """Where a number shows which of the values in the interval was meant: 0 has no digits, and shows only 0 itself."""
    return np.asarray((values != 0) | ((interval.low == 0) & (interval.high == 0)))


def diagnose(case: Case) -> list[Match]:
    """The known mistakes that explain entries which are neither right nor carried, the best first.

    What fits the student's own steps is not looked for in the true ones, and a slip only where no mistake fits.
    """
    if not case.open_entries.any():
        return []
    for search in (_misread, _slipped):
        found = list(search(case))
        for instance in (OWN, TRUE):
            matches = [match[instance] for match in found if match[instance].explains.any()]
            if matches:
                return sorted(matches, key=lambda match: (-int(match.explains.sum()), -match.gives, match.distance))
    return []


def _matches(
    candidates: Sequence[_Candidate],
    values: NDArray[np.float64],
    intervals: Interval,
    open_entries: NDArray[np.bool_],
) -> Iterator[tuple[Match, Match]]:
    """For each candidate the match beside the own steps and beside the true ones.

    A candidate explains an entry whose value lies in its interval: the typed one, or what it would be without a slip.
    Values of shape (candidates, …) or (1, …), intervals alike with both instances.
    """
    values = values[..., np.newaxis]
    gives = (intervals.low <= values) & (values <= intervals.high)
    explains = gives & open_entries[..., np.newaxis] & tells_apart(values, intervals)
    for place in np.flatnonzero(explains.reshape(len(candidates), -1).any(axis=1)).tolist():
        one, value = candidates[place], values[place % len(values)]
        low, high = (bound[place % len(bound)] for bound in (intervals.low, intervals.high))
        middle = (low + high) / 2
        apart = np.abs(value - middle) / np.where(middle == 0, 1.0, np.abs(middle))
        shares = np.where(explains[place], apart, 0.0).reshape(-1, 2).sum(axis=0)
        counts = gives[place].reshape(-1, 2).sum(axis=0)
        own, true = (
            Match(one.slug, explains[place][..., at], int(counts[at]), float(shares[at]), one.mistake, one.other)
            for at in (OWN, TRUE)
        )
        yield own, true


def _misread(case: Case) -> Iterator[tuple[Match, Match]]:
    step, walk = case.step, case.walk
    mistakes = mistakes_of(case.worksheet)[step.id]
    if not mistakes:
        return
    wrong = stacked([walk.value_of(mistake.formula) for mistake in mistakes], step.shape)
    candidates = [_Candidate(mistake.slug, mistake) for mistake in mistakes]
    yield from _matches(candidates, case.typed.values[np.newaxis], walk.reading.write_down(wrong), case.open_entries)


def _slipped(case: Case) -> Iterator[tuple[Match, Match]]:
    step, typed = case.step, case.typed
    expected = stacked([case.walk.expected[step.id]], step.shape)
    swapped = list(_with_digits_swapped(typed, case.precision))
    slips = [_Candidate("sign-slip"), *[_Candidate("decimal-shift")] * len(SHIFTS)]
    slips += [_Candidate("digits-swapped")] * len(swapped)
    factors = _SIGN_AND_SHIFTS.reshape(-1, *[1] * typed.values.ndim)
    values = np.concatenate([factors * typed.values, np.reshape(swapped, (-1, *step.shape))])
    yield from _matches(slips, values, expected, case.open_entries)
    if len(step.shape) == 2 and step.shape[0] == step.shape[1]:  # noqa: PLR2004 - a matrix
        anywhere = np.ones(step.shape, dtype=bool)
        turned = _matches([_Candidate("rows-and-columns-swapped")], typed.values.T[np.newaxis], expected, anywhere)
        for pair in turned:
            own, true = (match._replace(explains=case.open_entries & match.explains.all()) for match in pair)
            yield own, true
    yield from _other_boxes(case)


def _other_boxes(case: Case) -> Iterator[tuple[Match, Match]]:
    """The values of the other steps of this shape.

    Beside the own steps, what follows from this very answer tells nothing of where it came from.
    """
    step, walk = case.step, case.walk
    others = [
        other
        for other in case.worksheet.steps.values()
        if other.id not in (step.id, step.formula.head) and not other.whole and other.shape == step.shape
    ]
    if not others:
        return
    intervals = stacked([walk.expected[other.id] for other in others], step.shape)
    for place, other in enumerate(others):
        if step.id in case.worksheet.above[other.id]:
            intervals.low[place, ..., OWN] = np.inf
    candidates = [_Candidate("value-of-another-box", None, other.id) for other in others]
    yield from _matches(candidates, case.typed.values[np.newaxis], intervals, case.open_entries)


def _with_digits_swapped(typed: Typed, precision: Precision) -> Iterator[NDArray[np.float64]]:
    """A single number with each pair of different neighbouring digits swapped, of those that had to be written."""
    if typed.values.ndim or not np.isfinite(typed.units):
        return
    unit = float(typed.units)
    digits = str(round(abs(float(typed.values)) / unit))
    width = max(len(digits), 1 - round(float(np.log10(unit))))
    digits = digits.zfill(width)
    beyond = max(0, round(float(np.log10(precision.unit(typed.values) / unit))))
    for place, (left, right) in enumerate(pairwise(digits[: len(digits) - beyond])):
        if left != right:
            swapped = digits[:place] + right + left + digits[place + 2 :]
            yield np.copysign(int(swapped) * unit, typed.values)


def describe(match: Match, step: str, shown: Mapping[str, Markup]) -> str:
    """What the student is told of a mistake at a step; `shown` are the symbols of the worksheet."""
    parts = {"wrong": "", "lost": "", "other": "" if match.other is None else shown[match.other].text}
    if match.mistake is not None:
        parts["wrong"] = formula_in(match.mistake.formula, shown).text
        parts["lost"] = "" if match.mistake.lost is None else formula_in(match.mistake.lost, shown).text
    return KINDS[match.slug].message.format(step=shown[step].text, **parts)
