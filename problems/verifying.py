"""A second computation of every step, by another way than the first.

Derivatives are found by complex steps, other values by the plain formulas along the other routes. A draw that the two
computations do not agree on is not issued.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from problems.family import at
from problems.graph import Expr, Walk, evaluate
from problems.readings.complex_step import COMPLEX, NUDGE
from problems.readings.exact import EXACT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from problems.family import Step
    from problems.problem import Problem, Worksheet
    from problems.readings.exact import Array

AGREEMENT = 1e-6
"""The two computations may differ by this share of a value: the plain formulas lose digits, a wrong rule loses all."""

MOST_AT_ONCE = 20_000
"""Instances with one entry nudged that are walked through at once, so that memory stays bounded."""

_DERIVATIVE = re.compile(r"d([A-Za-z]+\d*)_d(\w+)")


def derivative_of(step: Step, worksheet: Worksheet) -> tuple[str, str] | None:
    """(of, by) where the step is a derivative that can be found by nudging `by` and looking at `of`."""
    pair = step.derivative
    if pair is None and (match := _DERIVATIVE.fullmatch(step.id)):
        pair = match[1], match[2]
    if pair is None or pair[1] not in worksheet.roles:
        return None
    return pair


def forward_graph(worksheet: Worksheet) -> dict[str, Expr]:
    """The forward formulas; where the gradient at the output is given, the loss whose gradient that is."""
    graph = {name: step.formula for name, step in worksheet.steps.items() if not step.whole}
    if "L" not in graph and (loss := at(worksheet.family.loss, worksheet.options)) is not None:
        graph["L"] = loss
    return graph


def confirmed_instances(
    worksheet: Worksheet, inputs: Mapping[str, Array], exact: Walk[Array], count: int
) -> NDArray[np.bool_]:
    """Which of many instances the second computation agrees on, at every step."""
    confirmed = np.ones(count, dtype=bool)
    for mask in _agreements(worksheet, inputs, exact, count).values():
        confirmed &= mask
    return confirmed


def doubted_steps(problem: Problem) -> tuple[str, ...]:
    """The steps of one problem that the two computations do not agree on."""
    exact = evaluate(problem.worksheet.graph, problem.inputs, EXACT)
    agreements = _agreements(problem.worksheet, problem.inputs, exact, 1)
    return tuple(name for name, mask in agreements.items() if not mask.all())


def _agreements(
    worksheet: Worksheet, inputs: Mapping[str, Array], exact: Walk[Array], count: int
) -> dict[str, NDArray[np.bool_]]:
    graph = forward_graph(worksheet)
    found: dict[str, NDArray[np.bool_]] = {}
    with np.errstate(all="ignore"):
        plain = evaluate(worksheet.graph, inputs, COMPLEX)
        for name, step in worksheet.steps.items():
            pair = derivative_of(step, worksheet)
            if pair is None:
                second = plain.expected[name].real
            else:
                second = _by_complex_step(graph, inputs, pair, step.shape, count)
            first = exact.expected[name]
            near = np.abs(second - first) <= AGREEMENT * np.abs(first)
            found[name] = np.asarray(
                np.broadcast_to(near, (*step.shape, count)).reshape(int(np.prod(step.shape)), count).all(axis=0)
            )
    return found


def _by_complex_step(
    graph: Mapping[str, Expr], inputs: Mapping[str, Array], pair: tuple[str, str], shape: tuple[int, ...], count: int
) -> Array:
    """The derivative by every entry, all entries nudged in one walk: an instance for each entry of each instance."""
    entries = int(np.prod(shape))
    size = max(1, MOST_AT_ONCE // entries)
    if count > size:
        blocks = [slice(start, min(start + size, count)) for start in range(0, count, size)]
        parts = [
            _by_complex_step(
                graph,
                {name: one[..., block] if one.shape[-1] == count else one for name, one in inputs.items()},
                pair,
                shape,
                block.stop - block.start,
            )
            for block in blocks
        ]
        return np.concatenate(parts, axis=-1)
    of, by = pair
    # Instance axis: all instances with the first entry nudged, then all with the second …
    wide = {
        name: np.concatenate([np.broadcast_to(v, (*v.shape[:-1], count))] * entries, -1) for name, v in inputs.items()
    }
    nudge = np.zeros((entries, entries, count), dtype=complex)
    nudge[np.arange(entries), np.arange(entries)] = NUDGE * 1j
    nudge = nudge.reshape(*shape, entries * count)
    if by in inputs:
        walk = evaluate(_up_to(graph, of), wide | {by: wide[by] + nudge}, COMPLEX)
    else:
        walk = evaluate(_up_to(graph, of), wide, COMPLEX, {by: nudge})
    slopes = walk.expected[of].imag / NUDGE
    if slopes.ndim > 1:  # a function of each entry alone: its own slope
        slopes = slopes.reshape(*shape, entries, count).reshape(entries, entries, count)
        own: Array = np.einsum("eec->ec", slopes)
        return own.reshape(*shape, count)
    return slopes.reshape(*shape, count)


def _up_to(graph: Mapping[str, Expr], of: str) -> dict[str, Expr]:
    """What `of` rests on, in order."""
    needed, found = {of}, dict[str, Expr]()
    for name in reversed(list(graph)):
        if name in needed:
            needed |= graph[name].names()
            found[name] = graph[name]
    return dict(reversed(found.items()))
