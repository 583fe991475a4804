"""Readings that share no formula with the product: mpmath at 50 digits, and complex numbers for complex steps."""

from __future__ import annotations

from functools import reduce
from operator import add, mul

import mpmath
import numpy as np

from problems.graph import Op, Reading

mpmath.mp.dps = 50


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


MPMATH = Reading(
    number=np.vectorize(mpmath.mpf, otypes=[object]),
    rules={
        Op.ADD: lambda *terms: reduce(add, terms),
        Op.SUB: lambda x, y: x - y,
        Op.NEG: lambda x: -x,
        Op.MUL: lambda *factors: reduce(mul, factors),
        Op.MATVEC_T: lambda x, w: (x[:, None] * w[None]).sum(axis=2),
        Op.MAX: lambda values: values.max(axis=0),
        Op.EITHER: lambda first, *_others: first,
        Op.SIGMOID: _each(_sigmoid),
        Op.SIGMOID_SLOPE: _each(lambda z: _sigmoid(z) * _sigmoid(-z)),
        Op.SIGMOID_SLOPE_AT_VALUE: _each(lambda a: a - a * a),
        Op.TANH: _each(mpmath.tanh),
        Op.TANH_SLOPE: _each(lambda z: mpmath.sech(z) ** 2),
        Op.TANH_SLOPE_AT_VALUE: _each(lambda a: 1 - a * a),
        Op.RELU: _each(lambda z: max(z, mpmath.mpf(0))),
        Op.RELU_SLOPE: _each(lambda z: mpmath.mpf(z > 0)),
        Op.LEAKY_RELU: _each(_leaky),
        Op.LEAKY_RELU_SLOPE: _each(lambda z, alpha: mpmath.mpf(1) if z > 0 else alpha),
        Op.SQUARED_ERROR: _each(lambda prediction, target: (prediction - target) ** 2),
        Op.HALF_SQUARED_ERROR: _each(lambda prediction, target: (prediction - target) ** 2 / 2),
        Op.DEAD: _each(lambda z: mpmath.mpf(z <= 0)),
        Op.GROWTH: _each(_growth),
    },
)

COMPLEX = Reading(
    number=lambda value: np.asarray(value, dtype=complex),
    rules={
        Op.ADD: lambda *terms: reduce(add, terms),
        Op.SUB: lambda x, y: x - y,
        Op.NEG: lambda x: -x,
        Op.MUL: lambda *factors: reduce(mul, factors),
        Op.SIGMOID: lambda z: 1 / (1 + np.exp(-z)),
        Op.TANH: np.tanh,
        Op.RELU: lambda z: np.where(z.real > 0, z, 0),
        Op.LEAKY_RELU: lambda z, alpha: np.where(z.real > 0, z, alpha * z),
        Op.SQUARED_ERROR: lambda prediction, target: (prediction - target) ** 2,
        Op.HALF_SQUARED_ERROR: lambda prediction, target: (prediction - target) ** 2 / 2,
    },
)
