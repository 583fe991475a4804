"""The queue: its tables come with ours, and a job is there if its transaction was kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from dbos._migration import get_dbos_migrations, sqlite_migrations
from sqlalchemy import text

from quizsvc.errors import NotReady
from quizsvc.services import health
from quizsvc.store import queue
from quizsvc.store.database import reading, transaction


def jobs(engine):
    """The jobs that wait."""
    table = "workflow_status" if engine.dialect.name == "sqlite" else "dbos.workflow_status"
    with reading(engine) as session:
        return session.execute(text(f"SELECT workflow_uuid, status FROM {table}")).all()  # noqa: S608 - one of two names


def test_the_tables_are_those_that_the_locked_version_of_dbos_wants():
    assert len(sqlite_migrations) == queue.TABLES_VERSION
    assert len(get_dbos_migrations(queue.SCHEMA, use_listen_notify=True)) == queue.TABLES_VERSION


def test_a_job_is_kept_with_its_transaction_or_not_at_all(engine):
    def fail():
        with transaction(engine) as session:
            queue.enqueue(session, "platform:1")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert jobs(engine) == []
    with transaction(engine) as session:
        job_id = queue.enqueue(session, "platform:1")
    assert jobs(engine) == [(job_id, "ENQUEUED")]


def test_only_a_job_that_is_there_and_not_over_is_revived(engine):
    with transaction(engine) as session:
        job_id = queue.enqueue(session, "platform:1")
    assert queue.revive(engine, job_id)
    assert not queue.revive(engine, "nobody")


def test_what_is_over_is_forgotten(engine):
    with transaction(engine) as session:
        first, second = queue.enqueue(session, "platform:1"), queue.enqueue(session, "platform:2")
    table = "workflow_status" if engine.dialect.name == "sqlite" else "dbos.workflow_status"
    with transaction(engine) as session:
        over = f"UPDATE {table} SET status = 'SUCCESS', completed_at = 1000 WHERE workflow_uuid = :job"  # noqa: S608 - as above
        session.execute(text(over), {"job": first})
    assert queue.forget_finished(engine, datetime.now(UTC) - timedelta(days=1)) == 1
    assert jobs(engine) == [(second, "ENQUEUED")]
    assert not queue.revive(engine, first)


def test_a_database_whose_tables_are_older_is_not_ready_until_it_is_migrated(engine):
    health.require_ready(engine)
    table = "dbos_migrations" if engine.dialect.name == "sqlite" else "dbos.dbos_migrations"
    with transaction(engine) as session:
        session.execute(text(f"UPDATE {table} SET version = version - 1"))  # noqa: S608 - one of two names
    with pytest.raises(NotReady, match="The tables of the queue are older"):
        health.require_ready(engine)
