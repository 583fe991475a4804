"""One recurrent unit, unrolled: a copy for every time step, from left to right."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from problems.diagrams.anatomy import Anatomy, spoken, titles
from problems.diagrams.loss import draw_loss
from problems.family import Role
from problems.svg import Canvas, width_of

if TYPE_CHECKING:
    from problems.svg import Point

UNIT, HEIGHT, GAP = 88.0, 48.0, 66.0
"""A unit's width and height, and the wire between two."""

BELOW, ABOVE = 72.0, 62.0
"""From a unit's edge to its input and to its target."""


class Moment(NamedTuple):
    """One time step by the names of its values."""

    before: str
    z: str
    state: str
    entry: str
    recurrent: str
    direct: str
    target: str | None


def unrolled(anatomy: Anatomy) -> Canvas | None:
    """The copies of a unit that feeds itself; None where no state is handed on."""
    moments = _moments(anatomy)
    if not moments:
        return None
    canvas = Canvas()
    start = moments[0].before
    width = width_of(anatomy.text(start)) + 24 if start in anatomy.rows else 0.0
    if width:
        canvas.box((0, -HEIGHT / 2), (width, HEIGHT), "input", radius=HEIGHT / 2)
        canvas.text((width / 2, 6), anatomy.text(start), "number")
    x = width
    for moment in moments:
        x = _draw_moment(canvas, anatomy, moment, x)
    _draw_losses(canvas, anatomy, moments, width, x)
    canvas.said.append(_sentence(anatomy, moments))
    return canvas


def _moments(anatomy: Anatomy) -> list[Moment]:
    state = next(iter(anatomy.given(Role.ACTIVATION)), None)
    found: list[Moment] = []
    while state is not None:
        moment = next((one for z in anatomy.steps(Role.PREACTIVATION) if (one := _moment(anatomy, z, state))), None)
        state = moment.state if moment else None
        found += [moment] if moment else []
    return found


def _moment(anatomy: Anatomy, z: str, before: str) -> Moment | None:
    """The time step at z, where it takes a state and an input, each with a weight of its own."""
    formula = anatomy.graph[z]
    if before not in formula.names():
        return None
    state = next(anatomy.outputs_of(z), None)
    recurrent = anatomy.beside(formula, before, Role.WEIGHT)
    entry = next((name for name in anatomy.given(Role.INPUT) if name in formula.names()), None)
    direct = anatomy.beside(formula, entry, Role.WEIGHT) if entry else None
    if state is None or recurrent is None or entry is None or direct is None:
        return None
    losses = [anatomy.graph[step] for step in anatomy.steps(Role.LOSS)]
    target = next((found for loss in losses if (found := anatomy.beside(loss, state, Role.TARGET))), None)
    return Moment(before, z, state, entry, recurrent, direct, target)


def _draw_moment(canvas: Canvas, anatomy: Anatomy, moment: Moment, x: float) -> float:
    """The wire from the state before, the unit, and its input from below."""
    canvas.arrow((x, 0), (x + GAP - 2, 0))
    canvas.text((x + GAP / 2, -10), anatomy.symbol(moment.recurrent), "symbol")
    x += GAP
    middle, below = x + UNIT / 2, HEIGHT / 2 + BELOW
    canvas.box((x, -HEIGHT / 2), (UNIT, HEIGHT))
    canvas.line((middle, -HEIGHT / 2), (middle, HEIGHT / 2), kind="divide")
    canvas.text((x + UNIT / 4, 6), anatomy.symbol(moment.z), "symbol")
    canvas.text((x + 3 * UNIT / 4, 6), anatomy.symbol(moment.state), "symbol")
    canvas.arrow((x + UNIT / 4, below - 16), (x + UNIT / 4, HEIGHT / 2 + 2))
    canvas.text((x + UNIT / 4 + 8, HEIGHT / 2 + BELOW / 2), anatomy.symbol(moment.direct), "symbol", "start")
    width = width_of(anatomy.text(moment.entry)) + 20
    canvas.box((x + UNIT / 4 - width / 2, below - 16), (width, 32), "input", radius=16)
    canvas.text((x + UNIT / 4, below + 6), anatomy.text(moment.entry), "number")
    return x + UNIT


def _draw_losses(canvas: Canvas, anatomy: Anatomy, moments: list[Moment], left: float, x: float) -> None:
    """The loss behind the last unit, or above them all where every one has a target."""
    words = titles(anatomy.activations_at(moments[0].z))
    compared = [place for place, moment in enumerate(moments) if moment.target]
    if compared == [len(moments) - 1]:
        draw_loss(canvas, anatomy, [(x, 0.0)])
        canvas.text((left + GAP + UNIT / 2, -HEIGHT / 2 - 9), words, "caption")
        return
    canvas.text((left + GAP, -HEIGHT / 2 - 9), words, "caption", "start")
    tops: list[Point] = []
    for place in compared:
        right = left + (place + 1) * (GAP + UNIT)
        tops.append((right - UNIT / 4, -HEIGHT / 2 - ABOVE))
        _draw_target(canvas, anatomy, moments[place].target or "", tops[-1])
    if tops:
        rail = -HEIGHT / 2 - ABOVE - 42
        for a, b in tops:
            canvas.line((a, b - 16), (a, rail))
        canvas.arrow((tops[0][0], rail), (x + 46, rail))
        canvas.circle((x + 72, rail), 24, "loss")
        canvas.text((x + 72, rail + 6), "L", "symbol")
        canvas.text((x + 72, rail + 43), "sum", "caption")
        said = [f"{anatomy.text(moments[place].target or '')}" for place in compared]
        canvas.said.append(f"The loss L adds up the {anatomy.loss_words()} of every step, with targets {spoken(said)}.")


def _draw_target(canvas: Canvas, anatomy: Anatomy, target: str, place: Point) -> None:
    x, y = place
    text = anatomy.text(target)
    width = width_of(text) + 20
    canvas.arrow((x, -HEIGHT / 2), (x, y + 18))
    canvas.box((x - width / 2, y - 16), (width, 32), "loss", radius=16)
    canvas.text((x, y + 6), text, "number")


def _sentence(anatomy: Anatomy, moments: list[Moment]) -> str:
    first = moments[0]
    kind = titles(anatomy.activations_at(first.z))
    said = [f"One recurrent {kind} unit, unrolled over {len(moments)} time step{'s' * (len(moments) > 1)}."]
    said.append(f"The inputs are {spoken([anatomy.text(moment.entry) for moment in moments])}.")
    return " ".join(said)
