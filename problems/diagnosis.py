"""Which known mistake a wrong number shows."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from problems.mistake_kinds import KINDS
from problems.mistakes import mistakes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from problems.answers import Typed
    from problems.family import Step
    from problems.graph import Walk
    from problems.mistakes import Mistake
    from problems.problem import Worksheet
    from problems.readings.rounding import Interval

HAIR = 1e-10
"""What rounding may leave of a difference that is 0."""

SHIFTS = (10.0, 0.1, 100.0, 0.01, 1000.0, 0.001)


class Match(NamedTuple):
    """A known mistake that gives these numbers: which entries it explains and how far they are from its middle."""

    slug: str
    explains: NDArray[np.bool_]
    distance: float
    mistake: Mistake | None = None
    other: str | None = None


def span(interval: Interval, shape: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The bounds of one instance's interval in the step's shape."""
    whole = (*shape, 1)
    low, high = interval.low, interval.high
    if low.shape != whole:
        low = np.broadcast_to(low, whole)
    if high.shape != whole:
        high = np.broadcast_to(high, whole)
    return low[..., 0], high[..., 0]


def tells_apart(
    values: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], hair: float = 0.0
) -> NDArray[np.bool_]:
    """Where a number shows which of the values from low to high was meant: 0 has no digits, and shows only 0 itself."""
    nothing_but_zero = (np.abs(low) <= hair) & (np.abs(high) <= hair)
    return np.asarray((values != 0) | nothing_but_zero)


def diagnose(
    step: Step,
    typed: Typed,
    open_entries: NDArray[np.bool_],
    worksheet: Worksheet,
    walks: tuple[Walk[Interval], ...],
) -> list[Match]:
    """The known mistakes that explain entries which are neither right nor carried, the best first.

    `walks` are the student's own steps first, then the true ones: what fits the first is not looked for in the next,
    and a slip only where no mistake fits.
    """
    if not open_entries.any():
        return []
    for search in (_misread, _slipped):
        for walk in walks:
            matches = [match for match in search(step, typed, open_entries, worksheet, walk) if match.explains.any()]
            if matches:
                return sorted(matches, key=lambda match: (-int(match.explains.sum()), match.distance))
    return []


def _match(
    slug: str,
    values: NDArray[np.float64],
    interval: Interval,
    open_entries: NDArray[np.bool_],
    mistake: Mistake | None = None,
    other: str | None = None,
) -> Match:
    low, high = span(interval, values.shape)
    explains = (low <= values) & (values <= high) & open_entries & tells_apart(values, low, high, HAIR)
    if not explains.any():
        return Match(slug, explains, np.inf, mistake, other)
    middle = (low + high) / 2
    apart, size = np.abs(values - middle)[explains], np.abs(middle)[explains]
    return Match(slug, explains, float(np.sum(apart / np.where(size > 0, size, 1.0))), mistake, other)


def _misread(
    step: Step, typed: Typed, open_entries: NDArray[np.bool_], worksheet: Worksheet, walk: Walk[Interval]
) -> Iterator[Match]:
    for mistake in mistakes_of(worksheet)[step.id]:
        yield _match(mistake.slug, typed.values, walk.written_value_of(mistake.formula), open_entries, mistake)


def _slipped(
    step: Step, typed: Typed, open_entries: NDArray[np.bool_], worksheet: Worksheet, walk: Walk[Interval]
) -> Iterator[Match]:
    expected = walk.expected[step.id]
    yield _match("sign-slip", -typed.values, expected, open_entries)
    for factor in SHIFTS:
        yield _match("decimal-shift", typed.values * factor, expected, open_entries)
    for swapped in _with_digits_swapped(typed):
        yield _match("digits-swapped", swapped, expected, open_entries)
    if step.shape[:1] * 2 == step.shape:
        turned = _match("rows-and-columns-swapped", typed.values.T, expected, np.ones(step.shape, dtype=bool))
        if turned.explains.all():
            yield turned._replace(explains=open_entries)
    written = walk.known[step.id] is not expected
    for other in worksheet.steps.values():
        if other.id == step.id or other.choices or other.shape != step.shape:
            continue
        # What follows from this very answer tells nothing of where it came from.
        if not (written and step.id in worksheet.above[other.id]):
            yield _match("value-of-another-box", typed.values, walk.expected[other.id], open_entries, None, other.id)


def _with_digits_swapped(typed: Typed) -> Iterator[NDArray[np.float64]]:
    """A single number with each pair of different neighbouring digits swapped."""
    if typed.values.ndim or not np.isfinite(typed.units):
        return
    unit = float(typed.units)
    digits = str(round(abs(float(typed.values)) / unit))
    width = max(len(digits), 1 - round(float(np.log10(unit))))
    digits = digits.zfill(width)
    for place, (left, right) in enumerate(pairwise(digits)):
        if left != right:
            swapped = digits[:place] + right + left + digits[place + 2 :]
            yield np.copysign(int(swapped) * unit, typed.values)


def describe(match: Match, symbol: str, show: dict[str, str]) -> str:
    """What the student is told of a mistake; `symbol` is the step's, `show` the wrong and the lost part in words."""
    return KINDS[match.slug].message.format(step=symbol, **show)
