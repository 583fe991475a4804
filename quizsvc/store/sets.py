"""Which problem sets there are. `get_` raises NotFound, `find_` may return None."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import joinedload, selectinload

from quizsvc.errors import NotFound
from quizsvc.store.columns import can_be_stored
from quizsvc.store.models import Attempt, Item, ProblemSet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

NO_SET = "There is no such problem set, or it is not for you."


def get_set(session: Session, set_id: int, *, lock: Literal["no", "share", "alone"] = "no") -> ProblemSet:
    """The set of that id, with its course and items.

    Locked to share, it stays as it is until the end; alone, nobody else can work on it so long. Who locks a set does
    that before anything else.
    """
    query = select(ProblemSet).where(ProblemSet.id == set_id)
    query = query.options(joinedload(ProblemSet.course), selectinload(ProblemSet.all_items))
    if lock != "no":
        query = query.with_for_update(read=lock == "share", of=ProblemSet)
        query = query.execution_options(populate_existing=True)
    problem_set = session.scalars(query).one_or_none()
    if problem_set is None:
        raise NotFound(NO_SET)
    return problem_set


def find_set(session: Session, *, course_id: int, slug: str) -> ProblemSet | None:
    """The set of that slug in a course."""
    if not can_be_stored(slug):
        return None
    query = select(ProblemSet).where(ProblemSet.course_id == course_id, ProblemSet.slug == slug)
    return session.scalars(query.options(selectinload(ProblemSet.all_items))).one_or_none()


def sets_of(session: Session, course_id: int, *, published: bool = False) -> Sequence[ProblemSet]:
    """The sets of a course in the order they were made, with their items; on demand only what students may see."""
    query = select(ProblemSet).where(ProblemSet.course_id == course_id).order_by(ProblemSet.id)
    if published:
        query = query.where(ProblemSet.published_at.is_not(None))
    return session.scalars(query.options(selectinload(ProblemSet.all_items))).all()


def sets_that_end(session: Session, now: datetime) -> Sequence[ProblemSet]:
    """The sets in which somebody's time may be up by now and an attempt has not ended."""
    query = select(ProblemSet).where(
        or_(ProblemSet.due <= now, ProblemSet.closed_at <= now, ProblemSet.time_limit_minutes.is_not(None)),
        exists().where(Attempt.set_id == ProblemSet.id, Attempt.finished_at.is_(None)),
    )
    return session.scalars(query.order_by(ProblemSet.id)).all()


def get_item(session: Session, item_id: int) -> Item:
    """The item of that id, with its set and course."""
    item = session.get(Item, item_id, options=[joinedload(Item.problem_set).joinedload(ProblemSet.course)])
    if item is None:
        message = "There is no such problem, or it is not for you."
        raise NotFound(message)
    return item
