"""Backpropagation of formulas: a forward graph gives its gradient steps in textbook form, by the chain rule."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from problems.graph import Expr, Op
from problems.words import ACTIVATIONS, add, multiply, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from problems.graph import Graph

ONE = number(1.0)


def _times(gradient: Expr, *factors: Expr) -> Expr:
    return multiply(*(factor for factor in (gradient, *factors) if factor != ONE)) if factors else gradient


def _through_product(gradient: Expr, place: int, factors: tuple[Expr, ...]) -> Expr:
    return _times(gradient, *factors[:place], *factors[place + 1 :])


def _through_sum(gradient: Expr, _place: int, _terms: tuple[Expr, ...]) -> Expr:
    return gradient


def _through_difference(gradient: Expr, place: int, _terms: tuple[Expr, ...]) -> Expr:
    return -gradient if place else gradient


def _through_negative(gradient: Expr, _place: int, _terms: tuple[Expr, ...]) -> Expr:
    return -gradient


def _through_error(scale: float) -> Callable[[Expr, int, tuple[Expr, ...]], Expr]:
    def rule(gradient: Expr, place: int, sides: tuple[Expr, ...]) -> Expr:
        error = sides[place] - sides[1 - place]  # d(ŷ - y)² is 2(ŷ - y) by ŷ and 2(y - ŷ) by y
        return _times(gradient, number(scale), error)

    return rule


_RULES: Mapping[Op, Callable[[Expr, int, tuple[Expr, ...]], Expr]] = MappingProxyType(
    {
        Op.ADD: _through_sum,
        Op.SUB: _through_difference,
        Op.NEG: _through_negative,
        Op.MUL: _through_product,
        Op.SQUARED_ERROR: _through_error(2.0),
        Op.HALF_SQUARED_ERROR: _through_error(1.0),
    }
)
_ACTIVATIONS = MappingProxyType({activation.value: activation for activation in ACTIVATIONS.values()})


def _slope(formula: Expr, step: str | None) -> Expr:
    """The slope of the activation that `formula` applies; with the route from its value where that is a step."""
    activation = _ACTIVATIONS[formula.head]  # type: ignore[index]  # only called for activations
    argument = formula.args[0].head
    if not isinstance(argument, str):
        message = f"{activation.title} is applied to a formula; give its argument a step of its own"
        raise TypeError(message)
    return activation.slope_at(argument, step)


def _contributions(formula: Expr, step: str | None, wanted: str, gradient: Expr) -> Iterator[Expr]:
    """What `gradient`, the gradient at `formula`, adds to the gradient at the name `wanted`, once per mention."""
    if formula.head == wanted:
        yield gradient
    elif formula.head in _ACTIVATIONS:
        yield from _contributions(formula.args[0], None, wanted, _times(gradient, _slope(formula, step)))
    elif isinstance(formula.head, Op):
        for place, arg in enumerate(formula.args):
            if wanted in arg.names():
                yield from _contributions(arg, None, wanted, _RULES[formula.head](gradient, place, formula.args))


def backprop(forward: Graph, of: str, by: Sequence[str]) -> dict[str, Expr]:
    """The formulas of the derivatives of step `of` by each name in `by`, under the ids d<of>_d<name>, in that order.

    A derivative that is listed earlier is mentioned by its id; one that is not listed is written out inside the
    others. A slope that is a step of the graph is mentioned by its id too. Raises KeyError for a primitive without a
    derivative.
    """
    listed: list[str] = []
    slopes = {formula: step for step, formula in forward.items() if step != of}

    def named(formula: Expr) -> Expr:
        if formula in slopes and formula.args:
            return Expr(slopes[formula])
        return Expr(formula.head, tuple(map(named, formula.args)))

    def gradient_at(name: str) -> Expr:
        if name == of:
            return ONE
        parts = [
            part
            for step, formula in forward.items()
            if name in formula.names() and (step == of or step in users[of])
            for part in _contributions(formula, step, name, mention(step))
        ]
        return add(*parts) if parts else number(0.0)

    def mention(name: str) -> Expr:
        return Expr(f"d{of}_d{name}") if name in listed else gradient_at(name)

    users = {of: _above(forward, of)}
    found = {}
    for name in by:
        found[f"d{of}_d{name}"] = named(gradient_at(name))
        listed.append(name)
    return found


def _above(graph: Graph, step: str) -> frozenset[str]:
    """The steps that `step` rests on, directly or not."""
    direct = graph[step].names() & graph.keys()
    return direct.union(*(_above(graph, name) for name in direct))
