"""The queue of jobs (DBOS), kept in the database itself: a job is there if, and only if, its transaction was kept.

DBOS takes a while to load and some memory, so it is loaded where the first job is queued, and not before.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect, text
from sqlalchemy.engine import make_url

from quizsvc.store.database import make_engine, reading

if TYPE_CHECKING:
    from datetime import datetime

    from dbos import DBOSClient, WorkflowHandle
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

QUEUE = "couriers"
JOB = "run_courier"
VERSION = "1"
"""Jobs wait for workers of this version: it is raised where a job that waits could not be done by newer code."""

SCHEMA = "dbos"
TABLES_VERSION = 125
"""The newest schema of DBOS's own tables that the locked version of it brings."""

AT_ONCE = 1_000
OVER = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


def address_for_dbos(url: str) -> str:
    """The address of the database as DBOS wants it."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return url
    return address.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def migrate(url: str) -> None:
    """Make DBOS's tables, or bring them to the schema that this code needs, unless they have it."""
    engine = make_engine(url)
    try:
        if is_migrated(engine):
            return
    finally:
        engine.dispose()
    from dbos import DBOS  # noqa: PLC0415 - see above

    quiet()
    DBOS.migrate(address_for_dbos(url), schema=SCHEMA)


def is_migrated(engine: Engine) -> bool:
    """Whether DBOS's tables are those that this code needs."""
    return _tables_version(engine) >= TABLES_VERSION


def _tables_version(engine: Engine) -> int:
    """The schema that DBOS's tables have; 0 where there are none."""
    schema = None if engine.dialect.name == "sqlite" else SCHEMA
    with reading(engine) as session:
        if not inspect(session.connection()).has_table("dbos_migrations", schema=schema):
            return 0
        prefix = "" if schema is None else f"{schema}."
        return session.scalar(text(f"SELECT max(version) FROM {prefix}dbos_migrations")) or 0  # noqa: S608 - our own name


def quiet() -> None:
    """Have DBOS tell what goes wrong, on the way of all other messages, and nothing else."""
    logger = logging.getLogger("dbos")
    logger.setLevel(logging.WARNING)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())  # it would add one of its own


def load() -> None:
    """Load DBOS now rather than with the first job."""
    import_module("dbos")


def enqueue(session: Session, destination: str) -> str:
    """A courier for the destination, once the transaction is kept; the id of its job."""
    handle: WorkflowHandle[None] = _client(_engine_of(session)).enqueue_in_transaction(
        session, {"workflow_name": JOB, "queue_name": QUEUE, "app_version": VERSION}, destination
    )
    return handle.get_workflow_id()


def revive(engine: Engine, job_id: str) -> bool:
    """Let another worker do the job of one that died; False where there is nothing to do any more."""
    client = _client(engine)
    known = client.list_workflows(workflow_ids=[job_id], load_input=False, load_output=False)
    if not known or known[0].status in OVER:
        return False
    client.resume_workflow(job_id, queue_name=QUEUE)
    return True


def forget_finished(engine: Engine, before: datetime) -> int:
    """Remove what is kept of jobs that were over by then; how many."""
    client, count = _client(engine), 0
    while over := client.list_workflows(
        name=JOB,
        status=list(OVER),
        completed_before=before.isoformat(),
        limit=AT_ONCE,
        load_input=False,
        load_output=False,
    ):
        client.delete_workflows([one.workflow_id for one in over])
        count += len(over)
    return count


def _engine_of(session: Session) -> Engine:
    bound: Any = session.get_bind()
    engine: Engine = bound.engine
    return engine


def _client(engine: Engine) -> DBOSClient:
    from dbos import DBOSClient  # noqa: PLC0415 - see above

    quiet()
    return DBOSClient(system_database_engine=engine, dbos_system_schema=SCHEMA, lazy=True)
