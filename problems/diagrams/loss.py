"""What stands behind the last unit: the loss with its target, or the gradient that comes from beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.family import Role

if TYPE_CHECKING:
    from problems.diagrams.anatomy import Anatomy
    from problems.svg import Canvas, Point

RADIUS, REACH = 24.0, 52.0
"""Of the circle of a loss: its size, and how far it stands behind the last unit."""


def draw_loss(canvas: Canvas, anatomy: Anatomy, outputs: list[Point]) -> Point | None:
    """The loss behind the outputs, with a number as its target, or what else follows; the middle of the loss."""
    middle = sum(y for _, y in outputs) / len(outputs)
    right = outputs[0][0]
    targets, upstream = anatomy.given(Role.TARGET), anatomy.given(Role.UPSTREAM)
    if targets:
        return _draw_circle(canvas, anatomy, outputs, targets[0])
    for x, y in outputs:
        canvas.arrow((x, y), (x + REACH - 7, y))
    for name in upstream:
        text = anatomy.text(name)
        canvas.arrow((right + REACH - 7, middle + 18), (right + 4, middle + 18), kind="wire back")
        canvas.text((right + 8, middle + 44), text, "number", "start")
        canvas.said.append(f"The gradient that arrives from beyond is {text}.")
    return None


def _draw_circle(canvas: Canvas, anatomy: Anatomy, outputs: list[Point], target: str) -> Point:
    middle = sum(y for _, y in outputs) / len(outputs)
    x = outputs[0][0] + REACH + RADIUS
    words = anatomy.loss_words()
    if len(outputs) == 1:
        canvas.arrow(outputs[0], (x - RADIUS - 2, middle))
    else:
        canvas.lines([(output, (x, middle)) for output in outputs])
    canvas.circle((x, middle), RADIUS, "loss")
    canvas.text((x, middle + 6), "L", "symbol")
    lines = words.rsplit(" ", 1) if " " in words else [words] * bool(words)
    for line, part in enumerate(reversed(lines)):
        canvas.text((x, middle - RADIUS - 9 - 16 * line), part, "caption")
    text = anatomy.text(target)
    if not anatomy.shape(target):
        canvas.text((x, middle + RADIUS + 22), text, "number")
    canvas.said.append(f"The loss L is the {words or 'error'} with the target {text}.")
    return x, middle
