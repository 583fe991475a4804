"""One recurrent unit, unrolled: a copy for every time step, from left to right."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from problems.diagrams.anatomy import Anatomy, spoken, titles
from problems.diagrams.loss import draw_loss
from problems.diagrams.rows import HEIGHT, draw_start, draw_turn, per_row, width_of_start
from problems.family import Role
from problems.svg import Canvas, width_of

if TYPE_CHECKING:
    from problems.svg import Point

UNIT, GAP = 88.0, 66.0
"""A unit's width, and the wire between two."""

BELOW, ABOVE, PILL = 72.0, 58.0, 32.0
"""From a unit's edge to the middle of its input and of its target, and the height of their frames."""


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
    in_a_row = per_row(len(moments), width_of_start(anatomy, start), GAP + UNIT)
    x, middle = draw_start(canvas, anatomy, start, 0.0), 0.0
    everywhere = sum(moment.target is not None for moment in moments) > 1
    for place, moment in enumerate(moments):
        if place and place % in_a_row == 0:
            low = middle + HEIGHT / 2 + BELOW + PILL / 2 + 14
            x, middle = draw_turn(canvas, (x, middle), low, low + HEIGHT / 2 + (ABOVE + 32 if everywhere else 44))
        x = _draw_moment(canvas, anatomy, moment, (x, middle), caption=0.25 if everywhere else 0.5)
        if moment.target and everywhere:
            _draw_target(canvas, anatomy, moment.target, (x - UNIT / 4, middle - HEIGHT / 2))
    if everywhere:
        canvas.text(((canvas.left + canvas.right) / 2, canvas.bottom + 26), _sum(anatomy), "caption")
        canvas.said.append(f"{_sum(anatomy)}: {spoken([anatomy.text(moment.target or '') for moment in moments])}.")
    else:
        draw_loss(canvas, anatomy, (x, middle))
    canvas.said.insert(0, _sentence(anatomy, moments))
    return canvas


def _sum(anatomy: Anatomy) -> str:
    return f"The loss L is the sum of the {anatomy.loss_words()} at every target"


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


def _draw_moment(canvas: Canvas, anatomy: Anatomy, moment: Moment, start: Point, *, caption: float) -> float:
    """The wire from the state before, the unit, and its input from below; its right edge."""
    x, middle = start
    canvas.arrow(start, (x + GAP - 2, middle))
    canvas.text((x + GAP / 2, middle - 10), anatomy.symbol(moment.recurrent), "symbol")
    x, bottom = x + GAP, middle + HEIGHT / 2
    canvas.box((x, middle - HEIGHT / 2), (UNIT, HEIGHT))
    canvas.line((x + UNIT / 2, middle - HEIGHT / 2), (x + UNIT / 2, bottom), kind="divide")
    canvas.text((x + UNIT / 4, middle + 6), anatomy.symbol(moment.z), "symbol")
    canvas.text((x + 3 * UNIT / 4, middle + 6), anatomy.symbol(moment.state), "symbol")
    canvas.text((x + caption * UNIT, middle - HEIGHT / 2 - 8), titles(anatomy.activations_at(moment.z)), "caption")
    canvas.arrow((x + UNIT / 4, bottom + BELOW - PILL / 2), (x + UNIT / 4, bottom + 2))
    canvas.text((x + UNIT / 4 + 8, bottom + BELOW / 2), anatomy.symbol(moment.direct), "symbol", "start")
    _draw_pill(canvas, anatomy.text(moment.entry), (x + UNIT / 4, bottom + BELOW), "input")
    return x + UNIT


def _draw_target(canvas: Canvas, anatomy: Anatomy, target: str, place: Point) -> None:
    """The target above a unit, with the wire up to it."""
    x, top = place
    canvas.arrow((x, top), (x, top - ABOVE + PILL / 2 + 2))
    _draw_pill(canvas, anatomy.text(target), (x, top - ABOVE), "target")


def _draw_pill(canvas: Canvas, text: str, middle: Point, kind: str) -> None:
    (x, y), width = middle, width_of(text) + 20
    canvas.box((x - width / 2, y - PILL / 2), (width, PILL), kind, radius=PILL / 2)
    canvas.text((x, y + 6), text, "number")


def _sentence(anatomy: Anatomy, moments: list[Moment]) -> str:
    first = moments[0]
    kind = titles(anatomy.activations_at(first.z))
    said = [f"One recurrent {kind} unit, unrolled over {len(moments)} time step{'s' * (len(moments) > 1)}."]
    said.append(f"The inputs are {spoken([anatomy.text(moment.entry) for moment in moments])}.")
    return " ".join(said)
