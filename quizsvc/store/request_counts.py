"""How often something was asked, counted exactly over all processes: one statement, which the database makes atomic."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import case, delete

from quizsvc.store.api_models import RequestCount
from quizsvc.store.database import insert_into

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session


class Counted(NamedTuple):
    """How many there were in this window of time, this one included, and when it ends, in milliseconds since 1970."""

    times: int
    ends: int


def milliseconds(when: datetime) -> int:
    """Since 1970."""
    return round(when.timestamp() * 1000)


def count_request(session: Session, key: str, *, window: timedelta, now: datetime) -> Counted:
    """Count one more; where the last window is over, this one opens the next."""
    moment = milliseconds(now)
    insert = insert_into(session, RequestCount).values(key=key, count=1, ends=milliseconds(now + window))
    is_over = RequestCount.ends <= moment
    query = insert.on_conflict_do_update(
        index_elements=[RequestCount.key],
        set_={
            "count": case((is_over, 1), else_=RequestCount.count + 1),
            "ends": case((is_over, insert.excluded.ends), else_=RequestCount.ends),
        },
    )
    return Counted._make(session.execute(query.returning(RequestCount.count, RequestCount.ends)).one())


def forget_counts(session: Session, *, now: datetime) -> None:
    """Remove the counts of windows that are over."""
    session.execute(delete(RequestCount).where(RequestCount.ends <= milliseconds(now)))
