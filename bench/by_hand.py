"""The chains solved one instance at a time, as one writes it without this project: a yardstick, and a check.

Nothing here comes from `problems`. Plain numbers and `math` are used, for NumPy is slower on single numbers. What comes
back are the values of all steps, in the order of writing.
"""

from __future__ import annotations

from math import exp, expm1, tanh
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def growth(gradient: float, arriving: float) -> float:
    """What became of the gradient that arrived: 0 below a tenth, 2 above ten times, else 1."""
    if abs(gradient) < 0.1 * abs(arriving):
        return 0.0
    return 2.0 if abs(gradient) > 10.0 * abs(arriving) else 1.0


def sigmoid_chain(w: Sequence[float], x: float) -> list[float]:
    """z, a, σ′ of every layer, the product of the slopes, ∂a/∂x, and what happens to the gradient."""
    return _squashing_chain(w, x, lambda z: 1.0 / (1.0 + exp(-z)), lambda a: a * (1.0 - a))


def tanh_chain(w: Sequence[float], x: float) -> list[float]:
    """z, a, tanh′ of every layer, the product of the slopes, ∂a/∂x, and what happens to the gradient."""
    return _squashing_chain(w, x, tanh, lambda a: 1.0 - a * a)


def _squashing_chain(
    w: Sequence[float], x: float, activation: Callable[[float], float], slope: Callable[[float], float]
) -> list[float]:
    values: list[float] = []
    product = da_dx = 1.0
    a = x
    for weight in w:
        z = weight * a
        a = activation(z)
        s = slope(a)
        values += (z, a, s)
        product *= s
        da_dx *= s * weight
    return [*values, product, da_dx, growth(da_dx, 1.0)]


def relu_chain(w: Sequence[float], x: float, upstream: float) -> list[float]:
    """z, a of every layer; from the last layer to the first ∂L/∂z, then ∂L/∂w; ∂L/∂x, and what happens to it."""
    return _steep_chain(w, x, upstream, lambda z: (z, 1.0) if z > 0 else (0.0, 0.0))


def elu_chain(w: Sequence[float], x: float, upstream: float, alpha: float) -> list[float]:
    """z, a of every layer; from the last layer to the first ∂L/∂z, then ∂L/∂w; ∂L/∂x, and what happens to it."""
    return _steep_chain(w, x, upstream, lambda z: (z, 1.0) if z > 0 else (alpha * expm1(z), alpha * exp(z)))


def _steep_chain(
    w: Sequence[float], x: float, upstream: float, unit: Callable[[float], tuple[float, float]]
) -> list[float]:
    forward: list[float] = []
    activations, slopes = [x], []
    for weight in w:
        z = weight * activations[-1]
        a, s = unit(z)
        activations.append(a)
        slopes.append(s)
        forward += (z, a)
    dL_dz, dL_dw = [], []
    gradient = upstream
    for layer in reversed(range(len(w))):
        gradient *= slopes[layer]
        dL_dz.append(gradient)
        dL_dw.append(gradient * activations[layer])
        gradient *= w[layer]
    return [*forward, *dL_dz, *dL_dw, gradient, growth(gradient, upstream)]
