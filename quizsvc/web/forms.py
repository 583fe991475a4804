"""What browsers send, read into what services take."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, SelectField, StringField, SubmitField
from wtforms.validators import InputRequired, Length

from quizsvc.errors import Detail, Invalid
from quizsvc.services.adjusting import SetMarkByHand
from quizsvc.services.extensions import GrantExtension
from quizsvc.services.instants import instant_of, zone_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from werkzeug.datastructures import MultiDict

Value = TypeVar("Value")

Answer = str | list[str] | list[list[str]]
"""What was typed for one step: one text, one for each entry, or rows of them."""

NOT_STEPS = frozenset(("csrf_token", "base"))
MOST_BOXES = 5000
"""The widest and deepest network that a family allows asks for some 3 700 numbers."""
LAST_YEAR = 9000
_FIELD = re.compile(r"(?P<step>[A-Za-z][\w-]*)(?P<index>(?:\.\d{1,3}){0,2}|\[\])", re.ASCII)
_LOCAL_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", re.ASCII)
_NUMBER = re.compile(r"\d{1,6}(?:[.,]\d{1,6})?|\d{1,6}/[1-9]\d{0,5}", re.ASCII)
_COUNT = re.compile(r"\d{1,6}", re.ASCII)


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


class ExtensionForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """More for one student; what is left empty stays as it is."""

    due = StringField("Due")
    zone = StringField("Time zone", default="UTC")
    time_factor = StringField("Times the time limit")
    more_submissions = StringField("More submissions")
    reason = StringField("Reason")

    @property
    def due_type(self) -> str:
        """The kind of box in which a browser shows what was typed: one for dates shows nothing else."""
        return "datetime-local" if not self.due.data or _LOCAL_TIME.fullmatch(self.due.data) else "text"


class MarkForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A mark by hand: of one problem by its key or, without one, of the whole set."""

    item_key = SelectField("Mark of", validate_choice=False)
    points = StringField("Points")
    as_earned = BooleanField("Back to what the work earned")
    reason = StringField("Reason")


class _Reading:
    """The fields of a form as values; what is wrong with each is collected, so that all of it is told at once."""

    def __init__(self, form: FlaskForm) -> None:
        self.form = form
        self.complaints: list[Detail] = []

    def value(self, name: str, read: Callable[[str], Value]) -> Value | None:
        """What was typed, as `read` takes it; None where nothing was."""
        text = (self.form[name].data or "").strip()
        try:
            return read(text) if text else None
        except ValueError as error:
            self.complain(name, str(error))
            return None

    def reason(self) -> str:
        """Why; without one nothing is done."""
        text = self.value("reason", str)
        if text is None:
            self.complain("reason", "Say why: it is kept, and the student may ask.")
        return text or ""

    def complain(self, name: str, message: str) -> None:
        """Note what is wrong with a field."""
        self.complaints.append(Detail(name, message))

    def finish(self) -> None:
        """Raises Invalid where anything was wrong."""
        if self.complaints:
            message = "Nothing was saved, for something here does not fit."
            raise Invalid(message, self.complaints)


def read_extension(form: ExtensionForm, *, user_id: int, actor_id: int) -> GrantExtension:
    """What the student is to get; raises Invalid with a complaint for every field that cannot be read."""
    reading = _Reading(form)
    zone = reading.value("zone", lambda text: zone_of(text).key)
    due = None if reading.complaints else reading.value("due", lambda text: _instant(text, zone))
    command = GrantExtension(
        user_id=user_id,
        reason=reading.reason(),
        due=due,
        time_factor=reading.value("time_factor", _number),
        more_submissions=reading.value("more_submissions", _count),
        actor_id=actor_id,
    )
    reading.finish()
    return command


def read_mark(form: MarkForm, *, user_id: int, actor_id: int, keys: Collection[str]) -> SetMarkByHand:
    """Which mark is to become what, of a student who has the problems of these keys; raises Invalid as above."""
    reading = _Reading(form)
    key = reading.value("item_key", str)
    if key is not None and key not in keys:
        reading.complain("item_key", "The student has no such problem: choose one of this list.")
    points = reading.value("points", _number)
    if form.as_earned.data and form.points.data:
        reading.complain("points", "To go back to what the work earned, leave this empty.")
    elif not form.as_earned.data and not form.points.data:
        reading.complain("points", "Write the points, or tick that the work decides again.")
    command = SetMarkByHand(user_id, points, reading.reason(), key, actor_id)
    reading.finish()
    return command


def complain(form: FlaskForm, error: Invalid) -> None:
    """Put every complaint to the field that it is about, and the others above the form."""
    for detail in error.details or [Detail("", error.message)]:
        if detail.where in form:
            field = form[detail.where]
            field.errors = [*field.errors, detail.message]
        else:
            form.form_errors.append(detail.message)


def _instant(text: str, zone: str | None) -> datetime:
    """The instant; raises ValueError."""
    when = instant_of(text, zone)
    if when.year > LAST_YEAR:
        message = f"{text!r:.60} is too far away; write a year up to {LAST_YEAR}."
        raise ValueError(message)
    return when


def _number(text: str) -> Fraction:
    """A number as people write it; raises ValueError."""
    if not _NUMBER.fullmatch(text):
        message = f"{text!r:.40} is no number; write one like 1.5 or 3/2."
        raise ValueError(message)
    return Fraction(text.replace(",", "."))


def _count(text: str) -> int:
    """A whole number; raises ValueError."""
    if not _COUNT.fullmatch(text):
        message = f"{text!r:.40} is no whole number; write one like 2."
        raise ValueError(message)
    return int(text)
