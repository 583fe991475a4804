"""Units whose weighted inputs are given, side by side; a row for each activation that they are tried with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.diagrams.anatomy import Anatomy, spoken, titles
from problems.diagrams.curves import draw_curves
from problems.family import Role
from problems.svg import Canvas, width_of

if TYPE_CHECKING:
    from problems.svg import Point

RADIUS, ROW, COLUMN, PILL = 24.0, 66.0, 64.0, 32.0
"""The size of a unit, the least room from unit to unit down and across, and the height of a number's frame."""


def units(anatomy: Anatomy) -> Canvas | None:
    """The units at a given vector of weighted inputs; None where there is none."""
    z = next((name for name in anatomy.given(Role.PREACTIVATION) if anatomy.shape(name)), None)
    if z is None:
        return None
    activations = anatomy.activations_at(z)
    upstream = next((name for name in anatomy.given(Role.UPSTREAM) if anatomy.shape(name)), None)
    numbers = [text for name in (z, upstream) if name for text in anatomy.entries(name)]
    step = max([COLUMN, *(width_of(text) + 26 for text in numbers)])
    columns = [step * place for place in range(anatomy.units(z))]
    canvas = Canvas()
    _draw_numbers(canvas, anatomy, z, columns, 0.0)
    for x in columns:
        canvas.arrow((x, PILL / 2), (x, ROW - RADIUS - 4))
    for row, activation in enumerate(activations, 1):
        _draw_row(canvas, activation, columns, ROW * row)
    if upstream:
        low = ROW * (len(activations) + 1)
        _draw_numbers(canvas, anatomy, upstream, columns, low)
        for x in columns:
            canvas.arrow((x, low - PILL / 2), (x, low - ROW + RADIUS + 4), kind="wire back")
    canvas.said.append(_sentence(anatomy, z, activations))
    if upstream:
        canvas.said.append(f"The gradient that arrives at their outputs is {anatomy.text(upstream)}.")
    return canvas


def _draw_numbers(canvas: Canvas, anatomy: Anatomy, name: str, columns: list[float], y: float) -> None:
    width = max(width_of(text) for text in anatomy.entries(name)) + 16
    canvas.text((columns[0] - RADIUS - 26, y + 6), anatomy.symbol(name), "symbol", "end")
    for x, text in zip(columns, anatomy.entries(name), strict=True):
        canvas.box((x - width / 2, y - PILL / 2), (width, PILL), "input", radius=PILL / 2)
        canvas.text((x, y + 6), text, "number")


def _draw_row(canvas: Canvas, activation: str, columns: list[float], y: float) -> None:
    canvas.text((columns[0] - RADIUS - 26, y + 5), titles((activation,)), "caption", "end")
    middles: list[Point] = [(x, y) for x in columns]
    for middle in middles:
        canvas.circle(middle, RADIUS)
    draw_curves(canvas, middles, RADIUS, activation)


def _sentence(anatomy: Anatomy, z: str, activations: tuple[str, ...]) -> str:
    kinds = spoken([titles((activation,)) for activation in activations])
    count = anatomy.units(z)
    return f"A layer of {count} {kinds} unit{'s' * (count > 1)}, with the weighted inputs {anatomy.text(z)}."
