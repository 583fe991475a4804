"""The first tables; what was submitted can be neither changed nor removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

REFUSAL = "submissions are append-only"


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "courses",
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_courses"),
        sa.UniqueConstraint("slug", name="uq_courses_slug"),
    )
    op.create_table(
        "users",
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_table(
        "logins",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_logins_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_logins"),
        sa.UniqueConstraint("secret_hash", name="uq_logins_secret_hash"),
    )
    op.create_index("ix_logins_user_id", "logins", ["user_id"])
    op.create_table(
        "api_tokens",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name="fk_api_tokens_course_id"),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_api_tokens_token_hash"),
    )
    op.create_index("ix_api_tokens_course_id", "api_tokens", ["course_id"])

    op.create_table(
        "memberships",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("role IN ('student', 'instructor')", name="ck_memberships_role"),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name="fk_memberships_course_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_memberships_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_memberships"),
        sa.UniqueConstraint("user_id", "course_id", name="uq_memberships_user_id_course_id"),
    )
    op.create_index("ix_memberships_course_id", "memberships", ["course_id"])

    op.create_table(
        "problem_sets",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("opens", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("feedback", sa.String(length=16), nullable=False),
        sa.Column("submissions_per_variant", sa.Integer(), nullable=True),
        sa.Column("new_variants", sa.Boolean(), nullable=False),
        sa.Column("carried_credit", sa.String(length=64), nullable=False),
        sa.Column("imprecise_credit", sa.String(length=64), nullable=False),
        sa.Column("mistake_credit", sa.String(length=64), nullable=False),
        sa.Column("entries_credit", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("entries_credit IN ('share', 'all')", name="ck_problem_sets_entries_credit"),
        sa.CheckConstraint("feedback IN ('immediately', 'after-due', 'never')", name="ck_problem_sets_feedback"),
        sa.CheckConstraint("submissions_per_variant >= 1", name="ck_problem_sets_submissions_per_variant"),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name="fk_problem_sets_course_id"),
        sa.PrimaryKeyConstraint("id", name="pk_problem_sets"),
        sa.UniqueConstraint("course_id", "slug", name="uq_problem_sets_course_id_slug"),
    )
    op.create_table(
        "attempts",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["set_id"], ["problem_sets.id"], name="fk_attempts_set_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_attempts_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
        sa.UniqueConstraint("set_id", "user_id", name="uq_attempts_set_id_user_id"),
    )
    op.create_index("ix_attempts_user_id", "attempts", ["user_id"])

    op.create_table(
        "items",
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("family", sa.String(length=64), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("points >= 1", name="ck_items_points"),
        sa.ForeignKeyConstraint(["set_id"], ["problem_sets.id"], name="fk_items_set_id"),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
        sa.UniqueConstraint("set_id", "position", name="uq_items_set_id_position"),
    )
    op.create_table(
        "issued_problems",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("variant", sa.Integer(), nullable=False),
        sa.Column("family", sa.String(length=64), nullable=False),
        sa.Column("family_version", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("variant >= 1", name="ck_issued_problems_variant"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name="fk_issued_problems_attempt_id"),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_issued_problems_item_id"),
        sa.PrimaryKeyConstraint("id", name="pk_issued_problems"),
        sa.UniqueConstraint("attempt_id", "item_id", "variant", name="uq_issued_problems_attempt_id_item_id_variant"),
    )
    op.create_index("ix_issued_problems_item_id", "issued_problems", ["item_id"])

    op.create_table(
        "submissions",
        sa.Column("issued_problem_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("grade", sa.JSON(), nullable=False),
        sa.Column("score", sa.String(length=64), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("family_version", sa.Integer(), nullable=False),
        sa.Column("grader_version", sa.Integer(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("number >= 1", name="ck_submissions_number"),
        sa.ForeignKeyConstraint(["issued_problem_id"], ["issued_problems.id"], name="fk_submissions_issued_problem_id"),
        sa.PrimaryKeyConstraint("id", name="pk_submissions"),
        sa.UniqueConstraint("issued_problem_id", "number", name="uq_submissions_issued_problem_id_number"),
    )
    _protect_submissions()


def _protect_submissions() -> None:
    """Let the database itself refuse to change or remove what was submitted."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER submissions_no_{verb.lower()} BEFORE {verb} ON submissions "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_submission_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER submissions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON submissions "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_submission_change()"
    )


def downgrade() -> None:
    """Back to the one before."""
    op.drop_table("submissions")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_submission_change()")
    op.drop_index("ix_issued_problems_item_id", "issued_problems")

    op.drop_table("issued_problems")
    op.drop_table("items")
    op.drop_index("ix_attempts_user_id", "attempts")

    op.drop_table("attempts")
    op.drop_table("problem_sets")
    op.drop_index("ix_memberships_course_id", "memberships")

    op.drop_table("memberships")
    op.drop_index("ix_api_tokens_course_id", "api_tokens")

    op.drop_table("api_tokens")
    op.drop_index("ix_logins_user_id", "logins")
    op.drop_table("logins")
    op.drop_table("users")
    op.drop_table("courses")
