"""Dying ReLU: which units are off, what that does to their slope, and the leaky remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from problems.family import Choice, Family, Given, Grid, Role, Step
from problems.graph import Op
from problems.options import ChoiceOption, IntegerOption
from problems.words import ACTIVATIONS, add, apply, value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from problems.family import Options

FEWEST_OF_A_KIND = 2
"""A fair draw has at least so many dead units and at least so many that are on."""


def _layer(options: Options) -> bool:
    return options["form"] == "layer"


def _steps(options: Options) -> tuple[Step, ...]:
    units, samples = int(options["units"]), int(options["samples"])
    shape = (samples, units) if _layer(options) else (units,)
    relu, leaky = ACTIVATIONS["relu"], ACTIVATIONS["leaky-relu"]
    worst = apply(Op.MAX, value("z")) if _layer(options) else value("z")
    whose = "in this layer: off for every sample" if _layer(options) else "here: output and slope both 0"
    steps = (
        Step("a", relu.at("z"), Role.ACTIVATION, "forward", "ReLU of every unit", shape=shape),
        Step(
            "s",
            relu.slope_at("z"),
            Role.SLOPE,
            "backward",
            "Derivative of ReLU at every unit",
            symbol=apply(relu.slope, value("z")),
            shape=shape,
        ),
        Step(
            "dead",
            apply(Op.DEAD, worst),
            Role.CONCLUSION,
            "conclusion",
            f"Which units are dead {whose}?",
            shape=(units,),
            choices=tuple(Choice(str(unit), f"unit {unit}") for unit in range(1, units + 1)),
        ),
        Step("a_leaky", leaky.at("z"), Role.ACTIVATION, "forward", "The remedy: leaky ReLU of every unit", shape=shape),
        Step(
            "s_leaky",
            leaky.slope_at("z"),
            Role.SLOPE,
            "backward",
            "The remedy: derivative of leaky ReLU at every unit",
            symbol=apply(leaky.slope, value("z"), value("alpha")),
            shape=shape,
        ),
    )
    if not _layer(options):
        return steps
    z = add(apply(Op.MATVEC_T, value("X"), value("W")), value("b"))
    return (
        Step("z", z, Role.PREACTIVATION, "forward", "Weighted input of every unit, a row per sample", shape=shape),
        *steps,
    )


def _fair(values: Mapping[str, NDArray[np.float64]]) -> Mapping[str, NDArray[np.bool_]]:
    """Some units are dead and some are not; no unit or sample repeats another."""
    rows = values["X"] if "X" in values else values["z"][:, np.newaxis]
    pairs = [(one, other) for other in range(len(rows)) for one in range(other)]
    differ = [(rows[one] != rows[other]).any(axis=0) for one, other in pairs]
    dead = values["dead"].sum(axis=0)
    alive = values["dead"].shape[0] - dead
    return {
        "dead-and-alive": (dead >= min(FEWEST_OF_A_KIND, len(values["dead"]) - 1)) & (alive >= 1),
        "no-repetition": np.all(differ, axis=0) if differ else np.ones(rows.shape[-1], dtype=bool),
    }


def _intro(options: Options) -> str:
    if _layer(options):
        return (
            f"A layer of {options['units']} ReLU units sees {options['samples']} samples, a row of X each. "
            "Find its outputs and slopes, the dead units, and what a leaky ReLU would give instead."
        )
    return (
        f"The weighted inputs of {options['units']} ReLU units are given. Find their outputs and slopes, "
        "the dead units, and what a leaky ReLU would give instead."
    )


FAMILY = Family(
    slug="dying-relu",
    version=1,
    title="Dying ReLU",
    topic="dying ReLU",
    teaches=(
        "Where the weighted input is not positive, ReLU gives 0 and so does its slope: no gradient passes, and the "
        "unit cannot learn its way back. A leaky ReLU keeps a small slope α there, so that the unit stays alive."
    ),
    options=(
        IntegerOption("units", 5, 2, 10, "Number of units."),
        ChoiceOption(
            "form", "z", ("z", "layer"), "The weighted inputs are given (z), or follow from W, b and X (layer)."
        ),
        IntegerOption("samples", 3, 1, 6, "Number of samples in the layer form."),
        IntegerOption("inputs", 2, 1, 4, "Number of inputs in the layer form."),
    ),
    givens=(
        Given(
            "z",
            Role.PREACTIVATION,
            "weighted inputs",
            lambda _options: Grid(0.5, 6.0, 0.5, signed=True),
            shape=("units",),
            when=lambda options: not _layer(options),
        ),
        Given(
            "W",
            Role.WEIGHT,
            "weights, a row per unit",
            lambda _options: Grid(0.5, 3.0, 0.5, signed=True),
            shape=("units", "inputs"),
            when=_layer,
            implies={"form": "layer"},
        ),
        Given(
            "b", Role.BIAS, "biases", lambda _options: Grid(0.5, 4.0, 0.5, signed=True), shape=("units",), when=_layer
        ),
        Given(
            "X",
            Role.INPUT,
            "samples, a row each",
            lambda _options: Grid(0.2, 2.0, 0.2),
            shape=("samples", "inputs"),
            when=_layer,
        ),
        Given(
            "alpha", Role.PARAMETER, "slope of the negative side", lambda _options: Grid(0.05, 0.3, 0.05), default=0.01
        ),
    ),
    steps=_steps,
    intro=_intro,
    conventions=lambda _options: (
        "At the kink the slope is taken as that of the negative side: ReLU′(0) = 0 and LeakyReLU′(0) = α.",
        "A unit is dead where its weighted input is not positive.",
    ),
    zeros_expected=True,
    fair=_fair,
)
