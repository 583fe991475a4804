"""A sheet for pictures of statistics: what they need beside the marks that every picture has.

The classes are `cell`, `dot`, `whisker`, `guide`, `axis` and `grid` beside those of texts; a cell also has the class of
its verdict. Without a style sheet everything is black on white, with cells in greys.
"""

from __future__ import annotations

from html import escape
from math import sqrt
from textwrap import wrap
from typing import TYPE_CHECKING

from problems import svg

if TYPE_CHECKING:
    from problems.svg import Point

WIDTH = 340.0
"""About as wide as a picture is, so that a phone shows it without making it smaller."""

LINE = 20.0
"""From one line of words to the next."""

PALEST, DARKEST = 0.06, 0.5
"""How dark a cell is at next to nothing and at 100 %: words on it stay legible."""


class Sheet(svg.Canvas):
    """Marks on a sheet, among them filled cells, dots and words that rise."""

    def cell(self, corner: Point, size: Point, share: float, kind: str) -> None:
        """A filled box, the darker the larger the share, so that the few are seen too; nothing at 0."""
        (x, y), (width, height) = corner, size
        self._covers(corner, (x + width, y + height))
        if share:
            opacity = PALEST + (DARKEST - PALEST) * sqrt(share)
            self._marks.append(
                f'<rect class="cell {kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
                f'fill="currentColor" fill-opacity="{opacity:.2f}"/>'
            )

    def dot(self, middle: Point, radius: float) -> None:
        """A filled circle around a place."""
        x, y = middle
        self._covers((x - radius, y - radius), (x + radius, y + radius))
        self._marks.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="currentColor"/>')

    def rising(self, place: Point, content: str, kind: str = "caption") -> None:
        """Words that rise from a place to the right, at half a right angle."""
        (x, y), reach = place, svg.width_of(content, kind) * 0.75
        self._covers(place, (x + reach, y - reach))
        self.texts.append(content)
        self._marks.append(
            f'<text class="{kind}" x="{x:g}" y="{y:g}" transform="rotate(-45 {x:g} {y:g})">{escape(content)}</text>'
        )

    def paragraph(self, place: Point, content: str, kind: str = "caption", width: float = 360.0) -> float:
        """Words in as many lines as they need; the height of the last."""
        x, y = place
        lines = wrap(content, int(width / svg.width_of("m", kind)))
        for number, line in enumerate(lines):
            self.text((x, y + number * LINE), line, kind, "start")
        return y + LINE * (len(lines) - 1)


def percent(share: float) -> str:
    """A share as it is written: 45 %."""
    return f"{share:.0%}".replace("%", "\N{NO-BREAK SPACE}%")
