"""How much there is to work out in a problem, counted from its formulas and shapes: the same for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from problems.graph import Op

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from problems.graph import Expr
    from problems.problem import Worksheet


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """What has to be worked out for one problem by the shortest way; the same for everybody with these options.

    A division counts as a multiplication, a subtraction as an addition; function values are those of a calculator's
    keys, such as e^x, ln and √. A choice counts as an answer and as no arithmetic. Where a number's sign decides
    whether there is something to do, as at a leaky ReLU, it is counted.
    """

    answers: int = 0
    multiplications: int = 0
    additions: int = 0
    functions: int = 0

    def __add__(self, other: Arithmetic) -> Arithmetic:
        return Arithmetic(
            self.answers + other.answers,
            self.multiplications + other.multiplications,
            self.additions + other.additions,
            self.functions + other.functions,
        )

    def __mul__(self, times: int) -> Arithmetic:
        return Arithmetic(
            self.answers * times, self.multiplications * times, self.additions * times, self.functions * times
        )

    @property
    def effort(self) -> tuple[int, int]:
        """What a shorter way has less of: function values first."""
        return self.functions, self.multiplications + self.additions


def arithmetic_of(worksheet: Worksheet) -> Arithmetic:
    """What has to be worked out for all that is asked, from the formulas and the shapes alone."""
    asked = {name for name, step in worksheet.steps.items() if step.asked}
    needed = asked.union(*(worksheet.above[name] for name in asked))
    total = Arithmetic()
    for name in needed:
        step = worksheet.steps[name]
        if name in asked:
            total += Arithmetic(answers=1 if step.choices else prod(step.shape))
        if not step.whole:
            total += _work(step.formula, worksheet)
    return total


def _work(formula: Expr, worksheet: Worksheet) -> Arithmetic:
    """The arithmetic of a formula whose names are known; of several routes, the shortest."""
    head = formula.head
    if not isinstance(head, Op):
        return Arithmetic()
    inside = [_work(arg, worksheet) for arg in formula.args]
    if head is Op.EITHER:
        return min(inside, key=lambda way: way.effort)
    shapes = [worksheet.shape_of(part) or () for part in (formula, *formula.args)]
    return sum(inside, _own_work(head, *shapes))


def _own_work(op: Op, result: tuple[int, ...], *args: tuple[int, ...]) -> Arithmetic:
    """What the primitive itself takes."""
    if op in (Op.ADD, Op.MUL):  # from left to right: number times number comes before number times vector
        sizes = [prod(np.broadcast_shapes(*args[: place + 1])) for place in range(1, len(args))]
        return (_ADDITION if op is Op.ADD else _MULTIPLICATION) * sum(sizes)
    if op in _SUMS_OF_PRODUCTS:
        terms = _SUMS_OF_PRODUCTS[op](*args)
        return (_MULTIPLICATION * terms + _ADDITION * (terms - 1)) * prod(result)
    if op in (Op.SUM, Op.MEAN):
        return (_ADDITION * (args[0][0] - 1) + _MULTIPLICATION * (op is Op.MEAN)) * prod(result)
    if op in _OVER_UNITS:
        units, (each, once) = prod(args[0]), _OVER_UNITS[op]
        return each * units + _ADDITION * (units - 1) + once
    return _PER_ENTRY.get(op, Arithmetic()) * prod(result)


_ADDITION, _MULTIPLICATION, _FUNCTION = Arithmetic(additions=1), Arithmetic(multiplications=1), Arithmetic(functions=1)
_SUMS_OF_PRODUCTS: Mapping[Op, Callable[..., int]] = MappingProxyType(
    {
        Op.DOT: lambda left, _right: left[0],
        Op.MATVEC: lambda weights, _a: weights[1],
        Op.BACK_MATVEC: lambda weights, _delta: weights[0],
        Op.OUTER: lambda _delta, _a: 1,
        Op.LAYER_OF_ROWS: lambda rows, _weights: rows[1],
    }
)
"""Primitive -> how many products are added for each entry of the result, from the shapes of its arguments."""

_PLAIN_PRODUCT = _MULTIPLICATION + _ADDITION
_PER_ENTRY: Mapping[Op, Arithmetic] = MappingProxyType(
    dict.fromkeys((Op.SUB, Op.ELU_SLOPE_AT_VALUE), _ADDITION)
    | dict.fromkeys((Op.DIV, Op.SQUARE, Op.LEAKY_RELU, Op.PRELU), _MULTIPLICATION)
    | dict.fromkeys((Op.SQRT, Op.POWER, Op.LOG10, Op.POWER_OF_TEN, Op.SIGMOID, Op.TANH, Op.CROSS_ENTROPY), _FUNCTION)
    | dict.fromkeys((Op.SIGMOID_SLOPE_AT_VALUE, Op.TANH_SLOPE_AT_VALUE), _PLAIN_PRODUCT)  # a·(1 - a), 1 - a·a
    | dict.fromkeys((Op.SIGMOID_SLOPE, Op.TANH_SLOPE, Op.ELU), _FUNCTION + _PLAIN_PRODUCT)
    | dict.fromkeys((Op.SIGMOID_ERROR, Op.TANH_ERROR), _FUNCTION + _ADDITION)
    | {
        Op.ELU_SLOPE: _FUNCTION + _MULTIPLICATION,
        Op.CROSS_ENTROPY_SLOPE_AT_VALUE: _PLAIN_PRODUCT * 2,  # (a - y)/(a·(1 - a))
        Op.CROSS_ENTROPY_SLOPE: _FUNCTION + _PLAIN_PRODUCT * 2,
    }
)
"""Primitive -> what every entry of its result takes; the others take no arithmetic."""

_OVER_UNITS: Mapping[Op, tuple[Arithmetic, Arithmetic]] = MappingProxyType(
    {
        Op.SQUARED_ERROR: (_PLAIN_PRODUCT, Arithmetic()),
        Op.HALF_SQUARED_ERROR: (_PLAIN_PRODUCT, _MULTIPLICATION),
        Op.BINARY_CROSS_ENTROPY: (_FUNCTION + _ADDITION, Arithmetic()),  # of two logarithms, the one that counts
        Op.SIGMOID_CROSS_ENTROPY: (_FUNCTION * 2 + _ADDITION, Arithmetic()),
        Op.SOFTMAX: (_FUNCTION + _MULTIPLICATION, Arithmetic()),
        Op.SOFTMAX_ERROR: (_FUNCTION + _MULTIPLICATION + _ADDITION, Arithmetic()),
        Op.SOFTMAX_CROSS_ENTROPY: (_FUNCTION, _FUNCTION + _MULTIPLICATION),
    }
)
"""Primitive that sums over units -> what each unit takes beside being added, and what is done once."""
