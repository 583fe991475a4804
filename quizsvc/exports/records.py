"""What an export says of itself, for reading it back: the problem of every question, in an attribute of its text.

It tells what the text shows and no more: the seed is left out, from which other numbers would follow.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import problems
from quizsvc.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quizsvc.exports.questions import Question, QuestionSet

ATTRIBUTE = "data-gradient-flow"
VERSION = 1
_WRITTEN = re.compile(rb'data-gradient-flow=(?:"|&#34;|&quot;)([A-Za-z0-9_=-]{1,200000})(?:"|&#34;|&quot;)')
_FIELDS = {"set": dict, "item": str, "title": str, "points": int, "variant": int, "problem": dict}


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


def records_in(content: bytes) -> Iterator[str]:
    """The records in a file, as they are written: in XML itself, or in markup that stands in it as text."""
    return (found[1].decode() for found in _WRITTEN.finditer(content))


def read_record(letters: str) -> Record:
    """What a record says; raises Invalid where it was changed, or is of another version."""
    try:
        data = json.loads(urlsafe_b64decode(letters.encode()))
        version = data["version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        what = "what it says of its problem can no longer be read"
        raise _changed(what) from None
    if version != VERSION:
        message = f"This file was written by another version of the service ({version!r:.20}); export the set again."
        raise Invalid(message)
    for name, kind in _FIELDS.items():
        if not isinstance(data.get(name), kind) or isinstance(data.get(name), bool):
            what = f"it does not say its {name}"
            raise _changed(what)
    try:
        problem = problems.from_dict(data["problem"])
    except problems.ProblemError as error:
        what = f"its problem is none of ours. {error.message.rstrip('.')}"
        raise _changed(what) from None
    return Record(data["set"], data["item"], data["title"], data["points"], data["variant"], problem)


def _changed(what: str) -> Invalid:
    return Invalid(f"A question of this file was changed: {what}.")
