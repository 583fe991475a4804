"""What is known of sick gradients: checked statements on symptoms, causes, mechanisms and remedies, with sources.

Questions are drawn from here. A statement is true of the subjects in `true_of`. Of those in `arguable_for` experts
could argue either way, and it is never shown there. Of all others it is false: there it is a wrong answer.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from problems.concepts.causes import CAUSES
from problems.concepts.mechanisms import MECHANISMS
from problems.concepts.remedies import REMEDIES
from problems.concepts.symptoms import SYMPTOMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from problems.concepts.statement import Statement


class Stem(NamedTuple):
    """How an aspect is asked for: with one right answer, and with several. Both name `{subject}`."""

    one: str
    several: str


MAIN_SUBJECTS = ("vanishing-gradient", "exploding-gradient", "dying-relu")
SUBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "vanishing-gradient": "the vanishing gradient problem",
        "exploding-gradient": "the exploding gradient problem",
        "dying-relu": "the dying ReLU problem",
        # Neighbours: they lend wrong answers, and have too few statements to be asked about.
        "saturated-output": "the saturated output problem",
        "symmetric-units": "the symmetry problem",
        "sluggish-training": "the sluggish training problem",
    }
)
ASPECTS: Mapping[str, Stem] = MappingProxyType(
    {
        "symptom": Stem(
            "Which of these is a symptom of {subject}?",
            "Which of these are symptoms of {subject}? Pick all that apply.",
        ),
        "cause": Stem(
            "Which of these is a cause of {subject}?",
            "Which of these are causes of {subject}? Pick all that apply.",
        ),
        "mechanism": Stem(
            "Which of these is part of the mechanism of {subject}?",
            "Which of these are part of the mechanism of {subject}? Pick all that apply.",
        ),
        "remedy": Stem(
            "Which of these is a remedy for {subject}?",
            "Which of these are remedies for {subject}? Pick all that apply.",
        ),
    }
)
# Some papers call a dead ReLU a kind of vanishing gradient (Lu et al. 2020, sec. 1); the lecture keeps the three apart.
NOTE = "Vanishing gradient, exploding gradient and dying ReLU are three separate problems here, as in the lecture."

STATEMENTS: tuple[Statement, ...] = (*SYMPTOMS, *CAUSES, *MECHANISMS, *REMEDIES)


def keys(subject: str, aspect: str) -> tuple[Statement, ...]:
    """The statements of that aspect that are true of the subject, in the order of the table."""
    return tuple(each for each in STATEMENTS if each.aspect == aspect and subject in each.true_of)


def distractors(subject: str, aspect: str) -> tuple[Statement, ...]:
    """The statements of that aspect that are true of a neighbour, and beyond dispute not of the subject."""
    return tuple(
        each for each in STATEMENTS if each.aspect == aspect and subject not in each.true_of | each.arguable_for
    )
