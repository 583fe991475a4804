"""Formulas taken apart into what they do with single numbers; what two of them share is computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from problems.graph import Op
from problems.readings.exact import EXACT
from problems.tiles import Kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from problems.graph import Expr, Graph

    Values = NDArray[np.object_]
    Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A given number, or an entry of a step."""

    name: str
    index: Shape


@dataclass(frozen=True, slots=True)
class Result:
    """What a node gives: of a kernel the first or the second result, of a rule an entry."""

    node: int
    index: Shape


Value = Entry | Result | float
FIRST, SECOND = (0,), (1,)


@dataclass(frozen=True, slots=True)
class Node:
    """A kernel on values, a sum on as many as there are; or the exact rule for a primitive, on values in `shapes`."""

    what: Kernel | Op
    args: tuple[Value, ...]
    shapes: tuple[Shape, ...] = ()
    gives: Shape = (2,)


class Lowering:
    """Formulas taken apart: `nodes` in an order in which they can be computed, no two of them equal."""

    def __init__(self, graph: Graph, shapes: Mapping[str, Shape]) -> None:
        self.nodes: dict[Node, int] = {}
        self._known: dict[str, Values] = {}
        for name, shape in shapes.items():
            self._known[name] = (
                np.broadcast_to(self.lowered(graph[name]), shape)
                if name in graph
                else _filled(shape, partial(Entry, name))
            )
        self.steps = {Entry(name, index): value for name in graph for index, value in np.ndenumerate(self._known[name])}
        """Entry of a step -> what it is."""
        self.given = [Entry(name, index) for name in shapes if name not in graph for index in np.ndindex(shapes[name])]

    def lowered(self, formula: Expr) -> Values:
        """All entries of the formula's value."""
        head = formula.head
        if isinstance(head, str):
            return self._known[head]
        if not isinstance(head, Op):
            return self.plain(float(head))
        if head is Op.EITHER:
            return self.lowered(formula.args[0])
        args = tuple(map(self.lowered, formula.args))
        return np.asarray(_LOWERED[head](self, *args), dtype=object) if head in _LOWERED else self._ruled(head, args)

    @staticmethod
    def plain(number: float) -> Values:
        """A plain number."""
        return np.array(number, dtype=object)

    def each(self, kernel: Kernel, *args: Values, result: Shape = FIRST) -> Values:
        """An instruction, entry by entry."""

        def one(*values: Value) -> Result:
            return Result(self._number(Node(kernel, values)), result)

        return np.asarray(np.frompyfunc(one, len(args), 1)(*args), dtype=object)

    def total(self, *terms: Values) -> Values:
        """The sum of the terms, entry by entry."""
        return self.each((Kernel.ADD if len(terms) == 2 else Kernel.SUM), *terms) if terms[1:] else terms[0]  # noqa: PLR2004

    def contracted(self, left: Values, right: Values) -> Values:
        """Σ x y over the first axis."""
        factors = [factor for pair in zip(left, right, strict=True) for factor in pair]
        return self.each(Kernel.PRODUCTS, *factors, *[self.plain(0.0)] * (len(factors) % 4))

    def _number(self, node: Node) -> int:
        return self.nodes.setdefault(node, len(self.nodes))

    def _ruled(self, op: Op, args: tuple[Values, ...]) -> Values:
        with np.errstate(all="ignore"):
            shape = EXACT.rules[op](*(np.full((*arg.shape, 1), 0.5) for arg in args)).shape[:-1]
        values: tuple[Any, ...] = tuple(value for arg in args for value in arg.flat)
        shapes = tuple(arg.shape for arg in args)
        return _filled(shape, partial(Result, self._number(Node(op, values, shapes, shape))))


def _filled(shape: Shape, value: Callable[[Shape], Value]) -> Values:
    values = np.empty(shape, dtype=object)
    for index in np.ndindex(shape):
        values[index] = value(index)
    return values


def _entrywise(kernel: Kernel, result: Shape = FIRST) -> Callable[..., Values]:
    return lambda lowering, *args: lowering.each(kernel, *args, result=result)


def _product(lowering: Lowering, *factors: Values) -> Values:
    return reduce(partial(lowering.each, Kernel.MUL), factors)


def _mean(lowering: Lowering, values: Values) -> Values:
    return lowering.each(Kernel.DIV, lowering.total(*values), lowering.plain(float(len(values))))


def _dot(lowering: Lowering, left: Values, right: Values) -> Values:
    return lowering.contracted(left, right) if left.ndim else _product(lowering, left, right)


def _squared_error(lowering: Lowering, prediction: Values, target: Values) -> Values:
    error = lowering.each(Kernel.ERROR, prediction, target)
    squares = lowering.each(Kernel.MUL, error, error)
    return lowering.total(*squares) if squares.ndim else squares


def _half_squared_error(lowering: Lowering, prediction: Values, target: Values) -> Values:
    return _product(lowering, _squared_error(lowering, prediction, target), lowering.plain(0.5))


_LOWERED: Mapping[Op, Callable[..., Values]] = MappingProxyType(
    {
        Op.ADD: Lowering.total,
        Op.SUB: _entrywise(Kernel.SUB),
        Op.MUL: _product,
        Op.DIV: _entrywise(Kernel.DIV),
        Op.ABS: _entrywise(Kernel.SIZE),
        Op.SQUARE: lambda lowering, x: lowering.each(Kernel.MUL, x, x),
        Op.SQRT: _entrywise(Kernel.ROOT),
        Op.STACK: lambda _, *numbers: np.stack(np.broadcast_arrays(*numbers)),
        Op.SUM: lambda lowering, values: lowering.total(*values),
        Op.MEAN: _mean,
        Op.MAX: lambda lowering, values: reduce(partial(lowering.each, Kernel.LARGER), values),
        Op.DOT: _dot,
        Op.MATVEC: lambda lowering, w, a: lowering.contracted(w.T, a[:, np.newaxis]),
        Op.BACK_MATVEC: lambda lowering, w, delta: lowering.contracted(w, delta[:, np.newaxis]),
        Op.OUTER: lambda lowering, delta, a: lowering.each(Kernel.MUL, delta[:, np.newaxis], a[np.newaxis]),
        Op.SIGMOID: _entrywise(Kernel.SIGMOID),
        Op.SIGMOID_SLOPE: _entrywise(Kernel.SIGMOID, SECOND),
        Op.SIGMOID_ERROR: _entrywise(Kernel.SIGMOID_ERROR),
        Op.TANH: _entrywise(Kernel.TANH),
        Op.TANH_SLOPE: _entrywise(Kernel.TANH, SECOND),
        Op.TANH_ERROR: _entrywise(Kernel.TANH_ERROR),
        Op.RELU: _entrywise(Kernel.RELU),
        Op.RELU_SLOPE: _entrywise(Kernel.RELU, SECOND),
        Op.LEAKY_RELU: _entrywise(Kernel.LEAKY_RELU),
        Op.LEAKY_RELU_SLOPE: _entrywise(Kernel.LEAKY_RELU, SECOND),
        Op.PRELU: _entrywise(Kernel.LEAKY_RELU),
        Op.PRELU_SLOPE: _entrywise(Kernel.LEAKY_RELU, SECOND),
        Op.NEGATIVE_PART: lambda lowering, z: lowering.each(Kernel.SMALLER, z, lowering.plain(0.0)),
        Op.ELU: _entrywise(Kernel.ELU),
        Op.ELU_SLOPE: _entrywise(Kernel.ELU, SECOND),
        Op.SQUARED_ERROR: _squared_error,
        Op.HALF_SQUARED_ERROR: lambda lowering, p, y: _product(
            lowering, _squared_error(lowering, p, y), lowering.plain(0.5)
        ),
        Op.AT_MOST_ONE: lambda lowering, x: lowering.each(Kernel.SMALLER, x, lowering.plain(1.0)),
        Op.DEAD: _entrywise(Kernel.DEAD),
        Op.GROWTH: _entrywise(Kernel.GROWTH),
    }
)
"""Primitives as instructions; of all others the exact rule is called."""
