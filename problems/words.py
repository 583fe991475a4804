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
    """An activation function: its value, its slope, and the slope read off its value where a textbook does so.

    `error` is the difference of its value to a target, exact where the two are next to each other.
    """

    title: str
    value: Op | None = None
    slope: Op | None = None
    slope_at_value: Op | None = None
    parameter: str | None = None
    error: Op | None = None

    def _arguments(self, of: str) -> tuple[Expr, ...]:
        return (value(of),) if self.parameter is None else (value(of), value(self.parameter))

    def at(self, z: str) -> Expr:
        """The activation at the step or given number z."""
        return value(z) if self.value is None else Expr(self.value, self._arguments(z))

    def slope_at(self, z: str, a: str | None = None) -> Expr:
        """The derivative at z, by either route where a, the value at z, is written down too; 1 of a linear unit."""
        if self.slope is None:
            return number(1)
        at_z = Expr(self.slope, self._arguments(z))
        if self.slope_at_value is None or a is None:
            return at_z
        return either(at_z, Expr(self.slope_at_value, self._arguments(a)))


ACTIVATIONS = {
    "linear": Activation("linear"),
    "sigmoid": Activation("sigmoid", Op.SIGMOID, Op.SIGMOID_SLOPE, Op.SIGMOID_SLOPE_AT_VALUE, error=Op.SIGMOID_ERROR),
    "tanh": Activation("tanh", Op.TANH, Op.TANH_SLOPE, Op.TANH_SLOPE_AT_VALUE, error=Op.TANH_ERROR),
    "relu": Activation("ReLU", Op.RELU, Op.RELU_SLOPE),
    "leaky-relu": Activation("leaky ReLU", Op.LEAKY_RELU, Op.LEAKY_RELU_SLOPE, parameter="alpha"),
    "prelu": Activation("PReLU", Op.PRELU, Op.PRELU_SLOPE, parameter="alpha"),
    "elu": Activation("ELU", Op.ELU, Op.ELU_SLOPE, Op.ELU_SLOPE_AT_VALUE, parameter="alpha"),
    "softmax": Activation("softmax", Op.SOFTMAX, error=Op.SOFTMAX_ERROR),
}
SCALAR_ACTIVATIONS = tuple(name for name, one in ACTIVATIONS.items() if one.slope is not None)
"""Those that have a slope at a single z."""


def loss(name: str, output: str, target: str, units: int, z: str, error: Op | None = None) -> Expr:
    """The loss of that name at an output a = f(z) of so many units; raises KeyError for a name that is none.

    The cross-entropies take the output of sigmoid or softmax units; from their z they stay exact under saturation. So
    does a squared loss of a layer whose activation has an `error`.
    """
    a, y = value(output), value(target)
    if name == "binary-cross-entropy":
        return either(apply(Op.SIGMOID_CROSS_ENTROPY, value(z), y), apply(Op.BINARY_CROSS_ENTROPY, a, y))
    if name == "softmax-cross-entropy":
        return either(apply(Op.SOFTMAX_CROSS_ENTROPY, value(z), y), apply(Op.CROSS_ENTROPY, a, y))
    averaged = name == "mean-squared"
    plain = apply(LOSSES["squared" if averaged else name], a, y)
    if error is not None:
        squares = apply(Op.SUM, apply(Op.SQUARE, apply(error, value(z), y)))
        exact = number(0.5) * squares if name == "half-squared" else squares
        return either(exact / number(units), plain / number(units)) if averaged else either(exact, plain)
    return plain / number(units) if averaged else plain


LOSSES = {"squared": Op.SQUARED_ERROR, "half-squared": Op.HALF_SQUARED_ERROR}
"""Losses of any output ŷ and a target y, each written op(ŷ, y)."""
LOSS_NAMES = (*LOSSES, "mean-squared", "binary-cross-entropy", "softmax-cross-entropy")
OUTPUT_OF_LOSS = {"binary-cross-entropy": "sigmoid", "softmax-cross-entropy": "softmax"}
"""The activation of the last layer that a loss calls for."""
