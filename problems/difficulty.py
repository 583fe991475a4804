"""How difficult a problem is: what is asked, how much there is to work out for it, and how many digits are kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from problems.arithmetic import arithmetic_of
from problems.problem import worksheet_of

if TYPE_CHECKING:
    from problems.arithmetic import Arithmetic
    from problems.family import Kind
    from problems.precision import Precision
    from problems.problem import Problem, Worksheet


class Asked(NamedTuple):
    """A step that is asked: its id, what an answer looks like, and how many choices there are (0 where it is typed)."""

    step: str
    kind: Kind
    shape: tuple[int, ...]
    choices: int


@dataclass(frozen=True, slots=True)
class Difficulty:
    """Two problems are equally difficult where all of this is equal; the numbers play no part in it."""

    asked: tuple[Asked, ...]
    arithmetic: Arithmetic
    precision: Precision


def difficulty_of(problem: Problem) -> Difficulty:
    """The difficulty of a problem: the same for all that share its options."""
    return difficulty_at(worksheet_of(problem.definition, problem.options), problem.precision)


@lru_cache(maxsize=1024)
def difficulty_at(worksheet: Worksheet, precision: Precision) -> Difficulty:
    """The difficulty of every problem on that worksheet."""
    asked = (
        Asked(step.id, step.kind, step.shape, len(step.choices)) for step in worksheet.steps.values() if step.asked
    )
    return Difficulty(tuple(asked), arithmetic_of(worksheet), precision)
