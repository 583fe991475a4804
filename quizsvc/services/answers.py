"""What another server's answer means for what it was sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import httpx

Kind = Literal["taken", "again", "conflict", "gone", "refused"]

TEMPORARY = frozenset((401, 403, 408, 425, 429))
"""It may be otherwise the next time; some platforms say 403 where they mean 429."""

LONGEST_WAIT = timedelta(hours=1)
LONGEST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """`taken`, or what came instead, in words; `wait` is how long the server wants to be left alone."""

    kind: Kind
    words: str = ""
    wait: timedelta | None = None


def read_answer(response: httpx.Response, *, now: datetime) -> Answer:
    """What an answer means: taken; to be tried again; in conflict with what is there; its place is gone; refused.

    A page where data was expected comes from something that stands in between, or from a platform that is closed.
    """
    status, words = response.status_code, words_of(response)
    if response.is_success:
        return Answer("again", words) if is_page(response) else Answer("taken")
    if status in TEMPORARY or status >= 500 or response.has_redirect_location:  # noqa: PLR2004 - of HTTP
        return Answer("again", words, wait_of(response, now=now))
    return Answer({404: "gone", 409: "conflict", 410: "gone"}.get(status, "refused"), words)  # type: ignore[arg-type]  # all are kinds


def is_page(response: httpx.Response) -> bool:
    """Whether it is a page for people, whatever it says that it is."""
    return response.content.lstrip()[:1] == b"<"


def words_of(response: httpx.Response) -> str:
    """What a person is told of an answer: who gave it, its status, and the beginning of what it says."""
    said = "a page" if is_page(response) else " ".join(response.text.split())
    text = f"{response.url.host} answered {response.status_code} {response.reason_phrase}"
    plain = "".join(sign for sign in (f"{text}: {said}" if said else text) if sign.isprintable())
    return plain[:LONGEST_WORDS]


def wait_of(response: httpx.Response, *, now: datetime) -> timedelta | None:
    """How long the server wants to be left alone (Retry-After: seconds, or a date), an hour at most; None: no word."""
    stated = response.headers.get("Retry-After", "").strip()
    if stated.isdecimal() and stated.isascii():
        return min(timedelta(seconds=int(stated[:9])), LONGEST_WAIT)
    until = http_date(stated)
    return None if until is None else min(max(until - now, timedelta(0)), LONGEST_WAIT)


def http_date(text: str) -> datetime | None:
    """A date of HTTP; None where it is none."""
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
