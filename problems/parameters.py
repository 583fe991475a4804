"""What was drawn of a problem beside its numbers: what may make one variant harder than another."""

from __future__ import annotations

from math import isfinite, log10
from typing import TYPE_CHECKING, Any

from problems.plots import layer_gradients

if TYPE_CHECKING:
    from problems.problem import Problem

GRADIENT = "log10 |gradient|"
"""The name of how large the gradient is that arrives in the first layer, as a power of ten."""


def parameters_of(problem: Problem) -> dict[str, str | float]:
    """Name -> value of every option, lists as words, and the size of the first layer's gradient where there is one.

    Left out are decimals and significant figures, and the size of a gradient that is 0 or no number.
    """
    parameters = {name: _plain(value) for name, value in problem.options.items()}
    first = next(iter(layer_gradients(problem).values()), 0.0)
    if first and isfinite(first):
        parameters[GRADIENT] = log10(abs(first))
    return parameters


def _plain(value: Any) -> str | float:  # noqa: ANN401 - the values of any option
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        whole = all(isinstance(part, int) for part in value)
        return ("-" if whole else ", ").join(map(str, value)) or "auto"
    return value if isinstance(value, int | float) else str(value)
