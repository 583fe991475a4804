"""Answers for the judge: all of a problem, as a student writes them down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import problems

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from problems import Problem

OFF, FURTHER = 1.37, 0.01
"""Wrong numbers are off by the first factor, and at every step by this much more: no two errors cancel out."""


def right_answers(problem: Problem) -> dict[str, Any]:
    """Step id -> the exact value, rounded as the problem asks."""
    return {name: _typed(problem, name, value) for name, value in problems.solve(problem).items()}


def wrong_answers(problem: Problem) -> dict[str, Any]:
    """Step id -> a wrong number that does not follow from those above it either; choices are right."""
    return {
        name: _typed(problem, name, _spoilt(problem, name, np.asarray(value), OFF + place * FURTHER))
        for place, (name, value) in enumerate(problems.solve(problem).items())
    }


def _spoilt(problem: Problem, name: str, value: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    if problem.worksheet.steps[name].choices:
        return value
    return np.where(value == 0, factor, factor * value)


def _typed(problem: Problem, name: str, value: float | NDArray[np.float64]) -> Any:  # noqa: ANN401 - text, or lists of it
    step = problem.worksheet.steps[name]
    if not step.choices:
        return _texts(problem, value)
    if step.shape:
        return [step.choices[place].id for place in np.flatnonzero(value)]
    return step.choices[int(value)].id


def _texts(problem: Problem, value: Any) -> Any:  # noqa: ANN401 - a number, or lists of lists of them
    if np.ndim(value):
        return [_texts(problem, inner) for inner in value]
    return f"{value:.{problem.precision.places(float(value))}f}"
