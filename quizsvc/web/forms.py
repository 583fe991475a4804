"""What browsers send, read into what services take."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, SubmitField
from wtforms.validators import InputRequired, Length

from quizsvc.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.datastructures import MultiDict

Answer = str | list[str] | list[list[str]]
"""What was typed for one step: one text, one for each entry, or rows of them."""

NOT_STEPS = frozenset(("csrf_token", "base"))
MOST_BOXES = 5000
"""The widest and deepest network that a family allows asks for some 3 700 numbers."""
_FIELD = re.compile(r"(?P<step>[A-Za-z][\w-]*)(?P<index>(?:\.\d{1,3}){0,2}|\[\])", re.ASCII)


class LoginForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Who is there?"""

    email = EmailField(
        "E-mail",
        validators=[InputRequired("Type your e-mail address."), Length(max=254, message="This address is too long.")],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        "Password",
        validators=[InputRequired("Type your password."), Length(max=1024, message="This password is too long.")],
        render_kw={"autocomplete": "current-password"},
    )
    submit = SubmitField("Log in")


def read_steps(form: MultiDict[str, str]) -> dict[str, Answer]:
    """Step id -> what was typed; raises Invalid where a field is no box of a step.

    A box is named after its step and its place: z1, a.0, W.0.1; the boxes to tick of one step are all named dead[].
    """
    answers: dict[str, Answer] = {}
    boxes: dict[str, dict[tuple[int, ...], str]] = {}
    for name in form.keys() - NOT_STEPS:
        field = _FIELD.fullmatch(name)
        if field is None or len(form) > MOST_BOXES:
            message = f"The form has a field {name!r:.60}, which is no box of this problem: load the page again."
            raise Invalid(message)
        step, index = field["step"], field["index"]
        if index == "[]":
            answers[step] = form.getlist(name)
        elif not index:
            answers[step] = form[name]
        else:
            boxes.setdefault(step, {})[tuple(map(int, index[1:].split(".")))] = form[name]
    return answers | {step: _arranged(step, entries) for step, entries in boxes.items()}


def _arranged(step: str, entries: Mapping[tuple[int, ...], str]) -> Answer:
    """The boxes of a vector in order, of a matrix in rows; raises Invalid where one is missing.

    Several numbers in the first box with nothing in the others are the whole of it, pasted as one text.
    """
    places = sorted(entries)
    first, *others = (entries[place].strip() for place in places)
    if not any(others) and _holds_several(first):
        return first
    size = tuple(last + 1 for last in places[-1])
    if len(size) == 1 and places == [(i,) for i in range(size[0])]:
        return [entries[place] for place in places]
    if len(size) == 2 and places == [(i, j) for i in range(size[0]) for j in range(size[1])]:  # noqa: PLR2004 - rows, columns
        return [[entries[i, j] for j in range(size[1])] for i in range(size[0])]
    message = f"Not every box of {step} has arrived: load the page again."
    raise Invalid(message)


def _holds_several(text: str) -> bool:
    """Whether it is more than one number; a single comma is a decimal sign."""
    commas = text.count(",")
    return len(text.split()) > 1 or ";" in text or "[" in text or (commas > 0 and commas + text.count(".") > 1)
