"""HIPS autograd: all instances at once, the instance axis last, derivatives by one pass back."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from bench.peers import Solver
from bench.peers.programs import program
from bench.workloads import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bench.peers.programs import Traced
    from bench.workloads import Given, Workload


def solver(workload: Workload, given: Given, _sample: NDArray[np.intp]) -> Solver:
    """The values of all instances, and the derivatives of each by its own numbers."""
    traced_numpy, make_vjp = import_module("autograd.numpy"), import_module("autograd").make_vjp
    value = program(workload, _units(traced_numpy)[workload.activation], partial(traced_numpy.einsum, "oin,in->on"))
    # An array of all weights would be filled anew for the gradient of each: one array per layer is faster.
    learnt = tuple(tuple(given[name]) if name in ("w", "W", "b") else given[name] for name in workload.learnt)
    fixed = {name: one for name, one in given.items() if name not in workload.learnt}
    count = given["x"].shape[-1]

    def run() -> tuple[Traced, Traced]:
        pull_back, values = make_vjp(value)(learnt, fixed)
        return values, pull_back(np.ones(count))

    return Solver(np.arange(count), run, lambda: _matrix(*run()))


def _matrix(values: Traced, gradients: Traced) -> NDArray[np.float64]:
    return np.stack([values, *rows([one for group in gradients for one in _arrays(group)])])


def _arrays(group: Traced) -> list[Traced]:
    return list(group) if isinstance(group, (list, tuple)) else [group]


def _units(traced_numpy: Traced) -> dict[str, Callable[..., Traced]]:
    return {
        "sigmoid": lambda z: 1.0 / (1.0 + traced_numpy.exp(-z)),
        "tanh": traced_numpy.tanh,
        "relu": lambda z: traced_numpy.maximum(z, 0.0),
        # Where z is large, e^z would overflow in the branch that is not taken.
        "elu": lambda z, alpha: traced_numpy.where(z > 0, z, alpha * traced_numpy.expm1(traced_numpy.minimum(z, 0.0))),
    }
