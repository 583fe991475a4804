"""Sessions for commands: settings from the environment, and a database that is ready or a sentence why it is not."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError

from quizsvc.config import read_settings
from quizsvc.errors import NotReady
from quizsvc.services.health import reason_of, require_ready
from quizsvc.store import database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

SEED_BITS = 128


def utc_now() -> datetime:
    """What the clock says."""
    return datetime.now(UTC)


def new_seed() -> int:
    """A seed that nobody can guess."""
    return secrets.randbits(SEED_BITS)


@contextmanager
def usable_database() -> Iterator[str]:
    """The address of the database; raises NotReady where it turns out in the block that it cannot be used."""
    try:
        yield read_settings().database_url
    except DBAPIError as error:
        # Not reachable, locked, read-only, damaged, or no database at all; what breaks a rule of ours is another thing.
        if type(error) not in (DatabaseError, InterfaceError, OperationalError):
            raise
        message = f"The database cannot be used: {reason_of(error)}."
        raise NotReady(message) from None


@contextmanager
def ready_engine() -> Iterator[Engine]:
    """The database; raises NotReady where it cannot be used."""
    with usable_database() as url:
        engine = database.make_engine(url)
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
