"""A reading that shares no formula with the product: mpmath at 50 digits."""

from __future__ import annotations

from functools import reduce
from operator import add, mul

import mpmath
import numpy as np

from problems.graph import Op, Reading

mpmath.mp.dps = 50
ZERO, ONE = mpmath.mpf(0), mpmath.mpf(1)


def _each(function):
    def rule(*args):
        return np.vectorize(function, otypes=[object])(*args)

    return rule


def _sigmoid(z):
    return 1 / (1 + mpmath.exp(-z))


def _growth(gradient, arriving):
    ratio = abs(gradient) / abs(arriving)
    return mpmath.mpf(0 if ratio < mpmath.mpf("0.1") else 2 if ratio > 10 else 1)


def _leaky(z, alpha):
    return z if z > 0 else alpha * z


def _elu(z, alpha):
    return z if z > 0 else alpha * (mpmath.exp(z) - 1)


def _units(values):
    return values if values.ndim <= 1 else values.sum(axis=0)


def _softmax(z):
    shares = _each(mpmath.exp)(z)
    return shares / shares.sum(axis=0)


def _entropy(y, p):
    return ZERO if y == 0 else -y * mpmath.log(p)


def _cross_entropy(p, y):
    return _each(_entropy)(y, p).sum(axis=0)


def _binary(a, y):
    return _units(_each(lambda a, y: _entropy(y, a) + _entropy(1 - y, 1 - a))(a, y))


def _squared(prediction, target):
    return _units((prediction - target) ** 2)


def _first_beyond(size, bound):
    layers = np.array([mpmath.mpf(layer) for layer in range(1, len(size) + 1)], dtype=object)[:, None]
    return _each(lambda s, b, layer: layer if abs(s) > b else ZERO)(size, bound, layers).max(axis=0)


def _course(factor):
    return mpmath.mpf(2 if abs(factor) >= 1 else 1 if factor < 0 else 0)


MPMATH = Reading(
    number=lambda value: np.atleast_1d(np.vectorize(mpmath.mpf, otypes=[object])(value)),
    route=0,
    rules={
        Op.ADD: lambda *terms: reduce(add, terms),
        Op.SUB: lambda x, y: x - y,
        Op.NEG: lambda x: -x,
        Op.MUL: lambda *factors: reduce(mul, factors),
        Op.DIV: lambda x, y: x / y,
        Op.ABS: _each(abs),
        Op.SQUARE: lambda x: x * x,
        Op.SQRT: _each(mpmath.sqrt),
        Op.POWER: _each(mpmath.power),
        Op.LOG10: _each(mpmath.log10),
        Op.POWER_OF_TEN: _each(lambda x: mpmath.power(10, x)),
        Op.STACK: lambda *entries: np.stack(np.broadcast_arrays(*entries)),
        Op.SUM: lambda x: x.sum(axis=0),
        Op.MEAN: lambda x: x.sum(axis=0) / len(x),
        Op.MAX: lambda values: values.max(axis=0),
        Op.DOT: lambda x, y: x * y if x.ndim == 1 else (x * y).sum(axis=0),
        Op.MATVEC: lambda w, a: (w * a[None]).sum(axis=1),
        Op.BACK_MATVEC: lambda w, delta: (w * delta[:, None]).sum(axis=0),
        Op.OUTER: lambda delta, a: delta[:, None] * a[None],
        Op.LAYER_OF_ROWS: lambda x, w: (x[:, None] * w[None]).sum(axis=2),
        Op.SIGMOID: _each(_sigmoid),
        Op.SIGMOID_SLOPE: _each(lambda z: _sigmoid(z) * _sigmoid(-z)),
        Op.SIGMOID_SLOPE_AT_VALUE: _each(lambda a: a - a * a),
        Op.TANH: _each(mpmath.tanh),
        Op.TANH_SLOPE: _each(lambda z: mpmath.sech(z) ** 2),
        Op.TANH_SLOPE_AT_VALUE: _each(lambda a: 1 - a * a),
        Op.RELU: _each(lambda z: max(z, ZERO)),
        Op.RELU_SLOPE: _each(lambda z: mpmath.mpf(z > 0)),
        Op.LEAKY_RELU: _each(_leaky),
        Op.LEAKY_RELU_SLOPE: _each(lambda z, alpha: ONE if z > 0 else alpha),
        Op.PRELU: _each(_leaky),
        Op.PRELU_SLOPE: _each(lambda z, alpha: ONE if z > 0 else alpha),
        Op.NEGATIVE_PART: _each(lambda z: min(z, ZERO)),
        Op.ELU: _each(_elu),
        Op.ELU_SLOPE: _each(lambda z, alpha: ONE if z > 0 else alpha * mpmath.exp(z)),
        Op.ELU_SLOPE_AT_VALUE: _each(lambda a, alpha: ONE if a > 0 else a + alpha),
        Op.SOFTMAX: _softmax,
        Op.SOFTMAX_BACK: lambda a, gradient: a * (gradient - (a * gradient).sum(axis=0)),
        Op.SQUARED_ERROR: _squared,
        Op.HALF_SQUARED_ERROR: lambda prediction, target: _squared(prediction, target) / 2,
        Op.BINARY_CROSS_ENTROPY: _binary,
        Op.SIGMOID_CROSS_ENTROPY: lambda z, y: _binary(_each(_sigmoid)(z), y),
        Op.CROSS_ENTROPY: _cross_entropy,
        Op.SOFTMAX_CROSS_ENTROPY: lambda z, y: _cross_entropy(_softmax(z), y),
        Op.SIGMOID_ERROR: _each(lambda z, y: _sigmoid(z) - y),
        Op.TANH_ERROR: _each(lambda z, y: mpmath.tanh(z) - y),
        Op.SOFTMAX_ERROR: lambda z, y: _softmax(z) - y,
        Op.CROSS_ENTROPY_SLOPE: _each(lambda z, y: (_sigmoid(z) - y) / (_sigmoid(z) * _sigmoid(-z))),
        Op.CROSS_ENTROPY_SLOPE_AT_VALUE: _each(lambda a, y: (a - y) / (a - a * a)),
        Op.CLIP: _each(lambda x, bound: max(min(x, bound), -bound)),
        Op.AT_MOST_ONE: _each(lambda x: min(x, ONE)),
        Op.LOOKUP: lambda entries, places: _each(lambda place: entries[int(place), 0])(places),
        Op.CHOSEN: lambda chosen: chosen,
        Op.DEAD: _each(lambda z: mpmath.mpf(z <= 0)),
        Op.GROWTH: _each(_growth),
        Op.FIRST_BEYOND: _first_beyond,
        Op.COURSE: _each(_course),
    },
)


def shared(rng, classes, *, one_hot=False):
    """Targets whose sum is 1 to the last bit, so that p - y is the gradient to the last bit."""
    whole = 1 if one_hot else 64
    return rng.multinomial(whole, np.ones(classes) / classes) / whole
