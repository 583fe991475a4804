"""What can go wrong in the service: one small tree. A wrong answer is no error; these are requests that cannot be met.

QuizError
├── Malformed    400  a part of the request cannot be read
├── NotLoggedIn  401  nobody, or nobody known, is asking
├── NotAllowed   403  this person or token may not do it
├── NotFound     404  there is no such thing, or none that may be seen
├── Conflict     409  it does not fit what is there already
│   └── Closed   409  not at this time: not open yet, past due, or no submission is left
├── TooLarge     413  more than is taken at once
├── Invalid      422  the input is not right; `details` name the places
├── TooOften     429  more requests than are taken in a while; `seconds` tells when there may be more
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


class Malformed(QuizError):
    """A part of the request cannot be read."""

    status, code = 400, "malformed"


class LoginRefused(QuizError):
    """A learning platform sends somebody to log in, and not in a way that can be taken."""

    status, code = 400, "login-refused"


class NotLoggedIn(QuizError):
    """Nobody, or nobody known, is asking."""

    status, code = 401, "not-logged-in"


class LaunchRefused(NotLoggedIn):
    """What a learning platform says of somebody it sends is not right."""

    code = "launch-refused"


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


class TooOften(QuizError):
    """More requests than are taken in a while; after so many `seconds` there may be more."""

    status, code = 429, "too-often"

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class NotReached(QuizError):
    """Another server did not answer, or not in a way that can be used."""

    status, code = 502, "not-reached"


class NotReady(QuizError):
    """The database is not migrated, or not reachable."""

    status, code = 503, "not-ready"
