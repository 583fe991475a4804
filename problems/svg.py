"""Pictures as SVG text: no styles and no scripts in them, so that a strict page may hold them."""

from __future__ import annotations

import re
import unicodedata
from html import escape
from itertools import starmap
from math import ceil, floor, hypot
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]

SIZES = {"label": 16.0, "symbol": 17.0, "number": 17.0, "caption": 14.0}
"""Kind of text -> its font size, as the style sheet sets it: what a picture leaves room for."""

ADVANCE = 0.6
"""Of a font size: how wide a character is at most, on the average of a word."""

HEAD, SPREAD = 6.0, 4.0
"""Of an arrow: how long its head is, and half of how wide."""

MARGIN = 10.0
"""The room around a picture."""

_SUBSCRIPT = re.compile(r"_([A-Za-z]+)([^_]*)")


def width_of(content: str, kind: str = "number") -> float:
    """About how wide words are; rather more than less."""
    letters = sum(not unicodedata.combining(letter) for letter in content.replace("_", ""))
    return letters * ADVANCE * size_of(kind)


def size_of(kind: str) -> float:
    """The font size of a kind of text; only the first word of a class sets it."""
    return SIZES[kind.partition(" ")[0]]


def _number(value: float) -> str:
    return f"{round(value, 1):g}"


def _path(points: tuple[Point, ...]) -> str:
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)


def _swing(start: Point, end: Point) -> str:
    (x, y), (to_x, to_y) = start, end
    middle = _number((x + to_x) / 2)
    ways = f"{middle} {_number(y)} {middle} {_number(to_y)} {_number(to_x)} {_number(to_y)}"
    return f"M{_number(x)} {_number(y)}C{ways}"


def _lowered(content: str) -> str:
    """With what stands behind an underscore set lower and smaller: w_h."""
    return _SUBSCRIPT.sub(r'<tspan dy="4" font-size="75%">\1</tspan><tspan dy="-4">\2</tspan>', escape(content))


class Canvas:
    """Marks on a sheet that is as large as they need; x grows to the right and y down."""

    def __init__(self) -> None:
        self._marks: list[str] = []
        self._xs: list[float] = []
        self._ys: list[float] = []
        self.said: list[str] = []
        """The sentences of the text alternative."""
        self.texts: list[str] = []
        """What is written in the picture."""

    def _covers(self, *points: Point) -> None:
        for x, y in points:
            self._xs.append(x)
            self._ys.append(y)

    @property
    def left(self) -> float:
        """The left edge of what is drawn."""
        return min(self._xs)

    @property
    def right(self) -> float:
        """The right edge of what is drawn."""
        return max(self._xs)

    @property
    def bottom(self) -> float:
        """The lower edge of what is drawn."""
        return max(self._ys)

    def text(self, place: Point, content: str, kind: str = "label", anchor: Anchor = "middle") -> None:
        """Words with their base line at a place; `kind` is the class that style sheets know."""
        (x, y), width, size = place, width_of(content, kind), size_of(kind)
        start = x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
        self._covers((start, y - 0.8 * size), (start + width, y + 0.3 * size))
        self.texts.append(content)
        self._marks.append(
            f'<text class="{kind}" x="{_number(x)}" y="{_number(y)}" text-anchor="{anchor}">{_lowered(content)}</text>'
        )

    def _outline(self, path: str, kind: str) -> None:
        self._marks.append(f'<path class="{kind}" d="{path}" fill="none" stroke="currentColor"/>')

    def line(self, *points: Point, kind: str = "wire") -> None:
        """A line through these places."""
        self._covers(*points)
        self._outline(_path(points), kind)

    def lines(self, lines: Sequence[tuple[Point, ...]], kind: str = "wire thin") -> None:
        """Many lines as one mark: a layer has hundreds of wires."""
        for points in lines:
            self._covers(*points)
        if lines:
            self._outline("".join(map(_path, lines)), kind)

    def swings(self, wires: Sequence[tuple[Point, Point]], kind: str = "wire thin") -> None:
        """Curves that leave and arrive level, as one mark."""
        for wire in wires:
            self._covers(*wire)
        if wires:
            self._outline("".join(starmap(_swing, wires)), kind)

    def arrow(self, *points: Point, kind: str = "wire") -> None:
        """A line through these places with a head at its end."""
        (from_x, from_y), (x, y) = points[-2:]
        length = hypot(x - from_x, y - from_y)
        along, across = (x - from_x) / length, (y - from_y) / length
        back_x, back_y = x - HEAD * along, y - HEAD * across
        wings = [(back_x - side * across, back_y + side * along) for side in (-SPREAD, SPREAD)]
        self.line(*points, kind=kind)
        self.line(wings[0], (x, y), wings[1], kind=kind)

    def box(self, corner: Point, size: Point, kind: str = "unit", *, radius: float = 8) -> None:
        """A box with its left upper corner at a place."""
        (x, y), (width, height) = corner, size
        self._covers(corner, (x + width, y + height))
        self._marks.append(
            f'<rect class="{kind}" x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" '
            f'height="{_number(height)}" rx="{_number(radius)}" fill="none" stroke="currentColor"/>'
        )

    def bar(self, corner: Point, size: Point) -> None:
        """A filled bar with its left upper corner at a place."""
        (x, y), (width, height) = corner, size
        self._covers(corner, (x + width, y + height))
        self._marks.append(
            f'<rect class="bar" x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" '
            f'height="{_number(height)}" fill="currentColor"/>'
        )

    def circle(self, middle: Point, radius: float, kind: str = "unit") -> None:
        """A circle around a place."""
        x, y = middle
        self._covers((x - radius, y - radius), (x + radius, y + radius))
        self._marks.append(
            f'<circle class="{kind}" cx="{_number(x)}" cy="{_number(y)}" r="{_number(radius)}" '
            'fill="none" stroke="currentColor"/>'
        )

    def picture(self, name: str, title: str) -> str:
        """The whole picture with its text alternative; `name` sets it apart from others on the same page."""
        x, y = floor(self.left - MARGIN), floor(min(self._ys) - MARGIN)
        width, height = ceil(self.right + MARGIN) - x, ceil(self.bottom + MARGIN) - y
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{name}" role="img" viewBox="{x} {y} {width} {height}" '
            f'width="{width}" height="{height}" aria-labelledby="{name}-title {name}-description">'
            f'<title id="{name}-title">{escape(title)}</title>'
            f'<desc id="{name}-description">{escape(" ".join(self.said))}</desc>'
            f"{''.join(self._marks)}</svg>"
        )
