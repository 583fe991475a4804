"""Exploding gradient: a chain of ReLU or leaky ReLU units with large weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.backprop import backprop
from problems.family import Choice, Family, Given, Grid, Role, Step
from problems.graph import Op
from problems.options import BooleanOption, ChoiceOption, IntegerOption
from problems.words import ACTIVATIONS, LOSSES, add, apply, multiply, value

if TYPE_CHECKING:
    from problems.family import Options
    from problems.graph import Expr

DIAGNOSES = (
    Choice("vanishes", "It vanishes: less than a tenth of it arrives at the input."),
    Choice("keeps-size", "It keeps its size, within a factor of ten."),
    Choice("explodes", "It explodes: more than ten times of it arrives at the input."),
)


def _layer(layer: int, options: Options) -> dict[str, Expr]:
    weighted = multiply(value(f"w{layer}"), value("x" if layer == 1 else f"a{layer - 1}"))
    z = add(weighted, value(f"b{layer}")) if options["bias"] else weighted
    return {f"z{layer}": z, f"a{layer}": ACTIVATIONS[str(options["activation"])].at(f"z{layer}")}


def _steps(options: Options) -> tuple[Step, ...]:
    layers = range(1, int(options["depth"]) + 1)
    output = f"a{layers[-1]}"
    forward = {name: formula for layer in layers for name, formula in _layer(layer, options).items()}
    lossy = options["loss"] != "none"
    loss = (
        apply(LOSSES[str(options["loss"])], value(output), value("y")) if lossy else value("upstream") * value(output)
    )
    network = {**forward, "L": loss}
    gradients = backprop(
        network,
        "L",
        by=[
            *(f"z{layer}" for layer in reversed(layers)),
            *(f"w{layer}" for layer in reversed(layers)),
            "x",
        ],
    )
    arriving = backprop(network, "L", by=[output])[f"dL_d{output}"]
    found = [
        Step(name, formula, Role.PREACTIVATION if name[0] == "z" else Role.ACTIVATION, "forward", _prompt(name))
        for name, formula in forward.items()
    ]
    if lossy:
        found.append(Step("L", loss, Role.LOSS, "forward", "Loss"))
    found += [Step(name, formula, Role.GRADIENT, "backward", _prompt(name)) for name, formula in gradients.items()]
    question = "What happens to the gradient between the output and the input?"
    size = apply(Op.GROWTH, value("dL_dx"), arriving)
    return (*found, Step("diagnosis", size, Role.CONCLUSION, "conclusion", question, choices=DIAGNOSES))


def _prompt(name: str) -> str:
    layer = name[-1] if name[-1].isdigit() else ""
    layer = name.lstrip("abcdefghijklmnopqrstuvwxyzL_") if layer else ""
    return {
        "z": f"Weighted input of layer {layer}",
        "a": f"Activation of layer {layer}",
        "dL_dz": f"Gradient at the weighted input of layer {layer}",
        "dL_dw": f"Gradient of the weight of layer {layer}",
        "dL_dx": "Gradient at the input",
    }[name[: len(name) - len(layer)]]


def _intro(options: Options) -> str:
    unit = ACTIVATIONS[str(options["activation"])].title
    arrives = (
        "The gradient of the loss at the output is given."
        if options["loss"] == "none"
        else "The loss compares the output with the target."
    )
    return (
        f"A chain of {options['depth']} layers with one {unit} unit each and large weights. {arrives} "
        "Work forward, then carry the gradient back through every layer to the input."
    )


def _conventions(options: Options) -> tuple[str, ...]:
    if options["activation"] == "relu":
        return ("At the kink the slope is taken as 0: ReLU′(0) = 0.",)
    return ("At the kink the slope is taken as that of the negative side: LeakyReLU′(0) = α.",)


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
        IntegerOption("depth", 3, 1, 12, "Number of layers."),
        ChoiceOption("activation", "relu", ("relu", "leaky-relu"), "The activation of every layer."),
        ChoiceOption("loss", "none", ("none", *LOSSES), "The loss, or none: then the gradient at the output is given."),
        BooleanOption("bias", default=False, help="Whether every layer has a bias."),
    ),
    givens=(
        Given(
            "w",
            Role.WEIGHT,
            "weight",
            lambda options: Grid(1.5, 3.5, 0.1, signed=options["activation"] == "leaky-relu"),
            layers="depth",
        ),
        Given(
            "b",
            Role.BIAS,
            "bias",
            lambda _options: Grid(0.2, 0.9, 0.1, signed=True),
            layers="depth",
            when=lambda options: bool(options["bias"]),
            implies={"bias": True},
        ),
        Given("x", Role.INPUT, "input", lambda _options: Grid(0.5, 2.0, 0.1)),
        Given(
            "alpha",
            Role.PARAMETER,
            "slope of the negative side",
            lambda _options: Grid(0.1, 0.4, 0.05),
            when=lambda options: options["activation"] == "leaky-relu",
            default=0.01,
        ),
        Given(
            "upstream",
            Role.UPSTREAM,
            "gradient of the loss at the output",
            lambda _options: Grid(0.5, 2.0, 0.1, signed=True),
            when=lambda options: options["loss"] == "none",
            default=1.0,
            symbol=lambda options: f"dL_da{options['depth']}",
        ),
        Given(
            "y",
            Role.TARGET,
            "target",
            lambda _options: Grid(2.0, 9.0, 0.5),
            when=lambda options: options["loss"] != "none",
            implies={"loss": "squared"},
        ),
    ),
    steps=_steps,
    intro=_intro,
    layer_gradients=lambda options: {
        f"dL_dz{layer}": value(f"dL_dz{layer}") for layer in range(1, int(options["depth"]) + 1)
    },
    conventions=_conventions,
)
