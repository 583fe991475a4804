"""Dying ReLU: which units are off, what that does to their slope, and the leaky remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.family import Choice, Family, Given, Grid, Role
from problems.graph import Op
from problems.network import kink, no_repetition, step_of
from problems.options import ChoiceOption, IntegerOption
from problems.words import ACTIVATIONS, add, apply, value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from problems.family import Options, Step

FEWEST_OF_A_KIND = 2
"""A fair draw has at least so many dead units and at least so many that are on."""


def _layer(options: Options) -> bool:
    return bool(options["form"] == "layer")


def _steps(options: Options) -> Iterator[Step]:
    relu, leaky = ACTIVATIONS["relu"], ACTIVATIONS["leaky-relu"]
    whose = "in this layer: off for every sample" if _layer(options) else "here: output and slope both 0"
    if _layer(options):
        z = add(apply(Op.LAYER_OF_ROWS, value("X"), value("W")), value("b"))
        yield step_of("z", z, "Weighted input of every unit, a row per sample")
    yield step_of("a", relu.at("z"), "ReLU of every unit")
    yield step_of("s", relu.slope_at("z"), "Derivative of ReLU at every unit")
    yield step_of(
        "dead",
        apply(Op.DEAD, apply(Op.MAX, value("z")) if _layer(options) else value("z")),
        f"Which units are dead {whose}?",
        role=Role.CONCLUSION,
        phase="conclusion",
        choices=tuple(Choice(str(unit), f"unit {unit}") for unit in range(1, int(options["units"]) + 1)),
    )
    yield step_of("a_leaky", leaky.at("z"), "The remedy: leaky ReLU of every unit")
    yield step_of("s_leaky", leaky.slope_at("z"), "The remedy: derivative of leaky ReLU at every unit")


def _fair(values: Mapping[str, NDArray[np.float64]]) -> Mapping[str, NDArray[np.bool_]]:
    """Some units are dead and some are not; no unit or sample repeats another."""
    dead = values["dead"].sum(axis=0)
    alive = values["dead"].shape[0] - dead
    enough = (dead >= min(FEWEST_OF_A_KIND, len(values["dead"]) - 1)) & (alive >= 1)
    return {"dead-and-alive": enough} | no_repetition(values.get("X", values["z"]))


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
            Grid(0.5, 6.0, 0.5, signed=True),
            shape=("units",),
            when=lambda options: not _layer(options),
        ),
        Given(
            "W",
            Role.WEIGHT,
            "weights, a row per unit",
            Grid(0.5, 3.0, 0.5, signed=True),
            shape=("units", "inputs"),
            when=_layer,
            implies={"form": "layer"},
        ),
        Given("b", Role.BIAS, "biases", Grid(0.5, 4.0, 0.5, signed=True), shape=("units",), when=_layer),
        Given("X", Role.INPUT, "samples, a row each", Grid(0.2, 2.0, 0.2), shape=("samples", "inputs"), when=_layer),
        Given("alpha", Role.PARAMETER, "α of the negative side", Grid(0.05, 0.3, 0.05), default=0.01),
    ),
    steps=lambda options: tuple(_steps(options)),
    intro=lambda options: (
        (
            f"A layer of {options['units']} ReLU units sees {options['samples']} samples, a row of X each. "
            if _layer(options)
            else f"The weighted inputs of {options['units']} ReLU units are given. "
        )
        + "Find their outputs and slopes, the dead units, and what a leaky ReLU would give instead."
    ),
    conventions=(
        *kink({"activations": ("relu", "leaky-relu")}),
        "A unit is dead where its weighted input is not positive.",
    ),
    zeros_expected=True,
    fair=_fair,
)
