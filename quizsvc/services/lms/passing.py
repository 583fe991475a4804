"""Which scores platforms are to get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quizsvc.store import scores_passed
from quizsvc.store.lms_models import ScorePassed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from fractions import Fraction

    from sqlalchemy.orm import Session

    from quizsvc.services.standings import Standing
    from quizsvc.store.lms_models import ResourceLink


def takes_scores(link: ResourceLink) -> bool:
    """Whether the platform has a column for the link, or may let us make one."""
    return link.line_item_url is not None or link.context.line_items_url is not None


def want_scores(session: Session, link: ResourceLink, standings: Iterable[Standing], *, now: datetime) -> int:
    """Have the platform get what these students have, where that is news to it; of how many that is so.

    Only of those whom the platform has as students, and never nothing: where there was no work there is no score,
    unless there was one before.
    """
    if not takes_scores(link):
        return 0
    by_user = {one.user_id: one for one in standings}
    members = scores_passed.students_of(session, link.context_id, by_user)
    known = scores_passed.scores_at(session, link.id, members)
    count = 0
    for user_id in members:
        standing, row = by_user[user_id], known.get(user_id)
        if standing.share is None or (row is None and not standing.counts):
            continue
        if row is None:
            row = ScorePassed(link_id=link.id, user_id=user_id, wanted=0)
            session.add(row)
        elif row.share == standing.share and not _is_stranded(row):
            continue
        want(row, standing.share, now=now)
        row.started_at, row.submitted_at = standing.started_at, standing.submitted_at
        count += 1
    session.flush()
    return count


def _is_stranded(row: ScorePassed) -> bool:
    """Whether it neither was taken, nor waits, nor failed: its student had left the platform's course, and is back."""
    return row.sent < row.wanted and row.next_try_at is None and row.failed_at is None


def want(row: ScorePassed, share: Fraction, *, now: datetime) -> None:
    """Have the platform get this share as soon as it can be; what failed before does so no longer."""
    row.share, row.wanted, row.wanted_at = share, row.wanted + 1, now
    row.next_try_at, row.tries, row.failed_at, row.reason = now, 0, None, ""
