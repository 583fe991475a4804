"""Depth: what is left of a gradient after many equal layers, on a logarithmic scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.family import Family, Given, Grid, Role
from problems.graph import Op
from problems.network import activation_option, fate, positive, step_of
from problems.options import IntegerOption
from problems.words import ACTIVATIONS, apply, either, multiply, number, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from problems.family import Options, Step

STEEPEST = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0}
"""The largest slope of each activation, at z = 0 of the first two and at every z > 0 of the third."""


def _steps(options: Options) -> Iterator[Step]:
    depth, slope = int(options["depth"]), STEEPEST[options["activation"]]
    weight = apply(Op.ABS, value("w"))
    factor = multiply(number(slope), weight) if slope != 1 else weight
    yield step_of("factor", factor, "The factor of every layer, the weight's size times the slope")
    yield step_of("log10_factor", apply(Op.LOG10, value("factor")), "Its decimal logarithm")
    layers_back = apply(Op.STACK, *(number(count) for count in range(depth, 0, -1)))
    prompt = "Decimal logarithm of the gradient at the input of every layer, the first layer first"
    yield step_of("log10_g", multiply(layers_back, value("log10_factor")), prompt)
    whole = apply(Op.POWER, value("factor"), number(depth))
    by_logarithm = apply(Op.POWER_OF_TEN, multiply(number(depth), value("log10_factor")))
    yield step_of("g1", either(whole, by_logarithm), "The gradient at the input of the first layer")
    prompt = "Going back from the last layer: the first layer where it is below 10⁻ᵏ or above 10ᵏ; 0 if none"
    beyond = apply(Op.FIRST_BEYOND, value("log10_g"), value("k"))
    yield step_of("first_layer", beyond, prompt, role=Role.CONCLUSION, phase="conclusion")
    yield fate("g1", number(1))


FAMILY = Family(
    slug="depth-scaling",
    version=1,
    title="How depth scales a gradient",
    topic="vanishing gradient",
    teaches=(
        "Through equal layers a gradient is a power: factor to the depth. Its logarithm falls or rises by the same "
        "amount in every layer, so that a factor a little below 1 is next to nothing, a little above 1 huge, when the "
        "network is deep."
    ),
    options=(
        IntegerOption("depth", 10, 2, 50, "Number of layers."),
        activation_option(*STEEPEST),
    ),
    givens=(
        Given(
            "w",
            Role.WEIGHT,
            "the weight of every layer",
            lambda options: Grid(1.2, 3.8, 0.1) if options["activation"] == "sigmoid" else Grid(0.3, 3.0, 0.1),
        ),
        Given("k", Role.PARAMETER, "exponent of the bound", Grid(2, 6, 1), default=6, requires=positive),
    ),
    steps=lambda options: tuple(_steps(options)),
    intro=lambda options: (
        f"A chain of {options['depth']} layers has the same weight everywhere, and every "
        f"{ACTIVATIONS[options['activation']].title} unit works at its steepest. The gradient at the output is 1. "
        "How much of it arrives at the input of each layer?"
    ),
    conventions=lambda options: (
        f"The steepest slope of {ACTIVATIONS[options['activation']].title} is {STEEPEST[options['activation']]:g}.",
    ),
    mistakes=lambda options: {
        "log10_factor": (("natural-logarithm", multiply(number(2.302585092994046), apply(Op.LOG10, value("factor")))),),
        "g1": tuple(
            ("off-by-one-layer", apply(Op.POWER, value("factor"), number(int(options["depth"]) + off)))
            for off in (-1, 1)
        ),
    },
    layer_gradients=lambda options: {
        f"da{options['depth']}_da{layer - 1}" if layer > 1 else f"da{options['depth']}_dx": apply(
            Op.POWER, value("factor"), number(int(options["depth"]) - layer + 1)
        )
        for layer in range(1, int(options["depth"]) + 1)
    },
)
