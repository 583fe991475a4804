"""Chains and nets solved one instance at a time with NumPy, as one writes it without this project.

Nothing here comes from `problems`. What comes back are all steps, a chain's layers together in one array.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bench.by_hand import growth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def sigmoid_chain(w: Array, x: Array) -> dict[str, Any]:
    """z, a, σ′ of all layers, the product of the slopes, ∂a/∂x, and what happens to the gradient."""
    return _squashing_chain(w, x, lambda z: 1.0 / (1.0 + np.exp(-z)), lambda a: a * (1.0 - a))


def tanh_chain(w: Array, x: Array) -> dict[str, Any]:
    """z, a, tanh′ of all layers, the product of the slopes, ∂a/∂x, and what happens to the gradient."""
    return _squashing_chain(w, x, np.tanh, lambda a: 1.0 - a * a)


def _squashing_chain(
    w: Array, x: Array, activation: Callable[[Any], Any], slope: Callable[[Array], Array]
) -> dict[str, Any]:
    z, a = np.empty_like(w), np.empty_like(w)
    before = x
    for layer, weight in enumerate(w):
        z[layer] = weight * before
        before = a[layer] = activation(z[layer])
    s = slope(a)
    product = s.prod()
    da_dx = product * w.prod()
    return {"z": z, "a": a, "s": s, "product": product, "da_dx": da_dx, "diagnosis": growth(da_dx, 1.0)}


def relu_chain(w: Array, x: Array, upstream: Array) -> dict[str, Any]:
    """z, a, ∂L/∂z, ∂L/∂w of all layers, ∂L/∂x, and what happens to the gradient."""
    return _steep_chain(w, x, upstream, lambda z: max(z, 0.0), lambda z: np.where(z > 0, 1.0, 0.0))


def elu_chain(w: Array, x: Array, upstream: Array, alpha: Array) -> dict[str, Any]:
    """z, a, ∂L/∂z, ∂L/∂w of all layers, ∂L/∂x, and what happens to the gradient."""
    return _steep_chain(
        w,
        x,
        upstream,
        lambda z: z if z > 0 else alpha * np.expm1(z),
        lambda z: np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0.0))),
    )


def _steep_chain(
    w: Array, x: Array, upstream: Array, activation: Callable[[Any], Any], slope: Callable[[Array], Array]
) -> dict[str, Any]:
    z, a = np.empty_like(w), np.empty(len(w) + 1)
    a[0] = x
    for layer, weight in enumerate(w):
        z[layer] = weight * a[layer]
        a[layer + 1] = activation(z[layer])
    s, dL_dz = slope(z), np.empty_like(w)
    gradient: Any = upstream
    for layer in reversed(range(len(w))):
        dL_dz[layer] = gradient * s[layer]
        gradient = dL_dz[layer] * w[layer]
    diagnosis = growth(gradient, float(upstream))
    return {"z": z, "a": a[1:], "dL_dz": dL_dz, "dL_dw": dL_dz * a[:-1], "dL_dx": gradient, "diagnosis": diagnosis}


def net(activation: str, W: Sequence[Array], b: Sequence[Array], x: Array, y: Array) -> dict[str, Any]:
    """z, a of every layer, L; from the last layer to the first ∂L/∂a, ∂L/∂z, ∂L/∂W, ∂L/∂b; ∂L/∂x."""
    steps: dict[str, Any] = {}
    activations, slopes = [x], []
    for layer, (weights, bias) in enumerate(zip(W, b, strict=True), 1):
        z = weights @ activations[-1] + bias
        a = np.tanh(z) if activation == "tanh" else np.maximum(z, 0.0)
        activations.append(a)
        slopes.append(1.0 - a * a if activation == "tanh" else np.where(z > 0, 1.0, 0.0))
        steps |= {f"z{layer}": z, f"a{layer}": a}
    gradient = activations[-1] - y
    steps["L"] = 0.5 * (gradient @ gradient)
    for layer in range(len(W), 0, -1):
        dL_dz = gradient * slopes[layer - 1]
        steps |= {
            f"dL_da{layer}": gradient,
            f"dL_dz{layer}": dL_dz,
            f"dL_dW{layer}": np.outer(dL_dz, activations[layer - 1]),
            f"dL_db{layer}": dL_dz,
        }
        gradient = W[layer - 1].T @ dL_dz
    return {**steps, "dL_dx": gradient}
