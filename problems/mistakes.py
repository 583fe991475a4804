"""What people get wrong: the same graph with one formula replaced.

A mistake is declared once, beside the primitive that it misreads (in `misreadings.py`) or for the role of the step that
it spoils, and found in every family whose formulas have such a place. What each is called and what is said of it stands
in `mistake_kinds.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from problems.family import Role, at
from problems.graph import Expr, Op
from problems.misreadings import MISREADINGS
from problems.mistake_kinds import KINDS
from problems.words import ACTIVATIONS, add, apply, multiply, number, value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from problems.family import Step
    from problems.mistake_kinds import Kind
    from problems.problem import Worksheet


@dataclass(frozen=True, slots=True)
class Mistake:
    """One formula of a step that is wrong in a known way; `lost` is the part that was left out, if one was."""

    slug: str
    formula: Expr
    lost: Expr | None = None

    @property
    def kind(self) -> Kind:
        """What the mistake is called, and what is said of it."""
        return KINDS[self.slug]


_SLOPES = frozenset(
    slope for one in ACTIVATIONS.values() for slope in (one.slope, one.slope_at_value) if slope is not None
)
_LAYER = re.compile(r"(.*?)(\d+)$")


@lru_cache(maxsize=1024)
def mistakes_of(worksheet: Worksheet) -> Mapping[str, tuple[Mistake, ...]]:
    """Step id -> the mistakes that can be made there, no formula twice."""
    written: dict[Expr, Expr] = {}
    found: dict[str, tuple[Mistake, ...]] = {}
    declared = at(worksheet.family.mistakes, worksheet.options)
    for step in worksheet.steps.values():
        distinct: dict[Expr, Mistake] = {}
        if step.asked and not step.whole:
            own = (Mistake(slug, formula) for slug, formula in declared.get(step.id, ()))
            for mistake in (*own, *_mistakes_at(step, worksheet, written)):
                if mistake.formula not in step.formula.routes() and mistake.formula not in distinct:
                    distinct[mistake.formula] = mistake
        found[step.id] = tuple(one for one in distinct.values() if worksheet.differs(step, one.formula))
        written |= {route: value(step.id) for route in step.formula.routes() if route.args}
    return MappingProxyType(found)


def _mistakes_at(step: Step, worksheet: Worksheet, written: Mapping[Expr, Expr]) -> Iterator[Mistake]:
    formula = _first_route(step.formula)
    yield from _misread_primitives(step.formula, written)
    if step.role is Role.PREACTIVATION:
        yield from _forward(formula, worksheet)
    if step.role is Role.LOSS:
        yield from _of_loss(step.formula.routes()[-1], worksheet)
    if step.role is Role.GRADIENT:
        yield from _backward(formula, step, worksheet)
    if step.role is Role.UPDATED:
        yield from _of_update(formula, worksheet)
    if step.role in (Role.PREACTIVATION, Role.GRADIENT):
        yield from _of_wrong_layer(formula, step, worksheet)


def _first_route(formula: Expr) -> Expr:
    """Of a choice of routes as a whole, the first; choices inside stay."""
    return formula.args[0] if formula.head is Op.EITHER else formula


def _misread_primitives(formula: Expr, written: Mapping[Expr, Expr]) -> Iterator[Mistake]:
    """The formula with one primitive misread; what is written down already is taken from there."""
    known = {part: name for part, name in written.items() if part not in formula.routes()}
    yield from (Mistake(slug, wrong) for slug, wrong in _misread(formula, known))


def _misread(formula: Expr, known: Mapping[Expr, Expr]) -> Iterator[tuple[str, Expr]]:
    if formula.head is Op.EITHER:  # who misreads one route takes it
        for route in formula.args:
            yield from _misread(route, known)
        return
    if isinstance(formula.head, Op) and formula.head in MISREADINGS:
        for slug, rewrite in MISREADINGS[formula.head](*formula.args):
            wrong = rewrite
            for part in rewrite.nodes():
                if part in known:
                    wrong = wrong.replace(part, known[part])
            yield slug, wrong
    for place, arg in enumerate(formula.args):
        for slug, wrong in _misread(arg, known):
            yield slug, Expr(formula.head, (*formula.args[:place], wrong, *formula.args[place + 1 :]))


def _forward(formula: Expr, worksheet: Worksheet) -> Iterator[Mistake]:
    roles, terms = worksheet.roles, formula.operands(Op.ADD)
    biases = [term for term in terms if roles.get(str(term.head)) is Role.BIAS]
    rest = [term for term in terms if term not in biases]
    for bias in biases:
        yield Mistake("bias-left-out", add(*rest), lost=bias)
        if len(rest) == 1:
            yield Mistake("bias-multiplied", multiply(*rest, bias))
    for term in rest:
        if term.head is Op.MUL:
            yield Mistake("weight-added", formula.replace(term, add(*term.args)))
        if len(rest) > 1:
            yield Mistake("term-left-out", add(*(other for other in terms if other != term)), lost=term)
        for name in sorted(term.names()):
            if roles.get(name) is Role.ACTIVATION:
                layered = _LAYER.match(name)
                z = f"z{layered[2]}" if layered else "z"
                if z in worksheet.graph:
                    yield Mistake("activation-not-passed-on", formula.replace(value(name), value(z)))
                if "x" in roles:
                    yield Mistake("input-again", formula.replace(value(name), value("x")))


def _of_loss(formula: Expr, worksheet: Worksheet) -> Iterator[Mistake]:
    if formula.head is Op.DIV:
        yield Mistake("mean-left-out", formula.args[0], lost=formula.args[1])
        return
    targets = [name for name, role in worksheet.roles.items() if role is Role.TARGET and name in formula.names()]
    units = [shape[0] for name in targets if (shape := worksheet.shape_of(value(name)))]
    if units and units[0] > 1:
        yield Mistake("mean-added", formula / number(units[0]))


_LEFT_OUT = MappingProxyType(
    {
        Role.WEIGHT: "weight-left-out",
        Role.SLOPE: "slope-left-out",
        Role.ACTIVATION: "activation-left-out",
        Role.INPUT: "activation-left-out",
        Role.GRADIENT: "gradient-left-out",
        Role.UPSTREAM: "gradient-left-out",
    }
)
_ERRORS = frozenset(
    {
        *(Op.SUB, Op.SIGMOID_ERROR, Op.TANH_ERROR, Op.SOFTMAX_ERROR),
        *(Op.CROSS_ENTROPY_SLOPE, Op.CROSS_ENTROPY_SLOPE_AT_VALUE),
    }
)


def _left_out(factor: Expr, worksheet: Worksheet) -> str:
    """The slug for leaving this factor of a gradient out."""
    head = _first_route(factor).head
    if head in _SLOPES:
        return "slope-left-out"
    if head in _ERRORS:
        return "error-left-out"
    if isinstance(head, float):
        return "number-left-out"
    role = worksheet.roles.get(str(head))
    return "factor-left-out" if role is None else _LEFT_OUT.get(role, "factor-left-out")


def _backward(formula: Expr, step: Step, worksheet: Worksheet) -> Iterator[Mistake]:
    terms = formula.operands(Op.ADD)
    for place, term in enumerate(terms):
        others = terms[:place] + terms[place + 1 :]
        if others:
            yield Mistake("term-left-out", add(*others), lost=term)
        yield from (
            Mistake(one.slug, add(*terms[:place], one.formula, *terms[place + 1 :]), one.lost)
            for one in _of_product(term, worksheet)
        )
    yield from _of_half_loss(formula, step, worksheet)
    yield from _of_plain_difference(step)
    yield from _with_a_wrong_name(formula, step, worksheet)


def _of_product(formula: Expr, worksheet: Worksheet) -> Iterator[Mistake]:
    """The factors of a product: one left out, all of a kind left out, added."""
    factors = formula.operands(Op.MUL)
    if len(factors) == 1:
        if formula.head in (Op.OUTER, Op.BACK_MATVEC, Op.DOT):
            for place, factor in enumerate(formula.args):
                yield Mistake(_left_out(factor, worksheet), _without(place, formula, worksheet), lost=factor)
        return
    kinds = [_left_out(factor, worksheet) for factor in factors]
    for place, factor in enumerate(factors):
        rest = factors[:place] + factors[place + 1 :]
        yield Mistake(kinds[place], multiply(*rest), lost=factor)
    for kind, slug in (("weight-left-out", "all-weights-left-out"), ("slope-left-out", "all-slopes-left-out")):
        rest = tuple(factor for factor, own in zip(factors, kinds, strict=True) if own != kind)
        if 0 < len(rest) < len(factors) - 1:
            yield Mistake(slug, multiply(*rest))
    yield Mistake("sum-for-product", add(*factors))


def _without(place: int, formula: Expr, worksheet: Worksheet) -> Expr:
    """A product of two with one left out: the other alone, or, where that has another shape, beside ones."""
    other = formula.args[1 - place]
    if worksheet.shape_of(other) == worksheet.shape_of(formula):
        return other
    ones = number(1)
    for length in reversed(worksheet.shape_of(formula.args[place]) or ()):
        ones = apply(Op.STACK, *[ones] * length)
    return Expr(formula.head, (*formula.args[:place], ones, *formula.args[place + 1 :]))


def _of_half_loss(formula: Expr, step: Step, worksheet: Worksheet) -> Iterator[Mistake]:
    """The derivative of a loss: a factor 2 where the ½ takes it away, and the loss itself."""
    if "L" not in worksheet.graph or "L" in formula.names():
        return
    loss, by = worksheet.graph["L"].routes()[-1], step.id.partition("_d")[2]
    if loss.head is Op.HALF_SQUARED_ERROR and by in loss.names():
        yield Mistake("factor-two-added", number(2) * formula)
    for factor in formula.operands(Op.MUL):
        if _first_route(factor).head in _ERRORS:
            yield Mistake("loss-for-its-derivative", formula.replace(factor, value("L")))


def _of_plain_difference(step: Step) -> Iterator[Mistake]:
    """The gradient at z behind a cross-entropy, which is output minus target, taken by a slope after all."""
    exact, plain = step.formula.routes()[0], step.formula.routes()[-1]
    if not step.id.partition("_d")[2].startswith("z") or exact.head not in (Op.SIGMOID_ERROR, Op.SOFTMAX_ERROR):
        return
    z, (p, y) = exact.args[0], plain.args
    if exact.head is Op.SIGMOID_ERROR:
        yield Mistake("extra-slope", multiply(plain, apply(Op.SIGMOID_SLOPE_AT_VALUE, p)))
        return
    yield Mistake("softmax-slope-of-own-entry", -multiply(y, number(1) - p))
    arriving = -(y / p)
    yield Mistake("slope-from-z", multiply(z, arriving - apply(Op.DOT, z, arriving)))


def _with_a_wrong_name(formula: Expr, step: Step, worksheet: Worksheet) -> Iterator[Mistake]:
    """Z for a beside a weight, a beside a bias; the gradient at a for that at z; weights that are updated already."""
    roles, by = worksheet.roles, step.id.partition("_d")[2]
    at_activation = formula
    for name in formula.names():
        for other in (name.replace("_dz", "_da"), name.replace("_dz", "_dh")):
            if other in worksheet.graph:
                at_activation = at_activation.replace(value(name), value(other))
    yield Mistake("gradient-at-activation", at_activation)
    for name in sorted(formula.names()):
        role, layer = roles[name], _layer_of(name)
        if role is Role.ACTIVATION and roles.get(by) is Role.WEIGHT and f"z{layer}" in worksheet.graph:
            yield Mistake("z-for-activation", formula.replace(value(name), value(f"z{layer}")))
        updated = worksheet.graph.get(f"{name}_new")
        if role is Role.WEIGHT and updated is not None and f"dL_d{name}" in worksheet.steps_before(step.id):
            yield Mistake("updated-weights-used", formula.replace(value(name), updated))
    if roles.get(by) is Role.BIAS and formula.head in roles:
        layer = _layer_of(by)
        before = "x" if layer == "1" else f"a{int(layer) - 1}" if layer else "x"
        if before in roles:
            yield Mistake("bias-gradient-times-activation", formula * value(before))


def _layer_of(name: str) -> str:
    layered = _LAYER.match(name)
    return layered[2] if layered else ""


def _of_update(formula: Expr, worksheet: Worksheet) -> Iterator[Mistake]:
    """W - η·gradient, misread."""
    if formula.head is not Op.SUB or formula.args[1].head is not Op.MUL:
        return
    old, change = formula.args
    rate, gradient = change.args[0], multiply(*change.args[1:])
    yield Mistake("update-sign", old + change)
    yield Mistake("learning-rate-left-out", old - gradient, lost=rate)
    yield Mistake("learning-rate-divided", old - gradient / rate)
    yield Mistake("only-the-change", -change)
    yield Mistake("gradient-for-update", old - rate * old)
    for name, role in worksheet.roles.items():
        other = value(f"dL_d{name}")
        if role in (Role.WEIGHT, Role.BIAS) and str(other.head) in worksheet.graph and other != gradient:
            yield Mistake("gradient-of-another-weight", old - rate * other)


_WRONG_LAYER = MappingProxyType(
    {
        Role.WEIGHT: "weight-of-wrong-layer",
        Role.SLOPE: "slope-of-wrong-layer",
        Role.PREACTIVATION: "slope-of-wrong-layer",
        Role.ACTIVATION: "activation-of-wrong-layer",
        Role.INPUT: "activation-of-wrong-layer",
        Role.GRADIENT: "gradient-of-wrong-layer",
    }
)


def _of_wrong_layer(formula: Expr, step: Step, worksheet: Worksheet) -> Iterator[Mistake]:
    """A name of a neighbouring layer used instead, where that layer was at hand when the step was written."""
    at_hand = worksheet.roles.keys() - worksheet.steps.keys() | worksheet.steps_before(step.id)
    for name in sorted(formula.names()):
        role = worksheet.roles[name]
        if role not in _WRONG_LAYER or (step.role is Role.PREACTIVATION and role is not Role.WEIGHT):
            continue
        for other in _neighbours(name, role):
            if other in at_hand and other not in formula.names():
                yield Mistake(_WRONG_LAYER[role], _renamed(formula, name, other))


def _neighbours(name: str, role: Role) -> tuple[str, ...]:
    """The same value one layer before and one behind; before the first activation comes the input."""
    if role is Role.INPUT:
        return ("a1",)
    layered = _LAYER.match(name)
    if layered is None:
        return ()
    before, behind = f"{layered[1]}{int(layered[2]) - 1}", f"{layered[1]}{int(layered[2]) + 1}"
    return ("x" if before == "a0" else before, behind)


def _renamed(formula: Expr, name: str, other: str) -> Expr:
    """With the routes from a to the slope at z renamed along."""
    if formula.head is Op.EITHER:
        return _renamed(formula.args[0], name, other)
    if formula.head == name:
        return Expr(other)
    return Expr(formula.head, tuple(_renamed(arg, name, other) for arg in formula.args))
