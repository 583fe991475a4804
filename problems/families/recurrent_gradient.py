"""Backpropagation through time: one recurrent tanh unit, unrolled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from problems.backprop import backprop
from problems.family import Choice, Family, Given, Grid, Role
from problems.graph import Op
from problems.network import FATES, positive, step_of, steps_of
from problems.options import ChoiceOption, IntegerOption
from problems.words import ACTIVATIONS, add, apply, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from problems.family import Options, Step
    from problems.graph import Expr

PARAMETERS = {"w_h": "the recurrent weight", "w_x": "the weight of the input", "b": "the bias"}


def _unrolled(options: Options) -> dict[str, Expr]:
    times, graph = range(1, int(options["steps"]) + 1), {}
    for t in times:
        weighted = value("w_x") * value(f"x{t}")
        graph[f"z{t}"] = add(weighted, value("w_h") * value(f"h{t - 1}"), value("b"))
        graph[f"h{t}"] = ACTIVATIONS["tanh"].at(f"z{t}")
    if options["loss_at"] == "last":
        return graph | {"L": apply(Op.HALF_SQUARED_ERROR, value(f"h{times[-1]}"), value("y"))}
    return graph | {"L": add(*(apply(Op.HALF_SQUARED_ERROR, value(f"h{t}"), value(f"t{t}")) for t in times))}


def _steps(options: Options) -> Iterator[Step]:
    network, last = _unrolled(options), int(options["steps"])
    yield from steps_of(network, place="at time")
    back = backprop(network, "L", by=[name for t in range(last, 0, -1) for name in (f"h{t}", f"z{t}")] + [*PARAMETERS])
    for name, formula in back.items():
        by = name.removeprefix("dL_d")
        prompt = f"Gradient of {PARAMETERS[by]}" if by in PARAMETERS else ""
        yield step_of(name, formula, prompt, place="at time")
    gradients = {by: value(f"dL_d{by}") for by in PARAMETERS}
    if options["clip_by"] == "norm":
        yield step_of("norm", _norm(), "Length of the gradient of all three together", phase="update")
    for by, gradient in gradients.items():
        if options["clip_by"] != "none":
            prompt = f"Gradient of {PARAMETERS[by]}, clipped"
            yield step_of(
                f"dL_d{by}_clipped", _clipped(gradient, options["clip_by"], value("norm")), prompt, phase="update"
            )
    if last > 1:
        question = "What happens to the gradient on its way from the last to the first time step?"
        size = apply(Op.GROWTH, value("dL_dh1"), value(f"dL_dh{last}"))
        yield step_of("diagnosis", size, question, role=Role.CONCLUSION, phase="conclusion", choices=_FATES)


_FATES = tuple(Choice(fate.id, fate.label.replace("at the input", "at the first step")) for fate in FATES)


def _norm() -> Expr:
    return apply(Op.SQRT, add(*(apply(Op.SQUARE, value(f"dL_d{by}")) for by in PARAMETERS)))


def _clipped(gradient: Expr, by: str, norm: Expr) -> Expr:
    if by == "value":
        return apply(Op.CLIP, gradient, value("clip"))
    return apply(Op.AT_MOST_ONE, value("clip") / norm) * gradient


def _mistakes(options: Options) -> dict[str, tuple[tuple[str, Expr], ...]]:
    """The state of the same step for the one before; the gradient clipped in the other way, or not at all."""
    found = {"dL_dw_h": tuple(("activation-of-wrong-layer", wrong) for wrong in _with_the_state_of_the_step(options))}
    if options["clip_by"] == "none":
        return found
    other = "value" if options["clip_by"] == "norm" else "norm"
    gradients = {f"dL_d{by}_clipped": value(f"dL_d{by}") for by in PARAMETERS}
    return found | {
        name: ((f"clipped-by-{other}", _clipped(gradient, other, _norm())), ("not-clipped", gradient))
        for name, gradient in gradients.items()
    }


def _with_the_state_of_the_step(options: Options) -> Iterator[Expr]:
    """The gradient of the recurrent weight with h_t for the state before: at every step, or between first and last."""
    times = range(1, int(options["steps"]) + 1)
    right = [value(f"dL_dz{t}") * value(f"h{t - 1}") for t in times]
    wrong = [value(f"dL_dz{t}") * value(f"h{t}") for t in times]
    yield add(*wrong)
    yield add(*right[:1], *wrong[1:-1], *right[1:][-1:])


def _adapt(stated: dict[str, Any]) -> dict[str, Any]:
    """Targets at every time may be given as a list y."""
    if isinstance(stated.get("y"), list | tuple):
        stated = {**stated, "t": stated["y"]}
        del stated["y"]
    return stated


FAMILY = Family(
    slug="recurrent-gradient",
    version=1,
    title="Gradients through time",
    topic="exploding gradient",
    teaches=(
        "A recurrent unit uses the same weight at every time step, so the gradient is multiplied by it, and by a "
        "slope, once for every step back: it vanishes or explodes like a power of the length. Clipping cuts what "
        "explodes."
    ),
    options=(
        IntegerOption("steps", 3, 1, 8, "Number of time steps."),
        ChoiceOption("loss_at", "last", ("last", "every"), "Whether the last output has a target, or every one."),
        ChoiceOption("clip_by", "none", ("none", "norm", "value"), "Whether and how the gradient is clipped."),
    ),
    givens=(
        Given("w_x", Role.WEIGHT, "weight of the input", Grid(0.2, 1.5, 0.1, signed=True)),
        Given("w_h", Role.WEIGHT, "recurrent weight", Grid(0.3, 2.5, 0.1, signed=True)),
        Given("b", Role.BIAS, "bias", Grid(0.1, 0.5, 0.1, signed=True), default=0.0),
        Given("x", Role.INPUT, "input", Grid(0.2, 1.5, 0.1, signed=True), layers="steps"),
        Given("h0", Role.ACTIVATION, "state before the first step", Grid(0.1, 0.9, 0.1), default=0.0),
        Given(
            "y",
            Role.TARGET,
            "target of the last step",
            Grid(0.1, 0.9, 0.1, signed=True),
            when=lambda options: options["loss_at"] == "last",
        ),
        Given(
            "t",
            Role.TARGET,
            "target",
            Grid(0.1, 0.9, 0.1, signed=True),
            layers="steps",
            when=lambda options: options["loss_at"] == "every",
            implies={"loss_at": "every"},
        ),
        Given(
            "clip",
            Role.PARAMETER,
            "threshold of clipping",
            Grid(0.1, 0.5, 0.1),
            when=lambda options: options["clip_by"] != "none",
            implies={"clip_by": "norm"},
            requires=positive,
        ),
    ),
    steps=lambda options: tuple(_steps(options)),
    adapt=_adapt,
    mistakes=_mistakes,
    intro=lambda options: (
        f"One recurrent unit, hₜ = tanh(w_x·xₜ + w_h·hₜ₋₁ + b), runs for {options['steps']} steps. The loss is half "
        f"the squared error at {'the last' if options['loss_at'] == 'last' else 'every'} step. "
        "Work forward, then back through time."
    ),
    fair=lambda values: {"clipping-matters": values["norm"] > values["clip"]} if "norm" in values else {},
)
