"""Whole layers: columns of units with wires between them all, the inputs on the left, the loss on the right."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from problems.diagrams.anatomy import LINEAR, SUBSCRIPTS, Anatomy, Layer, Network, spoken, titles
from problems.diagrams.curves import draw_curves
from problems.diagrams.loss import RADIUS, WIDE_REACH, draw_circle, draw_loss
from problems.diagrams.wires import Wire, places_on
from problems.family import Role
from problems.svg import Canvas, width_of

if TYPE_CHECKING:
    from problems.svg import Point

MOST_NUMBERED, FEW = 12, 24
"""So many wires may have their weights written on them; so many are drawn as strongly as any other."""

SPACINGS = ((5, 62.0), (8, 50.0), (16, 40.0))
"""Up to so many units in a column -> from unit to unit."""

NUMBERED_SPACING, BIASED_SPACING, NUMBERED_GAP, GAP = 66.0, 92.0, 196.0, 118.0
"""From unit to unit where weights, or biases too, are written, and from column to column with and without them."""

FAINT = "wire thin faint"

DOT = 5.0
"""The size of an input whose number stands beside it."""


class Column(NamedTuple):
    """Units one above the other."""

    x: float
    heights: tuple[float, ...]
    radius: float

    @property
    def places(self) -> list[Point]:
        """Their middles."""
        return [(self.x, y) for y in self.heights]


class Plan(NamedTuple):
    """Where the columns stand, inputs first, and the heights of what is written above and below them."""

    columns: list[Column]
    spacing: float
    numbered: bool
    header: float
    foot: float


def dense(anatomy: Anatomy) -> Canvas | None:
    """The one network that the inputs run through, or scores that share one softmax; None where there is none."""
    network = anatomy.networks[0] if len(anatomy.networks) == 1 else _shared(anatomy)
    if network is None or network.entry is None:
        return None
    if 0 < sum(map(len, _weights(anatomy, network))) <= MOST_NUMBERED:
        plan = _plan(anatomy, network, numbered=True)
        labels = _labels(anatomy, network, plan)
        if labels is not None:
            return _drawn(anatomy, network, plan, labels)
    return _drawn(anatomy, network, _plan(anatomy, network, numbered=False), [])


def _shared(anatomy: Anatomy) -> Network | None:
    """Given scores and the activations that rest on all of them."""
    for z in anatomy.given(Role.PREACTIVATION):
        output = next(anatomy.outputs_of(z), None)
        if anatomy.activations_at(z) == ("softmax",) and output:
            return Network(z, (Layer(None, output, ("softmax",)),))
    return None


def _weights(anatomy: Anatomy, network: Network) -> list[list[str]]:
    return [anatomy.entries(layer.weight) for layer in network.layers if layer.weight]


def _plan(anatomy: Anatomy, network: Network, *, numbered: bool) -> Plan:
    entry = network.entry or ""
    sizes = [anatomy.units(entry), *(anatomy.units(layer.output) for layer in network.layers)]
    most, biased = max(sizes), numbered and any(layer.bias for layer in network.layers)
    spacing = next((space for limit, space in SPACINGS if most <= limit), SPACINGS[-1][1])
    if numbered:
        spacing = BIASED_SPACING if biased else NUMBERED_SPACING
    radius, bottom = min(RADIUS, 0.4 * spacing), spacing * (most - 1)
    columns = [
        Column(
            (NUMBERED_GAP if numbered else GAP) * place,
            tuple(bottom / 2 + spacing * (unit - (size - 1) / 2) for unit in range(size)),
            radius if place else _radius_of_values(anatomy, entry, radius, spacing),
        )
        for place, size in enumerate(sizes)
    ]
    return Plan(columns, spacing, numbered, -radius - 14, bottom + radius + (50 if biased else 34))


def _radius_of_values(anatomy: Anatomy, name: str, radius: float, spacing: float) -> float:
    """As large as other units, or a little larger where the numbers call for it; a dot where they do not fit."""
    widest = 0.0 if len(anatomy.shape(name)) > 1 else max(map(width_of, anatomy.entries(name)))
    return next((size for size in (radius, min(RADIUS, 0.44 * spacing)) if widest <= 2 * size), DOT)


def _wires(before: Column, here: Column) -> list[Wire]:
    """From every unit to every unit, in the order of the weights: a row per unit that takes them."""
    return [Wire(source, target) for target in here.places for source in before.places]


def _labels(anatomy: Anatomy, network: Network, plan: Plan) -> list[tuple[Point, str]] | None:
    """Every weight with its place on its wire; None where they would be in each other's way."""
    labels: list[tuple[Point, str]] = []
    for (before, here), texts in zip(pairwise(plan.columns), _weights(anatomy, network), strict=True):
        places = places_on(_wires(before, here), texts, here.radius)
        if places is None:
            return None
        labels += zip(places, texts, strict=True)
    return labels


def _drawn(anatomy: Anatomy, network: Network, plan: Plan, labels: list[tuple[Point, str]]) -> Canvas:
    canvas = Canvas()
    for before, here in pairwise(plan.columns):
        _draw_wires(canvas, [wire.between(before.radius, here.radius) for wire in _wires(before, here)])
    for (x, y), text in labels:
        canvas.text((x, y + 6), text, "number halo")
    _draw_values(canvas, anatomy, network.entry or "", plan.columns[0], plan)
    for layer, column in zip(network.layers, plan.columns[1:], strict=True):
        _draw_layer(canvas, anatomy, layer, column, plan)
    canvas.said.append(_sentence(anatomy, network))
    _draw_end(canvas, anatomy, plan)
    if plan.numbered:
        biased = any(layer.bias for layer in network.layers)
        words = f"weights on the wires{', biases below the units' if biased else ''}"
        canvas.text(((canvas.left + canvas.right) / 2, canvas.bottom + 24), words, "caption")
    return canvas


def _draw_wires(canvas: Canvas, wires: list[Wire]) -> None:
    """The wires of a layer; many of them faintly, and to whole pixels, or the picture would be too long a text."""
    if len(wires) <= FEW:
        canvas.lines(wires)
    else:
        canvas.lines([((round(x), round(y)), (round(to_x), round(to_y))) for (x, y), (to_x, to_y) in wires], FAINT)


def _draw_values(canvas: Canvas, anatomy: Anatomy, name: str, column: Column, plan: Plan) -> None:
    """Units that are given: their numbers in them, or beside them where they are too wide or too many."""
    target = anatomy.roles[name] is Role.TARGET
    samples = len(anatomy.shape(name)) > 1
    texts = _entry_symbols(anatomy, name, len(column.places)) if samples else anatomy.entries(name)
    for (x, y), text in zip(column.places, texts, strict=True):
        canvas.circle((x, y), column.radius, "target" if target else "input")
        if column.radius > DOT:
            canvas.text((x, y + 6), text, "symbol" if samples else "number")
        else:
            canvas.text((x + (12 if target else -12), y + 6), text, "number", "start" if target else "end")
    meaning = anatomy.rows[name].meaning.partition(",")[0]
    count = anatomy.shape(name)[0] if samples else 0
    header = f"{count} {meaning if count > 1 else meaning.removesuffix('s')}" if samples else meaning
    canvas.text((column.x, plan.header), header, "caption")
    canvas.text((column.x, plan.foot), anatomy.symbol(name), "symbol")


def _entry_symbols(anatomy: Anatomy, name: str, count: int) -> list[str]:
    """x₁, x₂ for the columns of a table X."""
    letter = anatomy.symbol(name).lower()
    return [letter + str(place).translate(SUBSCRIPTS) for place in range(1, count + 1)]


def _draw_layer(canvas: Canvas, anatomy: Anatomy, layer: Layer, column: Column, plan: Plan) -> None:
    for place in column.places:
        canvas.circle(place, column.radius)
    draw_curves(canvas, column.places, column.radius, layer.activations[0])
    if plan.numbered and layer.bias:
        for (x, y), text in zip(column.places, anatomy.entries(layer.bias), strict=True):
            canvas.text((x, y + column.radius + 18), text, "number halo")
    output = "ŷ" if layer.z is None and layer.activations == (LINEAR,) else anatomy.symbol(layer.output)
    canvas.text((column.x, plan.header), titles(layer.activations[:1]), "caption")
    canvas.text((column.x, plan.foot), output, "symbol")


def _draw_end(canvas: Canvas, anatomy: Anatomy, plan: Plan) -> None:
    """The loss, and the targets beside it."""
    last, targets = plan.columns[-1], anatomy.given(Role.TARGET)
    if not targets:
        return
    middle = sum(last.heights) / len(last.heights)
    if not anatomy.shape(targets[0]):
        draw_loss(canvas, anatomy, (last.x + last.radius, middle))
        return
    loss = (last.x + last.radius + WIDE_REACH + RADIUS, middle)
    radius = _radius_of_values(anatomy, targets[0], last.radius, plan.spacing)
    column = Column(loss[0] + RADIUS + WIDE_REACH + last.radius, last.heights, radius)
    canvas.lines([Wire(place, loss).between(last.radius, RADIUS) for place in last.places])
    canvas.lines([Wire(loss, place).between(RADIUS, column.radius) for place in column.places])
    draw_circle(canvas, anatomy, loss, plan.header)
    _draw_values(canvas, anatomy, targets[0], column, plan)


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
