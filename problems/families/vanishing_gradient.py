"""Vanishing gradient: a chain of sigmoid or tanh units, one per layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.family import Family, Given, Grid, Role
from problems.network import BIAS, activation_option, biases, depth_option, fate, layers, step_of, steps_of, weights
from problems.words import ACTIVATIONS, add, either, multiply, number, value

if TYPE_CHECKING:
    from problems.family import Options, Step
    from problems.graph import Expr


def _steps(options: Options) -> tuple[Step, ...]:
    order = range(int(options["depth"]), 0, -1)
    every_weight = [value(f"w{layer}") for layer in order]
    chain = multiply(*(value(f"{name}{layer}") for layer in order for name in "sw"))
    return (
        *steps_of(layers(options, slopes=True)),
        step_of(
            "product",
            multiply(*(value(f"s{layer}") for layer in order)),
            "Product of all derivatives, without the weights",
            role=Role.GRADIENT,
            phase="backward",
        ),
        step_of(
            "da_dx",
            either(multiply(value("product"), *every_weight), chain),
            "The full chain rule, weights included",
            symbol=value(f"da{order[0]}_dx"),
            derivative=(f"a{order[0]}", "x"),
        ),
        fate("da_dx", number(1.0)),
    )


def _layer_gradients(options: Options) -> dict[str, Expr]:
    """∂a_n/∂z_l = f′(z_n)·w_n·f′(z_{n-1})·…·w_{l+1}·f′(z_l)."""
    depth = int(options["depth"])
    gradients, factors = {}, [value(f"s{depth}")]
    for layer in range(depth, 0, -1):
        gradients[f"da{depth}_dz{layer}"] = multiply(*factors)
        factors += [value(f"w{layer}"), value(f"s{layer - 1}")]
    return dict(reversed(gradients.items()))


def _mistakes(options: Options) -> dict[str, tuple[tuple[str, Expr], ...]]:
    layers = range(int(options["depth"]), 0, -1)
    sums = add(*(multiply(value(f"s{layer}"), value(f"w{layer}")) for layer in layers))
    return {"da_dx": (("sum-for-product", sums),) if options["depth"] > 1 else ()}


FAMILY = Family(
    slug="vanishing-gradient",
    version=1,
    title="Vanishing gradient",
    topic="vanishing gradient",
    teaches=(
        "Every sigmoid or tanh layer multiplies the gradient by a slope below one (at most 1/4 for the sigmoid) and by "
        "its weight. After a few layers with small weights hardly anything is left, and the first layers stop learning."
    ),
    options=(depth_option(), activation_option("sigmoid", "tanh"), BIAS),
    givens=(
        weights(Grid(0.2, 2.5, 0.1)),
        biases(Grid(0.1, 0.5, 0.05, signed=True)),
        Given("x", Role.INPUT, "input", Grid(0.5, 2.0, 0.1)),
    ),
    steps=_steps,
    mistakes=_mistakes,
    intro=lambda options: (
        f"A chain of {options['depth']} layers with one {ACTIVATIONS[options['activation']].title} unit each. "
        "Work forward to the output, then find how much of the gradient is left when it has come back to the input."
    ),
    layer_gradients=_layer_gradients,
    conventions=(
        "The product of the derivatives alone, ∏ f′(zₗ), is often quoted as the overall gradient of a chain.",
        "The chain rule has a weight beside each derivative, ∏ f′(zₗ)·wₗ: with weights below one, less still is left.",
    ),
)
