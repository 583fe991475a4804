"""The graph of the steps itself: what follows from what. It fits every problem, in symbols only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems.diagrams.anatomy import Anatomy, spoken
from problems.family import Role
from problems.svg import Canvas, width_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from problems.svg import Point

GAP, ROW, HEIGHT, SWEEPS = 58.0, 50.0, 34.0, 4
"""Between columns, from row to row, the height of a frame, and how often rows are put in order."""

MOST_SHOWN = 60
"""A picture of more is not read any more: then only the first steps are shown."""

Feeds = dict[str, list[str]]
"""Name -> the names that it follows from at once."""


def step_graph(anatomy: Anatomy) -> Canvas | None:
    """Given numbers on the left, each step to the right of all that it follows from."""
    feeds = _feeds(anatomy)
    columns = _in_order(_columns(anatomy, feeds), feeds)
    widths = [max(width_of(anatomy.symbol(name), "symbol") for name in column) + 28 for column in columns]
    lefts = [sum(widths[:place]) + GAP * place for place in range(len(columns))]
    middles = {
        name: (left + width / 2, ROW * (place - (len(column) - 1) / 2))
        for column, left, width in zip(columns, lefts, widths, strict=True)
        for place, name in enumerate(column)
    }
    half = {name: width / 2 for column, width in zip(columns, widths, strict=True) for name in column}
    canvas = Canvas()
    for name, sources in feeds.items():
        for source in sources:
            (x, y), (to_x, to_y) = middles[source], middles[name]
            canvas.swing((x + half[source], y), (to_x - half[name], to_y))
    for name, middle in middles.items():
        _draw_value(canvas, anatomy, name, middle, half[name])
    canvas.said.append("What follows from what.")
    canvas.said += [
        f"{anatomy.symbol(name)} from {spoken([anatomy.symbol(source) for source in sources])}."
        for name, sources in feeds.items()
    ]
    return canvas


def _draw_value(canvas: Canvas, anatomy: Anatomy, name: str, middle: Point, half: float) -> None:
    x, y = middle
    given = name not in anatomy.graph
    kind = "input" if given else "unit gradient" if anatomy.roles[name] is Role.GRADIENT else "unit"
    canvas.box((x - half, y - HEIGHT / 2), (2 * half, HEIGHT), kind, radius=HEIGHT / 2 if given else 8)
    canvas.text((x, y + 6), anatomy.symbol(name), "symbol")


def _feeds(anatomy: Anatomy) -> Feeds:
    """The steps with what they follow from, without what they follow from by way of another step, too."""
    feeds: Feeds = {}
    shown: set[str] = set()
    for step, formula in anatomy.graph.items():
        names = sorted(name for name in formula.names() if name in feeds or name in anatomy.rows)
        if not names or len(shown | {step, *names}) > MOST_SHOWN:
            continue
        above = set().union(*(_above(name, feeds) for name in names))
        feeds[step] = [name for name in names if name not in above or name not in anatomy.graph]
        shown |= {step, *names}
    return feeds


def _above(name: str, feeds: Mapping[str, Iterable[str]]) -> set[str]:
    return {*feeds.get(name, ())}.union(*(_above(source, feeds) for source in feeds.get(name, ())))


def _columns(anatomy: Anatomy, feeds: Feeds) -> list[list[str]]:
    """Every step one column behind the last that it follows from; given numbers just before they are used."""
    depth: dict[str, int] = {}
    for step, sources in feeds.items():
        depth[step] = 1 + max([depth[source] for source in sources if source in depth], default=0)
    users: dict[str, list[int]] = {}
    for step, sources in feeds.items():
        for source in sources:
            users.setdefault(source, []).append(depth[step])
    depth |= {name: min(places) - 1 for name, places in users.items() if name not in feeds}
    names = [*(name for name in anatomy.rows if name in depth), *feeds]
    columns: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for name in names:
        columns[depth[name]].append(name)
    return columns


def _in_order(columns: list[list[str]], feeds: Feeds) -> list[list[str]]:
    """The same columns, each value at about the height of what it follows from or leads to: fewer wires cross."""
    leads: dict[str, list[str]] = {}
    for step, sources in feeds.items():
        for source in sources:
            leads.setdefault(source, []).append(step)
    for sweep in range(SWEEPS):
        joined: Mapping[str, list[str]] = leads if sweep % 2 else feeds
        height = {name: place - (len(column) - 1) / 2 for column in columns for place, name in enumerate(column)}

        def wanted(name: str, joined: Mapping[str, list[str]] = joined, height: dict[str, float] = height) -> float:
            near = [height[other] for other in joined.get(name, ())]
            return sum(near) / len(near) if near else height[name]

        columns = [sorted(column, key=wanted) for column in columns]
    return columns
