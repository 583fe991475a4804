"""Gradient descent by hand: one update, or several steps with a learning rate that may be too high."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from problems.family import Choice, Family, Given, Grid, Role, Step
from problems.graph import Op
from problems.network import step_of
from problems.options import ChoiceOption, IntegerOption
from problems.words import apply, multiply, number, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from problems.family import Options

COURSES = (
    Choice("converges", "It comes nearer to the target with every step, from one side."),
    Choice("oscillates", "It overshoots the target, but comes nearer with every step."),
    Choice("diverges", "It does not come nearer: the learning rate is too high."),
)


def _steps(options: Options) -> Iterator[Step]:
    rate = value("learning_rate")
    if options["form"] == "gradient":
        yield step_of("w_new", value("w") - rate * value("grad"), "The weights after one update")
        return
    for step in range(1, int(options["steps"]) + 1):
        w = value("w" if step == 1 else f"w_new{step - 1}")
        prompt, output = f"Output before update {step}", apply(Op.DOT, w, value("x"))
        yield step_of(f"y{step}", output, prompt, role=Role.ACTIVATION, phase="update")
        gradient = multiply(value(f"y{step}") - value("y"), value("x"))
        prompt = f"Gradient of the weights before update {step}"
        yield step_of(f"grad{step}", gradient, prompt, role=Role.GRADIENT, phase="update")
        yield step_of(f"w_new{step}", w - rate * value(f"grad{step}"), f"The weights after update {step}")
    factor = number(1) - rate * apply(Op.DOT, value("x"), value("x"))
    prompt = "The factor by which one update multiplies the error ŷ − y"
    yield step_of("factor", factor, prompt, role=Role.RESULT, phase="conclusion")
    question = "What happens to the output if this goes on?"
    course = apply(Op.COURSE, value("factor"))
    yield Step("diagnosis", course, Role.CONCLUSION, "conclusion", question, choices=COURSES)


def _adapt(stated: dict[str, Any]) -> dict[str, Any]:
    """A single weight may be given as a plain number."""
    lists = {name: [stated[name]] for name in ("w", "grad", "x") if isinstance(stated.get(name), int | float)}
    return {**stated, **lists}


def _descends(options: Options) -> bool:
    return bool(options["form"] == "descent")


FAMILY = Family(
    slug="weight-update",
    version=1,
    title="Weight update and learning rate",
    topic="exploding gradient",
    teaches=(
        "w_new = w_old − η·∂L/∂w. With a linear unit and half the squared error, every update multiplies the error by "
        "1 − η·xᵀx: it shrinks while that is between −1 and 1. A higher learning rate makes it grow: descent diverges."
    ),
    options=(
        ChoiceOption(
            "form", "gradient", ("gradient", "descent"), "The gradient is given, or follows from a tiny network."
        ),
        IntegerOption("inputs", 2, 1, 6, "Number of weights."),
        IntegerOption("steps", 2, 1, 6, "Number of updates in the form descent."),
    ),
    givens=(
        Given("w", Role.WEIGHT, "weights", Grid(0.2, 1.5, 0.1, signed=True), ("inputs",)),
        Given(
            "grad",
            Role.GRADIENT,
            "gradient of the weights",
            Grid(0.2, 3.0, 0.1, signed=True),
            ("inputs",),
            when=lambda options: not _descends(options),
            symbol="dL_dw",
        ),
        Given(
            "x",
            Role.INPUT,
            "inputs",
            Grid(0.4, 2.0, 0.1, signed=True),
            ("inputs",),
            when=_descends,
            implies={"form": "descent"},
        ),
        Given("y", Role.TARGET, "target", Grid(0.5, 3.0, 0.1, signed=True), when=_descends),
        Given("learning_rate", Role.PARAMETER, "learning rate", Grid(0.05, 0.9, 0.05)),
    ),
    steps=lambda options: tuple(_steps(options)),
    adapt=_adapt,
    intro=lambda options: (
        f"A linear unit ŷ = wᵀx learns from one sample with the loss ½(ŷ − y)². Carry out {options['steps']} updates "
        "of gradient descent, and say where this leads."
        if _descends(options)
        else "The weights, their gradient and the learning rate are given. Carry out one update of gradient descent."
    ),
)
