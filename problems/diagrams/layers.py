"""Layers that are all alike: a deep chain with its middle left out, and one unit between those it is wired to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.diagrams.anatomy import titles
from problems.diagrams.curves import draw_curves
from problems.family import Role
from problems.svg import Canvas

if TYPE_CHECKING:
    from problems.diagrams.anatomy import Anatomy
    from problems.svg import Point

GAP, RADIUS = 104.0, 26.0
MOST_SHOWN, SHOWN_AT_EACH_END = 6, 2
"""A chain of more layers shows so many of them at either end."""

FAN, FAN_STEP, FAN_WIDTH, SMALL = (-2.2, -1.2, -0.2, 1.2, 2.2), 30.0, 150.0, 7.0
"""Where the units on either side of a fan stand, with a gap for those left out; their step, distance and size."""


def equal_layers(anatomy: Anatomy) -> Canvas | None:
    """A chain whose layers share one weight; None where nothing says how many there are."""
    weights = [name for name in anatomy.given(Role.WEIGHT) if not anatomy.shape(name)]
    depth = anatomy.problem.options.get("depth")
    if len(weights) != 1 or not isinstance(depth, int) or anatomy.given(Role.INPUT):
        return None
    canvas = Canvas()
    shown = list(range(1, depth + 1))
    if depth > MOST_SHOWN:
        shown = [*shown[:SHOWN_AT_EACH_END], 0, *shown[-SHOWN_AT_EACH_END:]]
    activation = str(anatomy.problem.options.get("activation", "linear"))
    symbol = anatomy.symbol(weights[0])
    canvas.text((0, 6), "x", "symbol")
    x = 14.0
    for layer in shown:
        x = _draw_unit(canvas, activation, layer, x, symbol)
    canvas.arrow((x, 0), (x + 46, 0))
    canvas.arrow((x + 46, 20), (x + 4, 20), kind="wire back")
    canvas.text((x + 52, 25), "gradient", "caption", "start")
    canvas.said.append(
        f"A chain of {depth} equal {titles((activation,))} units, each with the weight {anatomy.text(weights[0])}; "
        "the gradient comes back from the right."
    )
    return canvas


def _draw_unit(canvas: Canvas, activation: str, layer: int, x: float, weight: str) -> float:
    """A wire with its weight and a unit; dots for the layers that are left out."""
    canvas.arrow((x, 0), (x + GAP - 2 * RADIUS - 2, 0))
    canvas.text((x + GAP / 2 - RADIUS, -10), weight, "symbol")
    middle = (x + GAP - RADIUS, 0.0)
    if layer:
        canvas.circle(middle, RADIUS)
        draw_curves(canvas, [middle], RADIUS, activation)
        canvas.text((middle[0], RADIUS + 20), f"layer {layer}", "caption")
    else:
        canvas.text((middle[0], 4), "…", "number")
    return x + GAP


def fans(anatomy: Anatomy) -> Canvas | None:
    """One unit, the units before it and those behind; None where no numbers of them are given."""
    if not {"fan_in", "fan_out"} <= anatomy.rows.keys():
        return None
    canvas = Canvas()
    radius = RADIUS + 2
    ends = {"fan_in": -1, "fan_out": 1}
    for name, side in ends.items():
        column = [(side * FAN_WIDTH, FAN_STEP * place) for place in FAN]
        canvas.lines([(place, (0.0, 0.0)) for place in column])
        for place in column:
            canvas.circle(place, SMALL, "input" if side < 0 else "unit")
        canvas.text((side * FAN_WIDTH, FAN_STEP * 0.5 + 5), "⋮", "number")
        beside: Point = (side * (FAN_WIDTH + 24), -2)
        anchor = "end" if side < 0 else "start"
        canvas.text(beside, anatomy.text(name), "number", anchor)  # type: ignore[arg-type]  # one of the anchors
        canvas.text((beside[0], 18), anatomy.rows[name].meaning, "caption", anchor)  # type: ignore[arg-type]  # as above
    canvas.circle((0, 0), radius)
    activation = str(anatomy.problem.options.get("activation", "linear"))
    draw_curves(canvas, [(0, 0)], radius, activation)
    canvas.text((0, -radius - 10), titles((activation,)), "caption")
    canvas.said.append(f"One {titles((activation,))} unit. {'. '.join(map(anatomy.text, ends))}.")
    return canvas
