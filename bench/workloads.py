"""What is solved in bulk: chains and small nets, with numbers as their families draw them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

import problems
from bench import by_hand, by_hand_numpy
from bench.checking import WrongNumbers

Array = NDArray[np.float64]
Given = Mapping[str, Any]
"""Name -> an array with the instance axis last, or a list of such arrays, one per layer."""

SEED = 20_261_103


class Workload(Protocol):
    """One kind of problem, solved for many instances at once."""

    @property
    def title(self) -> str:
        """What it is called in the tables."""

    @property
    def kind(self) -> str:
        """Chains or nets."""

    @property
    def slug(self) -> str:
        """The family of ours that solves it."""

    @property
    def stated(self) -> Mapping[str, Any]:
        """The options with which ours is called."""

    @property
    def activation(self) -> str:
        """The activation of every unit."""

    @property
    def learnt(self) -> tuple[str, ...]:
        """The given numbers by which peers derive the value; the others are fixed."""

    @property
    def units(self) -> int:
        """How many activations an instance has."""

    @property
    def most_over_limit(self) -> float:
        """Ours is wanted to take at most so many times the limit."""

    @property
    def in_numbers(self) -> Callable[..., list[float]] | None:
        """One instance by hand in plain Python, all steps in the order of ours, where that is the fastest way."""

    @property
    def in_numpy(self) -> Callable[..., dict[str, Any]]:
        """One instance by hand with NumPy: step -> value, or the name without the layer -> the values of all layers."""

    def given(self, count: int) -> dict[str, Any]:
        """The numbers of `count` instances: the same in every run."""

    def answers(self, given: Given, solution: Mapping[str, Array]) -> Array:
        """Ours as the peers tell it, shape (numbers, instances): the value, then its derivatives as in `learnt`."""


def exponentials(workload: Workload) -> int:
    """How many exps an instance needs: one for every unit that is not cut off by a kink."""
    return 0 if workload.activation == "relu" else workload.units


def ours(
    workload: Workload, given: Given, out: Mapping[str, Array] | None = None, threads: int | None = None
) -> Mapping[str, Array]:
    """Step -> values, by the product, over those of an earlier call; raises WrongNumbers where it does not take it."""
    try:
        return problems.solve_many(workload.slug, given, out, threads, **workload.stated)
    except problems.ProblemError as refused:
        message = f"{workload.title}: solve_many of {workload.slug} refuses it: {refused}"
        raise WrongNumbers(message) from refused


def rows(given: Any) -> list[Array]:  # noqa: ANN401 - an array, or lists of them
    """All single numbers of the instances, each as an array of one axis."""
    if isinstance(given, (list, tuple)):
        return [row for inner in given for row in rows(inner)]
    return list(given.reshape(-1, given.shape[-1]))


def picked(given: Any, places: NDArray[np.intp] | int) -> Any:  # noqa: ANN401 - as `rows`
    """The same given numbers of these instances only."""
    if isinstance(given, Mapping):
        return {name: picked(one, places) for name, one in given.items()}
    if isinstance(given, (list, tuple)):
        return [picked(one, places) for one in given]
    return np.array(given[..., places], order="C")[()]


@dataclass(frozen=True, slots=True)
class Chain:
    """One unit per layer, without biases."""

    slug: str
    activation: str
    depth: int
    in_numbers: Callable[..., list[float]]
    in_numpy: Callable[..., dict[str, Any]]
    kind = "chains"
    learnt = ("w", "x")
    most_over_limit = 2.0

    @property
    def title(self) -> str:
        """What it is called in the tables."""
        return f"chain of {self.depth}, {self.activation}"

    @property
    def stated(self) -> Mapping[str, Any]:
        """The options with which ours is called."""
        return {"activation": self.activation}

    @property
    def units(self) -> int:
        """How many activations an instance has."""
        return self.depth

    def given(self, count: int) -> dict[str, Any]:
        """The numbers of `count` instances, from where the family draws its own."""
        rng = np.random.default_rng(SEED)
        signs = rng.choice((-1.0, 1.0), size=(self.depth + 1, count))
        x = rng.uniform(0.5, 2.0, count)
        if self.slug == "vanishing-gradient":
            return {"w": rng.uniform(0.2, 0.9, (self.depth, count)), "x": x}
        w, upstream = rng.uniform(1.5, 3.5, (self.depth, count)), rng.uniform(0.5, 2.0, count) * signs[0]
        if self.activation == "relu":
            return {"w": w, "x": x, "upstream": upstream}
        return {"w": w * signs[1:], "x": x, "upstream": upstream, "alpha": rng.uniform(0.1, 0.4, count)}

    def answers(self, given: Given, solution: Mapping[str, Array]) -> Array:
        """Ours as the peers tell it: the value, ∂/∂w of every layer, ∂/∂x."""
        layers, last = range(1, self.depth + 1), solution[f"a{self.depth}"]
        if "dL_dx" in solution:
            by_weights = [solution[f"dL_dw{layer}"] for layer in layers]
            return np.stack([given["upstream"] * last, *by_weights, solution["dL_dx"]])
        by_weights, arriving = [], np.ones_like(last)
        for layer in reversed(layers):
            arriving = arriving * solution[f"s{layer}"]
            by_weights.append(arriving * (solution[f"a{layer - 1}"] if layer > 1 else given["x"]))
            arriving = arriving * given["w"][layer - 1]
        return np.stack([last, *reversed(by_weights), solution["da_dx"]])


@dataclass(frozen=True, slots=True)
class Net:
    """Dense layers with biases, half the squared error as loss."""

    activation: str
    sizes: tuple[int, ...]
    kind = "nets"
    slug = "mlp-backprop"
    learnt = ("W", "b", "x")
    in_numbers = None
    most_over_limit = 2.5

    @property
    def title(self) -> str:
        """What it is called in the tables."""
        return f"net {'-'.join(map(str, self.sizes))}, {self.activation}"

    @property
    def stated(self) -> Mapping[str, Any]:
        """The options with which ours is called."""
        return {"activations": [self.activation] * (len(self.sizes) - 1), "loss": "half-squared"}

    @property
    def units(self) -> int:
        """How many activations an instance has."""
        return sum(self.sizes[1:])

    @property
    def in_numpy(self) -> Callable[..., dict[str, Any]]:
        """One instance by hand with NumPy: step -> value."""
        return partial(by_hand_numpy.net, self.activation)

    def given(self, count: int) -> dict[str, Any]:
        """The numbers of `count` instances: weights and biases between -1 and 1."""
        rng = np.random.default_rng(SEED)

        def drawn(*shape: int) -> Array:
            return rng.uniform(-1.0, 1.0, (*shape, count))

        return {
            "W": [drawn(after, before) for before, after in zip(self.sizes, self.sizes[1:], strict=False)],
            "b": [drawn(size) for size in self.sizes[1:]],
            "x": drawn(self.sizes[0]),
            "y": drawn(self.sizes[-1]),
        }

    def answers(self, given: Given, solution: Mapping[str, Array]) -> Array:
        """Ours as the peers tell it: the loss, ∂L/∂W of every layer, ∂L/∂b of every layer, ∂L/∂x."""
        layers = range(1, len(given["W"]) + 1)
        gradients = [solution[f"dL_d{name}{layer}"] for name in ("W", "b") for layer in layers]
        return np.stack([solution["L"], *rows([*gradients, solution["dL_dx"]])])


WORKLOADS: tuple[Workload, ...] = (
    Chain("vanishing-gradient", "sigmoid", 3, by_hand.sigmoid_chain, by_hand_numpy.sigmoid_chain),
    Chain("vanishing-gradient", "sigmoid", 10, by_hand.sigmoid_chain, by_hand_numpy.sigmoid_chain),
    Chain("vanishing-gradient", "tanh", 6, by_hand.tanh_chain, by_hand_numpy.tanh_chain),
    Chain("exploding-gradient", "relu", 6, by_hand.relu_chain, by_hand_numpy.relu_chain),
    Chain("exploding-gradient", "elu", 6, by_hand.elu_chain, by_hand_numpy.elu_chain),
    Net("tanh", (2, 3, 2)),
    Net("relu", (2, 3, 2)),
    Net("tanh", (4, 8, 8, 3)),
    Net("relu", (4, 8, 8, 3)),
)
