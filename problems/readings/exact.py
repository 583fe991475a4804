"""The exact reading: float arrays, instance axis last, by formulas that stay exact under saturation.

The plain a(1-a) and 1-a² are 0 at z = 40, where the truth is 4.2e-18 and 7.2e-35. Here e^-z carries the small part, so
every primitive keeps all its digits. `EXACT` works in float64, for many instances at once; `EXTENDED` is the same in
the longest float of the machine, for one problem, where sums that cancel must not cost digits.
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

# Of float64, and of the longest float in `EXTENDED`: the rules are the same.
Array = NDArray[np.float64]

# Given numbers are decimals that float64 rounds: terms whose sum is 0 leave so large a share of their sizes.
ROUNDING = 32.0 * float(np.finfo(np.float64).eps)
# e^800 overflows; below this z, the sigmoid is e^z to the last digit.
_DEEP = -700.0


def settled(total: Array, size: Array) -> Array:
    """The total, and 0 where it is but the rounding of terms that cancel; `size` is the sum of their sizes."""
    noise = np.abs(total) <= ROUNDING * size
    if not np.any(noise & (total != 0)):
        return total
    return np.where(noise, 0.0, total)


def add(*terms: Array) -> Array:
    """The sum of the terms."""
    total = reduce(np.add, terms)
    return total if len(terms) == 1 else settled(total, reduce(np.add, map(np.abs, terms)))


def _contracted(indices: str) -> Callable[[Array, Array], Array]:
    def rule(left: Array, right: Array) -> Array:
        total: Array = np.einsum(indices, left, right)
        if np.abs(total).min(initial=np.inf) > ROUNDING * _largest(left) * _largest(right) * left.size:
            return total  # no sum is so near to 0 that it could be rounding: the sizes need not be summed
        return settled(total, np.einsum(indices, np.abs(left), np.abs(right)))

    return rule


def _largest(values: Array) -> Any:  # noqa: ANN401 - a number of the array's kind
    return max(values.max(initial=0.0), -values.min(initial=0.0))


matvec = _contracted("oi...,i...->o...")
back_matvec = _contracted("oi...,o...->i...")
layer_of_rows = _contracted("ni...,oi...->no...")
_dot = _contracted("i...,i...->...")


def dot(left: Array, right: Array) -> Array:
    """Σ x_i y_i; of plain numbers their product."""
    return left * right if left.ndim == 1 else _dot(left, right)


def outer(delta: Array, a: Array) -> Array:
    """δ aᵀ."""
    return np.multiply(delta[:, np.newaxis], a[np.newaxis])


def sigmoid(z: Array) -> Array:
    """1/(1 + e^-z)."""
    with np.errstate(over="ignore"):
        a = 1.0 / (1.0 + np.exp(-z))
    return a if z.min(initial=0.0) > _DEEP else np.where(z > _DEEP, a, np.exp(np.minimum(z, 0.0)))


def sigmoid_slope(z: Array) -> Array:
    """σ′(z) = t/(1 + t)² with t = e^-|z|."""
    t = np.exp(-np.abs(z))
    return t / np.square(1.0 + t)


def tanh_slope(z: Array) -> Array:
    """tanh′(z) = 4t/(1 + t)² with t = e^-2|z|."""
    t = np.exp(-2.0 * np.abs(z))
    return 4.0 * t / np.square(1.0 + t)


def relu_slope(z: Array) -> Array:
    """1 where z > 0, else 0: at the kink 0 by convention."""
    return (z > 0).astype(z.dtype)


def leaky_relu(z: Array, alpha: Array) -> Array:
    """Z where z > 0, else αz."""
    return np.where(z > 0, z, alpha * z)


def leaky_relu_slope(z: Array, alpha: Array) -> Array:
    """1 where z > 0, else α: at the kink α by convention."""
    return np.where(z > 0, 1.0, alpha)


def elu(z: Array, alpha: Array) -> Array:
    """Z where z > 0, else α(e^z - 1)."""
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0.0)))


def elu_slope(z: Array, alpha: Array) -> Array:
    """1 where z > 0, else αe^z: at the kink α by convention."""
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0.0)))


def elu_slope_at_value(a: Array, alpha: Array) -> Array:
    """1 where a > 0, else a + α."""
    return np.where(a > 0, 1.0, a + alpha)


def _shares(z: Array) -> tuple[Array, Array]:
    """e^(z - max z) for every class, and the max; what the difference was rounded by is put back."""
    top = z.max(axis=0)
    apart = z - top
    back = apart - z
    lost = (z - (apart - back)) - (top + back)
    return np.exp(apart) * (1.0 + lost), top


def softmax(z: Array) -> Array:
    """e^z_k/Σ e^z_j over the first axis."""
    shares, _ = _shares(z)
    total: Array = shares.sum(axis=0)
    return shares / total


def softmax_back(a: Array, gradient: Array) -> Array:
    """Σ_j a_i a_j (g_i - g_j), which is a_i (g_i - Σ_j a_j g_j) without a difference of what is nearly equal."""
    apart = gradient[:, np.newaxis] - gradient[np.newaxis]
    total: Array = (a[:, np.newaxis] * a[np.newaxis] * apart).sum(axis=1)
    return total


def softmax_cross_entropy(z: Array, y: Array) -> Array:
    """-Σ y_k ln p_k, by log1p of all but the largest share; no difference is taken."""
    shares, top = _shares(z)
    rest = np.where(np.arange(len(z)).reshape(-1, *[1] * (z.ndim - 1)) == z.argmax(axis=0), 0.0, shares)
    loss: Array = (y * ((top - z) + np.log1p(rest.sum(axis=0)))).sum(axis=0)
    return loss


def softmax_error(z: Array, y: Array) -> Array:
    """The error p - y; where p is above ½ from the other shares, so that the right class keeps its digits."""
    p = softmax(z)
    others = np.einsum("kj,j...->k...", 1.0 - np.eye(len(z), dtype=p.dtype), p)
    return np.where(p > 0.5, (1.0 - y) - others, p - y)  # noqa: PLR2004 - one half


def softplus(z: Array) -> Array:
    """ln(1 + e^z)."""
    return np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))


def over_units(values: Array) -> Array:
    """The sum over units, where there are several."""
    total: Array = values if values.ndim <= 1 else values.sum(axis=0)
    return total


def sigmoid_cross_entropy(z: Array, y: Array) -> Array:
    """-Σ (y ln σ(z) + (1 - y) ln(1 - σ(z)))."""
    return over_units(y * softplus(-z) + (1.0 - y) * softplus(z))


def sigmoid_error(z: Array, y: Array) -> Array:
    """σ(z) - y."""
    return np.where(z > 0, (1.0 - y) - sigmoid(-z), sigmoid(z) - y)


def tanh_error(z: Array, y: Array) -> Array:
    """tanh(z) - y."""
    missing = 2.0 * sigmoid(-2.0 * np.abs(z))  # 1 - |tanh z|
    return np.where(z > 1.0, (1.0 - y) - missing, np.where(z < -1.0, missing - (1.0 + y), np.tanh(z) - y))


def cross_entropy_slope(z: Array, y: Array) -> Array:
    """(σ(z) - y)/σ′(z) = (1 - y)/σ(-z) - y/σ(z)."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        lower, upper = np.where(y == 0, 0.0, y / sigmoid(z)), np.where(y == 1, 0.0, (1.0 - y) / sigmoid(-z))
    return upper - lower


def cross_entropy_slope_at_value(a: Array, y: Array) -> Array:
    """(a - y)/(a(1 - a)) = (1 - y)/(1 - a) - y/a."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        return np.where(y == 1, 0.0, (1.0 - y) / (1.0 - a)) - np.where(y == 0, 0.0, y / a)


def binary_cross_entropy(a: Array, y: Array) -> Array:
    """-Σ (y ln a + (1 - y) ln(1 - a))."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return -over_units(np.where(y == 0, 0.0, y * np.log(a)) + np.where(y == 1, 0.0, (1.0 - y) * np.log1p(-a)))


def cross_entropy(p: Array, y: Array) -> Array:
    """-Σ y_k ln p_k."""
    with np.errstate(divide="ignore", invalid="ignore"):
        loss: Array = -np.where(y == 0, 0.0, y * np.log(p)).sum(axis=0)
    return loss


def squared_error(prediction: Array, target: Array) -> Array:
    """Σ(ŷ - y)², over the units where there are several."""
    sizes = np.abs(prediction) + np.abs(target)
    # A saturated output may truly be next to its target: only what float64 cannot tell from it counts as equal.
    return over_units(np.square(settled(prediction - target, sizes / 8.0)))


def growth(gradient: Array, arriving: Array) -> Array:
    """What became of the gradient that arrived: 0 below a tenth (vanishes), 2 above ten times (explodes), else 1."""
    size, reference = np.abs(gradient), np.abs(arriving)
    return np.add(size >= 0.1 * reference, size > 10.0 * reference, dtype=size.dtype)


def first_beyond(size: Array, bound: Array) -> Array:
    """The last layer, counted from 1 along the first axis, with |size| > bound; 0 where there is none."""
    layers = np.arange(1, len(size) + 1, dtype=np.float64).reshape(-1, *[1] * (size.ndim - 1))
    last: Array = np.where(np.abs(size) > bound, layers, 0.0).max(axis=0)
    return last


def course(factor: Array) -> Array:
    """How an error that is multiplied by `factor` goes on: 0 straight down, 1 to and fro but down, 2 away."""
    return np.where(np.abs(factor) >= 1.0, 2.0, np.where(factor < 0, 1.0, 0.0))


def quotient(above: Array, below: Array) -> Array:
    """The quotient, infinite or nan where it divides by 0."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return above / below


def _reading(dtype: type[np.floating[Any]]) -> Reading[Array]:
    return Reading(
        number=lambda value: np.atleast_1d(np.asarray(value, dtype=dtype)),
        read_back=lambda expected, written: np.where(np.isnan(written), expected, written),
        rules=_RULES,
        route=0,
    )


_RULES: MappingProxyType[Op, Callable[..., Array]] = MappingProxyType(
    {
        Op.ADD: add,
        Op.SUB: lambda x, y: add(x, -y),
        Op.NEG: np.negative,
        Op.MUL: lambda *factors: reduce(np.multiply, factors),
        Op.DIV: quotient,
        Op.ABS: np.abs,
        Op.SQUARE: np.square,
        Op.SQRT: np.sqrt,
        Op.POWER: np.power,
        Op.LOG10: np.log10,
        Op.POWER_OF_TEN: lambda x: np.power(10.0, x),
        Op.STACK: lambda *entries: np.stack(np.broadcast_arrays(*entries)),
        Op.SUM: lambda values: settled(values.sum(axis=0), np.abs(values).sum(axis=0)),
        Op.MEAN: lambda values: settled(values.sum(axis=0), np.abs(values).sum(axis=0)) / len(values),
        Op.MAX: lambda values: values.max(axis=0),
        Op.DOT: dot,
        Op.MATVEC: matvec,
        Op.BACK_MATVEC: back_matvec,
        Op.OUTER: outer,
        Op.LAYER_OF_ROWS: layer_of_rows,
        Op.SIGMOID: sigmoid,
        Op.SIGMOID_SLOPE: sigmoid_slope,
        Op.SIGMOID_SLOPE_AT_VALUE: lambda a: a * (1.0 - a),
        Op.TANH: np.tanh,
        Op.TANH_SLOPE: tanh_slope,
        Op.TANH_SLOPE_AT_VALUE: lambda a: (1.0 - a) * (1.0 + a),
        Op.RELU: lambda z: np.maximum(z, 0.0),
        Op.RELU_SLOPE: relu_slope,
        Op.LEAKY_RELU: leaky_relu,
        Op.LEAKY_RELU_SLOPE: leaky_relu_slope,
        Op.PRELU: leaky_relu,
        Op.PRELU_SLOPE: leaky_relu_slope,
        Op.NEGATIVE_PART: lambda z: np.minimum(z, 0.0),
        Op.ELU: elu,
        Op.ELU_SLOPE: elu_slope,
        Op.ELU_SLOPE_AT_VALUE: elu_slope_at_value,
        Op.SOFTMAX: softmax,
        Op.SOFTMAX_BACK: softmax_back,
        Op.SQUARED_ERROR: squared_error,
        Op.HALF_SQUARED_ERROR: lambda prediction, target: 0.5 * squared_error(prediction, target),
        Op.BINARY_CROSS_ENTROPY: binary_cross_entropy,
        Op.SIGMOID_CROSS_ENTROPY: sigmoid_cross_entropy,
        Op.CROSS_ENTROPY: cross_entropy,
        Op.SOFTMAX_CROSS_ENTROPY: softmax_cross_entropy,
        Op.SIGMOID_ERROR: sigmoid_error,
        Op.TANH_ERROR: tanh_error,
        Op.SOFTMAX_ERROR: softmax_error,
        Op.CROSS_ENTROPY_SLOPE: cross_entropy_slope,
        Op.CROSS_ENTROPY_SLOPE_AT_VALUE: cross_entropy_slope_at_value,
        Op.CLIP: lambda x, bound: np.clip(x, -bound, bound),
        Op.AT_MOST_ONE: lambda x: np.minimum(x, 1.0),
        Op.LOOKUP: lambda entries, places: np.take(entries[..., 0], places.astype(int), mode="wrap"),
        Op.CHOSEN: lambda chosen: chosen,
        Op.DEAD: lambda z: (z <= 0).astype(z.dtype),
        Op.GROWTH: growth,
        Op.FIRST_BEYOND: first_beyond,
        Op.COURSE: course,
    }
)

EXACT = _reading(np.float64)
"""Values are arrays of shape (..., N); numbers broadcast."""
EXTENDED = _reading(np.longdouble)
"""The same with more digits behind; round its results to float64."""
