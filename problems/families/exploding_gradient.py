"""Exploding gradient: a chain of ReLU, leaky ReLU or ELU units with large weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.backprop import backprop
from problems.family import Family, Given, Grid, Role
from problems.network import (
    BIAS,
    activation_option,
    alpha,
    biases,
    depth_option,
    fate,
    kink,
    layers,
    steps_of,
    weights,
)
from problems.options import ChoiceOption
from problems.words import ACTIVATIONS, LOSSES, loss, value

if TYPE_CHECKING:
    from problems.family import Options, Step
    from problems.graph import Expr


def _loss(options: Options) -> Expr:
    output = f"a{options['depth']}"
    if options["loss"] == "none":
        return value("upstream") * value(output)
    return loss(options["loss"], output, "y", 1, f"z{options['depth']}")


def _steps(options: Options) -> tuple[Step, ...]:
    depth, forward = int(options["depth"]), layers(options)
    output, network = f"a{depth}", {**forward, "L": _loss(options)}
    back = range(depth, 0, -1)
    gradients = backprop(network, "L", by=[*(f"z{layer}" for layer in back), *(f"w{layer}" for layer in back), "x"])
    arriving = backprop(network, "L", by=[output])[f"dL_d{output}"]
    return (*steps_of(forward if options["loss"] == "none" else network), *steps_of(gradients), fate("dL_dx", arriving))


FAMILY = Family(
    slug="exploding-gradient",
    version=1,
    title="Exploding gradient",
    topic="exploding gradient",
    teaches=(
        "A ReLU unit that is on passes the gradient on whole, so nothing stands against large weights: every layer "
        "multiplies the gradient by its weight, and it grows like a power of the depth. The updates then overshoot."
    ),
    options=(
        depth_option(),
        activation_option("relu", "leaky-relu", "elu"),
        ChoiceOption("loss", "none", ("none", *LOSSES), "The loss, or none: then the gradient at the output is given."),
        BIAS,
    ),
    givens=(
        weights(lambda options: Grid(1.5, 3.5, 0.1, signed=options["activation"] == "leaky-relu")),
        biases(Grid(0.2, 0.9, 0.1, signed=True)),
        Given("x", Role.INPUT, "input", Grid(0.5, 2.0, 0.1)),
        alpha(),
        Given(
            "upstream",
            Role.UPSTREAM,
            "gradient of the loss at the output",
            Grid(0.5, 2.0, 0.1, signed=True),
            when=lambda options: options["loss"] == "none",
            default=1.0,
            symbol=lambda options: f"dL_da{options['depth']}",
        ),
        Given(
            "y",
            Role.TARGET,
            "target",
            Grid(2.0, 9.0, 0.5),
            when=lambda options: options["loss"] != "none",
            implies={"loss": "squared"},
        ),
    ),
    steps=_steps,
    loss=_loss,
    intro=lambda options: (
        f"A chain of {options['depth']} layers with one {ACTIVATIONS[options['activation']].title} unit each and large "
        "weights. "
        + (
            "The gradient of the loss at the output is given. "
            if options["loss"] == "none"
            else "The loss compares the output with the target. "
        )
        + "Work forward, then carry the gradient back through every layer to the input."
    ),
    layer_gradients=lambda options: {
        f"dL_dz{layer}": value(f"dL_dz{layer}") for layer in range(1, int(options["depth"]) + 1)
    },
    conventions=kink,
)
