"""Answers for the judge: all of a problem, as a student writes them down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import problems

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from problems import Problem

OFF, FURTHER, TURN = 1.37, 2.0, 0.618
"""Wrong numbers are off by 1.37 to 3.37 times: by the golden section no two steps are off alike, so none follows."""


def right_answers(problem: Problem) -> dict[str, Any]:
    """Step id -> the exact value, rounded as the problem asks."""
    return {name: _typed(problem, name, value) for name, value in _asked(problem).items()}


def wrong_answers(problem: Problem) -> dict[str, Any]:
    """Step id -> a wrong number that does not follow from those above it either; choices are right."""
    return {
        name: _typed(problem, name, _spoilt(problem, name, np.asarray(value), OFF + FURTHER * (place * TURN % 1)))
        for place, (name, value) in enumerate(_asked(problem).items())
    }


def _asked(problem: Problem) -> dict[str, float | NDArray[np.float64]]:
    steps = problem.worksheet.steps
    return {name: value for name, value in problems.solve(problem).items() if steps[name].asked}


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
