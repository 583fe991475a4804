"""Bring a database to the schema that this code needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from quizsvc.errors import NotReady
from quizsvc.store import queue
from quizsvc.store.database import make_engine, reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
TOO_NEW = "The schema is {found}, which is newer than this code, which needs {wanted}: update the code."
LOCK = 7_106_221
"""Of several processes that migrate one PostgreSQL, all but one wait. The number is arbitrary, and ours."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The revision that this code needs."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        message = f"There are no migrations in {MIGRATIONS}."
        raise LookupError(message)
    return revision


def current(engine: Engine) -> str | None:
    """The revision that the database has; None where it is empty."""
    with reading(engine) as session:
        return MigrationContext.configure(session.connection()).get_current_revision()


def is_known(revision: str) -> bool:
    """Whether this code has that revision; one that it does not have was made by newer code."""
    return any(script.revision == revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def is_current(engine: Engine) -> bool:
    """Whether this code and this database fit."""
    return current(engine) == head()


def upgrade(url: str) -> None:
    """Migrate to the newest schema in one transaction: whatever stops it, the old one or the new one is there.

    The tables of the queue come first, so that a database that is current has them. Raises NotReady where the schema is
    newer than this code.
    """
    queue.migrate(url)
    _run(url, command.upgrade, "head")


def downgrade(url: str, revision: str) -> None:
    """Go back to that revision; "base" is before the first. The tables of the queue stay."""
    _run(url, command.downgrade, revision)


def _run(url: str, direction: Callable[[Config, str], None], revision: str) -> None:
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            found = MigrationContext.configure(connection).get_current_revision()
            if found is not None and not is_known(found):
                raise NotReady(TOO_NEW.format(found=found, wanted=head()))
            direction(_config(connection), revision)
    finally:
        engine.dispose()
