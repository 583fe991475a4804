"""What many families share: the layers of a network, its given numbers, and steps with roles and prompts of their own.

A step's id says what it is: z2 is a weighted input, a2 or h2 an activation, s2 a slope, dL_dw1 a gradient, w1_new an
updated weight.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from problems.errors import BadOption
from problems.family import Choice, Given, Grid, OneHot, OneOf, Role, Step
from problems.graph import Op
from problems.options import BooleanOption, ChoiceOption, IntegerOption
from problems.words import ACTIVATIONS, OUTPUT_OF_LOSS, add, apply, multiply, value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from problems.family import Numbers, Options, Phase, Stated
    from problems.graph import Expr, Graph

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

FATES = (
    Choice("vanishes", "It vanishes: less than a tenth of it arrives at the input."),
    Choice("keeps-size", "It keeps its size, within a factor of ten."),
    Choice("explodes", "It explodes: more than ten times of it arrives at the input."),
)
"""What may become of a gradient on its way back, in the order of the primitive GROWTH."""

_KINDS: tuple[tuple[str, Role, Phase, str], ...] = (
    (r"z(\d*)", Role.PREACTIVATION, "forward", "Weighted input"),
    (r"[ahp](\d*)(?:_\w+)?", Role.ACTIVATION, "forward", "Activation"),
    (r"s(\d*)(?:_\w+)?", Role.SLOPE, "backward", "Derivative of the activation"),
    (r"L(\d*)", Role.LOSS, "forward", "Loss"),
    (r"[wW](\d*)_new\d*", Role.UPDATED, "update", "Updated weights"),
    (r"b(\d*)_new\d*", Role.UPDATED, "update", "Updated biases"),
    (r"d\w+_dz(\d*)", Role.GRADIENT, "backward", "Gradient at the weighted input"),
    (r"d\w+_d[ahp](\d*)", Role.GRADIENT, "backward", "Gradient at the activation"),
    (r"d\w+_d[wW](\d*)(?:_\w+)?", Role.GRADIENT, "backward", "Gradient of the weight"),
    (r"d\w+_db(\d*)", Role.GRADIENT, "backward", "Gradient of the bias"),
    (r"d\w+_dx", Role.GRADIENT, "backward", "Gradient at the input"),
    (r"d\w+_d\w+", Role.GRADIENT, "backward", "Gradient"),
    (r".*", Role.RESULT, "forward", "Result"),
)


def step_of(name: str, formula: Expr, prompt: str = "", place: str = "of layer", **more: Any) -> Step:  # noqa: ANN401 - fields of Step
    """The step of that id, with the role, the phase and (unless stated) the prompt that go with it."""
    for pattern, role, phase, words in _KINDS:
        if match := re.fullmatch(pattern, name):
            layer = match[1] if match.groups() else ""
            said = prompt or (f"{words} {place} {layer}" if layer else words)
            return replace(Step(name, formula, role, phase, said), **more)
    raise AssertionError(name)  # the last pattern fits all


def steps_of(graph: Graph, **more: Any) -> tuple[Step, ...]:  # noqa: ANN401 - see step_of
    """A step for every formula, in order."""
    return tuple(step_of(name, formula, **more) for name, formula in graph.items())


def fate(gradient: str, arriving: Expr) -> Step:
    """The question what becomes of a gradient, compared with the one that arrives."""
    question = "What happens to the gradient on its way back to the input?"
    formula = apply(Op.GROWTH, value(gradient), arriving)
    return Step("diagnosis", formula, Role.CONCLUSION, "conclusion", question, choices=FATES)


def layers(options: Options, *, slopes: bool = False) -> dict[str, Expr]:
    """z1, a1, … of a network: one unit a layer, or whole layers where the options have `sizes`.

    Weights are w1 or W1, biases b1, the input x; with `slopes`, s1 follows a1.
    """
    graph: dict[str, Expr] = {}
    for layer in range(1, int(options["depth"]) + 1):
        z, a = f"z{layer}", f"a{layer}"
        before = value("x" if layer == 1 else f"a{layer - 1}")
        if "sizes" in options:
            weighted = apply(Op.MATVEC, value(f"W{layer}"), before)
        else:
            weighted = multiply(value(f"w{layer}"), before)
        activation = activation_at(options, layer)
        graph[z] = add(weighted, value(f"b{layer}")) if options.get("bias") else weighted
        graph[a] = activation.at(z)
        if slopes:
            graph[f"s{layer}"] = activation.slope_at(z, a)
    return graph


def activation_at(options: Options, layer: int) -> Any:  # noqa: ANN401 - an Activation
    """The activation of a layer."""
    words = options.get("activations")
    return ACTIVATIONS[words[layer - 1] if words else str(options["activation"])]


def has_parameter(options: Options) -> bool:
    """Whether an activation with an α is among those used."""
    return any(ACTIVATIONS[word].parameter for word in _words(options))


def _words(options: Options) -> tuple[str, ...]:
    return tuple(options.get("activations") or (options["activation"],))


def depth_option(low: int = 1, high: int = 12) -> IntegerOption:
    """How many layers."""
    return IntegerOption("depth", 3, low, high, "Number of layers.")


def activation_option(default: str, *choices: str) -> ChoiceOption:
    """One activation for all layers."""
    return ChoiceOption("activation", default, (default, *choices), "The activation of every layer.")


BIAS = BooleanOption("bias", default=False, help="Whether every layer has a bias.")


def weights(grid: Stated[Numbers], meaning: str = "weight") -> Given:
    """A weight for every layer of one unit."""
    return Given("w", Role.WEIGHT, meaning, grid, layers="depth")


def biases(grid: Grid, shape: tuple[int | str, ...] = ()) -> Given:
    """A bias for every layer, where the option asks for them."""
    return Given(
        "b",
        Role.BIAS,
        "bias" if not shape else "biases",
        grid,
        shape=shape,
        layers="depth",
        when=lambda options: bool(options["bias"]),
        implies={"bias": True},
    )


def alpha(grid: Grid = Grid(0.1, 0.4, 0.05), default: float = 0.01) -> Given:  # noqa: B008 - it is frozen
    """The α of leaky ReLU, PReLU or ELU; above 0 for ELU, whose value else does not tell the side."""
    return Given(
        "alpha",
        Role.PARAMETER,
        "α of the negative side",
        grid,
        when=has_parameter,
        default=default,
        requires=lambda value, options: positive(value, options) if "elu" in _words(options) else "",
    )


def kink(options: Options) -> tuple[str, ...]:
    """What is agreed at the kinks of the activations that are used."""
    said = {
        "relu": "At the kink the slope is taken as 0: ReLU′(0) = 0.",
        "leaky-relu": "At the kink the slope is taken as that of the negative side: LeakyReLU′(0) = α.",
        "prelu": "At the kink the slope is taken as that of the negative side: PReLU′(0) = α.",
        "elu": "At the kink the slope is taken as that of the negative side: ELU′(0) = α.",
    }
    return tuple(sentence for word, sentence in said.items() if word in _words(options))


def settled_network(options: dict[str, Any]) -> dict[str, Any]:
    """Sizes from depth, width, inputs and outputs or the other way round; one activation a layer.

    A cross-entropy sets the activation of the last layer; raises BadOption where another is asked for.
    """
    if options["sizes"] == ():
        hidden = [options["width"]] * (options["depth"] - 1)
        options = {**options, "sizes": (options["inputs"], *hidden, options["outputs"])}
    sizes = options["sizes"]
    options = {**options, "depth": len(sizes) - 1, "inputs": sizes[0], "outputs": sizes[-1]}
    if len(sizes) > 2:  # noqa: PLR2004 - there is a hidden layer
        options["width"] = max(sizes[1:-1])
    depth, words, last = options["depth"], options["activations"], OUTPUT_OF_LOSS.get(options["loss"])
    if len(words) == 1:
        words = words * (depth - 1) + ((last,) if last else words)
    if len(words) != depth:
        message = f"Option activations names {len(words)} of them: there are {depth} layers."
        raise BadOption(message, "activations")
    if last and words[-1] != last:
        message = f"Option loss is {options['loss']}: its last layer is {last}, not {words[-1]}."
        raise BadOption(message, "loss")
    if "softmax" in words and sizes[words.index("softmax") + 1] == 1:
        message = "Option activations has softmax in a layer of one unit, where it is always 1: it takes two or more."
        raise BadOption(message, "activations")
    return {**options, "activations": words}


def distribution(y: Array, _options: Options = MappingProxyType({})) -> str:
    """The requirement that targets are shares of 1."""
    shares = bool((y >= 0).all()) and abs(float(y.sum()) - 1.0) < 1e-9  # noqa: PLR2004 - the rounding of decimals
    return "" if shares else "1 for the right class and 0 for the others, or shares that add up to 1"


def fitting_targets(y: Array, options: Options) -> str:
    """The requirement of the loss on its targets."""
    if options["loss"] == "softmax-cross-entropy":
        return distribution(y)
    if options["loss"] == "binary-cross-entropy" and not bool(((y >= 0) & (y <= 1)).all()):
        return "numbers from 0 to 1"
    return ""


def positive(value: Array, _options: Options) -> str:
    """The requirement that every number is above 0."""
    return "" if bool((value > 0).all()) else "numbers above 0"


def targets(loss: str) -> Numbers:
    """Where the targets of a loss are drawn from."""
    if loss == "softmax-cross-entropy":
        return OneHot()
    return OneOf((0.0, 1.0)) if loss == "binary-cross-entropy" else Grid(0.1, 0.9, 0.1)


def no_repetition(values: Array) -> dict[str, Mask]:
    """The rule of a fair draw that no entry along the first axis repeats another."""
    pairs = combinations(values, 2)
    differ = [(one != other).reshape(-1, values.shape[-1]).any(axis=0) for one, other in pairs]
    return {"no-repetition": np.all(differ, axis=0) if differ else np.ones(values.shape[-1], dtype=bool)}


def on_both_sides(values: Array) -> dict[str, Mask]:
    """The rule that some entries are negative and some are positive, where there are several."""
    return {"on-both-sides": (values > 0).any(axis=0) & (values < 0).any(axis=0) | np.asarray(len(values) == 1)}
