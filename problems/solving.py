"""What every step of a problem is: exactly, and as a range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from problems.graph import evaluate
from problems.readings.exact import EXTENDED
from problems.readings.rounding import ranges_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from problems.problem import Problem


def _plain(value: NDArray[np.floating[Any]], shape: tuple[int, ...]) -> float | NDArray[np.float64]:
    one = np.broadcast_to(value, (*shape, 1))[..., 0]
    with np.errstate(over="ignore"):  # what float64 cannot hold is infinite
        one = one.astype(np.float64)
    return one if shape else float(one)


def solve(problem: Problem) -> dict[str, float | NDArray[np.float64]]:
    """Step id -> exact value, a float or an array in the step's shape; a choice is its place in the list."""
    walk = evaluate(problem.worksheet.graph, problem.inputs, EXTENDED)
    return {name: _plain(walk.expected[name], step.shape) for name, step in problem.worksheet.steps.items()}


def ranges(
    problem: Problem,
) -> dict[str, tuple[float | NDArray[np.float64], float | NDArray[np.float64]]]:
    """Step id -> (low, high): all that an honest student may write there at the problem's precision."""
    walk = evaluate(problem.worksheet.graph, problem.inputs, ranges_at(problem.precision))
    return {
        name: (_plain(walk.expected[name].low, step.shape), _plain(walk.expected[name].high, step.shape))
        for name, step in problem.worksheet.steps.items()
    }
