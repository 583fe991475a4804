"""QTI 3.0: a package with an item for every variant, and a test that takes one variant of each problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from quizsvc.exports.packages import MANIFEST, packed
from quizsvc.exports.pages import PAGES
from quizsvc.exports.statements import picture_of, statement_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quizsvc.exports.questions import Answer, Box, Question, QuestionSet


def qti3_package(question_set: QuestionSet) -> bytes:
    """The package: manifest, test, and items with their pictures."""
    return packed(_files(question_set))


def _files(question_set: QuestionSet) -> Iterator[tuple[str, str]]:
    pictures = {question.id: picture_of(question.problem) for question in question_set.questions}
    sections = [
        {"id": f"section-{first.key}", "title": first.title, "items": [one.id for one in (first, *others)]}
        for first, *others in question_set.by_item()
    ]
    drawn = [name for name, picture in pictures.items() if picture is not None]
    about = {
        "id": question_set.slug,
        "title": question_set.title,
        "sections": sections,
        "items": list(pictures),
        "pictures": drawn,
    }
    yield MANIFEST, PAGES.get_template("qti3_manifest.xml").render(about)
    yield "test.xml", PAGES.get_template("qti3_test.xml").render(about)
    template = PAGES.get_template("qti3_item.xml")
    for question in question_set.questions:
        yield f"items/{question.id}.xml", template.render(_item(question_set, question))
        picture = pictures[question.id]
        if picture is not None:
            yield f"items/{question.id}.svg", picture.svg


def _item(question_set: QuestionSet, question: Question) -> dict[str, Any]:
    boxes = [_judged(question, box) for box in question.boxes]
    fields = {box["id"]: Markup(PAGES.get_template("qti3_field.html").render(box)) for box in boxes}  # noqa: S704 - our own
    statement = statement_of(question_set, question, f"{question.id}.svg")
    return {
        "id": question.id,
        "title": question.name,
        "points": question.points,
        "body": PAGES.get_template("question.html").render(statement, fields=fields, lettered=False),
        "boxes": boxes,
    }


def _judged(question: Question, box: Box) -> dict[str, Any]:
    """What a box is called, what it earns, and by what it is judged."""
    marks = box.weight * question.points
    return {
        "id": box.id,
        "kind": box.step.kind,
        "marks": repr(float(marks)),
        "value": repr(box.value),
        "choices": list(_choices(box)),
        "answers": [_told(number, answer, float(marks * answer.share)) for number, answer in enumerate(box.answers)],
    }


def _choices(box: Box) -> Iterator[dict[str, Any]]:
    """What can be picked; of several also that nothing applies, for who answers nothing has not picked that."""
    for place, choice in enumerate(box.step.choices):
        yield {"id": f"choice-{place + 1}", "label": choice.label, "right": place in box.picked}
    if box.step.kind == "choices":
        yield {"id": "choice-none", "label": "None of these", "right": not box.picked}


def _told(number: int, answer: Answer, earned: float) -> dict[str, Any]:
    return {
        "id": f"answer-{number}",
        "low": repr(answer.low),
        "high": repr(answer.high),
        "earned": repr(earned),
        "message": answer.message,
    }
