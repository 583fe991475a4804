"""The complex reading: plain textbook formulas on complex numbers, to check the exact reading by another way.

It shares no formula with the exact reading and takes the other routes. A value nudged by ih carries its derivative in
the imaginary part, exactly: f(x + ih) = f(x) + ih f′(x) up to h² (Squire and Trapp 1998, SIAM Review 40, 110-112).
"""

from __future__ import annotations

from functools import reduce
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from problems.graph import Op, Reading

if TYPE_CHECKING:
    from collections.abc import Callable

Array = NDArray[np.complex128]

NUDGE = 1e-30
"""h: its square is below what float64 can tell from 1."""


def _sigmoid(z: Array) -> Array:
    power: Array = np.exp(-z)
    return 1.0 / (1.0 + power)


def _tanh(z: Array) -> Array:
    return 2.0 * _sigmoid(2.0 * z) - 1.0


def _positive(z: Array, here: Any, beyond: Any) -> Any:  # noqa: ANN401 - numbers or arrays
    return np.where(z.real > 0, here, beyond)


def _softmax(z: Array) -> Array:
    shares: Array = np.exp(z - z.real.max(axis=0))
    total: Array = shares.sum(axis=0)
    return shares / total


def _units(values: Any) -> Any:  # noqa: ANN401 - arrays
    return values if values.ndim <= 1 else values.sum(axis=0)


def _squared_error(prediction: Array, target: Array) -> Any:  # noqa: ANN401 - an array
    return _units((prediction - target) ** 2)


def _entropy(y: Array, p: Array) -> Any:  # noqa: ANN401 - an array
    """-y ln p, 0 where y is 0."""
    return np.where(y == 0, 0.0, -y * np.log(np.where(y == 0, 1.0, p)))


def _binary_cross_entropy(a: Array, y: Array) -> Any:  # noqa: ANN401 - an array
    return _units(_entropy(y, a) + _entropy(1.0 - y, 1.0 - a))


def _growth(gradient: Array, arriving: Array) -> Array:
    ratio = abs(gradient.real) / abs(arriving.real)
    return np.select([ratio < 0.1, ratio > 10.0], [0.0, 2.0], 1.0).astype(complex)  # noqa: PLR2004 - ten times


def _first_beyond(size: Array, bound: Array) -> Array:
    beyond = abs(size.real) > bound.real
    last = len(beyond) - np.argmax(beyond[::-1], axis=0)
    return np.where(beyond.any(axis=0), last, 0).astype(complex)


def _course(factor: Array) -> Array:
    size = abs(factor.real)
    return np.select([size >= 1.0, factor.real < 0], [2.0, 1.0], 0.0).astype(complex)


def _size(x: Array) -> Array:
    return np.where(x.real < 0, -x, x)


def _clip(x: Array, bound: Array) -> Array:
    return np.where(_size(x).real > bound.real, np.sign(x.real) * bound, x)


_RULES: MappingProxyType[Op, Callable[..., Array]] = MappingProxyType(
    {
        Op.ADD: lambda *terms: sum(terms[1:], terms[0]),
        Op.SUB: lambda x, y: x - y,
        Op.NEG: lambda x: -x,
        Op.MUL: lambda *factors: reduce(lambda x, y: x * y, factors),
        Op.DIV: lambda x, y: x / y,
        Op.ABS: _size,
        Op.SQUARE: lambda x: x * x,
        Op.SQRT: lambda x: x**0.5,
        Op.POWER: lambda x, n: np.exp(n * np.log(x)),
        Op.LOG10: lambda x: np.log(x) / np.log(10.0),
        Op.POWER_OF_TEN: lambda x: np.exp(x * np.log(10.0)),
        Op.STACK: lambda *entries: np.stack(np.broadcast_arrays(*entries)),
        Op.SUM: lambda x: x.sum(axis=0),
        Op.MEAN: lambda x: x.mean(axis=0),
        Op.MAX: lambda x: x.real.max(axis=0).astype(complex),
        Op.DOT: lambda x, y: x * y if x.ndim == 1 else (x * y).sum(axis=0),
        Op.MATVEC: lambda w, a: (w * a[np.newaxis]).sum(axis=1),
        Op.BACK_MATVEC: lambda w, delta: (w * delta[:, np.newaxis]).sum(axis=0),
        Op.OUTER: lambda delta, a: delta[:, np.newaxis] * a[np.newaxis],
        Op.LAYER_OF_ROWS: lambda x, w: (x[:, np.newaxis] * w[np.newaxis]).sum(axis=2),
        Op.SIGMOID: _sigmoid,
        Op.SIGMOID_SLOPE: lambda z: _sigmoid(z) * _sigmoid(-z),
        Op.SIGMOID_SLOPE_AT_VALUE: lambda a: a - a * a,
        Op.TANH: _tanh,
        Op.TANH_SLOPE: lambda z: 4.0 * _sigmoid(2.0 * z) * _sigmoid(-2.0 * z),
        Op.TANH_SLOPE_AT_VALUE: lambda a: 1.0 - a * a,
        Op.RELU: lambda z: _positive(z, z, 0.0),
        Op.RELU_SLOPE: lambda z: _positive(z, 1.0, 0.0),
        Op.LEAKY_RELU: lambda z, alpha: _positive(z, z, alpha * z),
        Op.LEAKY_RELU_SLOPE: lambda z, alpha: _positive(z, 1.0, alpha),
        Op.PRELU: lambda z, alpha: _positive(z, z, alpha * z),
        Op.PRELU_SLOPE: lambda z, alpha: _positive(z, 1.0, alpha),
        Op.NEGATIVE_PART: lambda z: _positive(z, 0.0, z),
        Op.ELU: lambda z, alpha: _positive(z, z, alpha * (np.exp(_positive(z, 0.0, z)) - 1.0)),
        Op.ELU_SLOPE: lambda z, alpha: _positive(z, 1.0, alpha * np.exp(_positive(z, 0.0, z))),
        Op.ELU_SLOPE_AT_VALUE: lambda a, alpha: _positive(a, 1.0, a + alpha),
        Op.SOFTMAX: _softmax,
        Op.SOFTMAX_BACK: lambda a, gradient: a * (gradient - (a * gradient).sum(axis=0)),
        Op.SQUARED_ERROR: _squared_error,
        Op.HALF_SQUARED_ERROR: lambda prediction, target: _squared_error(prediction, target) / 2.0,
        Op.BINARY_CROSS_ENTROPY: _binary_cross_entropy,
        Op.SIGMOID_CROSS_ENTROPY: lambda z, y: _binary_cross_entropy(_sigmoid(z), y),
        Op.CROSS_ENTROPY: lambda p, y: _entropy(y, p).sum(axis=0),
        Op.SOFTMAX_CROSS_ENTROPY: lambda z, y: _entropy(y, _softmax(z)).sum(axis=0),
        Op.SIGMOID_ERROR: lambda z, y: _sigmoid(z) - y,
        Op.TANH_ERROR: lambda z, y: _tanh(z) - y,
        Op.SOFTMAX_ERROR: lambda z, y: _softmax(z) - y,
        Op.CROSS_ENTROPY_SLOPE: lambda z, y: (_sigmoid(z) - y) / (_sigmoid(z) * _sigmoid(-z)),
        Op.CROSS_ENTROPY_SLOPE_AT_VALUE: lambda a, y: (a - y) / (a - a * a),
        Op.CLIP: _clip,
        Op.AT_MOST_ONE: lambda x: np.where(x.real > 1.0, 1.0, x),
        Op.LOOKUP: lambda entries, places: entries[places.real.astype(int), 0],
        Op.CHOSEN: lambda chosen: chosen,
        Op.DEAD: lambda z: _positive(z, 0.0, 1.0),
        Op.GROWTH: _growth,
        Op.FIRST_BEYOND: _first_beyond,
        Op.COURSE: _course,
    }
)

COMPLEX: Reading[Array] = Reading(
    rules=_RULES,
    number=lambda value: np.atleast_1d(np.asarray(value, dtype=np.complex128)),
    read_back=lambda expected, nudge: expected + nudge,
    route=-1,
)
"""A written step is no value here but a nudge that is added to it."""
