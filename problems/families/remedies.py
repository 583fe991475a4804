"""Remedies: a sick network before and after one change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.family import Choice, Family, Given, Grid, Role
from problems.graph import Op
from problems.network import FATES, depth_option, layers, positive, step_of, weights
from problems.options import ChoiceOption
from problems.words import ACTIVATIONS, apply, multiply, number, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from problems.family import Options, Step
    from problems.graph import Expr

BATCH_NORM = "batch-norm"
CHANGES = {
    "activation": "Every sigmoid is replaced by ReLU; the weights stay.",
    "init": "The weights w are replaced by larger ones, v; the sigmoids stay.",
    "batch-norm": "Batch norm centres every weighted input by its mean m and divides it by its spread d.",
    "clipping": "The gradient is clipped by value at the threshold c.",
}
REMEDIES = {
    "relu": ("ReLU or leaky ReLU instead of the sigmoid", ("activation", "init", "batch-norm")),
    "larger-weights": ("larger initial weights, matched to the number of inputs", ("activation", "init", "batch-norm")),
    "smaller-weights": ("smaller initial weights", ("clipping",)),
    "batch-norm": ("batch normalisation", ("activation", "init", "batch-norm", "clipping")),
    "clipping": ("clipping the gradient", ("clipping",)),
    "more-layers": ("more layers of the same kind", ()),
}
"""Remedy -> its words, and the changes whose network it would help, too."""


def _for(*changes: str) -> Callable[[Options], bool]:
    return lambda options: options["change"] in changes


def _explodes(options: Options) -> bool:
    return bool(options["change"] == "clipping")


def _chain(options: Options, activation: str, weight: str, mark: str) -> dict[str, Expr]:
    """The layers of one network and what is left of its gradient, with names of its own."""
    plain = layers({"depth": options["depth"], "activation": activation}, slopes=True)
    names = {name: f"{name}_{mark}" for name in plain} | {f"w{n}": f"{weight}{n}" for n in range(1, 13)}
    graph = {names[name]: _renamed(formula, names) for name, formula in plain.items()}
    back = range(int(options["depth"]), 0, -1)
    factors = [value(name) for layer in back for name in (f"s{layer}_{mark}", f"{weight}{layer}")]
    return graph | {mark: multiply(*factors)}


def _renamed(formula: Expr, names: Mapping[str, str]) -> Expr:
    for old, new in names.items():
        formula = formula.replace(value(old), value(new))
    return formula


def _normalised(options: Options) -> dict[str, Expr]:
    """Before and after batch norm at given weighted inputs: σ′(z)·w against σ′((z - m)/d)·w/d."""
    depth = int(options["depth"])
    sigmoid = ACTIVATIONS["sigmoid"]
    before = {f"s{n}_before": sigmoid.slope_at(f"z{n}") for n in range(1, depth + 1)}
    graph = before | {
        "before": multiply(*(value(f"{name}") for n in range(depth, 0, -1) for name in (f"s{n}_before", f"w{n}")))
    }
    for n in range(1, depth + 1):
        graph[f"z{n}_after"] = (value(f"z{n}") - value(f"m{n}")) / value(f"d{n}")
        graph[f"s{n}_after"] = sigmoid.slope_at(f"z{n}_after")
    factors = [part for n in range(depth, 0, -1) for part in (value(f"s{n}_after"), value(f"w{n}") / value(f"d{n}"))]
    return graph | {"after": multiply(*factors)}


def _graph(options: Options) -> dict[str, Expr]:
    change = options["change"]
    if change == "clipping":
        graph = _chain(options, "relu", "w", "before")
        return graph | {"after": apply(Op.CLIP, value("before"), value("c"))}
    if change == "batch-norm":
        return _normalised(options)
    after = ("relu", "w") if change == "activation" else ("sigmoid", "v")
    return _chain(options, "sigmoid", "w", "before") | _chain(options, *after, "after")


_PROMPTS = {"before": "The gradient ∂a/∂x before the change", "after": "The gradient after the change"}


def _steps(options: Options) -> Iterator[Step]:
    for name, formula in _graph(options).items():
        layer, when = name[1 : -len(name.partition("_")[2]) - 1], name.partition("_")[2]
        words = {"z": "Weighted input", "a": "Activation", "s": "Derivative of the activation"}
        if name in _PROMPTS:
            pair = (f"a{options['depth']}_{name}", "x") if options["change"] in ("activation", "init") else None
            yield step_of(name, formula, _PROMPTS[name], role=Role.GRADIENT, phase="backward", derivative=pair)
        else:
            yield step_of(name, formula, f"{words[name[0]]} of layer {layer}, {when} the change")
    question = "What happened to the gradient before the change?"
    fate = apply(Op.GROWTH, value("before"), number(1))
    yield step_of("diagnosis", fate, question, role=Role.CONCLUSION, phase="conclusion", choices=FATES)
    helps = apply(Op.STACK, *(number(float(options["change"] in where)) for _words, where in REMEDIES.values()))
    yield step_of(
        "remedy",
        apply(Op.CHOSEN, helps),
        "Which of these help against what happened before the change?",
        role=Role.CONCLUSION,
        phase="conclusion",
        choices=tuple(Choice(name, words) for name, (words, _where) in REMEDIES.items()),
    )


def _sick(values: Mapping[str, NDArray[np.float64]]) -> Mapping[str, NDArray[np.bool_]]:
    """The gradient vanishes before, or explodes where it is clipped, and the change tells."""
    before, after = abs(values["before"]), abs(values["after"])
    if "c" in values:
        return {"explodes": before > 10.0, "is-clipped": after < before}  # noqa: PLR2004 - ten times, as GROWTH has it
    return {"vanishes": before < 0.1, "helps": after > 2.0 * before}  # noqa: PLR2004 - a tenth; and twice as much


FAMILY = Family(
    slug="remedies",
    version=1,
    title="Remedies, before and after",
    topic="remedies",
    teaches=(
        "What vanishes by small slopes comes back with ReLU, with weights that fit the number of inputs, or with batch "
        "norm, which keeps every unit where its slope is large. What explodes is tamed by smaller weights, by batch "
        "norm, or, at the last moment, by clipping."
    ),
    options=(
        depth_option(1, 6),
        ChoiceOption("change", "activation", tuple(CHANGES), "What is changed."),
    ),
    givens=(
        weights(lambda options: Grid(2.0, 4.0, 0.1) if _explodes(options) else Grid(0.3, 1.5, 0.1)),
        Given("v", Role.WEIGHT, "new weight", Grid(1.5, 4.0, 0.1), layers="depth", when=_for("init")),
        Given("x", Role.INPUT, "input", Grid(0.3, 1.5, 0.1), when=_for(*CHANGES.keys() - {BATCH_NORM})),
        *(
            Given(name, role, meaning, grid, layers="depth", when=_for(BATCH_NORM))
            for name, role, meaning, grid in (
                ("z", Role.PREACTIVATION, "weighted input", Grid(2.0, 4.0, 0.1, signed=True)),
                ("m", Role.PARAMETER, "mean over the batch", Grid(1.5, 4.5, 0.1, signed=True)),
                ("d", Role.PARAMETER, "spread over the batch", Grid(0.5, 2.0, 0.1)),
            )
        ),
        Given("c", Role.PARAMETER, "threshold of clipping", Grid(2.0, 5.0, 0.5), when=_explodes, requires=positive),
    ),
    steps=lambda options: tuple(_steps(options)),
    intro=lambda options: (
        f"A chain of {options['depth']} {'ReLU' if _explodes(options) else 'sigmoid'} units is sick. "
        f"{CHANGES[options['change']]} Find the gradient of the output by the "
        f"{'first weighted input' if options['change'] == 'batch-norm' else 'input'} before and after."
    ),
    fair=_sick,
)
