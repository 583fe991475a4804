"""Softmax and cross-entropy: probabilities, loss, and the simplest gradient there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from problems.family import Family, Given, Grid, OneHot, Role
from problems.graph import Op
from problems.network import distribution, no_repetition, step_of
from problems.options import IntegerOption
from problems.words import apply, either, value

if TYPE_CHECKING:
    from problems.family import Options, Step


def _steps(_options: Options) -> tuple[Step, ...]:
    z, p, y = map(value, "zpy")
    loss = either(apply(Op.SOFTMAX_CROSS_ENTROPY, z, y), apply(Op.CROSS_ENTROPY, p, y))
    return (
        step_of("p", apply(Op.SOFTMAX, z), "Probability of every class"),
        step_of("L", loss, "Cross-entropy"),
        step_of("dL_dz", either(apply(Op.SOFTMAX_ERROR, z, y), p - y), "Gradient at the scores z"),
    )


def _adapt(stated: dict[str, Any]) -> dict[str, Any]:
    """The number of the right class, counted from 0, in place of 1 for it and 0 for the others."""
    y, z = stated.get("y"), stated.get("z")
    if isinstance(y, int) and not isinstance(y, bool) and isinstance(z, list | tuple) and 0 <= y < len(z):
        return {**stated, "y": [float(place == y) for place in range(len(z))]}
    return stated


FAMILY = Family(
    slug="softmax-cross-entropy",
    version=1,
    title="Softmax and cross-entropy",
    topic="backpropagation",
    teaches=(
        "Softmax turns scores into shares of 1; the cross-entropy is −ln of the share of the right class. Together "
        "their gradient is p − y: no slope is multiplied in, so that it does not vanish while the answer is wrong."
    ),
    options=(IntegerOption("classes", 3, 2, 8, "Number of classes."),),
    givens=(
        Given("z", Role.PREACTIVATION, "scores", Grid(0.1, 2.5, 0.1, signed=True), ("classes",)),
        Given("y", Role.TARGET, "target, 1 for the right class", OneHot(), ("classes",), requires=distribution),
    ),
    steps=_steps,
    adapt=_adapt,
    intro=lambda options: (
        f"The scores of {options['classes']} classes go through softmax; the loss is the cross-entropy with the "
        "target. Find the probabilities, the loss, and its gradient at the scores."
    ),
    fair=lambda values: no_repetition(values["z"]),
)
