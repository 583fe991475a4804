"""Who is told what changes in a course, and who is on the way to them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - a named tuple looks its types up
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import contains_eager

from quizsvc.store.api_models import Courier, LogReader, Webhook, WebhookMessage
from quizsvc.store.database import insert_into
from quizsvc.store.lms_models import Context, Platform, ResourceLink, ScorePassed
from quizsvc.store.models import AuditEntry, Base, Course, ProblemSet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

MOST_ENTRIES = 5_000
"""So many entries of a log are read at once."""


def is_told(session: Session, course_id: int) -> bool:
    """Whether somebody is told what changes in the course: a learning platform, or the address of a webhook."""
    contexts = exists().where(Context.course_id == course_id)
    webhooks = exists().where(Webhook.course_id == course_id, Webhook.disabled_at.is_(None))
    return bool(session.scalar(select(or_(contexts, webhooks))))


def anybody_is_told(session: Session) -> bool:
    """Whether there is any learning platform or webhook."""
    return bool(session.scalar(select(or_(exists(select(Platform.id)), exists(select(Webhook.id))))))


def insert_unless_there(session: Session, table: type[Base], values: Mapping[str, Any]) -> None:
    """Add a row, unless one with its unique columns is there, or is being added by somebody else."""
    session.execute(insert_into(session, table).values(values).on_conflict_do_nothing())


def lock_courier(session: Session, destination: str) -> Courier:
    """Who brings what waits for the destination; until the transaction ends, nobody else adds anything for it."""
    query = select(Courier).where(Courier.destination == destination).with_for_update()
    query = query.execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is None:
        insert_unless_there(session, Courier, {"destination": destination, "tries": 0})
        found = session.scalars(query).one()
    return found


def silent_couriers(session: Session, since: datetime) -> Sequence[Courier]:
    """Those that are on the way and have given no sign of life since then."""
    query = select(Courier).where(Courier.job_id.is_not(None), Courier.seen_at < since)
    return session.scalars(query.order_by(Courier.id)).all()


def lock_reader(session: Session, course_id: int) -> LogReader:
    """How far the log of the course has been read; nobody else reads on until the transaction ends."""
    query = select(LogReader).where(LogReader.course_id == course_id).with_for_update()
    query = query.execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is None:
        insert_unless_there(session, LogReader, {"course_id": course_id, "number": 0})
        found = session.scalars(query).one()
    return found


def read_up_to(session: Session, course_id: int) -> int:
    """The number of the entry up to which the log of the course has been read."""
    return session.scalar(select(LogReader.number).where(LogReader.course_id == course_id)) or 0


class Entry(NamedTuple):
    """What is read of an entry of the log."""

    number: int
    at: datetime
    kind: str
    set_id: int | None
    user_id: int | None


def entries_after(session: Session, course_id: int, number: int) -> list[Entry]:
    """The entries of a log after that number, in their order; not more than are read at once."""
    columns = (AuditEntry.number, AuditEntry.at, AuditEntry.kind, AuditEntry.set_id, AuditEntry.user_id)
    query = select(*columns).where(AuditEntry.course_id == course_id, AuditEntry.number > number)
    return [Entry._make(row) for row in session.execute(query.order_by(AuditEntry.number).limit(MOST_ENTRIES))]


_IS_FRESH = and_(ResourceLink.set_id.is_not(None), ResourceLink.set_id.is_distinct_from(ResourceLink.noted_set_id))


def links_of_course(session: Session, course_id: int, *, fresh: bool = False) -> Sequence[ResourceLink]:
    """The links of learning platforms that lead to a set of the course, with their contexts, platforms and sets.

    A fresh one has not been looked through for marks that there were before it led to the set.
    """
    query = select(ResourceLink).join(ResourceLink.context).join(ResourceLink.problem_set)
    query = query.where(Context.course_id == course_id).options(
        contains_eager(ResourceLink.context).joinedload(Context.platform),
        contains_eager(ResourceLink.problem_set).selectinload(ProblemSet.all_items),
    )
    return session.scalars((query.where(_IS_FRESH) if fresh else query).order_by(ResourceLink.id)).all()


def courses_to_read(session: Session) -> Sequence[int]:
    """The courses where something has happened that those who are told have not been told."""
    contexts = select(Context.course_id)
    webhooks = select(Webhook.course_id).where(Webhook.disabled_at.is_(None))
    newest = select(func.max(AuditEntry.number)).where(AuditEntry.course_id == Course.id).scalar_subquery()
    read = select(LogReader.number).where(LogReader.course_id == Course.id).scalar_subquery()
    query = select(Course.id).where(or_(Course.id.in_(contexts), Course.id.in_(webhooks)))
    behind = query.where(newest > func.coalesce(read, 0))
    fresh = select(Context.course_id).join(ResourceLink, ResourceLink.context_id == Context.id).where(_IS_FRESH)
    return sorted({*session.scalars(behind), *session.scalars(fresh)})


def is_behind(session: Session, course_id: int, _now: datetime) -> bool:
    """Whether there is something in the log of the course that those who are told have not been told."""
    newest = session.scalar(select(func.max(AuditEntry.number)).where(AuditEntry.course_id == course_id)) or 0
    return newest > read_up_to(session, course_id) or bool(links_of_course(session, course_id, fresh=True))


def _is_due(table: type[ScorePassed | WebhookMessage], now: datetime) -> ColumnElement[bool]:
    return and_(table.next_try_at <= now, or_(table.busy_until.is_(None), table.busy_until <= now))


def platforms_to_tell(session: Session, now: datetime) -> Sequence[int]:
    """The platforms for which a score waits whose time has come."""
    query = select(Context.platform_id).distinct().join(ResourceLink, ResourceLink.context_id == Context.id)
    query = query.join(ScorePassed, ScorePassed.link_id == ResourceLink.id).join(Context.platform)
    query = query.where(_is_due(ScorePassed, now), Platform.disabled_at.is_(None))
    return session.scalars(query.order_by(Context.platform_id)).all()


def has_scores_waiting(session: Session, platform_id: int, now: datetime) -> bool:
    """Whether a score waits for the platform whose time has come."""
    return platform_id in platforms_to_tell(session, now)


def webhooks_to_tell(session: Session, now: datetime) -> Sequence[int]:
    """The webhooks for which a message waits whose time has come."""
    query = select(WebhookMessage.webhook_id).distinct().join(WebhookMessage.webhook)
    query = query.where(_is_due(WebhookMessage, now), Webhook.disabled_at.is_(None))
    return session.scalars(query.order_by(WebhookMessage.webhook_id)).all()


def has_messages_waiting(session: Session, webhook_id: int, now: datetime) -> bool:
    """Whether a message waits for the address whose time has come."""
    return webhook_id in webhooks_to_tell(session, now)
