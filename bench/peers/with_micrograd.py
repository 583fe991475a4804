"""Micrograd: one number at a time, so a sample of the instances."""

from __future__ import annotations

from importlib import import_module
from math import exp, expm1, tanh
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from bench.peers import Solver
from bench.workloads import picked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bench.workloads import Given, Workload

Value: TypeAlias = Any
"""Micrograd's number, which has no types."""


def solver(workload: Workload, given: Given, sample: NDArray[np.intp]) -> Solver:
    """All numbers of the sample that are learnt become Values; then forward, and backward."""
    value_type = import_module("micrograd.engine").Value
    lists = [_numbers(picked(given, place)) for place in sample.tolist()]
    solve = _net if "W" in workload.learnt else _chain

    def run() -> list[list[float]]:
        found = []
        for instance in lists:
            learnt = {name: _values(value_type, instance[name]) for name in workload.learnt}
            value = solve(workload.activation, {**instance, **learnt})
            value.backward()
            found.append([value.data, *(one.grad for name in workload.learnt for one in _flat(learnt[name]))])
        return found

    return Solver(sample, run, lambda: np.array(run()).T)


def _numbers(given: Any) -> Any:  # noqa: ANN401 - a mapping, a list or an array
    if isinstance(given, dict):
        return {name: _numbers(one) for name, one in given.items()}
    return [_numbers(one) for one in given] if isinstance(given, list) else given.tolist()


def _values(value_type: type, numbers: Any) -> Value:  # noqa: ANN401 - a number, or lists of them
    return [_values(value_type, one) for one in numbers] if isinstance(numbers, list) else value_type(numbers)


def _flat(values: Value) -> list[Value]:
    return [one for inner in values for one in _flat(inner)] if isinstance(values, list) else [values]


def _unit(activation: str, z: Value, alpha: float = 0.0) -> Value:
    """Micrograd knows ReLU only: the others are added as its own lecture adds tanh."""
    if activation == "relu":
        return z.relu()
    value, slope = _value_and_slope(activation, z.data, alpha)
    out = type(z)(value, (z,), activation)

    def _backward() -> None:
        z.grad += slope * out.grad

    out._backward = _backward  # noqa: SLF001 - that is how micrograd takes a function
    return out


def _value_and_slope(activation: str, z: float, alpha: float) -> tuple[float, float]:
    if activation == "tanh":
        a = tanh(z)
        return a, 1.0 - a * a
    if activation == "sigmoid":
        a = 1.0 / (1.0 + exp(-z))
        return a, a * (1.0 - a)
    return (z, 1.0) if z > 0 else (alpha * expm1(z), alpha * exp(z))


def _chain(activation: str, given: Mapping[str, Any]) -> Value:
    a = given["x"]
    for weight in given["w"]:
        a = _unit(activation, weight * a, given.get("alpha", 0.0))
    return a * given["upstream"] if "upstream" in given else a


def _net(activation: str, given: Mapping[str, Any]) -> Value:
    a: Sequence[Value] = given["x"]
    for weights, bias in zip(given["W"], given["b"], strict=True):
        a = [
            _unit(activation, sum((w * before for w, before in zip(row, a, strict=True)), one))
            for row, one in zip(weights, bias, strict=True)
        ]
    return sum(((out - target) ** 2 for out, target in zip(a, given["y"], strict=True)), 0.0) * 0.5
