"""Moodle XML: every variant as a question with embedded answers, or as a multiple choice where one thing is picked."""

from __future__ import annotations

from base64 import b64encode
from decimal import ROUND_HALF_EVEN, ROUND_UP, Context, Decimal
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from quizsvc.exports.letters import letters_of
from quizsvc.exports.pages import PAGES
from quizsvc.exports.questions import whole_weights
from quizsvc.exports.statements import picture_of, statement_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from quizsvc.exports.questions import Answer, Box, Question, QuestionSet

DIGITS = 14
"""PHP turns numbers into text with so many digits."""
FRACTIONS = tuple(
    Fraction(one)
    for one in (
        *("100", "90", "83.33333", "80", "75", "70", "66.66667", "60", "50", "40", "33.33333", "30", "25", "20"),
        *("16.66667", "14.28571", "12.5", "11.11111", "10", "5", "0"),
    )
)
"""The percentages that Moodle takes."""
LEADING, NEAREST = Context(prec=DIGITS, rounding=ROUND_UP), Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
_SPECIAL = str.maketrans({sign: f"\\{sign}" for sign in "\\~#}"})


def moodle_xml(question_set: QuestionSet) -> bytes:
    """The question bank as a file: a category for each item, so that a quiz may take one of its variants by chance."""
    names = question_set.names()
    categories = [
        {
            "path": "/".join(["$course$", "top", _in_path(question_set.title), _in_path(names[variants[0].key])]),
            "questions": [_question(question_set, question) for question in variants],
        }
        for variants in question_set.by_item()
    ]
    return PAGES.get_template("moodle.xml").render(categories=categories).encode()


def _in_path(name: str) -> str:
    """The name of a category: a single slash would part two."""
    return name.replace("/", "//")


def _question(question_set: QuestionSet, question: Question) -> dict[str, Any]:
    picture = picture_of(question.problem)
    shared = statement_of(question_set, question, f"@@PLUGINFILE@@/{question.id}.svg")
    single = question.boxes[0] if [box.step.kind for box in question.boxes] == ["choice"] else None
    if single is None:
        text = PAGES.get_template("question.html").render(shared, fields=dict(_fields(question.boxes)), lettered=True)
    else:
        text = PAGES.get_template("choice.html").render(shared)
    return {
        "id": question.id,
        "name": question.name,
        "text": text,
        "picture": None if picture is None else b64encode(picture.svg.encode()).decode(),
        "choices": [
            {"label": choice.label, "fraction": 100 if place in single.picked else 0}
            for place, choice in enumerate(single.step.choices)
        ]
        if single
        else [],
    }


@cache
def fraction_of(share: Fraction) -> str:
    """The share as the nearest percentage that Moodle takes."""
    nearest = min(FRACTIONS, key=lambda one: abs(one - 100 * share))
    return f"{float(nearest):.7g}"


def value_and_tolerance(answer: Answer) -> tuple[str, str]:
    """The middle, and how far from it numbers may be: all from low to high, and no other of twelve digits or fewer."""
    low, high = Decimal(answer.low), Decimal(answer.high)
    middle = NEAREST.divide(low + high, Decimal(2))
    return _plain(middle), _plain(LEADING.plus(max(high - middle, middle - low)))


def _plain(number: Decimal) -> str:
    return f"{float(number):.{DIGITS}g}"


def _fields(boxes: Iterable[Box]) -> Iterator[tuple[str, Markup]]:
    """Box -> how it stands in the text of the question."""
    known = list(boxes)
    for box, weight in zip(known, whole_weights(box.weight for box in known), strict=True):
        kind, answers = _cloze(box)
        yield box.id, Markup("{{{}:{}:{}}}").format(weight, kind, Markup("~").join(answers))


def _cloze(box: Box) -> tuple[str, list[Markup]]:
    if box.step.kind == "choice":
        return "MULTICHOICE_V", [
            _alternative(Fraction(place in box.picked), choice.label) for place, choice in enumerate(box.step.choices)
        ]
    if box.step.kind == "choices":
        return "SHORTANSWER", [_alternative(Fraction(1), text) for text in letters_of(box)]
    return "NUMERICAL", [
        _alternative(answer.share, ":".join(value_and_tolerance(answer)), answer.message) for answer in box.answers
    ]


def _alternative(share: Fraction, text: str, message: str = "") -> Markup:
    percent = "=" if share == 1 else f"%{fraction_of(share)}%"
    return Markup(percent) + _protected(text) + (Markup("#") + _protected(message) if message else "")  # noqa: S704 - a number


def _protected(text: str) -> Markup:
    """Text in which nothing ends an answer; entities without numbers, for # begins a feedback."""
    plain = text.translate(_SPECIAL)
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        plain = plain.replace(sign, entity)
    return Markup(plain)  # noqa: S704 - escaped above
