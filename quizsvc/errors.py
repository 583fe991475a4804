"""What can go wrong in the service: one small tree. A wrong answer is no error; these are requests that cannot be met.

QuizError
├── NotLoggedIn  401  nobody, or nobody known, is asking
├── NotAllowed   403  this person or token may not do it
├── NotFound     404  there is no such thing, or none that may be seen
├── Conflict     409  it does not fit what is there already
│   └── Closed   409  not at this time: not open yet, past due, or no submission is left
├── TooLarge     413  more than is taken at once
├── Invalid      422  the input is not right; `details` name the places
├── NotReached   502  another server did not answer, or not in a way that can be used
└── NotReady     503  the database is not migrated, or not reachable
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that is not right: where, what it is, and what would be right."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class QuizError(Exception):
    """The request cannot be met: `message` is one sentence for whoever asked."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"

    def __init__(self, message: str, details: Sequence[Detail] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)


class NotLoggedIn(QuizError):
    """Nobody, or nobody known, is asking."""

    status, code = 401, "not-logged-in"


class NotAllowed(QuizError):
    """This person or token may not do it."""

    status, code = 403, "not-allowed"


class NotFound(QuizError):
    """There is no such thing, or none that may be seen."""

    status, code = 404, "not-found"


class Conflict(QuizError):
    """It does not fit what is there already."""

    status, code = 409, "conflict"


class Closed(Conflict):
    """Not at this time: not open yet, past due, or no submission is left."""

    code = "closed"


class TooLarge(QuizError):
    """More than is taken at once."""

    status, code = 413, "too-large"


class Invalid(QuizError):
    """The input is not right; `details` name the places."""

    status, code = 422, "invalid"


class NotReached(QuizError):
    """Another server did not answer, or not in a way that can be used."""

    status, code = 502, "not-reached"


class NotReady(QuizError):
    """The database is not migrated, or not reachable."""

    status, code = 503, "not-ready"
