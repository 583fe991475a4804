"""The size of the gradient in every layer, as bars on a logarithmic scale. It shows answers."""

from __future__ import annotations

from math import ceil, floor, isfinite, isnan, log10
from typing import TYPE_CHECKING, NamedTuple

from problems.family import at
from problems.graph import evaluate
from problems.readings.exact import EXACT
from problems.readings.notation import number_markup, symbol_of
from problems.svg import Canvas, width_of

if TYPE_CHECKING:
    from problems.precision import Precision
    from problems.problem import Problem

TOP, FLOOR = 34.0, 214.0
"""Where the scale ends and begins."""

WIDEST, ACROSS, FILLED = 84.0, 740.0, 0.56
"""The most room for a layer, the most for all, and the share of it that a bar takes."""

MOST_TICKS, LEAST_HEIGHT = 8, 0.04
"""Of the scale: how many lines at most, and how much of it the smallest bar takes, so that it is seen."""

CROSS, LARGE = 6.0, 1e6
"""Half the size of the mark where no gradient arrives; what is written with a power of ten."""

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Scale(NamedTuple):
    """From the power of ten at the foot of the bars to the one at the top, with a line at every so many."""

    low: int
    high: int
    step: int = 1

    def height_of(self, exponent: float) -> float:
        """Where 10^exponent stands."""
        return FLOOR - (exponent - self.low) / (self.high - self.low) * (FLOOR - TOP)


def layer_gradients(problem: Problem) -> dict[str, float]:
    """Symbol -> exact gradient, for every layer from the first; empty where the family has none."""
    worksheet = problem.worksheet
    walk = evaluate(worksheet.graph, problem.inputs, EXACT)
    return {
        symbol_of(name).text: float(walk.value_of(formula)[..., 0])
        for name, formula in at(problem.definition.layer_gradients, problem.options).items()
    }


def gradient_svg(problem: Problem) -> str | None:
    """A bar for every layer, a cross where its gradient is 0; None where the family has no gradient per layer."""
    gradients = layer_gradients(problem)
    if not gradients:
        return None
    canvas, scale = Canvas(), _scale_of([abs(value) for value in gradients.values() if value and isfinite(value)])
    room = min(WIDEST, ACROSS / len(gradients))
    texts = {symbol: _written(value, problem.precision) for symbol, value in gradients.items()}
    widest = max(max(width_of(symbol), width_of(text)) for symbol, text in texts.items())
    labelled = _labelled(len(texts), widest / room)
    beyond = max(0.0, (widest - room) / 2)
    _draw_scale(canvas, scale, -beyond, room * len(gradients) + beyond)
    middles = [room * (place + 0.5) for place in range(len(gradients))]
    tops = [
        _draw_size(canvas, scale, value, x, room * FILLED) for x, value in zip(middles, gradients.values(), strict=True)
    ]
    for place, (symbol, text) in enumerate(texts.items()):
        if place in labelled:
            x, reach = middles[place], (width_of(text) + room * FILLED) / 2
            below = [top for middle, top in zip(middles, tops, strict=True) if abs(middle - x) < reach]
            canvas.text((x, min(below) - 8), text, "number")
            canvas.text((x, FLOOR + 24), symbol, "symbol")
    if not all(gradients.values()):
        canvas.text((room * len(gradients) / 2, FLOOR + 48), "× no gradient arrives: exactly 0", "caption")
    said = ", ".join(f"{symbol} = {text}" for symbol, text in texts.items())
    canvas.said.append(f"Size on a logarithmic scale, from the first layer to the last: {said}.")
    return canvas.picture("layer-gradients", "The gradient in every layer")


def _scale_of(sizes: list[float]) -> Scale:
    """The powers of ten around these sizes, the lowest a little below the smallest of them."""
    if not sizes:
        return Scale(-1, 0)
    least, most = log10(min(sizes)), ceil(log10(max(sizes)))
    low = floor(least - LEAST_HEIGHT * (most - least + 1))
    step = ceil((most - low) / MOST_TICKS)
    low = low // step * step
    return Scale(low, low + step * ceil((most - low) / step), step)


def _draw_scale(canvas: Canvas, scale: Scale, left: float, right: float) -> None:
    for exponent in range(scale.low, scale.high + 1, scale.step):
        y = scale.height_of(exponent)
        canvas.line((left, y), (right, y), kind="grid")
        canvas.text((left - 9, y + 5), f"10{str(exponent).translate(_SUPERSCRIPTS)}", "caption", "end")


def _draw_size(canvas: Canvas, scale: Scale, value: float, x: float, width: float) -> float:
    """A bar, or a cross for 0; where it ends above."""
    if value == 0 or isnan(value):
        half = min(CROSS, width / 2)
        canvas.lines(
            [
                ((x - half, FLOOR - CROSS - half), (x + half, FLOOR - CROSS + half)),
                ((x - half, FLOOR - CROSS + half), (x + half, FLOOR - CROSS - half)),
            ],
            "dead",
        )
        return FLOOR - CROSS - half
    top = scale.height_of(log10(abs(value))) if isfinite(value) else TOP
    canvas.bar((x - width / 2, top), (width, FLOOR - top))
    return top


def _written(value: float, precision: Precision) -> str:
    """The number at the working precision; a large one with a power of ten, so that it is no row of digits."""
    if not isfinite(value):
        return "?" if isnan(value) else "∞"
    if abs(value) >= LARGE:
        return number_markup(float(f"{value:.{precision.sigfigs - 1}e}")).text
    return number_markup(value, precision).text


def _labelled(layers: int, widest: float) -> set[int]:
    """The layers that are written out, so that no texts touch: all, or every so many, and the last."""
    every, last = ceil(widest + 0.1), layers - 1
    return {place for place in range(0, layers, every) if last - place >= every} | {last}
