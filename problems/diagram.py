"""The network as a picture, with the given numbers in it and no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems import svg
from problems.family import Role
from problems.givens import GivenRow, given_rows
from problems.readings.markup import symbols
from problems.words import ACTIVATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from problems.problem import Problem

GAP, UNIT, HEIGHT, MARGIN = 108.0, 96.0, 48.0, 46.0
"""Of a chain: between units, a unit's width and height, and the room at both ends."""

SPACING, RADIUS = 92.0, 26.0
"""Of a layer: from unit to unit, and the size of one."""


def network_svg(problem: Problem) -> str:
    """The network of a problem: a chain where weights come in layers, otherwise one layer of units."""
    rows = given_rows(problem)
    chained = any(given.layers for given in problem.worksheet.givens)
    return _chain(problem, rows) if chained else _layer(problem, rows)


def _activation(problem: Problem) -> str:
    chosen = str(problem.options.get("activation", "relu"))
    return ACTIVATIONS[chosen].title


def _with_role(rows: tuple[GivenRow, ...], role: Role) -> list[GivenRow]:
    return [row for row in rows if row.role is role]


def _chain(problem: Problem, rows: tuple[GivenRow, ...]) -> str:
    """One unit per layer, from the input on the left to the output or the loss on the right."""
    weights, biases = _with_role(rows, Role.WEIGHT), _with_role(rows, Role.BIAS)
    [entry] = _with_role(rows, Role.INPUT)
    shown, activation = symbols(problem.worksheet), _activation(problem)
    middle, x, width = 78.0, MARGIN, 24 + 8.5 * len(entry.text)
    parts = [
        svg.box(x, middle - HEIGHT / 2, width, HEIGHT, "input", radius=HEIGHT / 2),
        svg.text(x + width / 2, middle + 6, entry.text, kind="number"),
    ]
    x += width
    said = [f"A chain of {len(weights)} {activation} units. The input is {entry.text}."]
    said += [f"The {row.meaning} is {row.text}." for row in _with_role(rows, Role.PARAMETER)]
    for layer, weight in enumerate(weights, 1):
        parts += [
            svg.arrow((x, middle), (x + GAP - 3, middle)),
            svg.text(x + GAP / 2, middle - 10, weight.text, kind="number"),
        ]
        x += GAP
        parts += _unit(x, middle, layer, activation, shown)
        said.append(f"Layer {layer}: weight {weight.text}{f', bias {biases[layer - 1].text}' if biases else ''}.")
        if biases:
            below = middle + HEIGHT / 2
            parts += [
                svg.line(((x + UNIT / 4, below + 24), (x + UNIT / 4, below)), "wire bias"),
                svg.text(x + UNIT / 4, below + 40, biases[layer - 1].text, kind="number"),
            ]
        x += UNIT
    tail, words, x = _tail(problem, rows, x, middle)
    height = 150.0 if biases or tail else 118.0
    return svg.picture(
        "network", x + MARGIN, height, [*parts, *tail], title="The network", description=" ".join([*said, *words])
    )


def _unit(x: float, middle: float, layer: int, activation: str, shown: Mapping[str, object]) -> list[str]:
    """A unit with its weighted input on the left, its activation on the right."""
    names = [getattr(shown.get(f"{name}{layer}"), "text", f"{name}{layer}") for name in ("z", "a")]
    top = middle - HEIGHT / 2
    return [
        svg.box(x, top, UNIT, HEIGHT),
        svg.line(((x + UNIT / 2, top), (x + UNIT / 2, top + HEIGHT)), "divide"),
        svg.text(x + UNIT / 4, middle + 6, names[0], kind="symbol"),
        svg.text(x + 3 * UNIT / 4, middle + 6, names[1], kind="symbol"),
        svg.text(x + UNIT / 2, top - 9, activation, kind="caption"),
    ]


def _tail(problem: Problem, rows: tuple[GivenRow, ...], x: float, middle: float) -> tuple[list[str], list[str], float]:
    """What stands behind the last unit: the loss with its target, or the gradient that comes from beyond."""
    parts: list[str] = []
    for target in _with_role(rows, Role.TARGET):
        loss = str(problem.options.get("loss", "loss"))
        parts += [
            svg.arrow((x, middle), (x + 57, middle)),
            svg.circle(x + 60 + RADIUS, middle, RADIUS, "loss"),
            svg.text(x + 60 + RADIUS, middle + 6, "L", kind="symbol"),
            svg.text(x + 60 + RADIUS, middle - RADIUS - 9, loss.replace("-", " "), kind="caption"),
            svg.text(x + 60 + RADIUS, middle + RADIUS + 22, target.text, kind="number"),
        ]
        return (
            parts,
            [f"The loss L is the {loss.replace('-', ' ')} error with the target {target.text}."],
            x + 60 + 2 * RADIUS,
        )
    for upstream in _with_role(rows, Role.UPSTREAM):
        parts += [
            svg.arrow((x, middle), (x + 57, middle)),
            svg.arrow((x + 57, middle + 22), (x + 3, middle + 22), "wire back"),
            svg.text(x + 8, middle + 50, upstream.text, anchor="start", kind="number"),
        ]
        return parts, [f"The gradient that arrives from beyond is {upstream.text}."], x + 110
    return [svg.arrow((x, middle), (x + 45, middle))], [], x + 45


def _layer(problem: Problem, rows: tuple[GivenRow, ...]) -> str:
    """One layer of units, side by side; wired to its inputs where there are any."""
    units = max(step.shape[-1] for step in problem.worksheet.steps.values() if step.shape)
    matrix = _with_role(rows, Role.WEIGHT)
    inputs = problem.inputs[matrix[0].name].shape[1] if matrix else 0
    width = 2 * MARGIN + SPACING * max(units, inputs)
    top = 150.0 if inputs else 60.0
    places = [width / 2 + (unit - (units - 1) / 2) * SPACING for unit in range(units)]
    sources = [width / 2 + (place - (inputs - 1) / 2) * SPACING for place in range(inputs)]
    parts = [svg.line(((source, 30 + RADIUS), (x, top - RADIUS)), "wire thin") for source in sources for x in places]
    parts += [svg.circle(source, 30, RADIUS, "input") for source in sources]
    parts += [svg.text(source, 36, f"x{_below(place)}", kind="symbol") for place, source in enumerate(sources, 1)]
    for unit, x in enumerate(places, 1):
        hinge = ((x - 15, top + 8), (x, top + 8), (x + 13, top - 9))
        parts += [
            svg.circle(x, top, RADIUS),
            svg.line(hinge, "curve"),
            svg.text(x, top + RADIUS + 19, f"unit {unit}", kind="caption"),
        ]
    said = f"A layer of {units} ReLU units"
    said += f", each connected to {inputs} inputs; weights and biases are in the table." if inputs else "."
    said += "".join(f" The {row.meaning} is {row.text}." for row in _with_role(rows, Role.PARAMETER))
    given = _with_role(rows, Role.PREACTIVATION)
    height = top + RADIUS + 34
    if given:
        values = problem.inputs[given[0].name][:, 0]
        labels = [f"z{_below(unit)} = {value:g}".replace("-", "−") for unit, value in enumerate(values, 1)]
        parts += [svg.text(x, top + RADIUS + 40, label, kind="number") for x, label in zip(places, labels, strict=True)]
        said += f" Weighted inputs: {', '.join(labels)}."
        height += 20
    return svg.picture("network", width, height, parts, title="The network", description=said)


def _below(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
