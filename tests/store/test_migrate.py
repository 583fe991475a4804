"""The schema: migrations lead to the models and back, and the database itself keeps what was submitted."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from quizsvc.services import attempts, submitting
from quizsvc.store import migrate
from quizsvc.store.database import make_engine, reading, transaction
from quizsvc.store.models import Base, User

NOW = datetime(2026, 11, 3, 18, tzinfo=UTC)


@pytest.fixture
def submitted(classroom):
    """The score of the one submission there is."""
    now = classroom.now
    with transaction(classroom.engine) as session:
        issued = attempts.open_problem(session, user_id=classroom.ada, item_id=classroom.items[0], now=now, seed=1)
        command = submitting.SubmitSteps(classroom.ada, issued.id, {"z1": "0.5"})
        return str(submitting.submit_steps(session, command, now=now).score)


def test_migrations_lead_to_exactly_the_models(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_migrated_database_is_current_and_an_empty_one_is_not(engine, tmp_path):
    assert migrate.is_current(engine)
    empty = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert not migrate.is_current(empty)
    assert migrate.current(empty) is None
    empty.dispose()


def test_down_to_nothing_and_up_again(database_url):
    migrate.downgrade(database_url, "base")
    engine = make_engine(database_url)
    assert set(sa.inspect(engine).get_table_names()) == {"alembic_version"}
    migrate.upgrade(database_url)
    assert migrate.is_current(engine)
    engine.dispose()


def test_several_processes_that_migrate_at_once_make_one_schema(request, tmp_path):
    urls = [f"sqlite:///{tmp_path / 'fresh.sqlite3'}"]
    with request.getfixturevalue("new_database")() as url:
        for fresh in [*urls, url]:
            migrations = [
                multiprocessing.get_context("spawn").Process(target=migrate.upgrade, args=(fresh,)) for _ in range(3)
            ]
            for process in migrations:
                process.start()
            for process in migrations:
                process.join(60)
            assert [process.exitcode for process in migrations] == [0, 0, 0]


@pytest.mark.parametrize("statement", ["UPDATE submissions SET score = '1'", "DELETE FROM submissions"])
def test_the_database_refuses_to_touch_what_was_submitted(engine, submitted, statement):
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(sa.text(statement))
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT score FROM submissions")).scalars().all() == [submitted]


def test_a_failing_block_leaves_nothing_behind(engine):
    def fail():
        with transaction(engine) as session:
            session.add(User(email="a@example.org", name="A", created_at=NOW))
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with reading(engine) as session:
        assert session.scalars(sa.select(User)).all() == []


def test_times_come_back_aware_and_a_naive_one_is_refused(engine):
    east = datetime(2026, 11, 3, 20, tzinfo=timezone(timedelta(hours=2)))
    with transaction(engine) as session:
        session.add(User(email="a@example.org", name="A", created_at=east))
    with reading(engine) as session:
        assert session.scalars(sa.select(User.created_at)).one().isoformat() == "2026-11-03T18:00:00+00:00"
        with pytest.raises(sa.exc.StatementError, match="no time zone"):
            session.scalars(sa.select(User).where(User.created_at == datetime(2026, 11, 3))).all()  # noqa: DTZ001 - what is refused


def test_reading_changes_nothing_on_postgresql(postgresql_url):
    engine = make_engine(postgresql_url)
    with reading(engine) as session, pytest.raises(sa.exc.InternalError, match="read-only"):
        session.execute(sa.text("DELETE FROM users"))
    engine.dispose()


def test_sqlite_loses_no_commit_in_a_power_cut(sqlite_url):
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    engine.dispose()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_an_error_of_the_database_does_not_tell_what_was_typed(engine):
    with pytest.raises(sa.exc.DBAPIError) as failed, transaction(engine) as session:
        session.execute(sa.text("INSERT INTO nowhere VALUES (:typed)"), {"typed": "my own words"})
    assert "my own words" not in str(failed.value)
