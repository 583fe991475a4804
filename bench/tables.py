"""Figures as people read them."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FIGURES = 3
"""So many significant figures are shown: the next would be noise."""


def shown(number: float) -> str:
    """The number with three significant figures, and all digits before the point."""
    exponent = floor(log10(abs(number))) if number else 0
    return f"{number:,.{max(0, FIGURES - 1 - exponent)}f}"


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], note: str) -> str:
    """A title, columns as wide as they need to be (the first to the left, the others to the right), and a note."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = ["  ".join(_aligned(cells, widths)).rstrip() for cells in (head, ["-" * width for width in widths], *rows)]
    return "\n".join(["", title, "", *lines, "", note])


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.rjust(width) if place else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
