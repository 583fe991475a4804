"""The little curve of each activation, drawn into its unit."""

from __future__ import annotations

from math import exp, tanh
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from problems.svg import Canvas, Point

HALF = 0.62
"""How far a curve reaches from the middle of its unit, as a share of the radius."""


def _bent(slope: float) -> Callable[[float], float]:
    return lambda x: max(x, slope * x)


_CURVES: dict[str, tuple[Callable[[float], float], float]] = {
    "linear": (lambda x: x, 0.0),
    "sigmoid": (lambda x: 1.5 / (1 + exp(-6 * x)), 0.75),
    "tanh": (lambda x: 0.85 * tanh(3 * x), 0.0),
    "relu": (_bent(0.0), 0.5),
    "leaky-relu": (_bent(0.2), 0.4),
    "prelu": (_bent(0.4), 0.3),
    "elu": (lambda x: x if x > 0 else 0.5 * (exp(3 * x) - 1), 0.25),
}
"""Activation -> its curve between -1 and 1, and how far below the middle its axis lies."""
_STRAIGHT = {"linear": (-1.0, 1.0), "relu": (-1.0, 0.0, 1.0), "leaky-relu": (-1.0, 0.0, 1.0), "prelu": (-1.0, 0.0, 1.0)}
_SMOOTH = tuple(step / 6 for step in range(-6, 7))
_SHARES = ((-0.7, 0.5), (0.0, 1.2), (0.7, 0.8))
"""Of softmax: where its bars stand, and how high they are."""


def draw_curves(canvas: Canvas, middles: list[Point], radius: float, activation: str) -> None:
    """The curve of an activation above its axis, in each of these units; a few shares for softmax."""
    reach = HALF * radius
    if activation == "softmax":
        canvas.lines(
            [
                ((x + place * reach, y + 0.6 * reach), (x + place * reach, y + (0.6 - high) * reach))
                for x, y in middles
                for place, high in _SHARES
            ],
            "curve shares",
        )
        return
    curve, below = _CURVES[activation]
    axes = [(x, y + below * reach) for x, y in middles]
    places = _STRAIGHT.get(activation, _SMOOTH)
    canvas.lines([((x - reach, y), (x + reach, y)) for x, y in axes], "axis")
    canvas.lines([tuple((x + at * reach, y - curve(at) * reach) for at in places) for x, y in axes], "curve")
