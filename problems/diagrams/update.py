"""One step of gradient descent as boxes: weights, less the gradient times the learning rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.family import Role
from problems.svg import Canvas, width_of

if TYPE_CHECKING:
    from problems.diagrams.anatomy import Anatomy
    from problems.svg import Point

LINE, GAP, RADIUS = 27.0, 66.0, 18.0
"""From number to number, the length of a wire, and the size of a sign."""


def update(anatomy: Anatomy) -> Canvas | None:
    """Given weights and their gradient on the way to the new weights; None where there are none."""
    gradients, updated = anatomy.given(Role.GRADIENT), anatomy.steps(Role.UPDATED)
    weights, rates = anatomy.given(Role.WEIGHT), anatomy.given(Role.PARAMETER)
    if not gradients or not updated or not weights or not rates:
        return None
    canvas = Canvas()
    low = LINE * max(anatomy.units(weights[0]), 2) + 62
    right = max(_draw_numbers(canvas, anatomy, name, y) for name, y in ((weights[0], 0.0), (gradients[0], low)))
    rate = anatomy.text(rates[0])
    width = width_of(rate) + 26
    canvas.arrow((right, low), (right + GAP - 2, low))
    canvas.box((right + GAP, low - 20), (width, 40))
    canvas.text((right + GAP + width / 2, low + 6), rate, "number")
    canvas.text((right + GAP + width / 2, low + 38), f"times the {anatomy.rows[rates[0]].meaning}", "caption")
    minus = right + GAP + width + GAP
    canvas.arrow((right + GAP + width, low), (minus, low), (minus, RADIUS + 2))
    canvas.arrow((right, 0), (minus - RADIUS - 2, 0))
    canvas.circle((minus, 0), RADIUS)
    canvas.text((minus, 6), "−", "number")
    canvas.arrow((minus + RADIUS, 0), (minus + RADIUS + GAP - 2, 0))
    _draw_result(canvas, anatomy, updated[0], (minus + RADIUS + GAP, 0.0))
    canvas.said.append(
        f"From {anatomy.text(weights[0])} the gradient {anatomy.text(gradients[0])}, times the {rates_words(anatomy)}, "
        "is subtracted, which gives the new weights."
    )
    return canvas


def rates_words(anatomy: Anatomy) -> str:
    """The first parameter as it is said: learning rate η = 0.1."""
    name = anatomy.given(Role.PARAMETER)[0]
    return f"{anatomy.rows[name].meaning} {anatomy.text(name)}"


def _draw_numbers(canvas: Canvas, anatomy: Anatomy, name: str, middle: float) -> float:
    """A column of given numbers below its symbol; its right edge."""
    texts = anatomy.entries(name)
    width, height = max(width_of(text) for text in texts) + 24, LINE * len(texts)
    top = middle - height / 2
    canvas.box((-width / 2, top - 4), (width, height + 8), "input", radius=10)
    for place, text in enumerate(texts):
        canvas.text((0, top + LINE * place + LINE / 2 + 6), text, "number")
    canvas.text((-width / 2 - 12, middle + 6), anatomy.symbol(name), "symbol", "end")
    return width / 2


def _draw_result(canvas: Canvas, anatomy: Anatomy, name: str, place: Point) -> None:
    """A column of empty places, for what is asked."""
    (x, middle), units = place, anatomy.units(name)
    height = LINE * units
    top = middle - height / 2
    canvas.box((x, top - 4), (56, height + 8), "unit", radius=10)
    for unit in range(units):
        canvas.text((x + 28, top + LINE * unit + LINE / 2 + 5), "?", "caption")
    canvas.text((x + 68, middle + 6), anatomy.symbol(name), "symbol", "start")
