"""A platform's gradebook column compared with our marks: what got lost is sent again, what was changed there is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quizsvc.services.lms.passing import want, want_scores
from quizsvc.services.outbox import platform_destination, send_courier
from quizsvc.services.standings import standings_at
from quizsvc.store import scores_passed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.lms.results import Result
    from quizsvc.store.lms_models import ResourceLink, ScorePassed


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many scores are the same there, are sent anew, or were changed there and stay so until somebody decides."""

    same: int
    sent_again: int
    changed_there: int


def compare(session: Session, link: ResourceLink, results: Mapping[str, Result], *, now: datetime) -> Comparison:
    """Have the platform get what it lacks; `results` are what it has, by its ids of people.

    Whoever changed a score there after ours had come meant it: that is noted, and left. What is older than ours, or not
    there at all, got lost.
    """
    news = 0
    if link.problem_set is not None:
        news = want_scores(session, link, standings_at(session, link.problem_set), now=now)
    same = again = changed = 0
    rows = [row for row in scores_passed.scores_of_link(session, link.id) if _is_settled(row)]
    members = scores_passed.students_of(session, link.context_id, (row.user_id for row in rows))
    for row in rows:
        result = results.get(members[row.user_id].subject) if row.user_id in members else None
        if row.user_id not in members or (result is not None and result.says(row.share)):
            row.reason = ""
            same += 1
        elif result is not None and _is_newer(result, row):
            row.reason = changed_words(result)
            changed += 1
        else:
            want(row, row.share, now=now)
            again += 1
    link.reconciled_at = now
    session.flush()
    if news or again:
        send_courier(session, platform_destination(link.context.platform_id), now=now)
    return Comparison(same, news + again, changed)


def _is_settled(row: ScorePassed) -> bool:
    """Whether the platform has taken what it is to have, so that it should be there."""
    return row.sent == row.wanted and row.next_try_at is None and row.failed_at is None


def _is_newer(result: Result, row: ScorePassed) -> bool:
    return result.at is not None and row.stamp is not None and result.at > row.stamp


def changed_words(result: Result) -> str:
    """What a person is told of a score that is another on the platform."""
    since = "" if result.at is None else f" since {result.at:%d %b %Y, %H:%M} UTC"
    return f"The platform has {float(100 * result.share):.1f} %{since}: it was changed there."
