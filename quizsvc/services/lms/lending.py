"""Scores that wait, lent one by one to who sends them, and what became of each."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from quizsvc.errors import NotReached
from quizsvc.services.lms.line_items import Column, Place
from quizsvc.services.lms.scores import TOO_LATE, Delivery, next_stamp
from quizsvc.services.policy import WHOLE, window_of
from quizsvc.store import scores_passed, work

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.lms.scores import Outcome
    from quizsvc.services.patience import Patience
    from quizsvc.store.lms_models import ResourceLink, ScorePassed
    from quizsvc.store.models import ProblemSet

LONGEST_HELD = timedelta(hours=1)
"""A set's times may change: a score that may not be seen yet is looked at again after so long."""

INSTANT = timedelta(milliseconds=1)
HELD = "It is passed once the set is over: students may not see marks of it yet."
LEFT = "The platform has this person as a student of its course no longer."
UNLINKED = "The link leads to no set any more."
LONGEST_REASON = 500


def lend(session: Session, platform_id: int, *, now: datetime, patience: Patience) -> Delivery | None:
    """The next score for a platform, which nobody else gets for a while; None where none waits whose time has come."""
    while (row := scores_passed.next_to_pass(session, platform_id, now)) is not None:
        delivery = _lend(session, row, now=now, patience=patience)
        session.flush()
        if delivery is not None:
            return delivery
    return None


def _lend(session: Session, row: ScorePassed, *, now: datetime, patience: Patience) -> Delivery | None:
    """This score, or None where it is not to be sent, or not now."""
    link = row.link
    member = scores_passed.students_of(session, link.context_id, [row.user_id]).get(row.user_id)
    if link.problem_set is None or member is None:
        row.next_try_at, row.reason = None, UNLINKED if link.problem_set is None else LEFT
        return None
    until = _held_until(session, row, link.problem_set, now=now)
    if until is not None:
        row.next_try_at, row.reason = until, HELD
        return None
    attempt = work.find_attempt(session, set_id=link.problem_set.id, user_id=row.user_id)
    row.busy_until, place = now + patience.lent, Place.of(link, link.problem_set)
    if place.is_found:
        row.stamp = next_stamp(row.stamp, now)
    return Delivery(
        score_id=row.id,
        counted=row.wanted,
        place=place,
        subject=member.subject,
        share=row.share,
        started_at=row.started_at,
        submitted_at=row.submitted_at,
        is_finished=attempt is not None and attempt.finished_at is not None,
        stamp=row.stamp if place.is_found else None,
        send_until=now + patience.lent / 2,
        lent_until=row.busy_until,
    )


def _held_until(session: Session, row: ScorePassed, problem_set: ProblemSet, *, now: datetime) -> datetime | None:
    """Until when a score waits that its student may not see yet; None where it may be passed."""
    if problem_set.feedback == "immediately":
        return None
    extension = work.find_extension(session, set_id=problem_set.id, user_id=row.user_id)
    window = window_of(problem_set, time_factor=WHOLE, extension=extension, attempt=None)
    if window.over_after is None:
        return now + LONGEST_HELD
    return None if now > window.over_after else min(window.over_after + INSTANT, now + LONGEST_HELD)


def stamp_again(session: Session, delivery: Delivery, not_before: datetime, *, now: datetime) -> datetime:
    """Another stamp for a score that is lent; raises NotReached where it was lent too long ago to be sent safely."""
    row = scores_passed.lock_score(session, delivery.score_id)
    if row is None or row.busy_until != delivery.lent_until or now > delivery.send_until:
        raise NotReached(TOO_LATE)
    row.stamp = next_stamp(row.stamp, not_before)
    session.flush()
    return row.stamp


def record(
    session: Session, delivery: Delivery, outcome: Outcome, *, now: datetime, patience: Patience, chance: float
) -> None:
    """Keep what became of a score that was lent; nothing where it has been lent to somebody else since."""
    row = scores_passed.lock_score(session, delivery.score_id)
    if row is None or row.busy_until != delivery.lent_until:
        return
    row.busy_until = None
    newest, answer = row.wanted == delivery.counted, outcome.answer
    if answer.kind == "taken":
        row.sent, row.sent_share, row.sent_at = delivery.counted, delivery.share, now
        row.next_try_at, row.tries, row.reason = None if newest else now, 0, ""
        return
    row.tries += 1
    row.reason = answer.words[:LONGEST_REASON]
    if not newest:
        row.next_try_at = now
    elif answer.kind in ("refused", "gone") or now - row.wanted_at > patience.gives_up:
        row.next_try_at, row.failed_at = None, now
    else:
        row.next_try_at = now + max(patience.pause(row.tries, chance), answer.wait or timedelta(0))
    session.flush()


def take_column(session: Session, delivery: Delivery, *, now: datetime, patience: Patience) -> Column | None:
    """The column where somebody has found it meanwhile; None: it is to be found, and nobody else is let find it.

    Raises NotReached where somebody else is at it.
    """
    link = _locked_link(session, delivery)
    if link.line_item_url is not None and link.line_item_maximum is not None:
        return Column(link.line_item_url, link.line_item_maximum)
    if link.column_busy_until is not None and link.column_busy_until > now:
        message = "The column of the gradebook is being looked for."
        raise NotReached(message)
    link.column_busy_until = now + patience.lent
    session.flush()
    return None


def keep_column(session: Session, delivery: Delivery, column: Column | None) -> None:
    """Keep the column that was found, or let others look for it."""
    link = _locked_link(session, delivery)
    link.column_busy_until = None
    if column is not None:
        link.line_item_url, link.line_item_maximum = column.url, column.maximum
    session.flush()


def forget_column(session: Session, delivery: Delivery, column: Column) -> None:
    """The column is not there; another one that was found meanwhile stays."""
    link = _locked_link(session, delivery)
    if link.line_item_url == column.url:
        link.line_item_url = link.line_item_maximum = None
    session.flush()


def _locked_link(session: Session, delivery: Delivery) -> ResourceLink:
    return scores_passed.lock_link(session, delivery.place.link_id)
