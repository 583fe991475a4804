"""Units one behind the other, in rows that go on below where they would be too wide."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from problems.svg import Canvas, width_of

if TYPE_CHECKING:
    from problems.diagrams.anatomy import Anatomy
    from problems.svg import Point

HEIGHT = 48.0
"""Of a unit."""

ACROSS, TAIL, TURN = 1000.0, 104.0, 12.0
"""What is wider goes on in another row; the room behind the last unit, and where a row after the first begins."""


def per_row(units: int, start: float, reach: float) -> int:
    """How many units stand in a row, so that no row is too wide and all are about equally long."""
    fitting = max(1, int((ACROSS - start - TAIL) // reach))
    return ceil(units / ceil(units / fitting))


def width_of_start(anatomy: Anatomy, name: str | None) -> float:
    """How wide the frame of the first value is."""
    return width_of(anatomy.text(name)) + 24 if name else 0.0


def draw_start(canvas: Canvas, anatomy: Anatomy, name: str | None, middle: float) -> float:
    """The value that the first unit takes; the place where its wire begins."""
    width = width_of_start(anatomy, name)
    if name:
        canvas.box((0.0, middle - HEIGHT / 2), (width, HEIGHT), "input", radius=HEIGHT / 2)
        canvas.text((width / 2, middle + 6), anatomy.text(name), "number")
    return width


def draw_turn(canvas: Canvas, end: Point, low: float, below: float) -> Point:
    """The wire around to where the next row begins, running left at the lower height."""
    x, y = end
    canvas.line(end, (x + 16, y), (x + 16, low), (TURN, low), (TURN, below))
    return TURN, below
