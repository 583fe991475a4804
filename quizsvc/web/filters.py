"""How pages word dates, marks and verdicts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from flask import Flask


class VerdictWord(NamedTuple):
    """A verdict in a word, with the sign that stands in the margin and whether the step needs another look.

    `counted` is what follows a number of steps: 2 right, 1 with a slip.
    """

    word: str
    icon: str
    counted: str
    wrong: bool


VERDICTS = {
    "correct": VerdictWord("Right", "tick", "right", wrong=False),
    "carried": VerdictWord("Carried on", "carried", "carried on", wrong=False),
    "imprecise": VerdictWord("Too few digits", "digits", "with too few digits", wrong=True),
    "mistake": VerdictWord("A slip", "slip", "with a slip", wrong=True),
    "wrong": VerdictWord("Not right", "cross", "not right", wrong=True),
    "unreadable": VerdictWord("Not readable", "unreadable", "not readable", wrong=True),
    "blank": VerdictWord("Left blank", "blank", "left blank", wrong=False),
}
PHASES = {
    "forward": ("Forward", "from the input to the output"),
    "backward": ("Backward", "how the gradient comes back"),
    "update": ("Update", "what is done with the gradient"),
    "conclusion": ("Conclusion", "what it means"),
}
STATES = {"not-open": "Not open yet", "open": "Open", "late": "Late work is taken", "closed": "Closed"}
GRADE_BY = {
    "best": "the best counts",
    "last": "the last counts",
    "average": "the average over all variants counts",
}
BEST_WORDS = {"best": "best so far", "last": "the last", "average": "on average"}
FEEDBACK = {
    "immediately": "marked as soon as you send it",
    "after-due": "marked when the due date has passed",
    "never": "marks are not shown here",
}
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def points(value: Fraction | float | str | None) -> str:
    """A mark as people write it, at most two decimals: 7, 6.5, 0.33; a dash where there is none."""
    if value is None:
        return "–"
    exact = Fraction(value)
    return f"{float(exact):.2f}".rstrip("0").rstrip(".")


def percent(value: Fraction | float | None, out_of: Fraction | float = 1) -> str:
    """A share in whole percent. Only all is 100 and only nothing is 0."""
    if value is None or not out_of:
        return "–"
    share = Fraction(value) / Fraction(out_of)
    rounded = round(share * 100)
    if rounded in (0, 100) and share not in (0, 1):
        rounded = 1 if rounded == 0 else 99
    return f"{rounded} %"


def moment(value: datetime) -> str:
    """A date and time in UTC, in full: Mon 3 Nov 2026, 18:00 UTC."""
    utc = value.astimezone(UTC)
    return f"{utc:%a} {utc.day} {utc:%b %Y, %H:%M} UTC"


def distance(value: datetime, now: datetime) -> str:
    """How far off it is, roughly: in 3 days, 2 hours ago, now."""
    apart = abs(value - now)
    if apart < MINUTE:
        return "now"
    unit, name = next(
        (unit, name) for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")) if apart >= unit
    )
    count = apart // unit
    amount = f"{count} {name}" if count == 1 else f"{count} {name}s"
    return f"in {amount}" if value > now else f"{amount} ago"


def plural(count: int, one: str, many: str | None = None) -> str:
    """A number with its noun: 1 decimal, 3 decimals."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def minutes(value: Fraction | float) -> str:
    """A length of time, in whole minutes: 45 minutes, 2 hours, 1 hour 30 minutes."""
    hours, rest = divmod(ceil(value), 60)
    parts = [plural(count, unit) for count, unit in ((hours, "hour"), (rest, "minute")) if count]
    return " ".join(parts) or "0 minutes"


def place(index: tuple[int, ...]) -> str:
    """Where an entry stands, counted from 1: 3, or row 1, column 2."""
    if len(index) == 1:
        return str(index[0] + 1)
    return ", ".join(f"{axis} {number + 1}" for axis, number in zip(("row", "column"), index, strict=True))


def init_app(app: Flask) -> None:
    """Give templates these words."""
    app.jinja_env.filters.update(
        points=points,
        percent=percent,
        moment=moment,
        distance=distance,
        minutes=minutes,
        plural=plural,
        place=place,
    )
    app.jinja_env.globals.update(VERDICTS=VERDICTS, PHASES=PHASES, STATES=STATES, FEEDBACK=FEEDBACK)
    app.jinja_env.globals.update(GRADE_BY=GRADE_BY, BEST_WORDS=BEST_WORDS)
