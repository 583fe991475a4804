"""What several launches may miss at the same time is made by one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import select

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

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
