"""The audit log as it is stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from quizsvc.store.models import AuditEntry, Course

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

AT_ONCE = 1_000


def lock_head(session: Session, course_id: int) -> AuditEntry | None:
    """The newest entry of a course, after which nobody else adds one until the transaction ends."""
    session.execute(select(Course.id).where(Course.id == course_id).with_for_update(key_share=True))
    return newest(session, course_id)


def newest(session: Session, course_id: int) -> AuditEntry | None:
    """The newest entry of a course."""
    query = select(AuditEntry).where(AuditEntry.course_id == course_id).order_by(AuditEntry.number.desc()).limit(1)
    return session.scalars(query).one_or_none()


def newest_of_kind(session: Session, course_id: int, kind: str, set_id: int) -> AuditEntry | None:
    """The newest entry of that kind for a set."""
    query = select(AuditEntry).where(
        AuditEntry.course_id == course_id, AuditEntry.set_id == set_id, AuditEntry.kind == kind
    )
    return session.scalars(query.order_by(AuditEntry.number.desc()).limit(1)).one_or_none()


def body_of(entry: AuditEntry) -> dict[str, Any]:
    """What the entry says."""
    body: dict[str, Any] = json.loads(entry.body)
    return body


def entries(session: Session, course_id: int) -> Iterator[AuditEntry]:
    """All entries of a course, the oldest first, as they stand in the database now."""
    query = select(AuditEntry).where(AuditEntry.course_id == course_id).order_by(AuditEntry.number)
    yield from session.scalars(query.execution_options(yield_per=AT_ONCE, populate_existing=True))


def entries_of(session: Session, *, course_id: int, set_id: int, user_id: int) -> Iterator[AuditEntry]:
    """What concerns one student in one set, the oldest first."""
    query = select(AuditEntry).where(
        AuditEntry.course_id == course_id, AuditEntry.set_id == set_id, AuditEntry.user_id == user_id
    )
    yield from session.scalars(query.order_by(AuditEntry.number))
