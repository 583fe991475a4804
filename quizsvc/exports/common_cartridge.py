"""QTI 1.2.1 in a Common Cartridge 1.1: a quiz for each variant of the set, in which every box is a question.

The cartridge's profile knows no numbers, only texts. So the numbers of as many digits as are kept are listed as texts,
for programs that follow the profile, such as Moodle; the range stands behind them, for those that know more of QTI,
such as Canvas.
"""

from __future__ import annotations

from base64 import b64encode
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any

from quizsvc.exports.letters import letters_of
from quizsvc.exports.packages import MANIFEST, packed
from quizsvc.exports.pages import PAGES
from quizsvc.exports.questions import whole_weights
from quizsvc.exports.statements import picture_of, statement_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from problems.precision import Precision
    from quizsvc.exports.questions import Answer, Box, Question, QuestionSet

MOST_TEXTS = 200
"""Of the numbers that are right, so many are listed: those that are nearest to the exact one."""
EVERY_DIGIT = Context(prec=800)
"""As in the bounds of a key."""
SMALL = Decimal("0.01")
HEAVIEST = 99
"""Weights in a cartridge are whole numbers up to this."""


def common_cartridge(question_set: QuestionSet) -> bytes:
    """The cartridge; of items with fewer variants than others the first ones stand in every quiz."""
    return packed(_files(question_set))


def _files(question_set: QuestionSet) -> Iterator[tuple[str, str]]:
    chosen = _quizzes(question_set)
    quizzes = [
        {
            "id": f"quiz-{number}",
            "title": f"{question_set.title}, variant {number}",
            "path": f"quiz-{number}/assessment.xml",
        }
        for number in range(1, len(chosen) + 1)
    ]
    about = {"id": question_set.slug, "title": question_set.title, "quizzes": quizzes}
    yield MANIFEST, PAGES.get_template("cartridge.xml").render(about)
    template = PAGES.get_template("assessment.xml")
    for quiz, questions in zip(quizzes, chosen, strict=True):
        yield quiz["path"], template.render(quiz=quiz, boxes=_items(question_set, questions))


def _quizzes(question_set: QuestionSet) -> list[list[Question]]:
    """The questions of each quiz."""
    items = question_set.by_item()
    most = max(len(variants) for variants in items)
    return [[variants[number % len(variants)] for variants in items] for number in range(most)]


def _items(question_set: QuestionSet, questions: Sequence[Question]) -> Iterator[dict[str, Any]]:
    weights = iter(_weights(questions))
    for question in questions:
        picture = picture_of(question.problem)
        address = "" if picture is None else f"data:image/svg+xml;base64,{b64encode(picture.svg.encode()).decode()}"
        statement = statement_of(question_set, question, address)
        steps = {step["id"]: step for phase in statement["phases"] for step in phase["steps"]}
        for box in question.boxes:
            place = ", ".join(str(axis + 1) for axis in box.place)
            about = {"asked": steps[box.step.id], "box": box, "place": place}
            yield {
                "id": f"{question.id}-{box.id}",
                "title": f"{question.name}: {box.step.text}{f' ({place})' if place else ''}",
                "text": PAGES.get_template("single_step.html").render(statement, **about),
                "weight": next(weights),
                "points": f"{float(question.points * box.weight):.6g}",
                **_judged(box, question.problem.precision),
            }


def _weights(questions: Sequence[Question]) -> list[int]:
    """Whole weights in proportion to the marks; within each problem alone where they would be too large together."""
    together = whole_weights(question.points * box.weight for question in questions for box in question.boxes)
    if max(together) <= HEAVIEST:
        return together
    return [
        weight for question in questions for weight in _bounded(whole_weights(box.weight for box in question.boxes))
    ]


def _bounded(weights: list[int]) -> list[int]:
    """The weights if they are not too large, or else nearly in the same proportion."""
    heaviest = max(weights)
    return weights if heaviest <= HEAVIEST else [max(1, round(weight * HEAVIEST / heaviest)) for weight in weights]


def _judged(box: Box, precision: Precision) -> dict[str, Any]:
    """The kind of the question, the choices, the texts and ranges that are right, and the mistakes with their texts."""
    plain: dict[str, Any] = {"choices": [], "texts": [], "range": None, "mistakes": []}
    if box.step.kind == "choice":
        labels = [choice.label for choice in box.step.choices]
        choices = [{"id": f"choice-{place + 1}", "label": label} for place, label in enumerate(labels)]
        return plain | {
            "kind": "multiple_choice_question",
            "choices": choices,
            "texts": [f"choice-{box.picked[0] + 1}"],
        }
    if box.step.kind == "choices":
        return plain | {"kind": "short_answer_question", "texts": letters_of(box)}
    right = texts_within(box.right, box.value, precision)
    return plain | {
        "kind": "numerical_question",
        "texts": right,
        "range": {"low": repr(box.right.low), "high": repr(box.right.high)},
        "mistakes": [
            {"id": f"mistake-{number}", "share": f"{float(100 * answer.share):.6g}", "text": text, "message": message}
            for number, (text, answer, message) in enumerate(_mistaken(box, precision, set(right)), 1)
        ],
    }


def _mistaken(box: Box, precision: Precision, taken: set[str]) -> Iterator[tuple[str, Answer, str]]:
    """The number in the middle of each mistake, rounded, where it is not right and no other mistake's."""
    for answer in box.answers:
        middle = (answer.low + answer.high) / 2
        text = _text(Decimal(middle).quantize(_last(middle, precision), ROUND_HALF_UP, EVERY_DIGIT))
        inside = box.right.low <= float(text) <= box.right.high
        if answer.message and text not in taken and not inside:
            taken.add(text)
            yield text, answer, answer.message


def texts_within(right: Answer, value: float, precision: Precision) -> list[str]:
    """The right numbers of as many digits as are kept and, if these are few, of one digit more; each as it is typed.

    The nearest to the exact value come first.
    """
    last = _last(value, precision)
    if right.low == right.high:
        return list(dict.fromkeys(_forms(Decimal(value), last)))
    numbers: dict[Decimal, None] = {}
    for step in (last, last / 10):
        first, end = (Decimal(right.low) / step).to_integral_value(ROUND_CEILING), Decimal(right.high) / step
        count = int(end.to_integral_value(ROUND_FLOOR) - first) + 1
        middle = Decimal(value) / step - first
        nearest = max(0, min(int(middle) - MOST_TEXTS // 2, count - MOST_TEXTS))
        found = [(first + place) * step for place in range(nearest, min(count, nearest + MOST_TEXTS))]
        if len(numbers) + len(found) <= MOST_TEXTS:
            numbers |= dict.fromkeys(found)
    ordered = sorted(numbers, key=lambda one: abs(one - Decimal(value)))
    return list(dict.fromkeys(text for one in ordered if one != 0 or value == 0 for text in _forms(one, last)))


def _forms(number: Decimal, last: Decimal) -> Iterator[str]:
    """The ways in which people write it: with zeros at the end or without; small numbers with a power of ten, too."""
    yield from (_text(number), _text(number, last))
    if 0 < abs(number) < SMALL:
        yield f"{number.normalize():e}"
        if number == number.quantize(last, context=EVERY_DIGIT):
            yield f"{number.quantize(last, context=EVERY_DIGIT):e}"


def _last(value: float, precision: Precision) -> Decimal:
    """The last place that is kept."""
    return Decimal(1).scaleb(-precision.places(value))


def _text(number: Decimal, last: Decimal | None = None) -> str:
    """The number in plain digits, with zeros down to the last place where one is named."""
    if last is not None and number == number.quantize(last, context=EVERY_DIGIT):
        return f"{number.quantize(last, context=EVERY_DIGIT):f}"
    shown = f"{number:f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
