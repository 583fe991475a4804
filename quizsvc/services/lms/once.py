"""What several may do at the same time is done by one of them: made where it is missing, or used up."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import select, update

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import InstrumentedAttribute, Session

    from quizsvc.store.models import Base

    Found = TypeVar("Found")


def once(session: Session, place: Base, find: Callable[[], Found | None], make: Callable[[], Found]) -> Found:
    """What is found or, where there is nothing, made; who wants to make something at the same place waits."""
    found = find()
    if found is None:
        lock(session, place)
        found = find() or make()
        session.flush()
    return found


def lock(session: Session, place: Base) -> None:
    """Let nobody else lock this row until the transaction ends; others may still refer to it."""
    kind = type(place)
    session.execute(select(kind.id).where(kind.id == place.id).with_for_update(key_share=True))


def use_up(session: Session, row: Base, mark: InstrumentedAttribute[datetime | None], *, now: datetime) -> bool:
    """Mark the row as used now, unless it was; of any number who try, one is told True."""
    kind = type(row)
    query = update(kind).where(kind.id == row.id, mark.is_(None)).values({mark: now})
    taken = session.execute(query, execution_options={"synchronize_session": False})
    return bool(taken.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it
