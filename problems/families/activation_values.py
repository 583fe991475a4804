"""Activation functions: the value and the slope of each at given points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.family import Family, Given, Grid, Role
from problems.network import activation_option, alpha, kink, no_repetition, on_both_sides, steps_of
from problems.options import IntegerOption
from problems.words import ACTIVATIONS, SCALAR_ACTIVATIONS

if TYPE_CHECKING:
    from problems.family import Options, Step

KINKED = ("relu", "leaky-relu", "prelu", "elu")


def _steps(options: Options) -> tuple[Step, ...]:
    activation = ACTIVATIONS[options["activation"]]
    title = activation.title
    prompts = {"a": f"{title} of every z", "s": f"Derivative of {title} at every z"}
    formulas = {"a": activation.at("z"), "s": activation.slope_at("z", "a")}
    return tuple(step for name, formula in formulas.items() for step in steps_of({name: formula}, prompt=prompts[name]))


FAMILY = Family(
    slug="activation-values",
    version=1,
    title="Activation functions and their slopes",
    topic="activation functions",
    teaches=(
        "A gradient is multiplied by the slope of every activation that it passes. The sigmoid's is at most 1/4 and "
        "tanh's at most 1, both almost 0 far from z = 0; ReLU's is 1 or 0, and its variants keep some of it below 0."
    ),
    options=(
        activation_option(*SCALAR_ACTIVATIONS),
        IntegerOption("units", 4, 1, 12, "How many values."),
    ),
    givens=(
        Given("z", Role.PREACTIVATION, "weighted inputs", Grid(0.2, 3.0, 0.1, signed=True), shape=("units",)),
        alpha(),
    ),
    steps=_steps,
    intro=lambda options: (
        f"Find the {ACTIVATIONS[options['activation']].title} activation and its derivative for each of the "
        f"{options['units']} weighted inputs."
    ),
    conventions=kink,
    zeros_expected=lambda options: options["activation"] == "relu",
    fair=lambda values: no_repetition(values["z"]) | on_both_sides(values["z"]),
)
