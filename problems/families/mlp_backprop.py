"""Backpropagation through a whole network: every value, every gradient, one update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from problems.backprop import backprop
from problems.family import Family, Given, Grid, Role
from problems.graph import Op
from problems.network import alpha, biases, fitting_targets, kink, layers, settled_network, steps_of, targets
from problems.options import BooleanOption, ChoiceOption, IntegerOption, SizesOption, WordsOption
from problems.words import ACTIVATIONS, LOSS_NAMES, apply, loss, value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from problems.family import Options, Step
    from problems.graph import Expr


def _steps(options: Options) -> tuple[Step, ...]:
    depth, words = int(options["depth"]), options["activations"]
    error = ACTIVATIONS[words[-1]].error
    output = loss(options["loss"], f"a{depth}", "y", options["sizes"][-1], f"z{depth}", error)
    network = {**layers(options), "L": output}
    by = []
    for layer in range(depth, 0, -1):
        if words[layer - 1] != "linear" and not (layer == depth and options["loss"] == "softmax-cross-entropy"):
            by.append(f"a{layer}")
        by += [f"z{layer}", f"W{layer}"] + ([f"b{layer}"] if options["bias"] else [])
    parameters = [f"W{layer}" for layer in range(1, depth + 1)]
    if options["bias"] and options["update_biases"]:
        parameters = [name for layer in range(1, depth + 1) for name in (f"W{layer}", f"b{layer}")]
    updates = {f"{name}_new": value(name) - value("learning_rate") * value(f"dL_d{name}") for name in parameters}
    found = {**network, **backprop(network, "L", by=[*by, "x"]), **(updates if options["update"] else {})}
    return steps_of(found)


def _grid(options: Options) -> Grid:
    """Weights that keep wide networks away from saturation, and the units of deep ReLU networks alive."""
    wide, deep = max(options["sizes"]) > 2, options["depth"] > 2  # noqa: PLR2004 - more than two
    signed = "relu" not in options["activations"] or not (wide or deep)
    return Grid(0.1, 0.9, 0.1, signed=signed) if wide else Grid(0.2, 1.5, 0.1, signed=signed)


def _few_dead(values: Mapping[str, NDArray[np.float64]]) -> Mapping[str, NDArray[np.bool_]]:
    """In no ReLU layer is more than one unit dead, nor all."""
    layers = [values[name] for name in values if name.startswith("a") and name[1:].isdigit()]
    return {
        "few-dead": np.all([((a == 0).sum(axis=0) <= 1) & (a != 0).any(axis=0) for a in layers], axis=0),
    }


def _sizes_of_gradients(options: Options) -> dict[str, Expr]:
    """The length of the gradient at every layer's weighted input."""
    return {
        f"dL_dz{layer}": apply(Op.SQRT, apply(Op.DOT, value(f"dL_dz{layer}"), value(f"dL_dz{layer}")))
        for layer in range(1, int(options["depth"]) + 1)
    }


def _adapt(stated: dict[str, Any]) -> dict[str, Any]:
    """A single input or output, and the weight and bias of a layer of one unit, may be given as plain numbers."""
    found = dict(stated)
    for name in ("x", "y"):
        if _is_number(found.get(name)):
            found[name] = [found[name]]
    for name in ("W", "b"):
        if isinstance(found.get(name), list | tuple):
            wrapped = ([one] if name == "b" else [[one]] for one in found[name])
            found[name] = [new if _is_number(one) else one for one, new in zip(found[name], wrapped, strict=True)]
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


FAMILY = Family(
    slug="mlp-backprop",
    version=1,
    title="Backpropagation through a network",
    topic="backpropagation",
    teaches=(
        "Each layer does two things on the way back: it turns the gradient at its output into the gradient at its "
        "weighted input, unit by unit, by the slope of the activation, and it passes it on through the transposed "
        "weights. The gradient of a weight is the gradient at its output times the activation at its input."
    ),
    options=(
        IntegerOption("depth", 2, 1, 6, "Number of layers with weights."),
        IntegerOption("width", 2, 1, 16, "Units in every hidden layer."),
        IntegerOption("inputs", 2, 1, 16, "Number of inputs."),
        IntegerOption("outputs", 2, 1, 16, "Number of outputs."),
        SizesOption("sizes", 1, 16, 6, "Inputs and units of every layer, instead of the four above."),
        WordsOption("activations", "sigmoid", tuple(ACTIVATIONS), "The activation of all layers, or of each."),
        ChoiceOption("loss", "half-squared", LOSS_NAMES, "The loss; a cross-entropy sets the last activation."),
        BooleanOption("bias", default=True, help="Whether every layer has biases."),
        BooleanOption("update", default=False, help="Whether one step of gradient descent is asked, too."),
        BooleanOption("update_biases", default=True, help="Whether that step changes the biases, too."),
    ),
    givens=(
        Given("W", Role.WEIGHT, "weights, a row per unit", _grid, shape=("out", "in"), layers="depth"),
        biases(Grid(0.1, 0.9, 0.1, signed=True), shape=("out",)),
        Given("x", Role.INPUT, "inputs", Grid(0.2, 1.5, 0.1, signed=True), shape=("inputs",)),
        alpha(),
        Given(
            "y",
            Role.TARGET,
            "targets",
            lambda options: targets(options["loss"]),
            shape=("outputs",),
            requires=fitting_targets,
        ),
        Given(
            "learning_rate",
            Role.PARAMETER,
            "learning rate",
            Grid(0.1, 0.9, 0.1),
            when=lambda options: bool(options["update"]),
            implies={"update": True},
        ),
    ),
    steps=_steps,
    intro=lambda options: (
        f"A network of sizes {'-'.join(map(str, options['sizes']))}, the inputs first; activations: "
        f"{', '.join(ACTIVATIONS[word].title for word in options['activations'])}. "
        f"The loss is {options['loss'].replace('-', ' ')}. Work forward to the loss, then back to every weight."
    ),
    adapt=_adapt,
    settle=settled_network,
    layer_gradients=_sizes_of_gradients,
    zeros_expected=lambda options: "relu" in options["activations"],
    fair=_few_dead,
    conventions=lambda options: (
        "In a matrix of weights every row belongs to one unit: z = W a + b. The loss adds up over all outputs.",
        *kink(options),
    ),
)
