"""Straight wires between two columns, and where numbers may stand on them."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING, NamedTuple

from problems.svg import SIZES, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from problems.svg import Point

SHARES = (0.34, 0.38, 0.3, 0.42, 0.46, 0.5, 0.56, 0.62, 0.68)
"""How far along its wire a number may stand, from the side where the wires lie further apart."""

CLEAR = 3.0
"""How far numbers keep from each other."""


class Wire(NamedTuple):
    """A straight wire."""

    start: Point
    end: Point

    def at(self, share: float) -> Point:
        """The place at that share of the way."""
        (x, y), (to_x, to_y) = self
        return x + share * (to_x - x), y + share * (to_y - y)

    def between(self, radius: float, end_radius: float) -> Wire:
        """The part outside the circles around its ends."""
        (x, y), (to_x, to_y) = self
        length = hypot(to_x - x, to_y - y)
        return Wire(self.at(radius / length), self.at(1 - end_radius / length))


class _Room(NamedTuple):
    """What a number takes up around its middle."""

    middle: Point
    width: float
    height: float = SIZES["number"]

    def meets(self, other: _Room) -> bool:
        (x, y), (other_x, other_y) = self.middle, other.middle
        near = abs(x - other_x) < (self.width + other.width) / 2 + CLEAR
        return near and abs(y - other_y) < (self.height + other.height) / 2 + CLEAR

    def crossed_by(self, wire: Wire) -> bool:
        (x, y), (from_x, _), (to_x, _) = self.middle, wire.start, wire.end
        share = (x - from_x) / (to_x - from_x)
        return abs(wire.at(share)[1] - y) < self.height / 2


def places_on(wires: Sequence[Wire], texts: Sequence[str], radius: float) -> list[Point] | None:
    """Where the middle of each number stands on its wire, on few others; None where not all can be read."""
    starts, ends = {wire.start for wire in wires}, {wire.end for wire in wires}
    shares = SHARES if len(starts) > len(ends) else tuple(1 - share for share in SHARES)
    taken: list[_Room] = []
    for wire, text in zip(wires, texts, strict=True):
        width, length = width_of(text), wire.end[0] - wire.start[0]
        rooms = [_Room(wire.at(share), width) for share in shares]
        free = [
            room
            for room in rooms
            if not any(room.meets(other) for other in taken)
            and radius + width / 2 < room.middle[0] - wire.start[0] < length - radius - width / 2
        ]
        if not free:
            return None
        taken.append(min(free, key=lambda room: sum(room.crossed_by(other) for other in wires)))
    return [room.middle for room in taken]
