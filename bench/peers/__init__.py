"""Others who find the same derivatives: each module has a `solver` for a workload.

They are not needed for anything else, so nothing but `make bench` installs them, into a folder of their own; where they
are missing, the bench goes on without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from bench.workloads import Given, Workload

MODULES = {
    "micrograd": "bench.peers.with_micrograd",
    "autograd": "bench.peers.with_autograd",
    "jax": "bench.peers.with_jax",
}
"""Package -> the module here that calls it."""


@dataclass(frozen=True, slots=True)
class Solver:
    """How a peer solves the instances at `places`: `run` is what is timed, `answers` are as those of the workload."""

    places: NDArray[np.intp]
    run: Callable[[], object]
    answers: Callable[[], NDArray[np.float64]]
    how: str = ""


def versions() -> dict[str, str | None]:
    """Package -> its version, None where it is not installed."""
    return {package: _version(package) for package in MODULES}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def solvers(workload: Workload, given: Given, sample: NDArray[np.intp]) -> dict[str, Solver]:
    """Package -> its solver, of those that are installed; who works one instance at a time does the sample only."""
    present = [package for package, found in versions().items() if found]
    return {package: import_module(MODULES[package]).solver(workload, given, sample) for package in present}
