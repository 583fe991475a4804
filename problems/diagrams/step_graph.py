"""The graph of the steps itself: what follows from what. It fits every problem, in symbols only."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from problems.diagrams.anatomy import Anatomy, spoken
from problems.family import Role
from problems.svg import Canvas, width_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from problems.svg import Point

GAP, ROW, LANE, HEIGHT = 58.0, 48.0, 22.0, 34.0
"""Between columns, room for a frame and for a wire that passes by, and the height of a frame."""

SWEEPS, MOST_SHOWN = 6, 40
"""How often rows are put in order; a picture of more is not read any more: then only the first steps are shown."""

Feeds = dict[str, list[str]]
"""Name -> the names that it follows from at once."""


class Stop(NamedTuple):
    """A value in its column, or the place where a wire from it passes one."""

    name: str
    column: int
    passes: bool = False


class Layout(NamedTuple):
    """Every stop with its middle and half its width, and the wires from stop to stop of neighbouring columns."""

    middles: dict[Stop, Point]
    halves: dict[Stop, float]
    wires: list[tuple[Stop, Stop]]

    def edge(self, stop: Stop, side: int) -> Point:
        """The middle of a stop's left edge (-1) or right edge (1)."""
        x, y = self.middles[stop]
        return x + side * self.halves[stop], y


def step_graph(anatomy: Anatomy) -> Canvas | None:
    """Given numbers on the left, each step to the right of all that it follows from; None where none follows."""
    feeds = _feeds(anatomy)
    if not feeds:
        return None
    layout = _layout(anatomy, feeds)
    canvas = Canvas()
    canvas.swings([(layout.edge(start, 1), layout.edge(end, -1)) for start, end in layout.wires])
    canvas.lines([(layout.edge(stop, -1), layout.edge(stop, 1)) for stop in layout.middles if stop.passes])
    for stop, middle in layout.middles.items():
        if not stop.passes:
            _draw_value(canvas, anatomy, stop.name, middle, layout.halves[stop])
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
    if not given:
        canvas.arrow((x - half - 8, y), (x - half - 1, y))
    canvas.box((x - half, y - HEIGHT / 2), (2 * half, HEIGHT), kind, radius=HEIGHT / 2 if given else 8)
    canvas.text((x, y + 6), anatomy.symbol(name), "symbol")


def _feeds(anatomy: Anatomy) -> Feeds:
    """The steps with what they follow from, without steps that they follow from by way of another step, too."""
    feeds: Feeds = {}
    shown: set[str] = set()
    for step, formula in anatomy.graph.items():
        names = sorted(name for name in formula.names() if name in feeds or name in anatomy.rows)
        if not names or len(shown | {step, *names}) > MOST_SHOWN:
            continue
        above = frozenset().union(*(anatomy.worksheet.above.get(name, ()) for name in names))
        feeds[step] = [name for name in names if name not in above]
        shown |= {step, *names}
    return feeds


def _columns_of(feeds: Feeds) -> dict[str, int]:
    """Every step one column behind the last that it follows from; given numbers just before they are used."""
    columns: dict[str, int] = {}
    for step, sources in feeds.items():
        columns[step] = 1 + max((columns[source] for source in sources if source in feeds), default=0)
    for step, sources in feeds.items():
        for source in sources:
            if source not in feeds:
                columns[source] = min(columns.get(source, columns[step]), columns[step] - 1)
    return columns


def _wires(feeds: Feeds, columns: Mapping[str, int]) -> list[tuple[Stop, Stop]]:
    """The wires from column to column; those from one value share the way that they have in common."""
    wires: dict[tuple[Stop, Stop], None] = {}
    for name, sources in feeds.items():
        for source in sources:
            stop = Stop(source, columns[source])
            for column in range(columns[source] + 1, columns[name]):
                passing = Stop(source, column, passes=True)
                wires[stop, passing] = None
                stop = passing
            wires[stop, Stop(name, columns[name])] = None
    return list(wires)


def _layout(anatomy: Anatomy, feeds: Feeds) -> Layout:
    columns_of = _columns_of(feeds)
    wires = _wires(feeds, columns_of)
    columns: dict[int, list[Stop]] = defaultdict(list)
    for stop in dict.fromkeys([*(stop for wire in wires for stop in wire)]):
        columns[stop.column].append(stop)
    heights = _heights(columns, wires)
    layout, left = Layout({}, {}, wires), 0.0
    for _, column in sorted(columns.items()):
        names = [stop.name for stop in column if not stop.passes]
        width = max((width_of(anatomy.symbol(name), "symbol") for name in names), default=0.0) + 28
        for stop in column:
            layout.middles[stop], layout.halves[stop] = (left + width / 2, heights[stop]), width / 2
        left += width + GAP
    return layout


def _heights(columns: dict[int, list[Stop]], wires: list[tuple[Stop, Stop]]) -> dict[Stop, float]:
    """Each stop about as high as what it is wired to, so that few wires cross: columns in order, to and fro."""
    before, behind = defaultdict(list), defaultdict(list)
    for start, end in wires:
        before[end].append(start)
        behind[start].append(end)
    heights: dict[Stop, float] = {}
    for column in columns.values():
        heights |= _stacked(column)
    for sweep in range(SWEEPS):
        near = behind if sweep % 2 else before
        for place in sorted(columns, reverse=bool(sweep % 2)):
            wanted = {
                stop: sum(heights[other] for other in near[stop]) / len(near[stop]) if near[stop] else heights[stop]
                for stop in columns[place]
            }
            columns[place].sort(key=wanted.__getitem__)
            heights |= _stacked(columns[place])
    return heights


def _stacked(column: list[Stop]) -> dict[Stop, float]:
    """The heights of stops one below the other, around 0."""
    rooms = [LANE if stop.passes else ROW for stop in column]
    return {stop: sum(rooms[:place]) + rooms[place] / 2 - sum(rooms) / 2 for place, stop in enumerate(column)}
