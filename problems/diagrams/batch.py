"""A batch as a table, with a row per sample, on its way through boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from problems.family import Role
from problems.graph import Op
from problems.svg import Canvas, width_of

if TYPE_CHECKING:
    from problems.diagrams.anatomy import Anatomy
    from problems.svg import Point

LINE, BOX, GAP = 28.0, 118.0, 62.0
"""From row to row, the width of a box, and the wire between two."""


class Stage(NamedTuple):
    """A box of the way: what it does, what it finds out first, and what it is given."""

    words: str
    found: tuple[str, ...]
    given: tuple[str, ...]
    result: str


def batch(anatomy: Anatomy) -> Canvas | None:
    """A batch through normalisation and scale; None where no given table is averaged."""
    table = next((name for name in anatomy.given(Role.INPUT) if len(anatomy.shape(name)) > 1), None)
    if table is None:
        return None
    stages = _stages(anatomy, table)
    if not stages:
        return None
    canvas = Canvas()
    x, middle = _draw_table(canvas, anatomy, table, (0.0, 0.0)), 0.0
    for stage in stages:
        canvas.arrow((x, middle), (x + GAP - 2, middle))
        x = _draw_stage(canvas, anatomy, stage, (x + GAP, middle))
        canvas.text((x + GAP / 2, middle - 10), anatomy.symbol(stage.result), "symbol")
    _draw_end(canvas, anatomy, x)
    samples, columns = anatomy.shape(table)
    canvas.said.append(
        f"A batch of {samples} samples with {columns} column{'s' * (columns > 1)}, in a table, goes through "
        f"{len(stages)} boxes: {', then '.join(stage.words for stage in stages)}."
    )
    return canvas


def _stages(anatomy: Anatomy, table: str) -> list[Stage]:
    """Normalise, where something of the table is averaged; scale and shift, where given numbers are put to that."""
    shape = anatomy.shape(table)
    means = [
        step
        for step, formula in anatomy.graph.items()
        if any(node.head is Op.MEAN for node in formula.nodes()) and table in formula.names()
    ]
    stages: list[Stage] = []
    source = table
    for step, formula in anatomy.graph.items():
        names = formula.names()
        if not means or source not in names or anatomy.worksheet.steps[step].shape != shape:
            continue
        given = tuple(name for name in anatomy.given(Role.PARAMETER) if name in names)
        found = tuple(name for name in means if name in names)
        stages.append(Stage("normalise" if found else "scale, shift", found, given, step))
        source = step
    return stages


def _draw_table(canvas: Canvas, anatomy: Anatomy, name: str, place: Point) -> float:
    """A table of numbers with its middle on the left at a place; its right edge."""
    rows, columns = anatomy.shape(name)
    texts = anatomy.entries(name)
    cell = max(width_of(text) for text in texts) + 16
    (x, y), width, height = place, cell * columns, LINE * rows
    top = y - height / 2
    canvas.box((x, top), (width, height), "input", radius=6)
    canvas.lines(
        [((x, top + LINE * row), (x + width, top + LINE * row)) for row in range(1, rows)]
        + [((x + cell * column, top), (x + cell * column, top + height)) for column in range(1, columns)],
        "divide thin",
    )
    for place_in, text in enumerate(texts):
        row, column = divmod(place_in, columns)
        canvas.text((x + cell * (column + 0.5), top + LINE * row + LINE / 2 + 6), text, "number")
    canvas.text((x + width / 2, top - 10), anatomy.symbol(name), "symbol")
    return x + width


def _draw_stage(canvas: Canvas, anatomy: Anatomy, stage: Stage, place: Point) -> float:
    """A box with what it does, and what it needs below it; its right edge."""
    (x, middle), height = place, 56.0
    canvas.box((x, middle - height / 2), (BOX, height))
    found = ", ".join(anatomy.symbol(name) for name in stage.found)
    canvas.text((x + BOX / 2, middle + (-4 if found else 5)), stage.words)
    if found:
        canvas.text((x + BOX / 2, middle + 18), found, "symbol")
    for line, name in enumerate(stage.given):
        canvas.text((x + BOX / 2, middle + height / 2 + 24 + 22 * line), anatomy.text(name), "number")
    return x + BOX


def _draw_end(canvas: Canvas, anatomy: Anatomy, x: float) -> None:
    """The outputs, and the table of gradients that comes back from there."""
    upstream = next(iter(anatomy.given(Role.UPSTREAM)), None)
    canvas.arrow((x, 0), (x + GAP - 2, 0))
    if upstream:
        canvas.arrow((x + GAP, 16), (x + 2, 16), kind="wire back")
        _draw_table(canvas, anatomy, upstream, (x + GAP + 6, 0.0))
        canvas.said.append("The gradient that arrives at the outputs is in a second table.")
