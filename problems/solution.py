"""The worked solution: every step with its formula, the numbers put in, and the result."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from problems.family import at
from problems.readings.markup import formulas, formulas_with_numbers, symbols
from problems.readings.notation import Markup, array_markup
from problems.solving import solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from problems.family import Step
    from problems.problem import Problem


LONGEST_LABEL = 72
"""Characters of a chosen answer that is shown in its words; a longer one is told by its ids."""


@dataclass(frozen=True, slots=True)
class SolvedStep:
    """One step worked out; each part in LaTeX, MathML and text."""

    step: str
    symbol: Markup
    formula: Markup
    numbers: Markup
    result: Markup
    notes: tuple[str, ...] = ()
    """Why, in sentences, where no formula says it."""

    @property
    def line(self) -> tuple[Markup, ...]:
        """What is equal, from symbol to result, nothing twice in a row: σ′(z₁) is its own formula where z₁ is asked."""
        parts = [part for part in (self.symbol, self.formula, self.numbers, self.result) if part.text]
        return (parts[0], *(part for before, part in pairwise(parts) if part.text != before.text))

    @property
    def text(self) -> str:
        """The whole line as plain text."""
        return " = ".join(part.text for part in self.line)

    @property
    def latex(self) -> str:
        """The whole line as LaTeX."""
        return " = ".join(part.latex for part in self.line)


def worked_solution(problem: Problem) -> tuple[SolvedStep, ...]:
    """Every step, in the order of writing.

    Results are computed from unrounded numbers and shown at the working precision.
    """
    worksheet, values = problem.worksheet, solve(problem)
    shown, in_symbols, in_numbers = symbols(worksheet), formulas(worksheet), formulas_with_numbers(problem, values)
    notes = at(worksheet.family.explains, worksheet.options)
    return tuple(
        SolvedStep(
            name,
            shown[name],
            in_symbols[name],
            in_numbers[name],
            _result(problem, step, values[name]),
            notes.get(name, ()),
        )
        for name, step in worksheet.steps.items()
    )


def _result(problem: Problem, step: Step, value: float | NDArray[np.float64]) -> Markup:
    if not step.choices:
        return array_markup(value, problem.precision)
    picked = np.flatnonzero(value) if step.shape else [int(np.asarray(value))]
    chosen = [step.choices[place] for place in picked]
    label = "; ".join(choice.label for choice in chosen) or "none"
    if len(label) > LONGEST_LABEL:  # mathematics does not wrap
        label = ", ".join(f"({choice.id})" for choice in chosen)
    return Markup(rf"\text{{{label}}}", f"<mtext>{label}</mtext>", label)
