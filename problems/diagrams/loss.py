"""What stands behind the last unit: the loss with its target, or the gradient that comes from beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.family import Role

if TYPE_CHECKING:
    from problems.diagrams.anatomy import Anatomy
    from problems.svg import Canvas, Point

RADIUS, REACH, WIDE_REACH = 24.0, 52.0, 68.0
"""Of the circle of a loss: its size, and how far it stands behind the last unit, or behind a column of them."""


def draw_loss(canvas: Canvas, anatomy: Anatomy, output: Point) -> None:
    """The loss behind a single output, with its target below it, or what else follows."""
    x, y = output
    for target in anatomy.given(Role.TARGET):
        middle = (x + REACH + RADIUS, y)
        canvas.arrow(output, (middle[0] - RADIUS - 2, y))
        draw_circle(canvas, anatomy, middle, y - RADIUS - 9)
        canvas.text((middle[0], y + RADIUS + 22), anatomy.text(target), "number")
        return
    canvas.arrow(output, (x + REACH - 7, y))
    for name in anatomy.given(Role.UPSTREAM):
        text = anatomy.text(name)
        canvas.arrow((x + REACH - 7, y + 18), (x + 4, y + 18), kind="wire back")
        canvas.text((x + 8, y + 44), text, "number", "start")
        canvas.said.append(f"The gradient that arrives from beyond is {text}.")


def draw_circle(canvas: Canvas, anatomy: Anatomy, middle: Point, header: float) -> None:
    """The loss as a circle, and what it is called, in one line or two that end at the height of the header."""
    (x, y), words = middle, anatomy.loss_words()
    canvas.circle(middle, RADIUS, "loss")
    canvas.text((x, y + 6), "L", "symbol")
    for line, part in enumerate(reversed(words.rsplit(" ", 1))):
        if part:
            canvas.text((x, header - 16 * line), part, "caption")
    target = anatomy.text(anatomy.given(Role.TARGET)[0])
    canvas.said.append(f"The loss L is the {words or 'error'} with the target {target}.")
