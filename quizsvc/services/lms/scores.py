"""One score on its way to a platform (AGS 2.0, score service).

A platform takes a score that is stamped later than the one it has, by whole seconds, and no other. So a score is
stamped when it is sent, later than anything before it for this student and column; the student's own time is told
beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from quizsvc.errors import NotAllowed, NotFound, NotReached, QuizError
from quizsvc.services.answers import Answer, http_date, read_answer
from quizsvc.services.lms.access_tokens import NoToken
from quizsvc.services.lms.line_items import Column, Place, ensure_column
from quizsvc.services.lms.platform_services import Request, below
from quizsvc.services.lms.results import find_result
from quizsvc.store.lti_vocabulary import RESULT, SCORE

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from quizsvc.services.lms.platform_services import PlatformServices
    from quizsvc.services.lms.results import Result

MEDIA_TYPE = "application/vnd.ims.lis.v1.score+json"
SECOND = timedelta(seconds=1)
TOO_LATE = "It took too long to get as far as sending it."
MOST_STAMPS = 3
"""A score that the platform holds to be older is stamped anew at most so many times."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one student is to have; `counted` is the count of what was wanted.

    `stamp` is what it is stamped with first, None where the column is to be found before.
    Nobody else sends a score of this student before `lent_until`; this one is sent before `send_until`, or not at all.
    """

    score_id: int
    counted: int
    place: Place
    subject: str
    share: Fraction
    started_at: datetime | None
    submitted_at: datetime | None
    is_finished: bool
    stamp: datetime | None
    send_until: datetime
    lent_until: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a delivery; `stops` where nothing more should be sent to the platform for a while."""

    answer: Answer
    stops: bool = False


class Journal(Protocol):
    """What is written down on the way: each stamp before it is used, and the column once it is known."""

    def stamp(self, delivery: Delivery, not_before: datetime) -> datetime:
        """The next stamp, later than all before; raises NotReached where the time it was lent for is too far gone."""
        ...

    def column(self, delivery: Delivery, find: Callable[[], Column]) -> Column:
        """The column, found by nobody else meanwhile; raises NotReached where somebody is at it, and as `find`."""
        ...

    def forget_column(self, delivery: Delivery, column: Column) -> None:
        """That column is not there any more."""
        ...


def next_stamp(before: datetime | None, now: datetime) -> datetime:
    """What to stamp with: now, or a second after what was used before, where that is later. To the millisecond."""
    earliest = now if before is None else max(now, before + SECOND)
    return earliest.replace(microsecond=earliest.microsecond // 1000 * 1000)


def score_body(delivery: Delivery, column: Column, stamp: datetime) -> dict[str, Any]:
    """The score in the platform's words, on the column's own scale, for platforms round before they scale."""
    maximum = column.maximum or Fraction(delivery.place.points)
    times = {"startedAt": delivery.started_at, "submittedAt": delivery.submitted_at}
    submission = {name: _written(time) for name, time in times.items() if time is not None}
    return {
        "userId": delivery.subject,
        "scoreGiven": _number(delivery.share * maximum),
        "scoreMaximum": _number(maximum),
        "timestamp": _written(stamp),
        "activityProgress": "Completed" if delivery.is_finished else "InProgress",
        "gradingProgress": "FullyGraded",
        **({"submission": submission} if submission else {}),
    }


def _request(delivery: Delivery, column: Column, stamp: datetime) -> Request:
    body = score_body(delivery, column, stamp)
    return Request("POST", below(column.url, "scores"), SCORE, body=body, media_type=MEDIA_TYPE)


def _number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def _written(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class ScoreSender:
    """Delivers scores to platforms; `journal` is what it writes down, `clock` tells the time."""

    def __init__(self, services: PlatformServices, journal: Journal, *, clock: Callable[[], datetime]) -> None:
        self._services = services
        self._journal = journal
        self._clock = clock

    def deliver(self, delivery: Delivery) -> Outcome:
        """Bring a score to its platform, whatever comes of it."""
        if SCORE not in delivery.place.scopes:
            name = delivery.place.client.name
            return Outcome(Answer("refused", f"{name} does not let us pass scores in this course."))
        try:
            return self._deliver(delivery)
        except NoToken as error:
            return Outcome(Answer("again", error.message), stops=True)
        except NotReached as error:
            return Outcome(Answer("again", error.message))
        except QuizError as error:
            return Outcome(Answer("refused", error.message))

    def _deliver(self, delivery: Delivery) -> Outcome:
        column = delivery.place.known
        if column is None or column.maximum is None:
            column = self._column(delivery)
        answer = self._post(delivery, column, delivery.stamp or self._journal.stamp(delivery, self._clock()))
        if answer.kind == "gone":
            # Somebody has removed the column, or its address has changed: it is looked for once.
            self._journal.forget_column(delivery, column)
            column = self._column(delivery)
            answer = self._post(delivery, column, self._journal.stamp(delivery, self._clock()))
        return Outcome(answer, stops=answer.wait is not None)

    def _column(self, delivery: Delivery) -> Column:
        return self._journal.column(delivery, lambda: ensure_column(self._services, delivery.place))

    def _post(self, delivery: Delivery, column: Column, stamp: datetime) -> Answer:
        """Send it; where the platform has something newer, see what, and stamp it later than that."""
        for last in (*[False] * (MOST_STAMPS - 1), True):
            if self._clock() > delivery.send_until:
                raise NotReached(TOO_LATE)
            response = self._services.ask(
                delivery.place.client,
                _request(delivery, column, stamp),
                anew=lambda: _request(delivery, column, self._journal.stamp(delivery, self._clock())),
            )
            answer = read_answer(response, now=self._clock())
            if answer.kind != "conflict":
                return answer
            theirs = self._theirs(delivery, column)
            if theirs is not None and theirs.says(delivery.share):
                return Answer("taken")
            if not last:
                stamp = self._journal.stamp(delivery, self._after(theirs, response))
        return Answer("again", answer.words)

    def _theirs(self, delivery: Delivery, column: Column) -> Result | None:
        """What the platform has; None where it has nothing, or does not let us see it."""
        if RESULT not in delivery.place.scopes:
            return None
        try:
            return find_result(self._services, delivery.place.client, column.url, delivery.subject)
        except (NotAllowed, NotFound):
            return None

    def _after(self, theirs: Result | None, response: httpx.Response) -> datetime:
        """What the next stamp has to be after: what the platform has, and what its clock says."""
        told = [self._clock()]
        if theirs is not None and theirs.at is not None:
            told.append(theirs.at + SECOND)
        clock = http_date(response.headers.get("Date", ""))
        if clock is not None:
            told.append(clock + SECOND)
        return max(told)
