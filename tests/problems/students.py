"""Simulated students: they work with pencil and pocket calculator by the rule that the problem states."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import numpy as np

from problems.graph import Walk, evaluate
from problems.readings.exact import EXACT


def written(value: float, precision, *, cut: bool, extra: int = 0) -> str:
    """The value as a student writes it down: rounded or cut off, with `extra` more digits than asked."""
    places = precision.places(value) + extra
    quantum = Decimal(1).scaleb(-places)
    return str(Decimal(repr(float(value))).quantize(quantum, ROUND_DOWN if cut else ROUND_HALF_UP))


def honest_answers(problem, rng, formulas=None) -> dict[str, object]:
    """Every step by hand, each time rounding, cutting off or keeping extra digits, going on with the written or the
    unrounded number, by either route. `formulas` replaces formulas, for students with a misconception.
    """
    worksheet = problem.worksheet
    graph = {**worksheet.graph, **(formulas or {})}
    own = Walk(EXACT, dict(problem.inputs))
    answers: dict[str, object] = {}
    for name, formula in graph.items():
        step = worksheet.steps[name]
        routes = formula.routes()
        with np.errstate(all="ignore"):
            value = np.broadcast_to(own.value_of(routes[rng.integers(len(routes))]), (*step.shape, 1))
        if not np.all(np.isfinite(value)):  # the calculator says ERROR: the box stays blank, and all that needs it
            own.known[name] = value
            continue
        if step.choices:
            picked = np.flatnonzero(value[..., 0]) if step.shape else [int(value[0])]
            answers[name] = [step.choices[place].id for place in picked] or "none"
            own.known[name] = value
            continue
        texts = np.empty(step.shape, dtype=object)
        for index in np.ndindex(step.shape):
            texts[index] = written(
                value[index][0], problem.precision, cut=bool(rng.integers(2)), extra=int(rng.integers(3))
            )
        answers[name] = texts.tolist()
        if not step.asked:
            del answers[name]
        goes_on_with_written = bool(rng.integers(2))
        own.known[name] = texts.astype(float)[..., np.newaxis] if goes_on_with_written else value
    return answers


def in_full(value: float, precision) -> str:
    """The value with all its digits, and zeros where it has fewer than are asked: 1.000."""
    exact = Decimal(repr(float(value)))
    places = max(precision.places(float(value)), -exact.as_tuple().exponent)
    return f"{exact:.{places}f}"


def exact_answers(problem) -> dict[str, object]:
    """The exact values, as texts with all their digits."""
    walk = evaluate(problem.worksheet.graph, problem.inputs, EXACT)
    answers: dict[str, object] = {}
    for name, step in problem.worksheet.steps.items():
        value = np.broadcast_to(walk.expected[name], (*step.shape, 1))[..., 0]
        if not step.asked:
            continue
        if step.choices:
            picked = np.flatnonzero(value) if step.shape else [int(value)]
            answers[name] = [step.choices[place].id for place in picked] or "none"
        else:
            answers[name] = np.vectorize(in_full, otypes=[object], excluded=[1])(value, problem.precision).tolist()
    return answers
