"""JAX on the CPU: jit(vmap(value_and_grad)) in float64, with its default threads, in the layout that suits it best."""

from __future__ import annotations

import operator
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from bench.peers import Solver
from bench.peers.programs import program
from bench.timing import Work, in_turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bench.peers.programs import Program, Traced
    from bench.workloads import Given, Workload

FIRST, LAST, ROWS = "axis first", "axis last", "rows"
"""Where the instance axis is; in rows, each layer of a chain has an array of its own."""

TRIES = 5
"""So many rounds find the best layout."""


def solver(workload: Workload, given: Given, _sample: NDArray[np.intp]) -> Solver:
    """The fastest of the layouts; all results are ready when `run` comes back."""
    jax = import_module("jax")
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - JAX takes it so
    value = program(workload, _units(jax)[workload.activation], operator.matmul)
    layouts = (FIRST, LAST) if "W" in workload.learnt else (FIRST, LAST, ROWS)
    runs = {layout: _run(jax, value, workload, given, layout) for layout in layouts}
    laps = in_turn({layout: Work(run) for layout, run in runs.items()}, rounds=TRIES)
    best = min(runs, key=lambda layout: laps[layout].median)
    count = given["x"].shape[-1]
    return Solver(np.arange(count), runs[best], lambda: _matrix(jax, best, runs[best]()), best)


def _run(jax: Traced, value: Program, workload: Workload, given: Given, layout: str) -> Callable[[], Traced]:
    axis = 0 if layout == FIRST else -1
    laid = {
        name: tuple(one)
        if layout == ROWS and name == "w"
        else jax.tree.map(partial(np.moveaxis, source=-1, destination=axis), one)
        for name, one in given.items()
    }
    laid = jax.tree.map(lambda one: jax.numpy.asarray(np.ascontiguousarray(one)), laid)
    learnt = tuple(laid[name] for name in workload.learnt)
    fixed = {name: one for name, one in laid.items() if name not in workload.learnt}
    solve = jax.jit(jax.vmap(jax.value_and_grad(value), in_axes=axis, out_axes=axis))
    return lambda: jax.block_until_ready(solve(learnt, fixed))


def _matrix(jax: Traced, layout: str, found: Traced) -> NDArray[np.float64]:
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(found)]
    last = [np.moveaxis(leaf, 0, -1) if layout == FIRST else leaf for leaf in leaves]
    return np.concatenate([leaf.reshape(-1, leaf.shape[-1]) for leaf in last])


def _units(jax: Traced) -> dict[str, Callable[..., Traced]]:
    return {"sigmoid": jax.nn.sigmoid, "tanh": jax.numpy.tanh, "relu": jax.nn.relu, "elu": jax.nn.elu}
