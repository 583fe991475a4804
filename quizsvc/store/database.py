"""Connections: one engine per process, a transaction that writes, and one that only reads."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from quizsvc.errors import NotReady

if TYPE_CHECKING:
    from collections.abc import Iterator
    from sqlite3 import Connection as SqliteConnection

    from sqlalchemy.orm import DeclarativeBase
    from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 30
"""How long one who wants to write waits for the others, and how long for a free connection."""

READ_ONLY = "quiz_read_only"
TOKEN_ID = "quiz_token_id"  # noqa: S105 - where a session keeps the number of a token

# Errors go into the log, and parameters are what people typed.
ENGINE_OPTIONS: dict[str, Any] = {"pool_timeout": BUSY_SECONDS, "pool_size": 10, "hide_parameters": True}


def make_engine(url: str) -> Engine:
    """An engine for a SQLite file (write-ahead log, every commit on the disk) or PostgreSQL.

    Raises NotReady where the file's folder cannot be made.
    """
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        engine = create_engine(address.set(drivername="postgresql+psycopg"), pool_pre_ping=True, **ENGINE_OPTIONS)
        event.listen(engine, "begin", _begin_on_postgresql)
        return engine
    folder = Path(str(address.database)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"The folder of the database, {folder}, cannot be made: {error.strerror}."
        raise NotReady(message) from None
    engine = create_engine(address, **ENGINE_OPTIONS)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_on_sqlite)
    return engine


def _prepare_sqlite(connection: SqliteConnection, _entry: ConnectionPoolEntry) -> None:
    """A power cut loses no commit, keys are kept, and who must wait does."""
    connection.isolation_level = None  # the driver begins nothing by itself: see _begin_on_sqlite
    for pragma in (
        f"busy_timeout = {BUSY_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_on_sqlite(connection: Connection) -> None:
    """Who will write takes the lock at once: taken later, it could come too late and lose an update."""
    reads = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _begin_on_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get(READ_ONLY, False):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


@contextmanager
def transaction(engine: Engine, *, token_id: int | None = None) -> Iterator[Session]:
    """A session whose changes are kept together at the end of the block, or not at all.

    Where a program makes them, `token_id` says by which token: the audit log tells it of all that is done here.
    """
    with Session(engine, expire_on_commit=False, info={TOKEN_ID: token_id}) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that sees one state of the database and changes nothing."""
    with Session(engine.execution_options(**{READ_ONLY: True}), autoflush=False) as session:
        yield session


def insert_into(session: Session, table: type[DeclarativeBase]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say what happens where the row is there already, in the database's own words."""
    return (sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert)(table)
