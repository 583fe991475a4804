"""A problem as a picture, with the given numbers in it and no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.diagrams.anatomy import Anatomy
from problems.diagrams.batch import batch
from problems.diagrams.chain import chain, normalised_chain
from problems.diagrams.dense import dense
from problems.diagrams.layers import equal_layers, fans
from problems.diagrams.step_graph import step_graph
from problems.diagrams.units import units
from problems.diagrams.unrolled import unrolled
from problems.diagrams.update import update
from problems.svg import Canvas, width_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from problems.problem import Problem

PICTURES: dict[Callable[[Anatomy], Canvas | None], str] = {
    unrolled: "The network",
    chain: "The network",
    dense: "The network",
    normalised_chain: "The network",
    units: "The units",
    batch: "The batch",
    equal_layers: "The network",
    fans: "A unit and its wires",
    update: "The update",
    step_graph: "The steps",
}
"""Ways to draw a problem, in the order in which they are tried, with their titles; the last fits all."""


def network_svg(problem: Problem) -> str | None:
    """The picture that fits what the problem is made of; None where no given number is shown."""
    anatomy = Anatomy(problem)
    if not anatomy.rows:
        return None
    drawn = ((title, draw(anatomy)) for draw, title in PICTURES.items())
    title, canvas = next((title, canvas) for title, canvas in drawn if canvas is not None)
    _draw_legend(canvas, anatomy)
    return canvas.picture("network", title)


def _draw_legend(canvas: Canvas, anatomy: Anatomy) -> None:
    """The single numbers that have no place in the picture, in a line below it."""
    single = {name: row for name, row in anatomy.rows.items() if not anatomy.shape(name)}
    canvas.said += [
        f"The {row.meaning.removeprefix('the ')} is {row.text}."
        for row in single.values()
        if row.text not in " ".join(canvas.said)
    ]
    rows = [row for row in single.values() if row.text not in canvas.texts]
    if not rows:
        return
    widths = [width_of(row.text) + 10 + width_of(row.meaning, "caption") for row in rows]
    x = (canvas.left + canvas.right - sum(widths) - 28 * (len(rows) - 1)) / 2
    y = canvas.bottom + 34
    for row, width in zip(rows, widths, strict=True):
        canvas.text((x, y), row.text, "number", "start")
        canvas.text((x + width_of(row.text) + 8, y), row.meaning, "caption", "start")
        x += width + 28
