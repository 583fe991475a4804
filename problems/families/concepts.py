"""Concepts: symptoms, causes, mechanisms and remedies, as questions from a checked table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from problems.concepts_table import ASPECTS, MAIN_SUBJECTS, NOTE, STATEMENTS, SUBJECTS, distractors, keys
from problems.family import Choice, Family, Given, Role
from problems.graph import Op
from problems.network import step_of
from problems.options import ChoiceOption, IntegerOption
from problems.words import apply, number, value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from problems.concepts.statement import Statement
    from problems.family import Options, Step

LETTERS = "abcdefgh"
PLACE = {statement.id: place for place, statement in enumerate(STATEMENTS)}
"""Statement -> its number in stored problems: the table may grow at its end, and nowhere else."""


@dataclass(frozen=True, slots=True)
class Picked:
    """Statements for one question: no two of one meaning, in an order that tells nothing."""

    right: tuple[Statement, ...]
    wrong: tuple[Statement, ...]
    several: bool

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """The numbers of the statements, a question for each instance."""
        asked, questions = shape
        drawn = np.empty(shape)
        for question in range(questions):
            count = int(rng.integers(1, asked)) if self.several else 1
            chosen = _of_different_meanings(rng, self.right, count)
            chosen += _of_different_meanings(rng, self.wrong, asked - len(chosen))
            drawn[:, question] = rng.permutation([PLACE[statement.id] for statement in chosen])
        return drawn


def _of_different_meanings(rng: np.random.Generator, statements: Iterable[Statement], count: int) -> list[Statement]:
    found: dict[str, Statement] = {}
    for statement in rng.permutation(np.array(list(statements), dtype=object)[:, 0]):
        one = STATEMENTS[PLACE[statement]]
        found.setdefault(one.meaning, one)
    return list(found.values())[:count]


def _pick(options: Options) -> Picked:
    subject, aspect = options["subject"], options["aspect"]
    return Picked(keys(subject, aspect), distractors(subject, aspect), options["answers"] == "several")


def _steps(options: Options) -> tuple[Step, ...]:
    subject, aspect, count = options["subject"], options["aspect"], int(options["choices"])
    shown = [STATEMENTS[int(place)].text for place in options.get("statements", ())] or [""] * count
    true = apply(Op.STACK, *(number(float(subject in statement.true_of)) for statement in STATEMENTS))
    right = apply(Op.LOOKUP, true, value("statements"))
    stem = ASPECTS[aspect]
    several = options["answers"] == "several"
    which = right if several else apply(Op.DOT, right, apply(Op.STACK, *(number(place) for place in range(count))))
    question = (stem.several if several else stem.one).format(subject=SUBJECTS[subject])
    choices = tuple(Choice(letter, text) for letter, text in zip(LETTERS, shown, strict=False))
    chosen = apply(Op.CHOSEN, which)
    return (step_of("answer", chosen, question, role=Role.CONCLUSION, phase="conclusion", choices=choices),)


def _why(options: Options) -> dict[str, tuple[str, ...]]:
    """Of every statement what it is true of, and where that can be read."""
    shown = [STATEMENTS[int(place)] for place in options["statements"]]
    return {
        "answer": tuple(
            f"({letter}) is true of {' and '.join(SUBJECTS[one] for one in SUBJECTS if one in statement.true_of)}: "
            f"{statement.source}."
            for letter, statement in zip(LETTERS, shown, strict=False)
        )
    }


FAMILY = Family(
    slug="concepts",
    version=1,
    title="Symptoms, causes, mechanisms, remedies",
    topic="vanishing, exploding, dying",
    teaches=(
        "Three ways for a gradient to fail, each with its own signs, reasons and cures. A cure for one is often none "
        "for another: know which illness it is before you treat it."
    ),
    options=(
        ChoiceOption("subject", "vanishing-gradient", MAIN_SUBJECTS, "What is asked about."),
        ChoiceOption("aspect", "cause", tuple(ASPECTS), "What of it."),
        ChoiceOption("answers", "one", ("one", "several"), "Whether one statement is right, or one to all but one."),
        IntegerOption("choices", 4, 3, 6, "How many statements to choose from."),
    ),
    givens=(
        Given("statements", Role.PARAMETER, "statements, by their numbers", _pick, shape=("choices",), shown=False),
    ),
    steps=_steps,
    worded_by="statements",
    explains=_why,
    intro=lambda options: f"A question on {SUBJECTS[options['subject']]}. Every statement is true of something.",
    conventions=(NOTE,),
)
