"""The audit log of a course: everything that ever decided a mark, in order, each entry sealing all before it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, Literal

from quizsvc.services.outbox import after_events
from quizsvc.store import audit
from quizsvc.store.database import TOKEN_ID
from quizsvc.store.models import AuditEntry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

Kind = Literal[
    "course-graded-by",
    "published",
    "graded-by",
    "started",
    "submitted",
    "rejudged",
    "adjusted",
    "extended",
    "time-factor",
    "finished",
    "reopened",
    "closed",
    "erased",
]

BEGINNING = "0" * 64
"""What stands for the entry before the first."""


def digest_of(entry: AuditEntry) -> str:
    """SHA-256, in hexadecimal, of the entry's fields, one a line, with the digest of the one before it on top.

    The fields are: digest before, course, number, time in UTC to the microsecond, actor, kind, set, person, body; empty
    where there is none. The body is last, so that no line break in it can be taken for the end of a field.
    """
    when = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    fields = (entry.previous, entry.course_id, entry.number, when, entry.actor_id, entry.kind, entry.set_id)
    lines = ["" if field is None else str(field) for field in (*fields, entry.user_id, entry.body)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Event:
    """What happened: in which course and set, to whose marks, and by whom (None: the command line, or the clock)."""

    course_id: int
    kind: Kind
    body: Mapping[str, Any]
    set_id: int | None = None
    user_id: int | None = None
    actor_id: int | None = None


def record(session: Session, event: Event, *, now: datetime) -> AuditEntry:
    """Add an entry to the log of a course; until the transaction ends, nobody else adds one there.

    So this comes last in a transaction, after all other locks.
    """
    [entry] = record_all(session, [event], now=now)
    return entry


def record_all(session: Session, events: Sequence[Event], *, now: datetime) -> list[AuditEntry]:
    """Add entries, all of one course, in this order; whoever is told what changes there will be.

    What a program does, for whomever, has in its body the number of the token that it did it by.
    """
    if not events:
        return []
    token_id = session.info.get(TOKEN_ID)
    by_program = {} if token_id is None else {"token": token_id}
    head, added = audit.lock_head(session, events[0].course_id), list[AuditEntry]()
    for event in events:
        entry = AuditEntry(
            course_id=event.course_id,
            number=1 if head is None else head.number + 1,
            at=now,
            actor_id=event.actor_id,
            kind=event.kind,
            set_id=event.set_id,
            user_id=event.user_id,
            body=json.dumps({**event.body, **by_program}, sort_keys=True, ensure_ascii=False, separators=(",", ":")),
            previous=BEGINNING if head is None else head.digest,
        )
        entry.digest = digest_of(entry)
        added.append(entry)
        head = entry
    session.add_all(added)
    session.flush()
    after_events(session, events, now=now)
    return added
