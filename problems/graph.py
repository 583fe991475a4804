"""A problem is a graph of named steps; everything we show or mark is a reading of it.

Formulas are data: an `Expr` is a primitive (`Op`) applied to formulas, the name of an earlier value, or a plain number.
They can therefore be drawn, printed, differentiated, read as intervals and replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

V = TypeVar("V")


class Op(Enum):
    """The closed set of primitives. Each has a rule in every reading."""

    ADD = "add"
    SUB = "sub"
    NEG = "neg"
    MUL = "mul"
    DIV = "div"
    ABS = "size"
    SQUARE = "square"
    SQRT = "square root"
    POWER = "power"
    LOG10 = "log10"
    POWER_OF_TEN = "power of ten"
    STACK = "stack"  # numbers into a vector
    SUM = "sum over the first axis"
    MEAN = "mean over the first axis"
    MAX = "max over the first axis"
    DOT = "dot"
    MATVEC = "matvec"  # W a
    BACK_MATVEC = "matvec of the transposed"  # Wᵀ δ
    OUTER = "outer"  # δ aᵀ
    LAYER_OF_ROWS = "layer of rows"  # X Wᵀ: every row of X through the layer W
    EITHER = "either"  # routes to one value that an honest student may choose from; the first is the exact one
    SIGMOID = "sigmoid"
    SIGMOID_SLOPE = "sigmoid slope"
    SIGMOID_SLOPE_AT_VALUE = "sigmoid slope from the value"  # a(1-a)
    TANH = "tanh"
    TANH_SLOPE = "tanh slope"
    TANH_SLOPE_AT_VALUE = "tanh slope from the value"  # 1-a²
    RELU = "relu"
    RELU_SLOPE = "relu slope"
    LEAKY_RELU = "leaky relu"
    LEAKY_RELU_SLOPE = "leaky relu slope"
    PRELU = "prelu"  # a leaky ReLU whose α is learned
    PRELU_SLOPE = "prelu slope"
    NEGATIVE_PART = "negative part"  # min(z, 0), the slope of PReLU by α
    ELU = "elu"
    ELU_SLOPE = "elu slope"
    ELU_SLOPE_AT_VALUE = "elu slope from the value"  # a+α on the negative side
    SOFTMAX = "softmax"
    SOFTMAX_BACK = "back through softmax"  # a ⊙ (g - aᵀg), from the values a and the gradient g at them
    SQUARED_ERROR = "squared error"
    HALF_SQUARED_ERROR = "half squared error"
    BINARY_CROSS_ENTROPY = "binary cross-entropy"  # of values a of sigmoid units
    SIGMOID_CROSS_ENTROPY = "binary cross-entropy from z"
    CROSS_ENTROPY = "cross-entropy"  # of probabilities p
    SOFTMAX_CROSS_ENTROPY = "cross-entropy from z"
    SIGMOID_ERROR = "sigmoid error"  # σ(z) - y, exact where σ(z) is next to y
    TANH_ERROR = "tanh error"
    SOFTMAX_ERROR = "softmax error"
    CROSS_ENTROPY_SLOPE = "binary cross-entropy slope"  # by a, from z
    CROSS_ENTROPY_SLOPE_AT_VALUE = "binary cross-entropy slope from the value"
    CLIP = "clip"  # into -c .. c
    AT_MOST_ONE = "at most one"
    LOOKUP = "lookup"  # entries of a list, by their places from 0
    CHOSEN = "chosen"  # a choice that the wording alone decides
    DEAD = "dead"  # 1 where z <= 0
    GROWTH = "growth"  # of a gradient against the one that arrived: 0 below a tenth, 2 above ten times, 1 between
    FIRST_BEYOND = "first beyond"  # going back, the first layer whose log10 is beyond a bound; 0 where none is
    COURSE = "course"  # of descent by the factor of the error: 0 straight, 1 to and fro, 2 away


CHOICES = frozenset({Op.CHOSEN, Op.DEAD, Op.GROWTH, Op.FIRST_BEYOND, Op.COURSE})
"""Primitives whose value is picked or counted, not written down with digits."""


@dataclass(frozen=True, slots=True)
class Expr:
    """A formula: `head` is a primitive, the name of an earlier value, or a number."""

    head: Op | str | float
    args: tuple[Expr, ...] = ()

    def __add__(self, other: Expr) -> Expr:
        return Expr(Op.ADD, (*self.operands(Op.ADD), *other.operands(Op.ADD)))

    def __sub__(self, other: Expr) -> Expr:
        return Expr(Op.SUB, (self, other))

    def __mul__(self, other: Expr) -> Expr:
        return Expr(Op.MUL, (*self.operands(Op.MUL), *other.operands(Op.MUL)))

    def __truediv__(self, other: Expr) -> Expr:
        return Expr(Op.DIV, (self, other))

    def __neg__(self) -> Expr:
        return Expr(Op.NEG, (self,))

    def operands(self, op: Op) -> tuple[Expr, ...]:
        """The operands where the head is `op`, else the formula itself as the only one."""
        return self.args if self.head is op else (self,)

    def nodes(self) -> Iterator[Expr]:
        """The formula and all formulas inside it."""
        yield self
        for arg in self.args:
            yield from arg.nodes()

    def names(self) -> frozenset[str]:
        """The earlier values that the formula mentions."""
        return frozenset(node.head for node in self.nodes() if isinstance(node.head, str))

    def routes(self) -> tuple[Expr, ...]:
        """The formula by each of the ways that an honest student may take; the first is the exact one."""
        if self.head is Op.EITHER:
            return tuple(route for arg in self.args for route in arg.routes())
        if not any(node.head is Op.EITHER for node in self.nodes()):
            return (self,)
        return tuple(Expr(self.head, args) for args in product(*(arg.routes() for arg in self.args)))

    def replace(self, old: Expr, new: Expr) -> Expr:
        """The formula with every occurrence of `old` replaced by `new`."""
        if self == old:
            return new
        return Expr(self.head, tuple(arg.replace(old, new) for arg in self.args))


Graph = Mapping[str, Expr]
"""Step id -> formula, in the order of writing: a formula mentions given numbers and earlier steps only."""


@dataclass(frozen=True)
class Reading(Generic[V]):
    """A number system: what a number is in it, and what each primitive does."""

    rules: Mapping[Op, Callable[..., V]]
    number: Callable[[Any], V]
    write_down: Callable[[V], V] = lambda value: value
    """What writing a step down does to its value (rounding; nothing where values are exact)."""
    read_back: Callable[[V, Any], V] = lambda _expected, written: written
    """What a written step stands for in the steps below; entries that were not written are as expected."""
    route: int | None = None
    """Which route of a choice of routes is taken; where None, the rule for EITHER joins them all."""


@dataclass(frozen=True)
class Walk(Generic[V]):
    """One walk through a graph: what each step should be, and what stands for each name in the formulas below it."""

    reading: Reading[V]
    known: dict[str, V]
    expected: dict[str, V] = field(default_factory=dict)

    def value_of(self, formula: Expr) -> V:
        """The formula's value from what is known here, not yet written down."""
        head = formula.head
        if isinstance(head, str):
            return self.known[head]
        if head is Op.EITHER and self.reading.route is not None:
            return self.value_of(formula.args[self.reading.route])
        if isinstance(head, Op):
            return self.reading.rules[head](*map(self.value_of, formula.args))
        return self.reading.number(head)

    def written_value_of(self, formula: Expr) -> V:
        """The formula's value as it may stand on paper."""
        value = self.value_of(formula)
        return value if formula.head in CHOICES else self.reading.write_down(value)


def evaluate(
    graph: Graph,
    inputs: Mapping[str, ArrayLike],
    reading: Reading[V],
    written: Mapping[str, Any] = MappingProxyType({}),
) -> Walk[V]:
    """What each step should be in this reading, given what the student wrote in the steps above it."""
    walk = Walk(reading, {name: reading.number(value) for name, value in inputs.items()})
    for step, formula in graph.items():
        value = walk.written_value_of(formula)
        walk.expected[step] = value
        walk.known[step] = reading.read_back(value, written[step]) if step in written else value
    return walk
