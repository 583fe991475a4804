"""How an answer is judged: every step against what the student's own steps above it make right."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from problems import diagnosis
from problems.answers import read_answers
from problems.graph import evaluate
from problems.mistakes import KINDS
from problems.readings.exact import EXACT
from problems.readings.markup import formula_text, symbols
from problems.readings.rounding import ranges_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from problems.answers import Typed
    from problems.family import Step
    from problems.graph import Walk
    from problems.problem import Problem
    from problems.readings.exact import Array
    from problems.readings.rounding import Interval

GRADER_VERSION = 1
"""Stored with every judgement, so that it can be recomputed by the same rules."""

Verdict = Literal["blank", "unreadable", "correct", "carried", "imprecise", "mistake", "wrong"]
VERDICTS: tuple[Verdict, ...] = ("mistake", "wrong", "imprecise", "unreadable", "blank", "carried", "correct")
"""Of an array, the first of these that any entry has is the verdict of the whole."""

TOO_FAR = 100.0
"""A step that is off by more than this factor makes what follows from it too easy to earn marks."""

_NUMERALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, slots=True)
class MarkScheme:
    """The credit, 0 to 1, for steps that are not plainly right; `entries` says how arrays count."""

    carried: Fraction = Fraction(1)
    imprecise: Fraction = Fraction(0)
    mistake: Fraction = Fraction(0)
    entries: Literal["share", "all"] = "share"


@dataclass(frozen=True, slots=True)
class EntryGrade:
    """The verdict on one number."""

    index: tuple[int, ...]
    verdict: Verdict
    credit: Fraction = Fraction(0)
    mistake: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class StepGrade:
    """The verdict on one step; `entries` is empty where the step is one number or a choice."""

    verdict: Verdict
    credit: Fraction
    points: Fraction
    max_points: int
    mistake: str | None = None
    candidates: tuple[str, ...] = ()
    message: str = ""
    entries: tuple[EntryGrade, ...] = ()


@dataclass(frozen=True, slots=True)
class Grade:
    """The verdicts on all asked steps, in the order of writing.

    `first_error` is the first step that was answered, is not right, and does not merely follow from an earlier one.
    """

    steps: dict[str, StepGrade]
    first_error: str | None
    points: Fraction
    max_points: int
    version: int = field(default=GRADER_VERSION)

    @property
    def score(self) -> float:
        """The share of the points that was earned, 0 to 1."""
        return float(self.points / self.max_points) if self.max_points else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values, for JSON; marks are exact, as text like "7/11"."""
        return {
            "score": self.score,
            "points": str(self.points),
            "max_points": self.max_points,
            "first_error": self.first_error,
            "grader_version": self.version,
            "steps": {name: _step_dict(step) for name, step in self.steps.items()},
        }


def _step_dict(step: StepGrade) -> dict[str, Any]:
    return {
        "verdict": step.verdict,
        "credit": str(step.credit),
        "points": str(step.points),
        "max_points": step.max_points,
        "mistake": step.mistake,
        "candidates": list(step.candidates),
        "message": step.message,
        "entries": [
            {
                "index": list(entry.index),
                "verdict": entry.verdict,
                "credit": str(entry.credit),
                "mistake": entry.mistake,
                "message": entry.message,
            }
            for entry in step.entries
        ],
    }


def grade(problem: Problem, answers: Mapping[str, object], scheme: MarkScheme = MarkScheme()) -> Grade:  # noqa: B008 - frozen
    """Judge what was typed, step by step; raises BadAnswers where a step is named that is not asked."""
    typed = read_answers(problem, answers)
    paper = _Paper(problem, typed, scheme)
    steps = {name: paper.judge(problem.worksheet.steps[name]) for name in typed}
    errors = (name for name, step in steps.items() if step.verdict not in ("blank", "correct", "carried"))
    return Grade(
        steps=steps,
        first_error=next(errors, None),
        points=sum((step.points for step in steps.values()), Fraction(0)),
        max_points=sum(step.max_points for step in steps.values()),
    )


class _Paper:
    """One student's answers beside what they should be."""

    def __init__(self, problem: Problem, typed: Mapping[str, Typed], scheme: MarkScheme) -> None:
        self.worksheet = problem.worksheet
        self.typed = typed
        self.scheme = scheme
        self.precision = problem.precision
        written = {name: answer.values[..., np.newaxis] for name, answer in typed.items() if answer.readable}
        ranges = ranges_at(problem.precision)
        self.true: Walk[Interval] = evaluate(problem.worksheet.graph, problem.inputs, ranges)
        self.own: Walk[Interval] = evaluate(problem.worksheet.graph, problem.inputs, ranges, written)
        self.exact: Walk[Array] = evaluate(problem.worksheet.graph, problem.inputs, EXACT)
        self.not_right: dict[str, NDArray[np.bool_]] = {}
        """Written steps judged so far -> which entries are readable and not right."""

    def judge(self, step: Step) -> StepGrade:
        """The verdict on one step; those above it have been judged."""
        typed = self.typed[step.id]
        if typed.complaint is not None:
            return self._graded(step, "unreadable", Fraction(0), message=typed.complaint)
        entries = self._entries(step, typed)
        self.not_right[step.id] = np.array(
            [entry.verdict not in ("correct", "blank", "unreadable") for entry in entries]
        ).reshape(step.shape)
        if step.choices:
            return self._judge_choice(step, entries)
        verdict = next(verdict for verdict in VERDICTS if any(entry.verdict == verdict for entry in entries))
        credits = [entry.credit for entry in entries]
        whole = self.scheme.entries == "all" and step.shape
        credit = min(credits) if whole else sum(credits, Fraction(0)) / len(credits)
        named = next((entry for entry in entries if entry.verdict == verdict), entries[0])
        return self._graded(step, verdict, credit, named.mistake, named.message, entries if step.shape else ())
""" see rest """
