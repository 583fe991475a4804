"""Every answer of every variant as a line of a CSV file, for programs of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quizsvc.services.csv_tables import write_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quizsvc.exports.questions import Question, QuestionSet

HEADING = ("set", "item", "variant", "step", "entry", "symbol", "prompt", "value", "low", "high", "points")


def variants_csv(question_set: QuestionSet) -> str:
    """A line for each number, with the exact value and the range that is right, and for each choice.

    A vector has a line for each entry, a matrix too, as "2, 1". Of a choice the value is what is picked.
    """
    return write_table(HEADING, (row for question in question_set.questions for row in _rows(question_set, question)))


def _rows(question_set: QuestionSet, question: Question) -> Iterator[list[str | float]]:
    for box in question.boxes:
        picked = "|".join(box.step.choices[place].id for place in box.picked)
        numbers = [box.value, box.right.low, box.right.high] if box.answers else [picked, "", ""]
        yield [
            question_set.slug,
            question.key,
            question.variant,
            box.step.id,
            ", ".join(str(axis + 1) for axis in box.place),
            box.step.text,
            box.step.prompt,
            *numbers,
            float(box.weight * question.points),
        ]
