"""Problems as other programs ask them: a statement, and boxes that are judged each by itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite, lcm
from typing import TYPE_CHECKING

import numpy as np

import problems
from problems.single_steps import UnseenMistake, mistaken_ranges, unseen_mistakes
from quizsvc.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from problems.problem import ShownStep
    from problems.single_steps import MistakenRange

ALL = Fraction(1)
HAIR = 1e-11
"""Nobody writes a number with so many digits that this share of it would show."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What numbers from low to high earn, as a share of the box, and what is said to whoever writes one."""

    low: float
    high: float
    share: Fraction
    message: str = ""

    @property
    def is_zero(self) -> bool:
        """Whether it is 0 and nothing else."""
        return self.low == self.high == 0

    def covers(self, other: Answer) -> bool:
        """Whether nothing is left of the other once this one was tried, but for what no digits tell."""
        hair = HAIR * max(abs(other.low), abs(other.high))
        return self.low <= other.low + hair and other.high <= self.high + hair


@dataclass(frozen=True, slots=True)
class Box:
    """One answer: a number, or what is picked.

    `place` is its entry in a vector or matrix, `weight` its share of the problem's marks. Of `answers` the first that
    holds counts; of choices, those at `picked` are right.
    """

    id: str
    step: ShownStep
    place: tuple[int, ...]
    weight: Fraction
    value: float = 0.0
    answers: tuple[Answer, ...] = ()
    picked: tuple[int, ...] = ()

    @property
    def right(self) -> Answer:
        """The numbers that are right."""
        return next(answer for answer in self.answers if answer.share and not answer.message)


@dataclass(frozen=True, slots=True)
class Question:
    """One variant of an item; `id` is its own in the whole set, `unseen` are mistakes that count as right in it."""

    id: str
    key: str
    title: str
    points: int
    variant: int
    problem: problems.Problem
    boxes: tuple[Box, ...]
    unseen: tuple[UnseenMistake, ...]

    @property
    def name(self) -> str:
        """What it is called in a list of questions."""
        return f"{self.title}, variant {self.variant}"

    def boxes_of(self, step: str) -> tuple[Box, ...]:
        """The boxes of one step, in the order of its entries."""
        return tuple(box for box in self.boxes if box.step.id == step)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A set as it is exported: what it is called, how it marks, and every variant of its items."""

    slug: str
    title: str
    mode: str
    scheme: problems.MarkScheme
    questions: tuple[Question, ...]

    def by_item(self) -> list[tuple[Question, ...]]:
        """The variants of each item."""
        found: dict[str, list[Question]] = {}
        for question in self.questions:
            found.setdefault(question.key, []).append(question)
        return [tuple(variants) for variants in found.values()]

    def names(self) -> dict[str, str]:
        """Item -> its title, with its short name where another has the same title."""
        titles = {question.key: question.title for question in self.questions}
        often = Counter(titles.values())
        return {key: title if often[title] == 1 else f"{title} ({key})" for key, title in titles.items()}


@dataclass(frozen=True, slots=True)
class ExportItem:
    """An item of a set with the variants of it that are exported."""

    key: str
    title: str
    points: int
    problems: Sequence[problems.Problem]


def questions_of(item: ExportItem, scheme: problems.MarkScheme) -> Iterator[Question]:
    """Each variant of an item as a question; raises Invalid where a step is right from some number on without end."""
    for variant, problem in enumerate(item.problems, 1):
        yield Question(
            id=f"problem-{item.key}-{variant}",
            key=item.key,
            title=item.title,
            points=item.points,
            variant=variant,
            problem=problem,
            boxes=tuple(_boxes(problem, scheme, item.title)),
            unseen=unseen_mistakes(problem),
        )


def whole_weights(weights: Iterable[Fraction]) -> list[int]:
    """The smallest whole numbers in the same proportion."""
    shares = list(weights)
    common = lcm(*(share.denominator for share in shares))
    whole = [int(share * common) for share in shares]
    return [number // int(np.gcd.reduce(whole)) for number in whole]


def _boxes(problem: problems.Problem, scheme: problems.MarkScheme, title: str) -> Iterator[Box]:
    values, ranges, mistaken = problems.solve(problem), problems.ranges(problem), mistaken_ranges(problem)
    asked = [step for step in problem.steps if step.asked]
    most = sum(step.points for step in asked)
    for step in asked:
        value = np.asarray(values[step.id], dtype=np.float64)
        if step.choices:
            picked = tuple(np.flatnonzero(value).tolist()) if step.shape else (int(value),)
            yield Box(step.id, step, (), Fraction(step.points, most), picked=picked)
            continue
        low, high = (np.asarray(end, dtype=np.float64) for end in ranges[step.id])
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            message = f"The problem {title!r:.80} cannot be exported: what is right for {step.text} has no end."
            raise Invalid(message)
        for place in np.ndindex(step.shape):
            yield Box(
                id="-".join([step.id, *(str(axis + 1) for axis in place)]),
                step=step,
                place=place,
                weight=Fraction(step.points, most * int(np.prod(step.shape, dtype=int))),
                value=float(value[place]),
                answers=_answers(
                    float(value[place]),
                    (float(low[place]), float(high[place])),
                    mistaken.get(step.id, ()),
                    place,
                    scheme,
                ),
            )


def _answers(
    value: float,
    right: tuple[float, float],
    mistaken: Iterable[MistakenRange],
    place: tuple[int, ...],
    scheme: problems.MarkScheme,
) -> tuple[Answer, ...]:
    """What is right, then every mistake of which something is left beside what was tried before."""
    found = [Answer(*right, ALL)]
    for one in mistaken:
        low, high = float(one.low[place]) + 0.0, float(one.high[place]) + 0.0  # 0 has no sign
        answer = Answer(low, high, scheme.mistake, one.message)
        if isfinite(low) and isfinite(high) and not any(known.covers(answer) for known in found):
            found.append(answer)
    if value != 0 and any(answer.low <= 0 <= answer.high and not answer.is_zero for answer in found):
        # 0 has no digits: it is right, or shows a mistake, only where exactly 0 is meant.
        found.sort(key=lambda answer: not answer.is_zero)
        if not found[0].is_zero:
            found.insert(0, Answer(0.0, 0.0, Fraction(0)))
    return tuple(found)
