"""The given numbers as rows of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from problems.readings.markup import symbols
from problems.readings.notation import Markup, array_markup

if TYPE_CHECKING:
    from problems.family import Role
    from problems.problem import Problem


@dataclass(frozen=True, slots=True)
class GivenRow:
    """One given number, vector or matrix: its name in formulas, what it means, symbol and value."""

    name: str
    role: Role
    meaning: str
    symbol: Markup
    value: Markup

    @property
    def text(self) -> str:
        """The whole row as plain text: w₁ = 0.5."""
        return f"{self.symbol.text} = {self.value.text}"


def given_rows(problem: Problem) -> tuple[GivenRow, ...]:
    """A row for every name that formulas mention, in the order of declaration."""
    shown = symbols(problem.worksheet)
    return tuple(
        GivenRow(name, given.role, given.meaning, shown[name], array_markup(problem.inputs[name][..., 0]))
        for given in problem.worksheet.givens
        if given.shown
        for name in given.names_at(problem.options)
    )
