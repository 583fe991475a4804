"""What running a course needs: versions of sets, policies, extensions, drafts, judging again, and an audit log."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

SEALED = ("rejudgements", "adjustments", "audit_entries")
"""Tables to which rows are added, and nothing else."""

WORD = "VARCHAR(16) NOT NULL DEFAULT '{default}' CONSTRAINT ck_{table}_{name} CHECK ({name} IN ({words}))"


def upgrade() -> None:
    """To this schema."""
    _widen_tables()
    _make_tables()
    for table in SEALED:
        _seal(table)
    _carry_over()


def _add(table: str, name: str, kind: sa.types.TypeEngine[Any], default: str | None = None) -> None:
    """A column that may be empty or, with a default, may not."""
    op.add_column(table, sa.Column(name, kind, nullable=default is None, server_default=default))


def _add_word(table: str, name: str, *words: str) -> None:
    """A column that takes these words; the first is the default."""
    allowed = ", ".join(f"'{word}'" for word in words)
    rest = WORD.format(table=table, name=name, default=words[0], words=allowed)
    op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {rest}")


def _widen_tables() -> None:
    instant, exact = sa.DateTime(timezone=True), sa.String(length=64)
    _add("users", "erased_at", instant)
    _add("courses", "drop_lowest", sa.Integer(), "0")
    _add("memberships", "time_factor", exact, "1")

    _add_word("problem_sets", "mode", "graded", "practice")
    _add_word("problem_sets", "variants", "one-each", "same-for-all", "new-on-demand")
    _add_word("problem_sets", "grade_by", "best", "last", "average")
    for name, kind, default in (
        ("late_minutes", sa.Integer(), "0"),
        ("late_credit", exact, "0"),
        ("grace_seconds", sa.Integer(), "0"),
        ("time_limit_minutes", sa.Integer(), None),
        ("access_code", sa.String(length=64), None),
        ("shuffle", sa.Boolean(), "0" if op.get_bind().dialect.name == "sqlite" else "false"),
        ("weight", exact, None),
        ("version", sa.Integer(), "1"),
        ("closed_at", instant, None),
    ):
        _add("problem_sets", name, kind, default)

    _add_word("items", "dropped", "no", "excluded", "full-marks")
    _add("items", "key", sa.String(length=64), "")
    for name, kind in (
        ("place", sa.Integer()),
        ("pool", sa.Integer()),
        ("pick", sa.Integer()),
        ("problem", sa.Text()),
    ):
        _add("items", name, kind)

    _add("attempts", "set_version", sa.Integer(), "1")
    _add("attempts", "item_ids", sa.JSON(), "[]")
    _add("attempts", "finished_at", instant)
    op.execute(
        "ALTER TABLE attempts ADD COLUMN finished_by VARCHAR(16) "
        "CONSTRAINT ck_attempts_finished_by CHECK (finished_by IN ('student', 'time'))"
    )
    _add("issued_problems", "fingerprint", sa.String(length=32))
    op.create_index("ix_issued_problems_fingerprint", "issued_problems", ["fingerprint"])
    _add("submissions", "late", sa.Boolean(), "0" if op.get_bind().dialect.name == "sqlite" else "false")
    _add("submissions", "time_credit", exact, "1")
    _add_word("submissions", "origin", "typed", "draft", "paper")


def _key() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _reference(name: str, target: str, *, needed: bool = True) -> sa.Column[Any]:
    """A column with the id of a row in another table."""
    return sa.Column(name, sa.Integer(), nullable=not needed, info={"target": target})


def _table(name: str, *columns: sa.Column[Any], unique: tuple[tuple[str, ...], ...] = ()) -> None:
    """A table with its keys, named as all are."""
    keys = [
        sa.ForeignKeyConstraint([column.name], [column.info["target"]], name=f"fk_{name}_{column.name}")
        for column in columns
        if "target" in column.info
    ]
    uniques = [sa.UniqueConstraint(*names, name=f"uq_{name}_{'_'.join(names)}") for names in unique]
    op.create_table(name, *columns, _key(), sa.PrimaryKeyConstraint("id", name=f"pk_{name}"), *keys, *uniques)


def _index(table: str, *names: str) -> None:
    for name in names:
        op.create_index(f"ix_{table}_{name}", table, [name])


def _make_tables() -> None:
    def instant(name: str, *, needed: bool = True) -> sa.Column[Any]:
        return sa.Column(name, sa.DateTime(timezone=True), nullable=not needed)

    def number(name: str, *, needed: bool = True) -> sa.Column[Any]:
        return sa.Column(name, sa.Integer(), nullable=not needed)

    def text(name: str, length: int | None = None, *, needed: bool = True) -> sa.Column[Any]:
        return sa.Column(name, sa.Text() if length is None else sa.String(length=length), nullable=not needed)

    def data(name: str, *, needed: bool = True) -> sa.Column[Any]:
        return sa.Column(name, sa.JSON(), nullable=not needed)

    _table(
        "set_versions",
        _reference("set_id", "problem_sets.id"),
        number("number"),
        text("source"),
        instant("created_at"),
        unique=(("set_id", "number"),),
    )
    _table(
        "prepared_problems",
        _reference("item_id", "items.id"),
        _reference("user_id", "users.id"),
        text("problem"),
        text("fingerprint", 32),
        unique=(("item_id", "user_id"),),
    )
    _index("prepared_problems", "user_id")
    _table(
        "extensions",
        _reference("set_id", "problem_sets.id"),
        _reference("user_id", "users.id"),
        instant("due", needed=False),
        text("time_factor", 64, needed=False),
        number("more_submissions"),
        text("reason", 500),
        _reference("made_by", "users.id", needed=False),
        instant("made_at"),
    )
    _index("extensions", "set_id", "user_id")
    _table(
        "drafts",
        _reference("issued_problem_id", "issued_problems.id"),
        number("revision"),
        data("answers"),
        instant("saved_at"),
        data("readable_answers", needed=False),
        instant("readable_at", needed=False),
        unique=(("issued_problem_id",),),
    )
    _table(
        "rejudgements",
        _reference("submission_id", "submissions.id"),
        number("number"),
        data("grade"),
        text("score", 64),
        sa.Column("counted", sa.Boolean(), nullable=False),
        text("time_credit", 64),
        number("family_version"),
        number("grader_version"),
        text("reason", 500),
        instant("judged_at"),
        unique=(("submission_id", "number"),),
    )
    _table(
        "adjustments",
        _reference("set_id", "problem_sets.id"),
        _reference("user_id", "users.id"),
        text("item_key", 64, needed=False),
        text("points", 64, needed=False),
        text("held", 64, needed=False),
        text("reason", 500),
        _reference("made_by", "users.id", needed=False),
        instant("made_at"),
    )
    _index("adjustments", "set_id", "user_id")
    _table(
        "audit_entries",
        _reference("course_id", "courses.id"),
        number("number"),
        instant("at"),
        number("actor_id", needed=False),
        text("kind", 32),
        number("set_id", needed=False),
        number("user_id", needed=False),
        text("body"),
        text("previous", 64),
        text("digest", 64),
        unique=(("course_id", "number"),),
    )
    _index("audit_entries", "set_id")
    _table(
        "papers",
        _reference("set_id", "problem_sets.id"),
        text("code", 16),
        data("problems"),
        instant("made_at"),
        _reference("attempt_id", "attempts.id", needed=False),
        unique=(("code",), ("attempt_id",)),
    )
    _index("papers", "set_id")


def _seal(table: str) -> None:
    """Let the database itself refuse to change or remove a row."""
    refusal = f"{table} are append-only"
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION refuse_{table}_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_{table}_change()"
    )


def _carry_over() -> None:
    """What there is already, in the new columns and in the audit log."""
    run = op.get_bind().execute
    run(sa.text("UPDATE problem_sets SET variants = 'new-on-demand' WHERE new_variants"))
    op.drop_column("problem_sets", "new_variants")
    items: dict[int, list[sa.Row[Any]]] = {}
    for item in run(sa.text("SELECT id, set_id, position, family FROM items ORDER BY set_id, position")):
        items.setdefault(item.set_id, []).append(item)
    for of_set in items.values():
        seen: Counter[str] = Counter()
        for item in of_set:
            seen[item.family] += 1
            key = item.family if seen[item.family] == 1 else f"{item.family}-{seen[item.family]}"
            run(
                sa.text("UPDATE items SET key = :key, place = position WHERE id = :id"),
                {"key": key, "id": item.id},
            )
    for attempt in run(sa.text("SELECT id, set_id FROM attempts")).all():
        ids = json.dumps([item.id for item in items.get(attempt.set_id, [])])
        run(sa.text("UPDATE attempts SET item_ids = :ids WHERE id = :id"), {"ids": ids, "id": attempt.id})
    _carry_over_files()
    for [course_id] in run(sa.text("SELECT id FROM courses ORDER BY id")).all():
        _carry_over_log(course_id)


_SETS = sa.table(
    "problem_sets",
    *(sa.column(name) for name in ("id", "slug", "title", "text", "feedback", "submissions_per_variant", "variants")),
    *(sa.column(name) for name in ("carried_credit", "imprecise_credit", "mistake_credit", "entries_credit")),
    *(sa.column(name, sa.DateTime(timezone=True)) for name in ("opens", "due", "created_at")),
    *(sa.column(name) for name in ("course_id",)),
)
_ITEMS = sa.table(
    "items",
    *(sa.column(name) for name in ("set_id", "position", "key", "title", "family", "points")),
    sa.column("options", sa.JSON()),
    sa.column("given", sa.JSON()),
)


def _carry_over_files() -> None:
    """A file for every set that was stored without the one it came from; JSON is YAML."""
    bind = op.get_bind()
    versions = sa.table(
        "set_versions",
        *(sa.column(name) for name in ("set_id", "number", "source")),
        sa.column("created_at", sa.DateTime(timezone=True)),
    )
    for one in bind.execute(sa.select(_SETS)).all():
        items = bind.execute(sa.select(_ITEMS).where(_ITEMS.c.set_id == one.id).order_by(_ITEMS.c.position)).all()
        stated: dict[str, Any] = {
            "title": one.title,
            "slug": one.slug,
            "text": one.text,
            "opens": None if one.opens is None else _aware(one.opens).isoformat(),
            "due": None if one.due is None else _aware(one.due).isoformat(),
            "feedback": one.feedback,
            "submissions": one.submissions_per_variant,
            "variants": one.variants,
            "credit": {
                "carried": _share(one.carried_credit),
                "imprecise": _share(one.imprecise_credit),
                "mistake": _share(one.mistake_credit),
                "entries": one.entries_credit,
            },
            "items": [
                {
                    name: value
                    for name, value in (
                        ("id", item.key),
                        ("family", item.family),
                        ("title", item.title),
                        ("points", item.points),
                        ("options", item.options),
                        ("given", item.given),
                    )
                    if value is not None
                }
                for item in items
            ],
        }
        source = json.dumps({k: v for k, v in stated.items() if v is not None}, indent=2, ensure_ascii=False)
        row = {"set_id": one.id, "number": 1, "source": source + "\n", "created_at": _aware(one.created_at)}
        bind.execute(sa.insert(versions).values(row))


def _share(exact: str) -> str | float:
    """A share as a file has it: thirds as they are, and what was written with four decimals as a number."""
    _above, _slash, below = exact.partition("/")
    return exact if below not in ("", "10000") else float(Fraction(exact))


def _aware(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


_LOG = sa.table(
    "audit_entries",
    *(sa.column(name) for name in ("course_id", "number", "actor_id", "kind", "set_id", "user_id", "body")),
    *(sa.column(name) for name in ("previous", "digest")),
    sa.column("at", sa.DateTime(timezone=True)),
)


def _carry_over_log(course_id: int) -> None:
    """An entry for everything that decided a mark so far, in the order in which it happened."""
    bind, previous = op.get_bind(), "0" * 64
    for number, (kind, at, set_id, user_id, body) in enumerate(_past(course_id), 1):
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        when = at.isoformat(timespec="microseconds")
        fields = (previous, course_id, number, when, "", kind, set_id, "" if user_id is None else user_id, text)
        digest = hashlib.sha256("\n".join(map(str, fields)).encode()).hexdigest()
        bind.execute(
            sa.insert(_LOG).values(
                course_id=course_id,
                number=number,
                at=at,
                actor_id=None,
                kind=kind,
                set_id=set_id,
                user_id=user_id,
                body=text,
                previous=previous,
                digest=digest,
            )
        )
        previous = digest


Event = tuple[str, datetime, int, int | None, dict[str, Any]]


def _past(course_id: int) -> list[Event]:
    bind, events = op.get_bind(), list[Event]()
    keys: dict[int, list[str]] = {}
    for one in bind.execute(sa.select(_SETS).where(_SETS.c.course_id == course_id).order_by(_SETS.c.id)).all():
        items = bind.execute(sa.select(_ITEMS).where(_ITEMS.c.set_id == one.id).order_by(_ITEMS.c.position)).all()
        keys[one.id] = [item.key for item in items]
        credit = {
            "carried": one.carried_credit,
            "entries": one.entries_credit,
            "imprecise": one.imprecise_credit,
            "mistake": one.mistake_credit,
        }
        marked = [
            {"dropped": "no", "key": item.key, "pick": None, "points": item.points, "pool": None} for item in items
        ]
        body = {"credit": credit, "grade_by": "best", "items": marked, "version": 1}
        events.append(("graded-by", _aware(one.created_at), one.id, None, body))
    instants = {"started_at": sa.DateTime(timezone=True), "arrived_at": sa.DateTime(timezone=True)}
    attempts = sa.text(
        "SELECT attempts.id, attempts.set_id, attempts.user_id, attempts.started_at FROM attempts "
        "JOIN problem_sets ON problem_sets.id = attempts.set_id WHERE problem_sets.course_id = :course "
        "ORDER BY attempts.id"
    ).columns(started_at=instants["started_at"])
    for one in bind.execute(attempts, {"course": course_id}).all():
        started = {"attempt": one.id, "items": keys[one.set_id]}
        events.append(("started", _aware(one.started_at), one.set_id, one.user_id, started))
    submissions = sa.text(
        "SELECT s.id, s.score, s.counted, s.family_version, s.grader_version, s.arrived_at, p.variant, i.key, "
        "a.set_id, a.user_id FROM submissions s JOIN issued_problems p ON p.id = s.issued_problem_id "
        "JOIN items i ON i.id = p.item_id JOIN attempts a ON a.id = p.attempt_id "
        "JOIN problem_sets c ON c.id = a.set_id WHERE c.course_id = :course ORDER BY s.id"
    ).columns(arrived_at=instants["arrived_at"])
    for one in bind.execute(submissions, {"course": course_id}).all():
        arrived = _aware(one.arrived_at)
        body = {
            "arrived_at": arrived.isoformat(timespec="microseconds"),
            "counted": bool(one.counted),
            "family_version": one.family_version,
            "grader_version": one.grader_version,
            "item": one.key,
            "late": False,
            "origin": "typed",
            "score": one.score,
            "submission": one.id,
            "time_credit": "1",
            "variant": one.variant,
        }
        events.append(("submitted", arrived, one.set_id, one.user_id, body))
    return sorted(events, key=lambda event: event[1])


def downgrade() -> None:
    """Back to the one before."""
    for table in ("papers", "audit_entries", "adjustments", "rejudgements", "drafts", "extensions"):
        op.drop_table(table)
    op.drop_table("prepared_problems")
    op.drop_table("set_versions")
    if op.get_bind().dialect.name == "postgresql":
        for table in SEALED:
            op.execute(f"DROP FUNCTION refuse_{table}_change()")
    op.drop_index("ix_issued_problems_fingerprint", "issued_problems")
    no = "0" if op.get_bind().dialect.name == "sqlite" else "false"
    op.add_column("problem_sets", sa.Column("new_variants", sa.Boolean(), nullable=False, server_default=no))
    op.execute("UPDATE problem_sets SET new_variants = NOT new_variants WHERE variants = 'new-on-demand'")
    for table, names in {
        "submissions": ("late", "time_credit", "origin"),
        "issued_problems": ("fingerprint",),
        "attempts": ("set_version", "item_ids", "finished_at", "finished_by"),
        "items": ("dropped", "key", "place", "pool", "pick", "problem"),
        "problem_sets": (
            *("mode", "variants", "grade_by", "late_minutes", "late_credit", "grace_seconds", "time_limit_minutes"),
            *("access_code", "shuffle", "weight", "version", "closed_at"),
        ),
        "memberships": ("time_factor",),
        "courses": ("drop_lowest",),
        "users": ("erased_at",),
    }.items():
        for name in names:
            op.drop_column(table, name)
