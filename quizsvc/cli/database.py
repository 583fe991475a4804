"""Sessions for commands: settings from the environment, and a database that is ready or a sentence why it is not."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from quizsvc.config import read_settings
from quizsvc.services.health import require_ready
from quizsvc.store import database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session


def utc_now() -> datetime:
    """What the clock says."""
    return datetime.now(UTC)


@contextmanager
def ready_engine() -> Iterator[Engine]:
    """The database; raises NotReady where it cannot be used."""
    engine = database.make_engine(read_settings().database_url)
    try:
        require_ready(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def transaction() -> Iterator[Session]:
    """A session whose changes are kept together at the end of the block, or not at all."""
    with ready_engine() as engine, database.transaction(engine) as session:
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """A session that only reads."""
    with ready_engine() as engine, database.reading(engine) as session:
        yield session
