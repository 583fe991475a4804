"""What was stored before courses could be run, brought to the schema that they need: nothing is lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from students import exact_answers

import problems
from quizsvc.services import gradebook, ledger, regrading, set_files, sets
from quizsvc.services.scoring import share_of
from quizsvc.store import migrate
from quizsvc.store.database import make_engine, reading

NOW = datetime(2026, 11, 3, 18, tzinfo=UTC)
LECTURE = {"given": {"w": [0.5, 0.5, 0.5], "x": 1}, "options": {"decimals": 2, "sigfigs": 2}}


def insert(connection, table, **columns):
    """One row, in the columns that the first schema had."""
    kinds = {datetime: sa.DateTime(timezone=True), dict: sa.JSON(), bool: sa.Boolean()}
    named = [sa.column(name, kinds.get(type(value))) for name, value in columns.items()]
    connection.execute(sa.insert(sa.table(table, *named)).values(columns))


def fill(connection):
    """A course with a set of three problems that Ada has answered in part, as the first schema stored it."""
    insert(connection, "courses", id=1, slug="deep", title="Deep", created_at=NOW)
    for number, (name, role) in enumerate((("ines", "instructor"), ("ada", "student"), ("bao", "student")), 1):
        insert(connection, "users", id=number, email=f"{name}@example.org", name=name.title(), created_at=NOW)
        insert(connection, "memberships", user_id=number, course_id=1, role=role, id=number)
    credit = {"carried_credit": "1", "imprecise_credit": "1/2", "mistake_credit": "0", "entries_credit": "share"}
    policy = {"feedback": "after-due", "submissions_per_variant": 3, "new_variants": True}
    insert(
        connection, "problem_sets", id=1, course_id=1, slug="chains", title="Chains", text="", due=NOW,
        created_at=NOW, published_at=NOW, **credit, **policy,
    )  # fmt: skip
    for place in (1, 2, 3):
        family = "dying-relu" if place == 3 else "vanishing-gradient"
        stated = LECTURE if place == 1 else {"options": {}}
        insert(
            connection, "items", id=place, set_id=1, position=place, title=family, family=family, points=10, **stated
        )
    insert(connection, "attempts", id=1, set_id=1, user_id=2, started_at=NOW)
    insert(connection, "attempts", id=2, set_id=1, user_id=1, started_at=NOW)
    problem = problems.pose("vanishing-gradient", **LECTURE["given"], **LECTURE["options"])
    for issued, attempt in ((1, 1), (2, 2)):
        insert(
            connection, "issued_problems", id=issued, attempt_id=attempt, item_id=1, variant=1, issued_at=NOW,
            family=problem.family, family_version=problem.version, problem=problems.to_json(problem),
        )  # fmt: skip
        for number, typed in enumerate(({"z1": "0.5"}, exact_answers(problem)), 1):
            grade = problems.grade(problem, typed)
            insert(
                connection, "submissions", issued_problem_id=issued, number=number, answers=typed,
                grade=grade.to_dict(), score=str(share_of(grade)), counted=True, family_version=problem.version,
                grader_version=grade.version, arrived_at=NOW,
            )  # fmt: skip


@pytest.fixture
def upgraded(database_url):
    """A database that was filled at the first schema and then brought to the newest."""
    migrate.downgrade(database_url, "0001")
    engine = make_engine(database_url)
    with engine.begin() as connection:
        fill(connection)
    migrate.upgrade(database_url)
    yield engine
    engine.dispose()


def rows(engine, table):
    with engine.connect() as connection:
        return connection.execute(sa.text(f"SELECT * FROM {table} ORDER BY id")).all()  # noqa: S608 - names of ours


def test_marks_are_those_that_were_and_the_log_tells_of_them(upgraded):
    with reading(upgraded) as session:
        problem_set = sets.get_set(session, course_slug="deep", set_slug="chains")
        book = gradebook.gradebook_of(session, problem_set)
        assert {row.name: row.mark.earned for row in book.rows} == {"Ada": 10, "Bao": 0}
        assert [item.key for item in problem_set.items] == ["vanishing-gradient", "vanishing-gradient-2", "dying-relu"]
        assert problem_set.variants == "new-on-demand"
        found = ledger.verify_course(session, "deep")
        assert found.faults == ()
        assert found.entries == 1 + 2 + 4
        assert regrading.plan_regrade(session, problem_set).changes_nothing


def test_the_file_that_is_made_of_a_set_says_what_the_set_says(upgraded):
    with reading(upgraded) as session:
        problem_set = sets.get_set(session, course_slug="deep", set_slug="chains")
        source = sets.source_of(problem_set)
        spec = set_files.read_set(source)
        assert json.loads(source)["items"][0]["given"] == LECTURE["given"]
        assert (spec.slug, spec.title, spec.due, spec.feedback) == ("chains", "Chains", NOW, "after-due")
        assert (spec.submissions_per_variant, spec.variants) == (3, "new-on-demand")
        assert not sets.needs_regrade(problem_set, spec)


def test_down_and_up_again_keeps_what_the_first_schema_knew(upgraded, database_url):
    kept = {table: rows(upgraded, table) for table in ("submissions", "issued_problems", "attempts", "items")}
    migrate.downgrade(database_url, "0001")
    assert [row.new_variants for row in rows(upgraded, "problem_sets")] in ([True], [1])
    migrate.upgrade(database_url)
    assert {table: rows(upgraded, table) for table in kept} == kept
    with reading(upgraded) as session:
        assert ledger.verify_course(session, "deep").faults == ()
