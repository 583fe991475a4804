"""How an answer is judged: every step against what the student's own steps above it make right."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from problems import diagnosis
from problems.answers import read_answers
from problems.diagnosis import OWN, TRUE, Case, span
from problems.errors import BadScheme
from problems.graph import evaluate
from problems.readings.exact import EXACT
from problems.readings.intervals import Interval
from problems.readings.markup import symbols
from problems.readings.rounding import ranges_at, stands_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from problems.answers import Typed
    from problems.family import Step
    from problems.graph import Walk
    from problems.precision import Precision
    from problems.problem import Problem
    from problems.readings.exact import Array

GRADER_VERSION = 2
"""Stored with every judgement, so that it can be recomputed by the same rules."""

Verdict = Literal["blank", "unreadable", "correct", "carried", "imprecise", "mistake", "wrong"]
VERDICTS: tuple[Verdict, ...] = ("mistake", "wrong", "imprecise", "unreadable", "blank", "carried", "correct")
"""Of an array, the first of these that any entry has is the verdict of the whole."""

TOO_FAR = 100.0
"""A step that is off by more than this factor makes what follows from it too easy to earn marks."""

WHOLE = Fraction(1)
MOST_ROUTES = 8
"""Of more ways to a step than these, all that lies between them is taken."""

_NUMERALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, slots=True)
class MarkScheme:
    """The credit, 0 to 1, for steps that are not plainly right; `entries` says how arrays count."""

    carried: Fraction = Fraction(1)
    imprecise: Fraction = Fraction(0)
    mistake: Fraction = Fraction(0)
    entries: Literal["share", "all"] = "share"

    def __post_init__(self) -> None:
        """Refuse what is no share, so that marks stay exact and between 0 and 1; raises BadScheme."""
        for name in ("carried", "imprecise", "mistake"):
            share = getattr(self, name)
            if not isinstance(share, Fraction | int) or isinstance(share, bool) or not 0 <= share <= 1:
                message = f"The credit for {name} is {share!r:.40}: it takes a Fraction from 0 to 1."
                raise BadScheme(message, name)
        if self.entries not in ("share", "all"):
            message = f'Entries count as {self.entries!r:.40}: it takes "share" or "all".'
            raise BadScheme(message, "entries")


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


def grade(problem: Problem, answers: Mapping[str, object], scheme: MarkScheme = MarkScheme()) -> Grade:
    """Judge what was typed, step by step; raises BadAnswers where a step is named that is not asked."""
    typed = read_answers(problem, answers)
    with np.errstate(all="ignore"):  # what follows from wrong steps may be infinite, or no number
        paper = _Paper(problem, typed, scheme)
        steps = {name: paper.judge(problem.worksheet.steps[name]) for name in typed}
    errors = (name for name, step in steps.items() if step.verdict not in ("blank", "correct", "carried"))
    return Grade(
        steps=steps,
        first_error=next(errors, None),
        points=sum((step.points for step in steps.values()), Fraction(0)),
        max_points=sum(step.max_points for step in steps.values()),
    )


def _holds(interval: Interval, shape: tuple[int, ...], values: NDArray[np.float64]) -> NDArray[np.bool_]:
    bounds = span(interval, shape)
    return np.asarray((bounds.low <= values) & (values <= bounds.high))


def _written(typed: Mapping[str, Typed], precision: Precision) -> dict[str, Interval]:
    """What the readable answers stand for, and nothing beside it: NaN; all worked out together, which is quicker."""
    readable = {name: answer.values for name, answer in typed.items() if answer.readable}
    if not readable:
        return {}
    whole = stands_for(np.concatenate([values.reshape(-1) for values in readable.values()]), precision)
    found, start = {}, 0
    for name, values in readable.items():
        both = np.full((2, values.size, 2), np.nan)
        both[0, :, OWN], both[1, :, OWN] = (end[start : start + values.size] for end in (whole.low, whole.high))
        found[name] = Interval(*both.reshape(2, *values.shape, 2))
        start += values.size
    return found


class _Paper:
    """One student's answers beside what they should be."""

    def __init__(self, problem: Problem, typed: Mapping[str, Typed], scheme: MarkScheme) -> None:
        self.worksheet = problem.worksheet
        self.typed = typed
        self.scheme = scheme
        self.precision = problem.precision
        # Two instances in one walk: beside what the student wrote, and beside nothing.
        written = _written(typed, problem.precision)
        inputs = {name: np.repeat(value, 2, axis=-1) for name, value in problem.inputs.items()}
        self.walk: Walk[Interval] = evaluate(problem.worksheet.graph, inputs, ranges_at(problem.precision), written)
        self.exact: Walk[Array] = evaluate(problem.worksheet.graph, problem.inputs, EXACT)
        self.candidates: dict[str, tuple[str, ...]] = {}
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
        earned = [entry.credit for entry in entries]
        whole = self.scheme.entries == "all" and step.shape
        credit = min(earned) if whole else sum(earned, Fraction(0)) / len(earned)
        named = next((entry for entry in entries if entry.verdict == verdict), entries[0])
        return self._graded(step, verdict, credit, named.mistake, named.message, entries if step.shape else ())

    def _graded(
        self,
        step: Step,
        verdict: Verdict,
        credit: Fraction,
        mistake: str | None = None,
        message: str = "",
        entries: tuple[EntryGrade, ...] = (),
    ) -> StepGrade:
        candidates = self.candidates.get(step.id, ())
        return StepGrade(verdict, credit, credit * step.points, step.points, mistake, candidates, message, entries)

    def _judge_choice(self, step: Step, entries: tuple[EntryGrade, ...]) -> StepGrade:
        """A choice is right or not as a whole."""
        verdict = next(verdict for verdict in VERDICTS if any(entry.verdict == verdict for entry in entries))
        if verdict in ("mistake", "imprecise"):
            verdict = "wrong"
        named = next(entry for entry in entries if verdict in (entry.verdict, "wrong"))
        credit = min(entry.credit for entry in entries)
        wrong = "This is not what the steps above show." if self._follows(step) else "This is not right."
        message = wrong if verdict == "wrong" else named.message
        return self._graded(step, verdict, credit, None, message)

    def _follows(self, step: Step) -> bool:
        """Whether the step goes on from others, not from given numbers alone."""
        return not step.formula.names().isdisjoint(self.worksheet.steps)

    def _entries(self, step: Step, typed: Typed) -> tuple[EntryGrade, ...]:
        """The verdict on every number of the step."""
        above_right = not any(
            self.not_right[name].any() for name in self.worksheet.above[step.id] if name in self.not_right
        )
        inside = self._inside(step, typed, above_right=above_right)
        in_own, in_true = inside[..., OWN], inside[..., TRUE]
        right = (in_own if above_right else in_true) & self._strict(step, typed)
        said = "" if above_right else "Right, although a step above is not."
        if right.all():
            return tuple(EntryGrade(index, "correct", WHOLE, message=said) for index in np.ndindex(step.shape))
        carried = in_own & ~right & (not above_right)
        readable = ~np.isnan(typed.values)
        missing = self._missing_digits(step, typed)
        open_entries = readable & ~right & ~carried & (missing == 0)
        matches = (
            []
            if step.whole
            else diagnosis.diagnose(Case(step, typed, open_entries, self.worksheet, self.walk, self.precision))
        )
        self.candidates[step.id] = tuple(dict.fromkeys(match.slug for match in matches))
        trivial = self._trivial(step, typed) if carried.any() else np.zeros(step.shape, dtype=bool)
        entries = []
        for index in np.ndindex(step.shape):
            if typed.blank[index]:
                entries.append(EntryGrade(index, "blank"))
            elif not readable[index]:
                entries.append(EntryGrade(index, "unreadable", message=typed.complaints.get(index, "")))
            elif right[index]:
                entries.append(EntryGrade(index, "correct", WHOLE, message=said))
            elif carried[index]:
                entries.append(self._carried(step, index, trivial=bool(trivial[index])))
            elif missing[index]:
                entries.append(self._imprecise(index, int(missing[index])))
            else:
                entries.append(self._not_right(step, typed, index, matches))
        return tuple(entries)

    def _inside(self, step: Step, typed: Typed, *, above_right: bool) -> NDArray[np.bool_]:
        """Where what was typed is in the range, beside the own steps and beside the true ones.

        Of several routes it must fit one: what lies between them follows from none. Beside right steps they all meet
        around the truth, and nothing lies between them.
        """
        values = typed.values[..., np.newaxis]
        inside = _holds(self.walk.expected[step.id], step.shape, values)
        if above_right or step.whole or not inside.any():
            return inside
        routes = step.formula.routes()
        if 1 < len(routes) <= MOST_ROUTES:
            each = (_holds(self.walk.written_value_of(route), step.shape, values) for route in routes)
            inside = reduce(np.logical_or, each)
        return inside

    def _strict(self, step: Step, typed: Typed) -> NDArray[np.bool_]:
        """Where a right number may be right: 0 has no significant figure, and is no way to write what is not 0.

        That holds even where rounding reaches so far.
        """
        if step.whole:
            return np.ones(step.shape, dtype=bool)
        truth = np.broadcast_to(self.exact.expected[step.id], (*step.shape, 1))[..., 0]
        return np.asarray((typed.values != 0) | (truth == 0))

    def _carried(self, step: Step, index: tuple[int, ...], *, trivial: bool) -> EntryGrade:
        shown = symbols(self.worksheet)
        parents = [
            f"{shown[name].text} = {self.typed[name].raw}" if self.typed[name].values.ndim == 0 else shown[name].text
            for name in self.typed
            if name in step.formula.names() and self.not_right.get(name, np.False_).any()
        ]
        source = " and ".join(parents) or "steps above"
        if trivial:
            message = f"This follows from your own {source}, which is so far off that nothing is shown by it."
            return EntryGrade(index, "carried", Fraction(0), message=message)
        return EntryGrade(index, "carried", self.scheme.carried, message=f"This follows from your own {source}.")

    def _trivial(self, step: Step, typed: Typed) -> NDArray[np.bool_]:
        """Where a wrong step above leaves nothing to show: 0 or far off, or past a kink with a constant behind it."""
        trivial = np.zeros(step.shape, dtype=bool)
        bounds = span(self.walk.value_of(step.formula), step.shape)
        constant = (bounds.low == bounds.high)[..., OWN]
        for name in step.formula.names() & self.worksheet.steps.keys():
            shape = self.worksheet.steps[name].shape
            known = span(self.walk.known[name], shape)
            stands = ((known.low + known.high) / 2)[..., OWN]  # written there, or following
            truth = np.broadcast_to(self.exact.expected[name], (*shape, 1))[..., 0]
            off = (np.abs(stands) > TOO_FAR * np.abs(truth)) | (np.abs(stands) * TOO_FAR < np.abs(truth))
            past = (stands * truth <= 0) & constant if shape == step.shape else np.False_
            spoiled = (truth != 0) & (off | past)
            trivial |= spoiled if shape == trivial.shape else spoiled.any()
        return trivial & ~np.isnan(typed.values)

    def _missing_digits(self, step: Step, typed: Typed) -> NDArray[np.int_]:
        """How many digits more would have made the entry right; 0 where it is right or not for lack of digits."""
        missing = np.zeros(step.shape, dtype=int)
        if step.whole or not (typed.units > self.precision.unit(typed.values)).any():
            return missing
        bounds = span(self.walk.expected[step.id], step.shape)
        for instance in (OWN, TRUE):
            low, high = bounds.low[..., instance], bounds.high[..., instance]
            size = np.maximum(np.abs(low), np.abs(high))
            unit = self.precision.unit(typed.values)
            # A figure must be left that counts, and the sign must be that of the value.
            coarse = (typed.units > 1.5 * unit) & (typed.units <= 1.000001 * size) & (low * high > 0)
            # What the student wrote is a value in the range, rounded or cut off at the place where the typing ends.
            below = np.where(typed.values < 0, 0.5, 1.0) * typed.units
            above = 1.5 * typed.units - below
            near = (low - below <= typed.values) & (typed.values <= high + above)
            short = coarse & near & (typed.values * low > 0) & ~((low <= typed.values) & (typed.values <= high))
            digits = np.rint(np.log10(np.where(short, typed.units / unit, 1.0))).astype(int)
            missing = np.where(missing == 0, digits, missing)
        return missing

    def _imprecise(self, index: tuple[int, ...], missing: int) -> EntryGrade:
        count = _NUMERALS[missing] if missing < len(_NUMERALS) else str(missing)
        message = f"{count.capitalize()} more {'digit is' if missing == 1 else 'digits are'} needed."
        return EntryGrade(index, "imprecise", self.scheme.imprecise, message=message)

    def _not_right(
        self, step: Step, typed: Typed, index: tuple[int, ...], matches: list[diagnosis.Match]
    ) -> EntryGrade:
        match = next((match for match in matches if match.explains[index]), None)
        if match is None:
            zero = not step.whole and typed.values[index] == 0
            message = (
                "0 is right only where the value is exactly 0."
                if zero
                else "This does not follow from the steps above."
                if self._follows(step)
                else "This does not follow from the given numbers."
            )
            return EntryGrade(index, "wrong", message=message)
        message = diagnosis.describe(match, step.id, symbols(self.worksheet))
        return EntryGrade(index, "mistake", self.scheme.mistake, match.slug, message)
