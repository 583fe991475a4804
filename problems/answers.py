"""What was typed for each step, read into numbers."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from problems import entry_arrays as entry
from problems.errors import BadAnswers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from problems.family import Step
    from problems.problem import Problem


@dataclass(frozen=True)
class Typed:
    """One step's answer: numbers where readable (NaN elsewhere), and complaints where not.

    Values and units have the step's shape. A unit is the size of the last typed decimal place, NaN where the number is
    exact. A choice is its place in the list; several choices are 1 or 0 for each.
    """

    values: NDArray[np.float64]
    units: NDArray[np.float64]
    blank: NDArray[np.bool_]
    complaints: Mapping[tuple[int, ...], str]
    complaint: str | None = None
    raw: object = None

    @property
    def readable(self) -> bool:
        """Whether any entry is a number."""
        return not bool(np.all(np.isnan(self.values)))


def read_answers(problem: Problem, answers: Mapping[str, object]) -> dict[str, Typed]:
    """Every asked step's answer, in order; raises BadAnswers where a step is named that is not asked."""
    steps = {step.id: step for step in problem.worksheet.steps.values() if step.asked}
    for name in answers:
        if name not in steps:
            near = get_close_matches(str(name), steps, n=1)
            hint = f"did you mean {near[0]}?" if near else f"the steps are {', '.join(steps)}."
            message = f"No step {name!r:.60} is asked: {hint}"
            raise BadAnswers(message, str(name))
    return {name: _read(step, answers.get(name)) for name, step in steps.items()}


def _read(step: Step, answer: object) -> Typed:
    if step.choices:
        return _read_choice(step, answer)
    reading = entry.read_array(answer, step.shape)
    return Typed(reading.values, reading.units, reading.blank, reading.complaints, reading.complaint, answer)


def _read_choice(step: Step, answer: object) -> Typed:
    reading = entry.choices(answer, [choice.id for choice in step.choices], several=bool(step.shape))
    unknown = np.full(step.shape, np.nan)
    if reading.blank or reading.complaint:
        return Typed(unknown, unknown, np.full(step.shape, reading.blank), {}, reading.complaint, answer)
    if step.shape:
        values = np.zeros(step.shape)
        values[list(reading.chosen)] = 1.0
    else:
        values = np.asarray(float(reading.chosen[0]))
    return Typed(values, unknown, np.zeros(step.shape, dtype=bool), {}, None, answer)
