"""Is everything there that the service needs?"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

import problems
from quizsvc.errors import NotReady
from quizsvc.store import migrate, queue
from quizsvc.store.database import make_engine, reading

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from quizsvc.config import Settings

LEAST_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `message` says what was found and, where it is not right, what to do."""

    name: str
    ok: bool
    message: str


def readiness(engine: Engine) -> list[Check]:
    """Whether requests can be served: the database answers, and has the schema of this code."""
    try:
        found, wanted = migrate.current(engine), migrate.head()
        has_queue = queue.is_migrated(engine)
    except SQLAlchemyError as error:
        return [Check("database", ok=False, message=f"The database cannot be reached: {reason_of(error)}")]
    database = Check("database", ok=True, message=f"{engine.dialect.name} answers.")
    if found == wanted and has_queue:
        return [database, Check("migrations", ok=True, message=f"The schema is {found}.")]
    if found is not None and not migrate.is_known(found):
        message = migrate.TOO_NEW.format(found=found, wanted=wanted)
    elif found == wanted:
        message = "The tables of the queue are older than this code: run manage.py db upgrade."
    else:
        message = f"The schema is {found or 'not there'}, this code needs {wanted}: run manage.py db upgrade."
    return [database, Check("migrations", ok=False, message=message)]


def require_ready(engine: Engine) -> None:
    """Raises NotReady where requests cannot be served."""
    for check in readiness(engine):
        if not check.ok:
            raise NotReady(check.message)


def doctor(settings: Settings) -> list[Check]:
    """Everything that can be looked at from here."""
    checks = [
        Check("python", sys.version_info >= LEAST_PYTHON, f"Python {sys.version.split()[0]}; 3.11 is needed."),
        _families(),
    ]
    engine = make_engine(settings.database_url)
    try:
        checks += readiness(engine)
        if engine.dialect.name == "sqlite" and checks[-1].ok:
            checks.append(_intact(engine))
    finally:
        engine.dispose()
    return checks


def _families() -> Check:
    """Whether every family can be drawn."""
    slugs = [family.slug for family in problems.families()]
    failed = []
    for slug in slugs:
        try:
            problems.draw(slug, seed=0)
        except problems.ProblemError as error:
            failed.append(f"{slug}: {error.message}")
    return Check("families", not failed, " ".join(failed) or f"{len(slugs)} families, each draws a fair problem.")


def _intact(engine: Engine) -> Check:
    with reading(engine) as session:
        found = str(session.execute(text("PRAGMA quick_check")).scalar())
    return Check("integrity", found == "ok", "The database file is intact." if found == "ok" else found)


def reason_of(error: SQLAlchemyError) -> str:
    """The driver's first line, without the address, which may hold a password."""
    return str(getattr(error, "orig", error)).strip().splitlines()[0]
