"""Chains: one unit per layer, from the input on the left to the output or the loss on the right."""

from __future__ import annotations

from problems.diagrams.anatomy import Anatomy, Layer, Network, spoken, titles
from problems.diagrams.curves import draw_curves
from problems.diagrams.loss import draw_loss
from problems.diagrams.rows import HEIGHT, draw_start, draw_turn, per_row, width_of_start
from problems.family import Role
from problems.graph import Op
from problems.svg import Canvas, width_of

UNIT = 96.0
"""A unit's width."""

LEAST_GAP, LINE = 84.0, 21.0
"""The shortest wire, and from line to line of notes."""


def chain(anatomy: Anatomy) -> Canvas | None:
    """The chains that an input runs through, one below the other; None where a layer has several units."""
    networks = anatomy.networks
    names = [name for network in networks for layer in network.layers for name in (layer.weight or "", layer.output)]
    if not networks or any(map(anatomy.shape, names)):
        return None
    return _chains(anatomy, networks)


def normalised_chain(anatomy: Anatomy) -> Canvas | None:
    """A chain whose weighted inputs are given, and once more with each one changed by other given numbers."""
    weights, weighted = anatomy.layered(Role.WEIGHT), anatomy.layered(Role.PREACTIVATION)
    if not weights or not weighted:
        return None
    before = tuple(_given_layer(anatomy, z, w) for z, w in zip(weighted[0], weights[0], strict=True))
    after = tuple(
        _changed_layer(anatomy, step, w)
        for w, z in zip(weights[0], weighted[0], strict=True)
        for step in (*anatomy.steps(Role.PREACTIVATION), *anatomy.steps(Role.RESULT))
        if z in anatomy.graph[step].names()
    )
    return _chains(anatomy, tuple(Network(None, layers) for layers in (before, after) if layers))


def _given_layer(anatomy: Anatomy, z: str, weight: str) -> Layer:
    return Layer(z, None, anatomy.activations_at(z), weight, others=(z,))


def _changed_layer(anatomy: Anatomy, step: str, weight: str) -> Layer:
    names = anatomy.graph[step].names()
    others = tuple(name for name in anatomy.given(Role.PARAMETER) if name in names)
    return Layer(step, None, anatomy.activations_at(step), weight, others=others)


def _chains(anatomy: Anatomy, networks: tuple[Network, ...]) -> Canvas:
    canvas = Canvas()
    several = len(networks) > 1
    for network in networks:
        top = canvas.bottom + 18 if canvas.texts else 0.0
        name = network.layers[0].word or "before"
        if several:
            canvas.text((0, top + 16), name.capitalize(), "label heading", "start")
            top += 22
        _draw(canvas, anatomy, network, top, several=several)
        canvas.said.append(_sentence(anatomy, network, name if several else ""))
    return canvas


def _draw(canvas: Canvas, anatomy: Anatomy, network: Network, top: float, *, several: bool) -> None:
    layers, notes = network.layers, max(len(_notes(layer)) for layer in network.layers)
    reach = _gap(anatomy, layers) + UNIT
    in_a_row = per_row(len(layers), width_of_start(anatomy, network.entry), reach)
    middle = top + 24 + HEIGHT / 2
    x = draw_start(canvas, anatomy, network.entry, middle)
    for place, layer in enumerate(layers):
        if place and place % in_a_row == 0:
            low = middle + HEIGHT / 2 + 16 + (LINE * notes + 18 if notes else 0)
            x, middle = draw_turn(canvas, (x, middle), low, low + HEIGHT / 2 + 44)
        x = _draw_layer(canvas, anatomy, layer, (x, middle), reach - UNIT)
    if not several or anatomy.given(Role.TARGET):
        draw_loss(canvas, anatomy, (x, middle))
    else:
        canvas.arrow((x, middle), (x + 45, middle))
    _draw_clipping(canvas, anatomy)


def _gap(anatomy: Anatomy, layers: tuple[Layer, ...]) -> float:
    widths = [width_of(anatomy.text(layer.weight)) for layer in layers if layer.weight]
    return max([LEAST_GAP, *(width + 12 for width in widths)])


def _draw_layer(canvas: Canvas, anatomy: Anatomy, layer: Layer, start: tuple[float, float], gap: float) -> float:
    """A wire with its weight and the unit at its end, weighted input on the left and activation on the right."""
    x, middle = start
    canvas.arrow(start, (x + gap - 2, middle))
    if layer.weight:
        canvas.text((x + gap / 2, middle - 10), anatomy.text(layer.weight), "number")
    x, top = x + gap, middle - HEIGHT / 2
    canvas.box((x, top), (UNIT, HEIGHT))
    canvas.line((x + UNIT / 2, top), (x + UNIT / 2, top + HEIGHT), kind="divide")
    normalised = layer.others and layer.z not in layer.others
    left = "norm" if normalised else anatomy.plain_symbol(layer.z or layer.output)
    canvas.text((x + UNIT / 4, middle + (5 if normalised else 6)), left, "caption" if normalised else "symbol")
    if layer.a:
        canvas.text((x + 3 * UNIT / 4, middle + 6), anatomy.plain_symbol(layer.a), "symbol")
    else:
        draw_curves(canvas, [(x + 3 * UNIT / 4, middle)], 26, layer.activations[0])
    canvas.text((x + UNIT / 2, top - 8), titles(layer.activations), "caption")
    _draw_notes(canvas, anatomy, layer, (x + UNIT / 4, middle + HEIGHT / 2))
    return x + UNIT


def _notes(layer: Layer) -> tuple[str, ...]:
    return (*((layer.bias,) if layer.bias else ()), *layer.others)


def _draw_notes(canvas: Canvas, anatomy: Anatomy, layer: Layer, place: tuple[float, float]) -> None:
    """The bias and the like, on a wire of their own from below."""
    x, below = place
    notes = _notes(layer)
    if notes:
        canvas.line((x, below + 16), (x, below), kind="wire bias")
    for line, name in enumerate(notes):
        canvas.text((x, below + 32 + LINE * line), anatomy.text(name), "number")


def _draw_clipping(canvas: Canvas, anatomy: Anatomy) -> None:
    """Where the gradient is clipped: it comes back from the right and is cut to what fits between -c and c."""
    bounds = {
        str(node.args[1].head) for formula in anatomy.graph.values() for node in formula.nodes() if node.head is Op.CLIP
    }
    for name in anatomy.given(Role.PARAMETER):
        if name in bounds:
            y, right = canvas.bottom + 44, canvas.right
            width = width_of(anatomy.text(name)) + 24
            canvas.box((0, y - HEIGHT / 2), (width, HEIGHT), "clip")
            canvas.text((width / 2, y - 5), "clip", "caption")
            canvas.text((width / 2, y + 14), anatomy.text(name), "number")
            canvas.arrow((right, y), (width + 2, y), kind="wire back")
            canvas.text(((width + right) / 2, y - 9), "gradient", "caption")


def _sentence(anatomy: Anatomy, network: Network, name: str) -> str:
    kinds = list(dict.fromkeys(titles(layer.activations) for layer in network.layers))
    count = len(network.layers)
    said = [f"{name.capitalize() + ': a' if name else 'A'} chain of {count} {spoken(kinds)} unit{'s' * (count > 1)}."]
    if network.entry:
        said.append(f"The input is {anatomy.text(network.entry)}.")
    for place, layer in enumerate(network.layers, 1):
        rows = [anatomy.rows[part] for part in (layer.weight, *_notes(layer)) if part]
        parts = [f"{row.meaning} {row.text}" for row in rows]
        said.append(f"Layer {place}: {', '.join(parts)}.")
    return " ".join(said)
