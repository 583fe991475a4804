"""What a problem is made of, read off its formulas: layers, what feeds them, and their activations."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from problems.family import Role
from problems.givens import GivenRow, given_rows
from problems.graph import Expr, Op
from problems.readings.markup import symbols
from problems.readings.notation import number_markup, symbol_of
from problems.words import ACTIVATIONS, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from problems.problem import Problem

LINEAR = "linear"
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_ACTIVATION_OF = {op: word for word, one in ACTIVATIONS.items() for op in (one.value, one.slope) if op is not None}
_LOSSES = {
    Op.SQUARED_ERROR: "squared error",
    Op.HALF_SQUARED_ERROR: "half squared error",
    Op.BINARY_CROSS_ENTROPY: "binary cross-entropy",
    Op.CROSS_ENTROPY: "cross-entropy",
}


class Layer(NamedTuple):
    """A layer by the names of its values; what it does not have is None."""

    z: str | None
    a: str | None
    activations: tuple[str, ...]
    weight: str | None = None
    bias: str | None = None
    others: tuple[str, ...] = ()
    """Other given numbers that its weighted input is made of."""

    @property
    def output(self) -> str:
        """What the next layer takes."""
        return self.a or self.z or ""

    @property
    def word(self) -> str:
        """What sets its network apart where there are several: "before" of a1_before."""
        return self.output.partition("_")[2]


class Network(NamedTuple):
    """Layers one behind the other, and what the first takes."""

    entry: str | None
    layers: tuple[Layer, ...]


class Anatomy:
    """A problem as those who draw it see it."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.worksheet = problem.worksheet
        self.roles = problem.worksheet.roles
        self.graph = problem.worksheet.graph
        self.rows: dict[str, GivenRow] = {row.name: row for row in given_rows(problem)}

    def given(self, role: Role) -> list[str]:
        """The given numbers of that role."""
        return [name for name, row in self.rows.items() if row.role is role]

    def steps(self, role: Role) -> list[str]:
        """The steps of that role."""
        return [name for name in self.graph if self.roles[name] is role]

    def layered(self, role: Role) -> list[list[str]]:
        """The given numbers of that role that come a number for each layer."""
        givens = self.worksheet.givens
        return [
            list(given.names_at(self.problem.options))
            for given in givens
            if given.role is role and given.layers and given.shown and not given.shape
        ]

    def symbol(self, name: str) -> str:
        """Its symbol as plain text."""
        return symbols(self.worksheet)[name].text

    def plain_symbol(self, name: str) -> str:
        """Its symbol without the word that sets its network apart: a₁ of a1_before."""
        return symbol_of(name.partition("_")[0]).text

    def text(self, name: str) -> str:
        """A given number with its symbol: w₁ = 0.5."""
        return self.rows[name].text

    def values(self, name: str) -> NDArray[np.float64]:
        """A given value without the instance axis."""
        return self.problem.inputs[name][..., 0]

    def entries(self, name: str) -> list[str]:
        """The numbers in a given value as they are written, row by row."""
        return [number_markup(float(one)).text for one in self.values(name).ravel()]

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a given value or a step."""
        return self.worksheet.steps[name].shape if name in self.graph else self.values(name).shape

    def units(self, name: str) -> int:
        """How many units write that value."""
        return self.shape(name)[-1] if self.shape(name) else 1

    def activations_at(self, z: str) -> tuple[str, ...]:
        """The words of the activations that are applied to z; linear where there is none."""
        found = dict.fromkeys(
            _ACTIVATION_OF[node.head]
            for formula in self.graph.values()
            for node in formula.nodes()
            if isinstance(node.head, Op) and node.head in _ACTIVATION_OF and node.args[0] == value(z)
        )
        return tuple(found) or (LINEAR,)

    def beside(self, formula: Expr, name: str, role: Role) -> str | None:
        """The value of that role with which the name stands in one product, difference or the like."""
        for node in formula.nodes():
            heads = [arg.head for arg in node.args]
            if name in heads and node.head is not Op.ADD:
                return next((head for head in heads if isinstance(head, str) and self.roles[head] is role), None)
        return None

    def loss_words(self) -> str:
        """What the loss is called; nothing where it is no step."""
        for step in self.steps(Role.LOSS):
            heads = [node.head for node in self.graph[step].nodes()]
            for op, words in _LOSSES.items():
                if op in heads:
                    return f"mean {words}" if Op.DIV in heads and op is Op.SQUARED_ERROR else words
        return ""

    @cached_property
    def networks(self) -> tuple[Network, ...]:
        """The networks that its inputs run through; none where its formulas are no plain layers."""
        entries = [name for name in self.given(Role.INPUT) if name not in self.graph]
        found = [Network(entry, self._from(first)) for entry in entries for first in self._fed_by(entry)]
        return tuple(found) if all(network.layers for network in found) else ()

    def _from(self, step: str) -> tuple[Layer, ...]:
        """The layers from that step on; none where they branch or join."""
        layer = self._layer(step)
        following = [] if layer is None else self._fed_by(layer.output)
        if layer is None or len(following) > 1:
            return ()
        rest = self._from(following[0]) if following else ()
        return (layer, *rest) if rest or not following else ()

    def _fed_by(self, name: str) -> list[str]:
        return [step for step in self.graph if self._weighs(step) and name in self.graph[step].names()]

    def _weighs(self, step: str) -> bool:
        """Whether a step is a weighted input, or a linear unit that goes without one."""
        weighted = any(self.roles[name] is Role.WEIGHT for name in self.graph[step].names())
        return self.roles[step] in (Role.PREACTIVATION, Role.ACTIVATION, Role.RESULT) and weighted

    def _layer(self, step: str) -> Layer | None:
        mentioned = dict.fromkeys(node.head for node in self.graph[step].nodes() if isinstance(node.head, str))
        weights = [name for name in mentioned if self.roles[name] is Role.WEIGHT]
        sources = [name for name in mentioned if self.roles[name] in (Role.INPUT, Role.ACTIVATION)]
        biases = [name for name in mentioned if self.roles[name] is Role.BIAS]
        plain = len(weights) == len(sources) == 1 and len(mentioned) == len(biases) + 2
        if not plain or not {*weights, *biases} <= self.rows.keys():
            return None
        bias = biases[0] if biases else None
        if self.roles[step] is Role.ACTIVATION:
            return Layer(None, step, (LINEAR,), weights[0], bias)
        return Layer(step, next(self.outputs_of(step), None), self.activations_at(step), weights[0], bias)

    def outputs_of(self, z: str) -> Iterator[str]:
        """The activations that follow from a weighted input."""
        return (step for step in self.steps(Role.ACTIVATION) if z in self.graph[step].names())


def titles(activations: tuple[str, ...]) -> str:
    """Activations as they are called: ReLU, leaky ReLU."""
    return ", ".join(ACTIVATIONS[word].title for word in activations)


def spoken(parts: list[str]) -> str:
    """A list as it is said: a, b and c."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)
