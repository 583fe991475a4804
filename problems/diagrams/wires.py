"""Numbers on wires that cross: where each is clear of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from problems.svg import SIZES, width_of

if TYPE_CHECKING:
    from problems.svg import Point

SHARES = (0.24, 0.3, 0.36, 0.42, 0.5, 0.58, 0.64, 0.7, 0.76)
"""How far along its wire a number may stand."""

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
        x, y = self.middle
        (from_x, _), (to_x, _) = wire
        share = (x - from_x) / (to_x - from_x)
        return abs(wire.at(share)[1] - y) < self.height / 2


def places_on(wires: list[Wire], texts: list[str], radius: float) -> list[Point] | None:
    """Where the middle of each number stands on its wire; None where not all can be read."""
    taken: list[_Room] = []
    for wire, text in zip(wires, texts, strict=True):
        width, length = width_of(text), wire.end[0] - wire.start[0]
        rooms = [_Room(wire.at(share), width) for share in SHARES]
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
