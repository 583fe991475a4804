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

    from problems.givens import GivenRow
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


LEGEND = 480.0
"""How wide a line below a narrow picture may be."""


def network_svg(problem: Problem) -> str | None:
    """The picture that fits what the problem is made of; None where no given number is shown."""
    anatomy = Anatomy(problem)
    for draw, title in PICTURES.items():
        canvas = draw(anatomy)
        if canvas is not None:
            _draw_legend(canvas, anatomy)
            return canvas.picture("network", title)
    return None


def _draw_legend(canvas: Canvas, anatomy: Anatomy) -> None:
    """The single numbers that have no place in the picture, in a line below it."""
    single = {name: row for name, row in anatomy.rows.items() if not anatomy.shape(name)}
    canvas.said += [
        f"The {row.meaning.removeprefix('the ')} is {row.text}."
        for row in single.values()
        if row.text not in " ".join(canvas.said)
    ]
    middle, across = (canvas.left + canvas.right) / 2, max(LEGEND, canvas.right - canvas.left)
    line: list[GivenRow] = []
    for row in [row for row in single.values() if row.text not in canvas.texts]:
        if line and sum(map(_width_of, [*line, row])) > across:
            _draw_line(canvas, line, middle)
            line = []
        line.append(row)
    if line:
        _draw_line(canvas, line, middle)


def _width_of(row: GivenRow) -> float:
    return width_of(row.text) + width_of(row.meaning, "caption") + 36


def _draw_line(canvas: Canvas, rows: list[GivenRow], middle: float) -> None:
    x, y = middle - sum(map(_width_of, rows)) / 2 + 14, canvas.bottom + 30
    for row in rows:
        joint = x + width_of(row.text)
        canvas.text((joint, y), row.text, "number", "end")
        canvas.text((joint + 9, y), row.meaning, "caption", "start")
        x += _width_of(row)
