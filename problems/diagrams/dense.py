"""Whole layers: columns of units with wires between them all, the inputs on the left, the loss on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from problems.diagrams.anatomy import Anatomy, Layer, Network, spoken, titles
from problems.diagrams.curves import draw_curve
from problems.diagrams.loss import REACH, draw_loss
from problems.diagrams.wires import Wire, places_on
from problems.family import Role
from problems.svg import Canvas, width_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from problems.svg import Point

MOST_NUMBERED = 12
"""So many wires may have their weights written on them."""

SPACINGS = ((5, 60.0), (8, 50.0), (16, 40.0))
"""Up to so many units in a column -> from unit to unit."""

NUMBERED_SPACING, NUMBERED_GAP, GAP = 86.0, 190.0, 118.0
"""From unit to unit where weights and biases are written, and from column to column."""


class Plan(NamedTuple):
    """Where the units of each column stand, inputs first, and how large they are."""

    columns: list[list[Point]]
    radius: float
    top: float
    bottom: float


def dense(anatomy: Anatomy) -> Canvas | None:
    """The one network that the inputs run through, or scores that share one softmax; None where there is none."""
    network = anatomy.networks[0] if len(anatomy.networks) == 1 else _shared(anatomy)
    if network is None or network.entry is None:
        return None
    weights = _weights(anatomy, network)
    count = sum(len(entries) for entries in weights)
    numbered = _try(anatomy, network, weights) if 0 < count <= MOST_NUMBERED else None
    return numbered or _drawn(anatomy, network, None)


def _shared(anatomy: Anatomy) -> Network | None:
    """Given scores and the activations that rest on all of them."""
    for z in anatomy.given(Role.PREACTIVATION):
        output = next(anatomy.outputs_of(z), None)
        if anatomy.activations_at(z) == ("softmax",) and output:
            return Network(z, (Layer(None, output, ("softmax",)),))
    return None


def _matrix(anatomy: Anatomy, layer: Layer) -> NDArray[np.float64]:
    """The weights of a layer, a row per unit."""
    return anatomy.values(layer.weight or "").reshape(anatomy.units(layer.output), -1)


def _weights(anatomy: Anatomy, network: Network) -> list[list[str]]:
    return [anatomy.entries(layer.weight) for layer in network.layers if layer.weight]


def _plan(anatomy: Anatomy, network: Network, *, numbered: bool) -> Plan:
    entry = network.entry or ""
    sizes = [anatomy.units(entry), *(anatomy.units(layer.output) for layer in network.layers)]
    most = max(sizes)
    spacing = next((space for limit, space in SPACINGS if most <= limit), SPACINGS[-1][1])
    spacing, gap = (NUMBERED_SPACING, NUMBERED_GAP) if numbered else (spacing, GAP)
    height = spacing * (most - 1)
    columns = [
        [(gap * place, height / 2 + spacing * (unit - (size - 1) / 2)) for unit in range(size)]
        for place, size in enumerate(sizes)
    ]
    radius = min(24.0, 0.4 * spacing)
    return Plan(columns, radius, -radius, height + radius)


def _try(anatomy: Anatomy, network: Network, weights: list[list[str]]) -> Canvas | None:
    """The network with its weights on the wires; None where they would be in each other's way."""
    plan = _plan(anatomy, network, numbered=True)
    labels: list[tuple[Point, str]] = []
    for (before, here), texts in zip(_neighbours(plan), weights, strict=True):
        wires = [Wire(source, target) for target in here for source in before]
        places = places_on(wires, texts, plan.radius)
        if places is None:
            return None
        labels += zip(places, texts, strict=True)
    return _drawn(anatomy, network, labels)


def _neighbours(plan: Plan) -> list[tuple[list[Point], list[Point]]]:
    return list(zip(plan.columns, plan.columns[1:], strict=False))


def _drawn(anatomy: Anatomy, network: Network, labels: list[tuple[Point, str]] | None) -> Canvas:
    canvas, plan = Canvas(), _plan(anatomy, network, numbered=labels is not None)
    for before, here in _neighbours(plan):
        canvas.lines([(source, target) for source in before for target in here])
    for place, text in labels or ():
        canvas.text((place[0], place[1] + 6), text, "number halo")
    _draw_values(canvas, anatomy, network.entry or "", plan.columns[0], plan)
    for layer, column in zip(network.layers, plan.columns[1:], strict=True):
        _draw_layer(canvas, anatomy, layer, column, plan)
        if labels is not None and layer.bias:
            for (x, y), text in zip(column, anatomy.entries(layer.bias), strict=True):
                canvas.text((x, y + plan.radius + 17), text, "number halo")
    canvas.said.append(_sentence(anatomy, network))
    _draw_end(canvas, anatomy, plan)
    if labels is not None:
        biased = any(layer.bias for layer in network.layers)
        words = f"weights on the wires{', biases below the units' if biased else ''}"
        canvas.text(((canvas.left + canvas.right) / 2, canvas.bottom + 24), words, "caption")
    return canvas


def _draw_column(canvas: Canvas, x: float, plan: Plan, header: str, foot: str) -> None:
    canvas.text((x, plan.top - 12), header, "caption")
    canvas.text((x, plan.bottom + 36), foot, "symbol")


def _draw_values(
    canvas: Canvas, anatomy: Anatomy, name: str, column: list[Point], plan: Plan, kind: str = "input"
) -> None:
    """Units that are given: their numbers in them, or beside them where they are too wide or too many."""
    role = anatomy.roles[name]
    samples = len(anatomy.shape(name)) > 1
    texts = [f"{place}" for place in range(1, len(column) + 1)] if samples else anatomy.entries(name)
    inside = samples or all(width_of(text) <= 2 * plan.radius - 2 for text in texts)
    side = 1 if role is Role.TARGET else -1
    for (x, y), text in zip(column, texts, strict=True):
        canvas.circle((x, y), plan.radius if inside else 5, kind)
        if inside:
            canvas.text((x, y + 6), text, "symbol" if samples else "number")
        else:
            canvas.text((x + 12 * side, y + 6), text, "number", "start" if side > 0 else "end")
    meaning = anatomy.rows[name].meaning.partition(",")[0]
    header = f"{anatomy.shape(name)[0]} {meaning}" if samples else meaning
    _draw_column(canvas, column[0][0], plan, header, anatomy.symbol(name))


def _draw_layer(canvas: Canvas, anatomy: Anatomy, layer: Layer, column: list[Point], plan: Plan) -> None:
    for place in column:
        canvas.circle(place, plan.radius)
        draw_curve(canvas, place, plan.radius, layer.activations[0])
    foot = anatomy.symbol(layer.output) if layer.z or layer.activations != ("linear",) else "ŷ"
    _draw_column(canvas, column[0][0], plan, titles(layer.activations[:1]), foot)


def _draw_end(canvas: Canvas, anatomy: Anatomy, plan: Plan) -> None:
    """The loss, and the targets beside it."""
    outputs = [(x + plan.radius, y) for x, y in plan.columns[-1]]
    targets = anatomy.given(Role.TARGET)
    if not targets:
        return
    loss = draw_loss(canvas, anatomy, outputs)
    if loss is None or not anatomy.shape(targets[0]):
        return
    x, middle = loss
    right = x + 24 + REACH
    column = [(right + plan.radius, y) for _, y in plan.columns[-1]]
    canvas.lines([((x + 24, middle), (right, y)) for _, y in column])
    _draw_values(canvas, anatomy, targets[0], column, plan, "input target")


def _sentence(anatomy: Anatomy, network: Network) -> str:
    entry = network.entry or ""
    row = anatomy.rows[entry]
    said = [f"A network with {anatomy.units(entry)} {row.meaning.partition(',')[0]}"]
    said[0] += "." if len(anatomy.shape(entry)) > 1 else f", {row.text}."
    layers = [f"{anatomy.units(layer.output)} {titles(layer.activations[:1])}" for layer in network.layers]
    said.append(f"Its layers, from left to right: {spoken(layers)} units, each wired to all before it.")
    if any(layer.weight for layer in network.layers):
        said.append("The weights are in the table.")
    return " ".join(said)
