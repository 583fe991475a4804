"""Vanishing gradient: a chain of sigmoid or tanh units, one per layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.family import Choice, Family, Given, Grid, Role, Step
from problems.graph import Op
from problems.options import BooleanOption, ChoiceOption, IntegerOption
from problems.words import ACTIVATIONS, add, apply, multiply, number, value

if TYPE_CHECKING:
    from problems.family import Options
    from problems.graph import Expr

DIAGNOSES = (
    Choice("vanishes", "It vanishes: the first layers hardly learn."),
    Choice("keeps-size", "It keeps its size, within a factor of ten."),
    Choice("explodes", "It explodes: the first layers jump about."),
)


def _steps(options: Options) -> tuple[Step, ...]:
    depth, bias, activation = int(options["depth"]), bool(options["bias"]), ACTIVATIONS[str(options["activation"])]
    steps = []
    for layer in range(1, depth + 1):
        z, a, s = f"z{layer}", f"a{layer}", f"s{layer}"
        before = "x" if layer == 1 else f"a{layer - 1}"
        weighted = multiply(value(f"w{layer}"), value(before))
        formula = add(weighted, value(f"b{layer}")) if bias else weighted
        steps += [
            Step(z, formula, Role.PREACTIVATION, "forward", f"Weighted input of layer {layer}"),
            Step(a, activation.at(z), Role.ACTIVATION, "forward", f"Activation of layer {layer}"),
            Step(
                s,
                activation.slope_at(z, a),
                Role.SLOPE,
                "backward",
                f"Derivative of the activation at layer {layer}",
                symbol=apply(activation.slope, value(z)),
            ),
        ]
    layers = range(depth, 0, -1)
    slopes = [value(f"s{layer}") for layer in layers]
    chain = [factor for layer in layers for factor in (value(f"s{layer}"), value(f"w{layer}"))]
    return (
        *steps,
        Step(
            "product", multiply(*slopes), Role.GRADIENT, "backward", "Product of all derivatives, without the weights"
        ),
        Step(
            "da_dx",
            multiply(*chain),
            Role.GRADIENT,
            "backward",
            "The full chain rule, weights included",
            symbol=value(f"da{depth}_dx"),
        ),
        Step(
            "diagnosis",
            apply(Op.GROWTH, value("da_dx"), number(1.0)),
            Role.CONCLUSION,
            "conclusion",
            "What happens to the gradient on its way back to the input?",
            choices=DIAGNOSES,
        ),
    )


def _layer_gradients(options: Options) -> dict[str, Expr]:
    """∂a_n/∂z_l = f′(z_n)·w_n·f′(z_{n−1})·…·w_{l+1}·f′(z_l)."""
    depth = int(options["depth"])
    gradients, factors = {}, [value(f"s{depth}")]
    for layer in range(depth, 0, -1):
        gradients[f"da{depth}_dz{layer}"] = multiply(*factors)
        factors += [value(f"w{layer}"), value(f"s{layer - 1}")]
    return dict(reversed(gradients.items()))


def _intro(options: Options) -> str:
    return (
        f"A chain of {options['depth']} layers with one {ACTIVATIONS[str(options['activation'])].title} unit each. "
        "Work forward to the output, then find how much of the gradient is left when it has come back to the input."
    )


FAMILY = Family(
    slug="vanishing-gradient",
    version=1,
    title="Vanishing gradient",
    topic="vanishing gradient",
    teaches=(
        "Every sigmoid or tanh layer multiplies the gradient by a slope below one (at most 1/4 for the sigmoid) and by "
        "its weight. After a few layers with small weights hardly anything is left, and the first layers stop learning."
    ),
    options=(
        IntegerOption("depth", 3, 1, 12, "Number of layers."),
        ChoiceOption("activation", "sigmoid", ("sigmoid", "tanh"), "The activation of every layer."),
        BooleanOption("bias", default=False, help="Whether every layer has a bias."),
    ),
    givens=(
        Given("w", Role.WEIGHT, "weight", lambda _options: Grid(0.2, 2.5, 0.1), layers="depth"),
        Given(
            "b",
            Role.BIAS,
            "bias",
            lambda _options: Grid(0.1, 0.5, 0.05, signed=True),
            layers="depth",
            when=lambda options: bool(options["bias"]),
            implies={"bias": True},
        ),
        Given("x", Role.INPUT, "input", lambda _options: Grid(0.5, 2.0, 0.1)),
    ),
    steps=_steps,
    intro=_intro,
    layer_gradients=_layer_gradients,
    conventions=lambda _options: (
        "The product of the derivatives alone, ∏ f′(zₗ), is often quoted as the overall gradient of a chain.",
        "The chain rule has a weight beside each derivative, ∏ f′(zₗ)·wₗ: with weights below one, less still is left.",
    ),
)
