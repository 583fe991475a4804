"""The words that formulas are written in."""

from __future__ import annotations

from typing import NamedTuple

from problems.graph import Expr, Op


def value(name: str) -> Expr:
    """The given number or earlier step of that name."""
    return Expr(name)


def number(constant: float) -> Expr:
    """A plain number."""
    return Expr(float(constant))


def add(*terms: Expr) -> Expr:
    """The sum of the terms."""
    return terms[0] if len(terms) == 1 else Expr(Op.ADD, tuple(t for term in terms for t in term.operands(Op.ADD)))


def multiply(*factors: Expr) -> Expr:
    """The product of the factors, in the order in which a textbook would write them."""
    if len(factors) == 1:
        return factors[0]
    return Expr(Op.MUL, tuple(f for factor in factors for f in factor.operands(Op.MUL)))


def either(*routes: Expr) -> Expr:
    """Ways to one value; the first is exact, an honest student may take any."""
    return Expr(Op.EITHER, routes)


def apply(op: Op, *args: Expr) -> Expr:
    """The primitive applied to formulas."""
    return Expr(op, args)


class Activation(NamedTuple):
    """An activation function: its value, its slope, and the slope read off its value where a textbook does so."""

    title: str
    value: Op
    slope: Op
    slope_at_value: Op | None = None
    parameter: str | None = None

    def _arguments(self, z: str) -> tuple[Expr, ...]:
        return (value(z),) if self.parameter is None else (value(z), value(self.parameter))

    def at(self, z: str) -> Expr:
        """The activation at the step or given number z."""
        return Expr(self.value, self._arguments(z))

    def slope_at(self, z: str, a: str | None = None) -> Expr:
        """The derivative at z, by either route where a, the value at z, is written down too."""
        at_z = Expr(self.slope, self._arguments(z))
        if self.slope_at_value is None or a is None:
            return at_z
        return either(at_z, Expr(self.slope_at_value, (value(a),)))


ACTIVATIONS = {
    "sigmoid": Activation("sigmoid", Op.SIGMOID, Op.SIGMOID_SLOPE, Op.SIGMOID_SLOPE_AT_VALUE),
    "tanh": Activation("tanh", Op.TANH, Op.TANH_SLOPE, Op.TANH_SLOPE_AT_VALUE),
    "relu": Activation("ReLU", Op.RELU, Op.RELU_SLOPE),
    "leaky-relu": Activation("leaky ReLU", Op.LEAKY_RELU, Op.LEAKY_RELU_SLOPE, parameter="alpha"),
}

LOSSES = {"squared": Op.SQUARED_ERROR, "half-squared": Op.HALF_SQUARED_ERROR}
"""Losses of a prediction ŷ and a target y, each written op(ŷ, y)."""
