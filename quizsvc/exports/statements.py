"""The text of a question: what is given, and what is asked, as XHTML with MathML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import problems
from quizsvc.exports.content import PaperItem, item_content
from quizsvc.exports.pictures import printed
from quizsvc.exports.records import ATTRIBUTE, record_of

if TYPE_CHECKING:
    from quizsvc.exports.questions import Box, Question, QuestionSet

_DESCRIPTION = re.compile(r"<desc[^>]*>(.*?)</desc>", re.DOTALL)
"""In pictures of ours; what stands in it is escaped already."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a file, and what is said of it to those who do not see it, as markup."""

    svg: str
    description: str


def picture_of(problem: problems.Problem) -> Picture | None:
    """The picture of a problem, where it has one."""
    svg = problems.network_svg(problem)
    if svg is None:
        return None
    described = _DESCRIPTION.search(svg)
    return Picture(printed(svg), described[1] if described else "")


def statement_of(question_set: QuestionSet, question: Question, picture_address: str) -> dict[str, Any]:
    """What the templates of questions are filled with: the content of a paper, and the boxes of every step by rows."""
    item = PaperItem(question.title, question.points, question.problem)
    picture = picture_of(question.problem)
    return item_content(question.variant, item, solved=False) | {
        "attribute": ATTRIBUTE,
        "record": record_of(question_set, question),
        "rows": {step.id: _rows(question.boxes_of(step.id), step.shape) for step in question.problem.steps},
        "picture": None if picture is None else {"address": picture_address, "description": picture.description},
    }


def _rows(boxes: tuple[Box, ...], shape: tuple[int, ...]) -> list[tuple[Box, ...]]:
    """A vector in one row, a matrix in its own."""
    width = shape[-1] if shape and len(boxes) > 1 else 1
    return [boxes[start : start + width] for start in range(0, len(boxes), width)]
