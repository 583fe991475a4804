"""What an export says of itself, for reading it back: the problem of every question, in an attribute of its text.

It tells what the text shows and no more: the seed is left out, from which other numbers would follow.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import problems
from quizsvc.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quizsvc.exports.questions import Question, QuestionSet

ATTRIBUTE = "data-gradient-flow"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Record:
    """One exported variant: its set, the item that it is of, and the problem."""

    set: dict[str, Any]
    key: str
    title: str
    points: int
    variant: int
    problem: problems.Problem


def record_of(question_set: QuestionSet, question: Question) -> str:
    """The record as letters, digits, - and _, so that no program takes a part of it for something else."""
    scheme = question_set.scheme
    shares = {name: str(getattr(scheme, name)) for name in ("carried", "imprecise", "mistake")}
    data = {
        "version": VERSION,
        "set": {
            "slug": question_set.slug,
            "title": question_set.title,
            "mode": question_set.mode,
            "credit": shares | {"entries": scheme.entries},
        },
        "item": question.key,
        "title": question.title,
        "points": question.points,
        "variant": question.variant,
        "problem": {name: value for name, value in problems.to_dict(question.problem).items() if name != "seed"},
    }
    return urlsafe_b64encode(json.dumps(data, allow_nan=False, separators=(",", ":")).encode()).decode()


def records_in(text: str) -> Iterator[Record]:
    """The records in the text of a question; raises Invalid where one was changed or is of another version."""
    finder = _Finder()
    finder.feed(text)
    finder.close()
    return map(_read, finder.found)


class _Finder(HTMLParser):
    """Finds the attribute; all else is passed over."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it where it is."""
        self.found += [value or "" for name, value in attrs if name == ATTRIBUTE]


def _read(letters: str) -> Record:
    try:
        data = json.loads(urlsafe_b64decode(letters.encode()))
        version = data["version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        message = "A question of this file was changed: what it says of its problem can no longer be read."
        raise Invalid(message) from None
    if version != VERSION:
        message = f"This file was written by another version of the service ({version!r:.20}); export the set again."
        raise Invalid(message)
    try:
        problem = problems.from_dict(data["problem"])
        return Record(data["set"], data["item"], data["title"], data["points"], data["variant"], problem)
    except KeyError as error:
        message = f"A question of this file was changed: it does not say its {error.args[0]!s:.40}."
        raise Invalid(message) from None
    except problems.ProblemError as error:
        message = f"A question of this file holds no problem of ours: {error.message}"
        raise Invalid(message) from None
