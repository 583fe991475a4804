"""Backpropagation of formulas: a forward graph gives its gradient steps in textbook form, by the chain rule."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from problems.graph import Expr, Op
from problems.words import ACTIVATIONS, add, apply, either, multiply, number, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from problems.graph import Graph
    from problems.words import Activation

    Rule = Callable[[Expr, int, tuple[Expr, ...]], Expr]
    """The gradient at a formula, the place of one operand, all operands -> the gradient at that operand."""

ONE = number(1.0)


def _times(gradient: Expr, *factors: Expr) -> Expr:
    kept = [factor for factor in (gradient, *factors) if factor != ONE]
    return multiply(*kept) if kept else ONE


def _scaled(gradient: Expr, scale: Expr) -> Expr:
    """The gradient times a plain number: 1/n times 2 is written 2/n."""
    if gradient.head is Op.DIV and gradient.args[0] == ONE and scale != ONE:
        return scale / gradient.args[1]
    return _times(gradient, scale)


def _through_product(gradient: Expr, place: int, factors: tuple[Expr, ...]) -> Expr:
    return _times(gradient, *factors[:place], *factors[place + 1 :])


def _through_difference(gradient: Expr, place: int, _terms: tuple[Expr, ...]) -> Expr:
    return -gradient if place else gradient


def _through_quotient(gradient: Expr, place: int, sides: tuple[Expr, ...]) -> Expr:
    above, below = sides
    if place == 0:
        return gradient / below
    return -_times(gradient, above) / apply(Op.SQUARE, below)


def _through_layer(gradient: Expr, place: int, sides: tuple[Expr, ...]) -> Expr:
    weights, a = sides
    return apply(Op.BACK_MATVEC, weights, gradient) if place else apply(Op.OUTER, gradient, a)


def _through_cross_entropy(gradient: Expr, place: int, sides: tuple[Expr, ...]) -> Expr:
    if place:
        message = "The target of a cross-entropy is given, and has no gradient"
        raise KeyError(message)
    p, y = sides
    return _times(gradient, -(y / p))


_RULES: Mapping[Op, Rule] = MappingProxyType(
    {
        Op.ADD: lambda gradient, _place, _terms: gradient,
        Op.SUB: _through_difference,
        Op.NEG: lambda gradient, _place, _terms: -gradient,
        Op.MUL: _through_product,
        Op.DIV: _through_quotient,
        Op.DOT: _through_product,
        Op.SQUARE: lambda gradient, _place, sides: _times(gradient, number(2), *sides),
        Op.MATVEC: _through_layer,
        Op.CROSS_ENTROPY: _through_cross_entropy,
    }
)
_SQUARED: Mapping[Any, Expr] = MappingProxyType({Op.SQUARED_ERROR: number(2), Op.HALF_SQUARED_ERROR: ONE})
_ACTIVATIONS: Mapping[Any, Activation] = MappingProxyType(
    {one.value: one for one in ACTIVATIONS.values() if one.value is not None}
)
_FROM_Z: Mapping[Any, Op] = MappingProxyType(
    {Op.SIGMOID_CROSS_ENTROPY: Op.SIGMOID_ERROR, Op.SOFTMAX_CROSS_ENTROPY: Op.SOFTMAX_ERROR}
)
"""A loss that goes with its activation -> its gradient by z, the plain difference of output and target."""


class _Chain:
    """The chain rule on one forward graph, towards one of its steps."""

    def __init__(self, forward: Graph, of: str) -> None:
        self.forward = forward
        self.of = of
        self.relevant = _above(forward, of) | {of}
        self.listed: list[str] = []
        self.slopes = {formula: step for step, formula in forward.items() if step != of and formula.args}

    def gradient_at(self, name: str) -> Expr:
        """The derivative by that name, of steps that are listed already by their ids."""
        if name == self.of:
            return ONE
        parts = [
            part
            for step, formula in self.forward.items()
            if step in self.relevant and name in formula.names()
            for part in self.contributions(formula, step, name, self.mention(step))
        ]
        direct = self.from_loss(name)
        if direct is not None:
            return direct
        return add(*parts) if parts else number(0.0)

    def mention(self, name: str) -> Expr:
        """The derivative by that name as it stands in the formulas of others."""
        return value(f"d{self.of}_d{name}") if name in self.listed else self.gradient_at(name)

    def from_loss(self, z: str) -> Expr | None:
        """The output minus the target, where a loss is taken of the activation of z that goes with it."""
        loss = self.forward[self.of]
        if loss.head is not Op.EITHER or loss.args[0].head not in _FROM_Z or loss.args[0].args[0] != value(z):
            return None
        a, y = loss.args[1].args
        routes = [apply(_FROM_Z[loss.args[0].head], value(z), y), a - y]
        if str(a.head) in self.listed and loss.args[0].head is Op.SIGMOID_CROSS_ENTROPY:
            routes.insert(1, self.named(_times(self.mention(str(a.head)), self.slope(str(a.head)))))
        return either(*routes)

    def slope(self, step: str) -> Expr:
        """The slope of the activation that this step applies, with the route from its value."""
        formula = self.forward[step]
        return _ACTIVATIONS[formula.head].slope_at(str(formula.args[0].head), step)

    def contributions(self, formula: Expr, step: str | None, wanted: str, gradient: Expr) -> Iterator[Expr]:
        """What `gradient`, the gradient at `formula`, adds to the gradient at `wanted`, once per mention."""
        head = formula.head
        if head == wanted:
            yield gradient
        elif head in _ACTIVATIONS:
            yield from self.through_units(formula, step, wanted, gradient)
        elif head in _SQUARED or head is Op.BINARY_CROSS_ENTROPY:
            yield from self.through_loss(formula, wanted, gradient)
        elif head is Op.EITHER:  # a loss: by the way from its output's value
            yield from self.contributions(formula.args[-1], step, wanted, gradient)
        elif isinstance(head, Op):
            for place, arg in enumerate(formula.args):
                if wanted in arg.names():
                    yield from self.contributions(arg, None, wanted, _RULES[head](gradient, place, formula.args))

    def through_units(self, formula: Expr, step: str | None, wanted: str, gradient: Expr) -> Iterator[Expr]:
        """Back through an activation, to its z or to a parameter that is learned."""
        z, *parameters = formula.args
        if wanted in z.names():
            if z.args:
                title = _ACTIVATIONS[formula.head].title
                message = f"{title} is applied to a formula; give its argument a step of its own"
                raise TypeError(message)
            yield self.through_activation(formula, step, gradient)
        if value(wanted) in parameters:
            yield self.through_parameter(formula, gradient)

    def through_loss(self, loss: Expr, wanted: str, gradient: Expr) -> Iterator[Expr]:
        """Back through a squared error or a binary cross-entropy; the target of the latter is given."""
        output, target = loss.args
        if wanted in output.names():
            by_output = (
                _times(gradient, self.steepness(loss))
                if loss.head is Op.BINARY_CROSS_ENTROPY
                else _times(_scaled(gradient, _SQUARED[loss.head]), self.error(loss.args))
            )
            yield from self.contributions(output, None, wanted, by_output)
        if wanted in target.names() and loss.head is Op.BINARY_CROSS_ENTROPY:
            message = "The target of a cross-entropy is given, and has no gradient"
            raise KeyError(message)
        if wanted in target.names():
            by_target = _times(_scaled(gradient, _SQUARED[loss.head]), target - output)
            yield from self.contributions(target, None, wanted, by_target)

    def through_activation(self, formula: Expr, step: str | None, gradient: Expr) -> Expr:
        """Back through an activation, unit by unit; through softmax, where every output depends on every z."""
        if formula.head is Op.SOFTMAX:
            a = formula if step is None else value(step)
            plain = multiply(a, gradient - apply(Op.DOT, a, gradient))
            return either(apply(Op.SOFTMAX_BACK, a, gradient), plain)
        if step is None:
            activation = _ACTIVATIONS[formula.head]
            slope = activation.slope_at(str(formula.args[0].head))
        else:
            slope = self.slope(step)
        return _times(gradient, slope)

    def through_parameter(self, formula: Expr, gradient: Expr) -> Expr:
        """Back to the learned α of PReLU, which all units share."""
        if formula.head is not Op.PRELU:
            message = f"The parameter of {formula.head} is not learned"
            raise KeyError(message)
        return apply(Op.DOT, gradient, apply(Op.NEGATIVE_PART, formula.args[0]))

    def error(self, sides: tuple[Expr, ...]) -> Expr:
        """ŷ - y; from z where ŷ is a step of saturating units, so that it is exact next to the target."""
        prediction, target = sides
        source = self.forward.get(str(prediction.head))
        activation = None if source is None else _ACTIVATIONS.get(source.head)
        if source is None or activation is None or activation.error is None:
            return prediction - target
        return either(apply(activation.error, source.args[0], target), prediction - target)

    def steepness(self, loss: Expr) -> Expr:
        """The slope of the binary cross-entropy by its output; from z where that is a step of sigmoid units."""
        a, y = loss.args
        source = self.forward.get(str(a.head))
        at_value = apply(Op.CROSS_ENTROPY_SLOPE_AT_VALUE, a, y)
        if source is None or source.head is not Op.SIGMOID:
            return at_value
        return either(apply(Op.CROSS_ENTROPY_SLOPE, source.args[0], y), at_value)

    def named(self, formula: Expr) -> Expr:
        """The formula with every part that is a step of the graph mentioned by its id."""
        if formula in self.slopes:
            return value(self.slopes[formula])
        return Expr(formula.head, tuple(map(self.named, formula.args)))


def backprop(forward: Graph, of: str, by: Sequence[str]) -> dict[str, Expr]:
    """The formulas of the derivatives of step `of` by each name in `by`, under the ids d<of>_d<name>, in that order.

    A derivative that is listed earlier is mentioned by its id; one that is not listed is written out inside the
    others. A slope that is a step of the graph is mentioned by its id too. Formulas know no shapes: a number that is
    spread over the entries of a vector gets no sum on the way back, so sums and products must be of like shapes.
    Raises KeyError for a primitive without a derivative, TypeError for an activation of anything but a name.
    """
    chain = _Chain(forward, of)
    found = {}
    for name in by:
        found[f"d{of}_d{name}"] = chain.named(chain.gradient_at(name))
        chain.listed.append(name)
    return found


def _above(graph: Graph, step: str) -> frozenset[str]:
    """The steps that `step` rests on, directly or not."""
    direct = graph[step].names() & graph.keys()
    return direct.union(*(_above(graph, name) for name in direct))
