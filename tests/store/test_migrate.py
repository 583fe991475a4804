"""The schema: migrations lead to the models and back, and the database itself keeps what was submitted."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from dbos._schemas.system_database import SystemSchema

from quizsvc.services import attempts, gradebook, ledger, set_files, sets, submitting
from quizsvc.store import api_models, lms_models, migrate  # noqa: F401 - tables of theirs belong to Base
from quizsvc.store.database import make_engine, reading, transaction
from quizsvc.store.models import Attempt, Base, User

NOW = datetime(2026, 11, 3, 18, tzinfo=UTC)


@pytest.fixture
def submitted(classroom):
    """The score of the one submission there is."""
    now = classroom.now
    with transaction(classroom.engine) as session:
        issued = attempts.open_problem(session, user_id=classroom.ada, item_id=classroom.items[0], now=now, seed=1)
        command = submitting.SubmitSteps(classroom.ada, issued.id, {"z1": "0.5"})
        return str(submitting.submit_steps(session, command, now=now).score)


def of_queue():
    """The tables that DBOS keeps its jobs in."""
    return {"dbos_migrations", *(table.name for table in SystemSchema.metadata_obj.tables.values())}


def test_migrations_lead_to_exactly_the_models(engine):
    with engine.connect() as connection:
        opts = {"compare_type": True, "include_name": lambda name, kind, _of: kind != "table" or name not in of_queue()}
        context = MigrationContext.configure(connection, opts=opts)
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
    assert set(sa.inspect(engine).get_table_names()) - of_queue() == {"alembic_version"}
    migrate.upgrade(database_url)
    assert migrate.is_current(engine)
    engine.dispose()


WORDS = ["'Quoted' \"words\": #1", "- {a: b} &x *y !z", "Žluťoučký ∂ 😀", "0x10", "null", "2026-11-27", "@`%|>"]
"""Titles that would be something else in a file if they were written there as they are."""
TEXT = "Two lines,\n\tthe second with a tab: # and no comment\n---\n\\n \u00e9"
GIVEN = {"w": [1e-05, 0.5], "x": 1e3}


def insert(connection, table, **columns):
    """One row, in the columns that the first schema had."""
    kinds = {datetime: sa.DateTime(timezone=True), dict: sa.JSON(), bool: sa.Boolean()}
    named = [sa.column(name, kinds.get(type(value))) for name, value in columns.items()]
    connection.execute(sa.insert(sa.table(table, *named)).values(columns))


def fill_courses(connection):
    """Courses whose sets are called as badly as can be, with work that was done in turn, as 0001 stored it."""
    insert(connection, "users", id=1, email="a@example.org", name="A", created_at=NOW)
    credit = {"imprecise_credit": "1/3", "mistake_credit": "3333/10000", "entries_credit": "all", "carried_credit": "0"}
    for number, word in enumerate(WORDS, 1):
        insert(connection, "courses", id=number, slug=f"c{number}", title=word, created_at=NOW)
        insert(connection, "memberships", id=number, user_id=1, course_id=number, role="student")
        times = {"opens": NOW, "due": NOW + timedelta(days=number, microseconds=7)} if number % 2 else {}
        insert(
            connection, "problem_sets", id=number, course_id=number, slug=f"s{number}", title=word, text=TEXT,
            feedback="immediately", new_variants=number % 3 == 0, created_at=NOW, **credit, **times,
        )  # fmt: skip
        for place in (1, 2, 3):
            stated = {"given": GIVEN} if place == 1 else {}
            insert(
                connection, "items", id=10 * number + place, set_id=number, position=place, title=word, points=place,
                family="vanishing-gradient", options={"decimals": 2} if stated else {"depth": "2..3"}, **stated,
            )  # fmt: skip
        insert(connection, "attempts", id=number, set_id=number, user_id=1, started_at=NOW)
        insert(
            connection, "issued_problems", id=number, attempt_id=number, item_id=10 * number + 1, variant=1,
            problem="{}", issued_at=NOW, family="vanishing-gradient", family_version=1,
        )  # fmt: skip
    for submission in range(1, 22):
        issued = submission % len(WORDS) + 1
        insert(
            connection, "submissions", issued_problem_id=issued, number=submission, answers={"z1": "é"}, grade={},
            score=f"{submission}/22", counted=submission != 20, family_version=1, grader_version=1,
            arrived_at=NOW + timedelta(microseconds=submission),
        )  # fmt: skip


def test_sets_of_the_first_schema_get_files_that_say_the_same_and_logs_that_are_whole(
    database_url,
):
    migrate.downgrade(database_url, "0001")
    engine = make_engine(database_url)
    with engine.begin() as connection:
        fill_courses(connection)
    migrate.upgrade(database_url)
    with reading(engine) as session:
        for number, one in enumerate(sets.list_sets(session), 1):
            spec = set_files.read_set(sets.source_of(one))
            assert (spec.title, spec.slug, spec.text) == (
                " ".join(WORDS[number - 1].split()),
                f"s{number}",
                TEXT.strip(),
            )
            assert {name: getattr(spec, name) for name in sets.AT_ONCE if name not in ("text", "title")} == {
                name: getattr(one, name) for name in sets.AT_ONCE if name not in ("text", "title")
            }
            assert [(item.key, item.points, item.given, item.options) for item in spec.items] == [
                (item.key, item.points, item.given, item.options) for item in one.items
            ]
            assert not sets.needs_regrade(one, spec)
        found = [ledger.verify_course(session, f"c{number}") for number in range(1, len(WORDS) + 1)]
        assert [one.faults for one in found] == [()] * len(WORDS)
        assert {one.entries for one in found} == {1 + 1 + 3}
        scores = {
            row.mark.share for one in sets.list_sets(session) for row in gradebook.gradebook_of(session, one).rows
        }
        assert scores == {Fraction(best, 22) / 6 for best in (15, 16, 17, 18, 19, 21, 13)}
        kept = session.scalars(sa.select(Attempt.item_ids).order_by(Attempt.id)).all()
        assert kept == [[10 * number + place for place in (1, 2, 3)] for number in range(1, len(WORDS) + 1)]
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
