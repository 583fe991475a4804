"""Many instances at once: a graph as one list of array operations, each writing into memory that is there already.

The operations are those of the exact reading, taken apart so that what two formulas share is computed once: e^-z serves
the sigmoid and its slope. They are quick where nothing cancels and nothing saturates beyond what float64 holds. Guards
look for that, block by block; a block that one of them stops is worked out by the exact reading itself.
"""

from __future__ import annotations

from functools import lru_cache, partial, reduce
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from problems.graph import Op, evaluate
from problems.readings.exact import EXACT, ROUNDING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from problems.graph import Expr, Graph
    from problems.problem import Worksheet

    Array = NDArray[np.float64]

BLOCK = 20_000
"""Instances that are worked on at once: enough to make the calls cheap, few enough for the processor's own memory."""

SIZES = -1
"""Where, behind the registers, their largest sizes are asked for."""
SATURATES = 7.0
"""Beyond this |z|, tanh may stand next to its target; the sigmoid beyond twice as much."""


class Node(NamedTuple):
    """One array operation on what other nodes, steps or given numbers give; equal nodes are computed once."""

    kernel: str
    args: tuple[Any, ...] = ()


Operand = Node | str | float
"""What an operation takes: another's result, a step or given number by its name, a plain number."""

_KERNELS: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "add": np.add,
        "sub": np.subtract,
        "mul": np.multiply,
        "div": np.divide,
        "neg": np.negative,
        "abs": np.abs,
        "exp": np.exp,
        "expm1": np.expm1,
        "tanh": np.tanh,
        "larger": lambda x, y, out: np.maximum(x, y, out=out),
        "smaller": lambda x, y, out: np.minimum(x, y, out=out),
        "positive": lambda x, out: np.greater(x, 0.0, out=out, casting="unsafe"),
        "sum": lambda x, out: np.add.reduce(x, axis=0, out=out),
        "matvec": lambda w, a, out: np.einsum("oin,in->on", w, a, out=out),
        "back_matvec": lambda w, delta, out: np.einsum("oin,on->in", w, delta, out=out),
        "outer": lambda delta, a, out: np.multiply(delta[:, np.newaxis], a[np.newaxis], out=out),
        "dot": lambda x, y, out: np.einsum("in,in->n", x, y, out=out),
    }
)
"""Operations; the last argument is where they write."""
_SHAPES: Mapping[str, Callable[..., tuple[int, ...]]] = MappingProxyType(
    {
        "sum": lambda x: x[1:],
        "matvec": lambda w, _a: w[:1],
        "back_matvec": lambda w, _delta: w[1:],
        "outer": lambda delta, a: delta + a,
        "dot": lambda _x, _y: (),
    }
)
"""Shapes of results; all other operations go entry by entry."""
ZERO = Node("zero")
"""An array of zeros: beside one, NumPy's maximum is twice as fast as beside a plain 0."""


def _joined(kernel: str) -> Callable[..., Node]:
    return lambda first, *rest: reduce(lambda x, y: Node(kernel, (x, y)), rest, first)


_add, _mul = _joined("add"), _joined("mul")


def _node(kernel: str) -> Callable[..., Node]:
    return lambda *args: Node(kernel, args)


_exp, _neg, _div, _sub, _tanh = map(_node, ("exp", "neg", "div", "sub", "tanh"))


def _sigmoid(z: Operand) -> Node:
    return _div(1.0, _add(_exp(_neg(z)), 1.0))


def _sigmoid_slope(z: Operand) -> Node:
    return _mul(_exp(_neg(z)), _sigmoid(z), _sigmoid(z))


def _tanh_slope(z: Operand) -> Node:
    t = _exp(_mul(z, -2.0))  # where that overflows the processor tells, and the exact rule takes over
    r = _div(2.0, _add(t, 1.0))
    return _mul(t, r, r)


def _above(z: Operand) -> Node:
    return Node("larger", (z, ZERO))


def _below(z: Operand) -> Node:
    return Node("smaller", (z, ZERO))


def _elu(z: Operand, alpha: Operand) -> Node:
    return _add(_mul(Node("expm1", (_below(z),)), alpha), _above(z))


def _kinked_slope(z: Operand, beyond: Operand) -> Node:
    """1 where z > 0, else what lies beyond the kink, which is from 0 to 1."""
    return Node("larger", (Node("positive", (z,)), beyond))


def _elu_slope(z: Operand, alpha: Operand) -> Node:
    return _kinked_slope(z, _mul(_exp(_below(z)), alpha))


def _leaky_relu(z: Operand, alpha: Operand) -> Node:
    return Node("larger", (z, _mul(z, alpha)))


def _square(x: Operand) -> Node:
    return _mul(x, x)


def _squares(prediction: Operand, target: Operand) -> Node:
    return Node("sum", (_square(_sub(prediction, target)),))


_LOWERED: Mapping[Op, Callable[..., Any]] = MappingProxyType(
    {
        Op.ADD: _add,
        Op.SUB: _sub,
        Op.NEG: _neg,
        Op.MUL: _mul,
        Op.DIV: _div,
        Op.SQUARE: _square,
        Op.DOT: _node("dot"),
        Op.MATVEC: _node("matvec"),
        Op.BACK_MATVEC: _node("back_matvec"),
        Op.OUTER: _node("outer"),
        Op.SIGMOID: _sigmoid,
        Op.SIGMOID_SLOPE: _sigmoid_slope,
        Op.SIGMOID_ERROR: lambda z, y: _sub(_sigmoid(z), y),
        Op.TANH: _tanh,
        Op.TANH_SLOPE: _tanh_slope,
        Op.TANH_ERROR: lambda z, y: _sub(_tanh(z), y),
        Op.RELU: _above,
        Op.RELU_SLOPE: _node("positive"),
        Op.LEAKY_RELU: _leaky_relu,
        Op.LEAKY_RELU_SLOPE: _kinked_slope,
        Op.PRELU: _leaky_relu,
        Op.PRELU_SLOPE: _kinked_slope,
        Op.NEGATIVE_PART: _below,
        Op.ELU: _elu,
        Op.ELU_SLOPE: _elu_slope,
        Op.SQUARED_ERROR: _squares,
        Op.HALF_SQUARED_ERROR: lambda prediction, target: _mul(_squares(prediction, target), 0.5),
    }
)
"""Primitives that are taken apart; of all others the exact rule is called, and what it gives is copied."""


_WITH_ALPHA = (Op.LEAKY_RELU, Op.LEAKY_RELU_SLOPE, Op.PRELU, Op.PRELU_SLOPE, Op.ELU_SLOPE)


def _largest(values: Array | float) -> float:
    if isinstance(values, float):
        return abs(values)
    return float(max(np.maximum.reduce(values, axis=None), -np.minimum.reduce(values, axis=None)))


def _none_within(values: Array, noise: float) -> bool:
    """Whether every value is exactly 0 or larger than the noise."""
    sizes = np.abs(values)
    if np.minimum.reduce(sizes, axis=None) > noise:
        return True
    return bool(np.count_nonzero(sizes) == np.count_nonzero(sizes > noise))


def _sum_settled(total: Array, bounds: Sequence[float], _terms: int) -> bool:
    """Whether no sum is but the rounding of terms that cancel; `bounds` are their sizes."""
    return _none_within(total, ROUNDING * sum(bounds))


def _product_sum_settled(total: Array, bounds: Sequence[float], terms: int) -> bool:
    return _none_within(total, ROUNDING * terms * bounds[0] * bounds[1])


def _unsaturated(bound: float) -> Callable[[Array, Sequence[float], int], bool]:
    return lambda _z, bounds, _terms: bounds[0] < bound


def _is_share(alpha: Array, _bounds: Sequence[float], _terms: int) -> bool:
    """Whether every α is from 0 to 1, so that of the two sides of a kink the larger counts."""
    return bool(np.minimum.reduce(alpha, axis=None) >= 0 and np.maximum.reduce(alpha, axis=None) <= 1)


_CHECKS: Mapping[Op, Callable[[Array, Sequence[float], int], bool]] = MappingProxyType(
    {
        **dict.fromkeys((Op.ADD, Op.SUB, Op.SQUARED_ERROR, Op.HALF_SQUARED_ERROR), _sum_settled),
        **dict.fromkeys((Op.DOT, Op.MATVEC, Op.BACK_MATVEC), _product_sum_settled),
        **dict.fromkeys(_WITH_ALPHA, _is_share),
        Op.SIGMOID_ERROR: _unsaturated(2 * SATURATES),
        Op.TANH_ERROR: _unsaturated(SATURATES),
    }
)
"""What must hold for the operations to be as exact as the exact rule; what overflows is told by the processor."""


class Unsettled(ArithmeticError):
    """A check does not hold: this block is for the exact reading."""


class _Sizes:
    """The largest size in each register, looked for once in a block; of given numbers it is known."""

    def __init__(self, registers: Sequence[Any], known: Mapping[int, float]) -> None:
        self.registers = registers
        self.known = dict(known)

    def of(self, place: int) -> float:
        """The largest size in that register."""
        if place not in self.known:
            self.known[place] = _largest(self.registers[place])
        return self.known[place]


class Check(NamedTuple):
    """A check on a register and the sizes of others; `terms` is how many products a sum has."""

    holds: Callable[[Array, Sequence[float], int], bool]
    args: tuple[int, ...]
    terms: int = 0

    def require(self, values: Array, sizes: _Sizes) -> None:
        """Raise Unsettled where it does not hold."""
        if not self.holds(values, [sizes.of(place) for place in self.args], self.terms):
            raise Unsettled


class Call(NamedTuple):
    """A kernel or check, and what picks its arguments out of the registers, the place of the result last."""

    function: Callable[..., object]
    pick: itemgetter[Any]


class Program:
    """The calls for one graph, in order, on registers: the given numbers, the steps, then what lies between.

    `shapes` tells those of given numbers and steps; constants are registers that hold a plain number.
    """

    def __init__(self, graph: Graph, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self.shapes = list(shapes.values())
        self.places: dict[Operand, int] = {name: place for place, name in enumerate(shapes)}
        self.constants: dict[int, float] = {}
        self.calls: list[Call] = []
        self._checks: set[tuple[int, Check]] = set()
        for name, formula in graph.items():
            checks: list[tuple[Op, tuple[Operand, ...]]] = []
            self._compute(self._lowered(formula, checks), self.places[name])
            self._check(checks)

    def _lowered(self, formula: Expr, checks: list[tuple[Op, tuple[Operand, ...]]]) -> Operand:
        """The node for a formula, or the name or number that it is; `checks` collects what must hold."""
        head = formula.head
        if not isinstance(head, Op):
            return head
        if head is Op.EITHER:
            return self._lowered(formula.args[0], checks)
        args = tuple(self._lowered(arg, checks) for arg in formula.args)
        node = _LOWERED[head](*args) if head in _LOWERED else Node("exact", (head, *args))
        if head in _CHECKS:
            squares = head in (Op.SQUARED_ERROR, Op.HALF_SQUARED_ERROR)
            of = args[0] if head in (Op.SIGMOID_ERROR, Op.TANH_ERROR) else _sub(*args) if squares else node
            checks.append((head, (args[1], args[1]) if head in _WITH_ALPHA else (of, *args)))
        return node

    def _check(self, checks: list[tuple[Op, tuple[Operand, ...]]]) -> None:
        """Checks for what was computed; one of each is enough."""
        for op, nodes in checks:
            of, *args = map(self._place, nodes)
            terms = int(np.prod(self.shapes[args[0]])) if op in (Op.DOT, Op.MATVEC, Op.BACK_MATVEC) else 0
            check = Check(_CHECKS[op], tuple(args), terms)
            if (of, check) not in self._checks:
                self._checks.add((of, check))
                self.calls.append(Call(check.require, itemgetter(of, SIZES)))

    def _new(self, shape: tuple[int, ...]) -> int:
        self.shapes.append(shape)
        return len(self.shapes) - 1

    def _place(self, node: Operand) -> int:
        """Where the node's value stands; it is computed first where it is new."""
        if node not in self.places:
            if isinstance(node, float):
                self.places[node] = self._new(())
                self.constants[self.places[node]] = node
            elif node == ZERO:
                self.places[node] = self._new(())
            elif isinstance(node, Node):
                arguments = [self.shapes[self._place(arg)] for arg in node.args if not isinstance(arg, Op)]
                self._compute(node, self._new(_shape(node, arguments)))
        return self.places[node]

    def _compute(self, node: Operand, out: int) -> None:
        """Calls that put the value into a register."""
        if node in self.places or not isinstance(node, Node):
            self.calls.append(Call(np.positive, itemgetter(self._place(node), out)))
            return
        function: Callable[..., object]
        if node.kernel == "exact":
            function, args = partial(_by_the_rule, EXACT.rules[node.args[0]]), node.args[1:]
        elif node.kernel == "sum" and not self.shapes[self._place(node.args[0])]:
            function, args = np.positive, node.args
        else:
            function, args = _KERNELS[node.kernel], node.args
        self.calls.append(Call(function, itemgetter(*map(self._place, args), out)))
        self.places[node] = out

    def run(self, registers: Sequence[Any], bounds: Mapping[int, float]) -> None:
        """Fill the registers of the steps from those of the given numbers; raises Unsettled where a check fails.

        `bounds` tells the largest size in the registers of given numbers.
        """
        everything = [*registers, _Sizes(registers, bounds)]
        for function, pick in self.calls:
            function(*pick(everything))


def _by_the_rule(rule: Callable[..., Array], *args_and_out: Array) -> None:
    *args, out = args_and_out
    out[...] = rule(*map(np.atleast_1d, args))


def _shape(node: Node, arguments: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    if node.kernel == "exact":
        with np.errstate(all="ignore"):
            trial = [np.full((*shape, 1), 0.5) for shape in arguments]
            return tuple(EXACT.rules[node.args[0]](*trial).shape[:-1])
    if node.kernel in _SHAPES:
        return _SHAPES[node.kernel](*arguments)
    return np.broadcast_shapes(*((*shape, 1) for shape in arguments))[:-1]


@lru_cache(maxsize=256)
def _program(worksheet: Worksheet) -> Program:
    shapes = worksheet.given_shapes | {name: step.shape for name, step in worksheet.steps.items()}
    return Program(worksheet.graph, shapes)


def solve_into(
    room: Mapping[str, Array],
    worksheet: Worksheet,
    inputs: Mapping[str, Array],
    bounds: Mapping[str, float],
    count: int,
) -> None:
    """The exact value of every step of all instances, into arrays that are there; memory is bounded by blocks.

    `bounds` tells the largest size of each given number.
    """
    program, named = _program(worksheet), len(inputs) + len(room)
    size = min(BLOCK, count)
    scratch = [np.zeros((*shape, size)) for shape in program.shapes[named:]]
    largest = {program.places[name]: bound for name, bound in bounds.items()}
    for start in range(0, count, size):
        block = slice(start, min(start + size, count))
        here = {name: one[..., block] if one.shape[-1] == count else one for name, one in inputs.items()}
        steps = {name: one[..., block] for name, one in room.items()}
        between: list[Any] = [one[..., : block.stop - start] for one in scratch]
        for place, constant in program.constants.items():
            between[place - named] = constant
        try:
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                program.run([*here.values(), *steps.values(), *between], largest)
        except (Unsettled, FloatingPointError):
            exact = evaluate(worksheet.graph, here, EXACT)
            for name, one in steps.items():
                one[...] = exact.expected[name]
