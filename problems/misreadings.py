"""How primitives are misread: what people compute instead of σ(z), of its slope, of a loss.

Declared once beside each primitive, and found in every formula that applies it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from problems.graph import Expr, Op
from problems.words import apply, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_Rewrite = tuple[str, Expr]

_LN_TEN = number(2.302585092994046)


def _sigmoid(z: Expr) -> Iterator[_Rewrite]:
    yield "exponent-sign", apply(Op.SIGMOID, -z)
    yield "slope-for-value", apply(Op.SIGMOID_SLOPE, z)
    yield "activation-skipped", z
    yield "other-activation", apply(Op.TANH, z)


def _tanh(z: Expr) -> Iterator[_Rewrite]:
    yield "slope-for-value", apply(Op.TANH_SLOPE, z)
    yield "activation-skipped", z
    yield "other-activation", apply(Op.SIGMOID, z)
    yield "half-argument", apply(Op.TANH, z / number(2))
    yield "upside-down", number(1) / apply(Op.TANH, z)


def _sigmoid_slope(z: Expr) -> Iterator[_Rewrite]:
    a = apply(Op.SIGMOID, z)
    yield "value-for-slope", a
    yield "slope-at-value", apply(Op.SIGMOID_SLOPE, a)
    yield "value-squared", a * a
    yield "one-minus-value", number(1) - a
    yield "minus-for-product", a - (number(1) - a)
    yield "slope-from-z", z * (number(1) - z)
    yield "tanh-slope-of-sigmoid", apply(Op.TANH_SLOPE_AT_VALUE, a)


def _tanh_slope(z: Expr) -> Iterator[_Rewrite]:
    a = apply(Op.TANH, z)
    yield "value-for-slope", a
    yield "slope-at-value", apply(Op.TANH_SLOPE, a)
    yield "value-squared", a * a
    yield "one-minus-value", number(1) - a
    yield "one-left-out", -(a * a)
    yield "slope-of-tan", number(1) + a * a
    yield "upside-down", number(1) / (number(1) - a * a)
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
    yield "leak-subtracted", apply(Op.RELU, z) - alpha * z
    yield "slope-for-value", apply(Op.LEAKY_RELU_SLOPE, z, alpha)


def _leaky_relu_slope(z: Expr, alpha: Expr) -> Iterator[_Rewrite]:
    yield "leak-left-out", apply(Op.RELU_SLOPE, z)
    yield "slope-one-everywhere", number(1)
    yield "leak-on-positive-side", number(1) + alpha - apply(Op.LEAKY_RELU_SLOPE, z, alpha)
    yield "leak-everywhere", alpha
    yield "value-for-slope", apply(Op.LEAKY_RELU, z, alpha)


def _elu(z: Expr, alpha: Expr) -> Iterator[_Rewrite]:
    yield "activation-skipped", z
    yield "leak-left-out", apply(Op.RELU, z)
    yield "alpha-left-out", apply(Op.ELU, z, number(1))
    yield "slope-for-value", apply(Op.ELU_SLOPE, z, alpha)
    yield "leak-everywhere", alpha * z


def _elu_slope(z: Expr, alpha: Expr) -> Iterator[_Rewrite]:
    a = apply(Op.ELU, z, alpha)
    on = apply(Op.RELU_SLOPE, z)
    yield "value-for-slope", a
    yield "slope-at-value", apply(Op.ELU_SLOPE, a, alpha)
    yield "slope-from-z", on + (number(1) - on) * (z + alpha)
    yield "leak-left-out", on
    yield "slope-one-everywhere", number(1)
    yield "alpha-left-out", apply(Op.ELU_SLOPE, z, number(1))
    yield "elu-slope-without-alpha", on + (number(1) - on) * a
    yield "leak-everywhere", alpha


def _negative_part(z: Expr) -> Iterator[_Rewrite]:
    yield "prelu-learned-from-z", z
    yield "positive-part-kept", apply(Op.RELU, z)


def _softmax(z: Expr) -> Iterator[_Rewrite]:
    yield "sigmoid-for-softmax", apply(Op.SIGMOID, z)
    yield "softmax-without-exp", z / apply(Op.SUM, z)
    yield "softmax-sum-without-exp", apply(Op.POWER_OF_TEN, z / _LN_TEN) / apply(Op.SUM, z)
    yield "activation-skipped", z


def _softmax_back(a: Expr, gradient: Expr) -> Iterator[_Rewrite]:
    yield "softmax-slope-of-own-entry", a * (number(1) - a) * gradient
    yield "slope-left-out", gradient
    yield "gradient-left-out", a * (number(1) - a)
    yield "softmax-sum-left-out", a * gradient


def _softmax_error(z: Expr, y: Expr) -> Iterator[_Rewrite]:
    p = apply(Op.SOFTMAX, z)
    yield "error-sign", y - p
    yield "extra-slope", (p - y) * p * (number(1) - p)
    yield "target-left-out", p


def _saturating_error(activation: Op) -> Callable[..., Iterator[_Rewrite]]:
    def rewrites(z: Expr, y: Expr) -> Iterator[_Rewrite]:
        a = apply(activation, z)
        yield "error-sign", y - a
        yield "target-left-out", a
        yield "error-at-z", z - y

    return rewrites


def _cross_entropy(p: Expr, y: Expr) -> Iterator[_Rewrite]:
    loss = apply(Op.CROSS_ENTROPY, p, y)
    yield "log-base-ten", loss / _LN_TEN
    yield "minus-left-out", -loss
    yield "probability-of-all", -apply(Op.SUM, apply(Op.LOG10, p)) * _LN_TEN
    yield "softmax-twice", apply(Op.SOFTMAX_CROSS_ENTROPY, p, y)


def _softmax_cross_entropy(z: Expr, y: Expr) -> Iterator[_Rewrite]:
    yield from _cross_entropy(apply(Op.SOFTMAX, z), y)


def _binary_cross_entropy(a: Expr, y: Expr) -> Iterator[_Rewrite]:
    loss = apply(Op.BINARY_CROSS_ENTROPY, a, y)
    yield "log-base-ten", loss / _LN_TEN
    yield "minus-left-out", -loss
    yield "target-turned-round", apply(Op.BINARY_CROSS_ENTROPY, a, number(1) - y)


def _sigmoid_cross_entropy(z: Expr, y: Expr) -> Iterator[_Rewrite]:
    yield from _binary_cross_entropy(apply(Op.SIGMOID, z), y)


def _cross_entropy_slope(a: Expr, y: Expr) -> Iterator[_Rewrite]:
    yield "slope-of-loss-without-denominator", a - y
    yield "error-sign", -apply(Op.CROSS_ENTROPY_SLOPE_AT_VALUE, a, y)


def _cross_entropy_slope_from_z(z: Expr, y: Expr) -> Iterator[_Rewrite]:
    yield from _cross_entropy_slope(apply(Op.SIGMOID, z), y)


def _squared_error(prediction: Expr, target: Expr) -> Iterator[_Rewrite]:
    yield "half-added", apply(Op.HALF_SQUARED_ERROR, prediction, target)
    yield "square-left-out", prediction - target


def _half_squared_error(prediction: Expr, target: Expr) -> Iterator[_Rewrite]:
    yield "half-left-out", apply(Op.SQUARED_ERROR, prediction, target)
    yield "square-left-out", prediction - target


def _difference(left: Expr, right: Expr) -> Iterator[_Rewrite]:
    yield "error-sign", right - left


def _matvec(weights: Expr, a: Expr) -> Iterator[_Rewrite]:
    yield "weights-transposed", apply(Op.BACK_MATVEC, weights, a)


def _back_matvec(weights: Expr, delta: Expr) -> Iterator[_Rewrite]:
    yield "weights-not-transposed", apply(Op.MATVEC, weights, delta)


def _outer(delta: Expr, a: Expr) -> Iterator[_Rewrite]:
    yield "outer-transposed", apply(Op.OUTER, a, delta)


def _clip(x: Expr, _bound: Expr) -> Iterator[_Rewrite]:
    yield "not-clipped", x


MISREADINGS: Mapping[Op, Callable[..., Iterator[_Rewrite]]] = MappingProxyType(
    {
        Op.SIGMOID: _sigmoid,
        Op.TANH: _tanh,
        Op.SIGMOID_SLOPE: _sigmoid_slope,
        Op.TANH_SLOPE: _tanh_slope,
        Op.RELU: _relu,
        Op.RELU_SLOPE: _relu_slope,
        Op.LEAKY_RELU: _leaky_relu,
        Op.LEAKY_RELU_SLOPE: _leaky_relu_slope,
        Op.PRELU: _leaky_relu,
        Op.PRELU_SLOPE: _leaky_relu_slope,
        Op.NEGATIVE_PART: _negative_part,
        Op.ELU: _elu,
        Op.ELU_SLOPE: _elu_slope,
        Op.SOFTMAX: _softmax,
        Op.SOFTMAX_ERROR: _softmax_error,
        Op.SOFTMAX_BACK: _softmax_back,
        Op.SIGMOID_ERROR: _saturating_error(Op.SIGMOID),
        Op.TANH_ERROR: _saturating_error(Op.TANH),
        Op.SQUARED_ERROR: _squared_error,
        Op.HALF_SQUARED_ERROR: _half_squared_error,
        Op.CROSS_ENTROPY: _cross_entropy,
        Op.SOFTMAX_CROSS_ENTROPY: _softmax_cross_entropy,
        Op.BINARY_CROSS_ENTROPY: _binary_cross_entropy,
        Op.SIGMOID_CROSS_ENTROPY: _sigmoid_cross_entropy,
        Op.CROSS_ENTROPY_SLOPE: _cross_entropy_slope_from_z,
        Op.CROSS_ENTROPY_SLOPE_AT_VALUE: _cross_entropy_slope,
        Op.MATVEC: _matvec,
        Op.BACK_MATVEC: _back_matvec,
        Op.OUTER: _outer,
        Op.CLIP: _clip,
        Op.SUB: _difference,
    }
)
"""Primitive -> the ways in which it is misread, from its arguments."""
