"""What people get wrong: the same graph with one formula replaced.

A mistake is declared once, beside the primitive it misreads or for the role of the step it spoils, and found in every
family whose formulas have such a place. What each is called and what is said of it stands in `mistake_kinds.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from problems.family import Role
from problems.graph import CHOICES, Expr, Op
from problems.mistake_kinds import KINDS
from problems.words import add, apply, multiply, number, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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


_Rewrite = tuple[str, Expr]


def _sigmoid(z: Expr) -> Iterator[_Rewrite]:
    yield "exponent-sign", apply(Op.SIGMOID, -z)
    yield "slope-for-value", apply(Op.SIGMOID_SLOPE, z)
    yield "activation-skipped", z
    yield "other-activation", apply(Op.TANH, z)


def _tanh(z: Expr) -> Iterator[_Rewrite]:
    yield "slope-for-value", apply(Op.TANH_SLOPE, z)
    yield "activation-skipped", z
    yield "other-activation", apply(Op.SIGMOID, z)


def _sigmoid_slope(z: Expr) -> Iterator[_Rewrite]:
    a = apply(Op.SIGMOID, z)
    yield "value-for-slope", a
    yield "slope-at-value", apply(Op.SIGMOID_SLOPE, a)
    yield "value-squared", a * a
    yield "one-minus-value", number(1) - a
    yield "slope-from-z", z * (number(1) - z)
    yield "tanh-slope-of-sigmoid", apply(Op.TANH_SLOPE_AT_VALUE, a)


def _tanh_slope(z: Expr) -> Iterator[_Rewrite]:
    a = apply(Op.TANH, z)
    yield "value-for-slope", a
    yield "slope-at-value", apply(Op.TANH_SLOPE, a)
    yield "value-squared", a * a
    yield "one-minus-value", number(1) - a
    yield "slope-from-z", number(1) - z * z
    yield "sigmoid-slope-of-tanh", apply(Op.SIGMOID_SLOPE_AT_VALUE, a)


def _relu(z: Expr) -> Iterator[_Rewrite]:
    yield "activation-skipped", z
    yield "absolute-value", apply(Op.RELU, z) + apply(Op.RELU, -z)
    yield "negative-part", -apply(Op.RELU, -z)
    yield "slope-for-value", apply(Op.RELU_SLOPE, z)


def _relu_slope(z: Expr) -> Iterator[_Rewrite]:
    yield "value-for-slope", apply(Op.RELU, z)
    yield "relu-slope-is-z", z
    yield "slope-one-everywhere", number(1)
    yield "slope-sides-swapped", number(1) - apply(Op.RELU_SLOPE, z)
    yield "absolute-value", apply(Op.RELU_SLOPE, z) - apply(Op.RELU_SLOPE, -z)


def _leaky_relu(z: Expr, alpha: Expr) -> Iterator[_Rewrite]:
    yield "leak-left-out", apply(Op.RELU, z)
    yield "activation-skipped", z
    yield "leak-on-positive-side", alpha * apply(Op.RELU, z) - apply(Op.RELU, -z)
    yield "leak-everywhere", alpha * z
    yield "slope-for-value", apply(Op.LEAKY_RELU_SLOPE, z, alpha)


def _leaky_relu_slope(z: Expr, alpha: Expr) -> Iterator[_Rewrite]:
    yield "leak-left-out", apply(Op.RELU_SLOPE, z)
    yield "slope-one-everywhere", number(1)
    yield "leak-on-positive-side", number(1) + alpha - apply(Op.LEAKY_RELU_SLOPE, z, alpha)
    yield "leak-everywhere", alpha
    yield "value-for-slope", apply(Op.LEAKY_RELU, z, alpha)


def _squared_error(prediction: Expr, target: Expr) -> Iterator[_Rewrite]:
    yield "half-added", apply(Op.HALF_SQUARED_ERROR, prediction, target)
    yield "square-left-out", prediction - target


def _half_squared_error(prediction: Expr, target: Expr) -> Iterator[_Rewrite]:
    yield "half-left-out", apply(Op.SQUARED_ERROR, prediction, target)
    yield "square-left-out", prediction - target


def _difference(left: Expr, right: Expr) -> Iterator[_Rewrite]:
    yield "error-sign", right - left


PRIMITIVES: Mapping[Op, Callable[..., Iterator[_Rewrite]]] = MappingProxyType(
    {
        Op.SIGMOID: _sigmoid,
        Op.TANH: _tanh,
        Op.SIGMOID_SLOPE: _sigmoid_slope,
        Op.TANH_SLOPE: _tanh_slope,
        Op.RELU: _relu,
        Op.RELU_SLOPE: _relu_slope,
        Op.LEAKY_RELU: _leaky_relu,
        Op.LEAKY_RELU_SLOPE: _leaky_relu_slope,
        Op.SQUARED_ERROR: _squared_error,
        Op.HALF_SQUARED_ERROR: _half_squared_error,
        Op.SUB: _difference,
    }
)
"""Primitive -> the ways in which it is misread, from its arguments."""

_SLOPES = (Op.SIGMOID_SLOPE, Op.TANH_SLOPE, Op.RELU_SLOPE, Op.LEAKY_RELU_SLOPE, Op.EITHER)
_LAYER = re.compile(r"(.*?)(\d+)$")


@lru_cache(maxsize=1024)
def mistakes_of(worksheet: Worksheet) -> Mapping[str, tuple[Mistake, ...]]:
    """Step id -> the mistakes that can be made there, no formula twice."""
    written: dict[Expr, Expr] = {}
    found: dict[str, tuple[Mistake, ...]] = {}
    for step in worksheet.steps.values():
        distinct: dict[Expr, Mistake] = {}
        if step.formula.head not in CHOICES:
            for mistake in _mistakes_at(step, worksheet, written):
                if mistake.formula != step.formula:
                    distinct.setdefault(mistake.formula, mistake)
        found[step.id] = tuple(distinct.values())
        written[step.formula] = value(step.id)
    return MappingProxyType(found)


def _mistakes_at(step: Step, worksheet: Worksheet, written: Mapping[Expr, Expr]) -> Iterator[Mistake]:
    yield from _misread_primitives(step.formula, written)
    if step.role is Role.PREACTIVATION:
        yield from _forward(step.formula, worksheet)
    if step.role is Role.GRADIENT:
        yield from _backward(step.formula, worksheet)
    if step.role in (Role.PREACTIVATION, Role.GRADIENT):
        yield from _of_wrong_layer(step, worksheet)


def _places(formula: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Each primitive application inside, with what to replace: a choice of routes is misread as a whole."""
    if formula.head is Op.EITHER:
        yield formula, formula.args[0]
        return
    yield formula, formula
    for arg in formula.args:
        yield from _places(arg)


def _misread_primitives(formula: Expr, written: Mapping[Expr, Expr]) -> Iterator[Mistake]:
    for place, primitive in _places(formula):
        if not isinstance(primitive.head, Op) or primitive.head not in PRIMITIVES:
            continue
        for slug, rewrite in PRIMITIVES[primitive.head](*primitive.args):
            wrong = rewrite
            for part in rewrite.nodes():  # what is written down already is taken from there
                if part in written and part != formula:
                    wrong = wrong.replace(part, written[part])
            yield Mistake(slug, formula.replace(place, wrong))


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
        for name in sorted(term.names()):
            if roles.get(name) is Role.ACTIVATION:
                layered = _LAYER.match(name)
                z = f"z{layered[2]}" if layered else "z"
                if z in worksheet.graph:
                    yield Mistake("activation-not-passed-on", formula.replace(value(name), value(z)))
                if "x" in roles:
                    yield Mistake("input-again", formula.replace(value(name), value("x")))


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


def _left_out(factor: Expr, worksheet: Worksheet) -> str:
    """The slug for leaving this factor of a gradient out."""
    if factor.head in _SLOPES:
        return "slope-left-out"
    if factor.head is Op.SUB:
        return "error-left-out"
    if isinstance(factor.head, float):
        return "number-left-out"
    return _LEFT_OUT.get(worksheet.roles[str(factor.head)], "gradient-left-out")


def _backward(formula: Expr, worksheet: Worksheet) -> Iterator[Mistake]:
    factors = formula.operands(Op.MUL)
    if len(factors) == 1:
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


_WRONG_LAYER = MappingProxyType(
    {
        Role.WEIGHT: "weight-of-wrong-layer",
        Role.SLOPE: "slope-of-wrong-layer",
        Role.PREACTIVATION: "slope-of-wrong-layer",
        Role.ACTIVATION: "activation-of-wrong-layer",
        Role.INPUT: "activation-of-wrong-layer",
    }
)


def _of_wrong_layer(step: Step, worksheet: Worksheet) -> Iterator[Mistake]:
    """A name of a neighbouring layer used instead, where that layer was at hand when the step was written."""
    at_hand = worksheet.roles.keys() - worksheet.steps.keys() | worksheet.steps_before(step.id)
    for name in sorted(step.formula.names()):
        role = worksheet.roles[name]
        if role not in _WRONG_LAYER or (step.role is Role.PREACTIVATION and role is not Role.WEIGHT):
            continue
        for other in _neighbours(name, role):
            if other in at_hand and other not in step.formula.names():
                yield Mistake(_WRONG_LAYER[role], _renamed(step.formula, name, other))


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
