"""Removing what is kept for a while only: answers to requests that may come twice, and counts of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quizsvc.services.repeating import forget_old
from quizsvc.store.database import transaction

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine


def forget(engine: Engine, *, now: datetime) -> None:
    """Remove what is kept no longer."""
    with transaction(engine) as session:
        forget_old(session, now=now)
