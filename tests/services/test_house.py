"""The demo, health, settings, and sets as a whole."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

import problems
from quizsvc.config import Settings, kept_key, read_settings
from quizsvc.errors import Conflict, Invalid, NotFound, NotReady
from quizsvc.services import accounts, demo, health, results, set_files, sets
from quizsvc.store.database import make_engine, reading, transaction
from quizsvc.store.models import Course, User

NOW = datetime(2026, 11, 3, 18, tzinfo=UTC)


def test_the_demo_loads_once_and_its_people_can_log_in(engine):
    with transaction(engine) as session:
        assert demo.load_demo(session, now=NOW).created
    with transaction(engine) as session:
        again = demo.load_demo(session, now=NOW)
        assert not again.created
        assert session.scalar(select(func.count()).select_from(User)) == 4
        for account in again.accounts:
            accounts.authenticate(session, email=account.email, password=account.password)
        student = accounts.authenticate(session, email="ada@example.org", password=demo.PASSWORD)
        [card] = results.my_courses(session, user_id=student.id, now=NOW)
        assert [entry.items_total for entry in card.sets] == [15, 3]
        families = {item.family for entry in card.sets for item in entry.set.items}
        assert families == {family.slug for family in problems.families()}


def test_the_demo_leaves_a_course_of_others_alone(classroom):
    with transaction(classroom.engine) as session:
        assert demo.load_demo(session, now=NOW) == demo.DemoReport(created=False, accounts=())
        assert session.scalar(select(func.count()).select_from(Course)) == 1


def test_ready_or_what_to_do(engine, tmp_path):
    assert all(check.ok for check in health.readiness(engine))
    health.require_ready(engine)
    empty = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    with pytest.raises(NotReady, match=r"run manage\.py db upgrade"):
        health.require_ready(empty)
    empty.dispose()


def test_an_unreachable_database_is_told_without_its_password():
    engine = make_engine("postgresql://quiz:s3cret@127.0.0.1:1/quiz")
    [check] = health.readiness(engine)
    assert not check.ok
    assert "s3cret" not in check.message
    engine.dispose()


def test_the_doctor_looks_at_everything(database_url):
    checks = health.doctor(Settings(database_url=database_url))
    assert all(check.ok for check in checks), checks
    assert {"python", "families", "database", "migrations"} <= {check.name for check in checks}


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path):
    path = tmp_path / "var" / "secret-key"
    with ThreadPoolExecutor(8) as pool:
        keys = {key.get_secret_value() for key in pool.map(kept_key, [path] * 8)}
    assert len(keys) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "eighty", "valid integer"),
        ("PORT", "70000", "less than or equal to 65535"),
        ("DATABASE_URL", "mysql://x/y", "no address of a database"),
        ("DATABASE_URL", "nonsense", "no address of a database"),
        ("SECRET_KEY", "hunter2", "at least 32 characters"),
        ("LOG_LEVEL", "loud", "Input should be"),
    ],
)
def test_settings_that_cannot_be_used_are_named_and_secrets_are_not(monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)
    with pytest.raises(Invalid) as refused:
        read_settings()
    [detail] = refused.value.details
    assert (detail.where, said in detail.message) == (name, True)
    assert "hunter2" not in str(detail)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_known_by_all_its_names(scheme):
    settings = Settings(database_url=f"{scheme}://u:p@h/d", secret_key="k" * 32)
    assert settings.database_url == "postgresql+psycopg://u:p@h/d"


def test_sets_are_listed_looked_up_and_published_once(classroom):
    with transaction(classroom.engine) as session:
        [chains] = sets.list_sets(session)
        assert sets.get_set(session, course_slug="deep", set_slug="chains") is chains
        first = chains.published_at
        sets.publish_set(session, problem_set=chains, now=datetime(2027, 1, 1, tzinfo=UTC), seed=0)
        assert chains.published_at == first
        with pytest.raises(NotFound, match="its sets are chains"):
            sets.get_set(session, course_slug="deep", set_slug="chain")
        spec = set_files.read_set("title: Chains\nitems: [{family: dying-relu}]")
        with pytest.raises(Conflict, match="has a set chains already"):
            sets.create_set(session, course_slug="deep", spec=spec, now=NOW)


def test_a_preview_shows_several_variants_and_given_numbers_once(classroom):
    with reading(classroom.engine) as session:
        previews = sets.preview_items(sets.list_sets(session, course_slug="deep")[0].items, [1, 2, 3])
    assert [len(preview.problems) for preview in previews] == [1, 3]
