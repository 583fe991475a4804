"""The size of the gradient in every layer, as bars on a logarithmic scale. It shows answers."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING

from problems import svg
from problems.graph import evaluate
from problems.readings.exact import EXACT
from problems.readings.markup import number_markup, symbol_of

if TYPE_CHECKING:
    from problems.problem import Problem

LEFT, TOP, FLOOR, WIDTH, BAR = 64.0, 34.0, 190.0, 84.0, 46.0
MOST_TICKS = 8
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def layer_gradients(problem: Problem) -> dict[str, float]:
    """Symbol -> exact gradient, for every layer from the first; empty where the family has none."""
    worksheet = problem.worksheet
    walk = evaluate(worksheet.graph, problem.inputs, EXACT)
    return {
        symbol_of(name).text: float(walk.value_of(formula)[..., 0])
        for name, formula in problem.definition.layer_gradients(problem.options).items()
    }


def gradient_svg(problem: Problem) -> str | None:
    """A bar for every layer; None where the family has no gradient per layer."""
    gradients = layer_gradients(problem)
    if not gradients:
        return None
    sizes = [abs(value) for value in gradients.values() if value]
    low, high = (floor(log10(min(sizes))), ceil(log10(max(sizes)))) if sizes else (-1, 0)
    low, high = (low - 1, high) if low == high else (low, high)
    right = LEFT + WIDTH * len(gradients)

    def height_of(exponent: float) -> float:
        return FLOOR - (exponent - low) / (high - low) * (FLOOR - TOP)

    parts: list[str] = []
    for exponent in range(low, high + 1, ceil((high - low) / MOST_TICKS)):
        y = height_of(exponent)
        parts += [
            svg.line(((LEFT, y), (right, y)), "grid"),
            svg.text(LEFT - 9, y + 5, f"10{str(exponent).translate(_SUPERSCRIPTS)}", anchor="end", kind="caption"),
        ]
    said = []
    for place, (symbol, value) in enumerate(gradients.items()):
        x, shown = LEFT + WIDTH * place, number_markup(value, problem.precision).text
        top = height_of(log10(abs(value))) if value else FLOOR
        parts += [
            svg.bar(x + (WIDTH - BAR) / 2, top, BAR, FLOOR - top),
            svg.text(x + WIDTH / 2, top - 7, shown, kind="number"),
            svg.text(x + WIDTH / 2, FLOOR + 22, symbol, kind="symbol"),
        ]
        said.append(f"{symbol} = {shown}")
    return svg.picture(
        "layer-gradients",
        right + 16,
        FLOOR + 38,
        parts,
        title="The gradient in every layer",
        description=f"Size on a logarithmic scale, from the first layer to the last: {', '.join(said)}.",
    )
