"""The value of a chain or a net, as autograd and JAX read it: they share NumPy's names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from bench.workloads import Workload

Traced: TypeAlias = Any
"""An array of the package that derives, or what stands for one while it does."""

Program = Callable[[Sequence[Traced], Mapping[str, Traced]], Traced]
"""What is learnt, in the workload's order, and what is fixed -> the value to be derived."""


def program(workload: Workload, unit: Callable[..., Traced], dense: Callable[[Traced, Traced], Traced]) -> Program:
    """The value by `unit`, the activation at z and α where there is one, and `dense`, a matrix times a vector."""

    def chain(learnt: Sequence[Traced], fixed: Mapping[str, Traced]) -> Traced:
        w, a = learnt
        parameters = [fixed["alpha"]] if "alpha" in fixed else []
        for weight in w:
            a = unit(weight * a, *parameters)
        return fixed["upstream"] * a if "upstream" in fixed else a

    def net(learnt: Sequence[Traced], fixed: Mapping[str, Traced]) -> Traced:
        W, b, a = learnt
        for weights, bias in zip(W, b, strict=True):
            a = unit(dense(weights, a) + bias)
        return 0.5 * ((a - fixed["y"]) ** 2).sum(axis=0)

    return net if "W" in workload.learnt else chain
