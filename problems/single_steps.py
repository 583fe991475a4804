"""Steps judged one by one, as programs do that know a range for every box and see nothing of the other boxes.

What is right there is what `ranges` says. Here is what else such a program can be told, and what it cannot see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from problems.diagnosis import SHIFTS, Match, describe, span
from problems.graph import evaluate
from problems.mistakes import mistakes_of
from problems.readings.exact import EXACT
from problems.readings.intervals import Interval
from problems.readings.markup import symbols
from problems.readings.rounding import ranges_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from problems.family import Step
    from problems.graph import Walk
    from problems.precision import Precision
    from problems.problem import Problem, Worksheet
    from problems.readings.exact import Array

_HAIR = 1e-9
"""What is cut off is the number that was meant, not the one that a float is a hair below."""


@dataclass(frozen=True, slots=True)
class MistakenRange:
    """What a known mistake may leave on paper, in the step's shape; `message` is what the student is told of it."""

    slug: str
    message: str
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class UnseenMistake:
    """A mistake that is right for who sees the step alone: only the steps above it show that it is wrong.

    Or, seldom, the other way round: beside right steps its number may be right at some entry, by the digits of these.
    """

    step: str
    slug: str


def mistaken_ranges(problem: Problem) -> dict[str, tuple[MistakenRange, ...]]:
    """Step id -> its known mistakes, formulas first, then a slip of the sign or of the decimal point.

    The ranges are those beside nothing written. Steps that are picked or counted have none.
    """
    worksheet, shown = problem.worksheet, symbols(problem.worksheet)
    with np.errstate(all="ignore"):  # a wrong formula may divide by 0
        walk = evaluate(worksheet.graph, problem.inputs, ranges_at(problem.precision))
        return {
            step.id: tuple(
                MistakenRange(match.slug, describe(match, step.id, shown), interval.low[..., 0], interval.high[..., 0])
                for match, interval in _mistaken(step, worksheet, walk)
            )
            for step in worksheet.steps.values()
            if step.asked and not step.whole
        }


def _mistaken(step: Step, worksheet: Worksheet, walk: Walk[Interval]) -> Iterator[tuple[Match, Interval]]:
    everywhere = np.ones(step.shape, dtype=bool)
    for mistake in mistakes_of(worksheet)[step.id]:
        wrong = span(walk.reading.write_down(walk.value_of(mistake.formula)), step.shape, 1)
        yield Match(mistake.slug, everywhere, 0, 0.0, mistake), wrong
    right = span(walk.expected[step.id], step.shape, 1)
    yield Match("sign-slip", everywhere, 0, 0.0), Interval(-right.high, -right.low)
    for factor in SHIFTS:
        yield Match("decimal-shift", everywhere, 0, 0.0), Interval(right.low / factor, right.high / factor)


def unseen_mistakes(problem: Problem) -> tuple[UnseenMistake, ...]:
    """The mistakes that `grade` judges otherwise beside right steps than somebody who sees that one step alone.

    Tried are numbers that are rounded, and such that are cut off, in the wrong step and in the right ones. Of slips,
    that of the sign is tried.
    """
    worksheet = problem.worksheet
    with np.errstate(all="ignore"):
        exact = evaluate(worksheet.graph, problem.inputs, EXACT)
        written = {
            step.id: _both_ways(_plain(exact.expected[step.id], step.shape), problem.precision)
            for step in worksheet.steps.values()
            if step.asked and not step.whole
        }
        inputs = {name: np.repeat(value, 2, axis=-1) for name, value in problem.inputs.items()}
        alone = evaluate(worksheet.graph, inputs, ranges_at(problem.precision))
        beside = evaluate(worksheet.graph, inputs, ranges_at(problem.precision), written)
        return tuple(
            UnseenMistake(name, slug)
            for name in written
            for slug in _hidden(worksheet.steps[name], worksheet, exact, problem.precision, (alone, beside))
        )


def _hidden(
    step: Step,
    worksheet: Worksheet,
    exact: Walk[Array],
    precision: Precision,
    walks: tuple[Walk[Interval], Walk[Interval]],
) -> Iterator[str]:
    """The mistakes at a step that are in its range alone, and not beside right steps, or the other way round."""
    wrong = [(one.slug, exact.value_of(one.formula)) for one in mistakes_of(worksheet)[step.id]]
    wrong.append(("sign-slip", -exact.expected[step.id]))
    every = np.stack([_plain(value, step.shape) for _slug, value in wrong])
    values = _both_ways(every, precision)[..., np.newaxis, :]
    alone, beside = (span(walk.expected[step.id], step.shape) for walk in walks)
    in_range = (alone.low[..., np.newaxis] <= values) & (values <= alone.high[..., np.newaxis])
    fits = (beside.low[..., np.newaxis] <= values) & (values <= beside.high[..., np.newaxis])
    hides = np.flatnonzero((in_range != fits).reshape(len(wrong), -1).any(axis=1)).tolist()
    yield from dict.fromkeys(wrong[place][0] for place in hides)


def _plain(value: Array, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return np.broadcast_to(np.asarray(value, dtype=np.float64), (*shape, 1))[..., 0]


def _both_ways(values: NDArray[np.float64], precision: Precision) -> NDArray[np.float64]:
    """The values rounded, and cut off, at the last kept place: along a last axis of two."""
    unit = precision.unit(values)
    count = np.abs(values) / unit
    kept = np.stack([np.floor(count + 0.5 + _HAIR), np.floor(count * (1.0 + _HAIR))], axis=-1)
    return np.asarray(np.sign(values)[..., np.newaxis] * kept * unit[..., np.newaxis])
