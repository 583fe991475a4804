"""Learning platforms, the grades they get, and what programs need: requests that come twice, rates, webhooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

NAME_OF_CONTEXT = "uq_contexts_platform_id_deployment_id_context_id"


def upgrade() -> None:
    """To this schema."""
    op.create_table(
        "couriers",
        sa.Column("destination", sa.String(length=64), nullable=False),
        sa.Column("job_id", sa.String(length=64), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("rests_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_couriers"),
        sa.UniqueConstraint("destination", name="uq_couriers_destination"),
    )
    op.create_table(
        "log_readers",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name="fk_log_readers_course_id"),
        sa.PrimaryKeyConstraint("id", name="pk_log_readers"),
        sa.UniqueConstraint("course_id", name="uq_log_readers_course_id"),
    )
    op.create_table(
        "request_counts",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_request_counts"),
        sa.UniqueConstraint("key", name="uq_request_counts_key"),
    )
    op.create_index("ix_request_counts_ends", "request_counts", ["ends"], unique=False)
    op.create_table(
        "platforms",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("auth_url", sa.String(length=1000), nullable=False),
        sa.Column("token_url", sa.String(length=1000), nullable=False),
        sa.Column("jwks_url", sa.String(length=1000), nullable=False),
        sa.Column("token_audience", sa.String(length=1000), nullable=True),
        sa.Column("frame_origins", sa.JSON(), nullable=False),
        sa.Column("trust_emails", sa.Boolean(), nullable=False),
        sa.Column("allow_anonymous", sa.Boolean(), nullable=False),
        sa.Column("open_deployments", sa.Boolean(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name="fk_platforms_course_id"),
        sa.PrimaryKeyConstraint("id", name="pk_platforms"),
        sa.UniqueConstraint("issuer", "client_id", name="uq_platforms_issuer_client_id"),
        sa.UniqueConstraint("name", name="uq_platforms_name"),
    )
    op.create_index("ix_platforms_course_id", "platforms", ["course_id"], unique=False)
    op.create_table(
        "webhooks",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name="fk_webhooks_course_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )
    op.create_index("ix_webhooks_course_id", "webhooks", ["course_id"], unique=False)
    op.create_table(
        "answered_requests",
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["api_tokens.id"], name="fk_answered_requests_token_id"),
        sa.PrimaryKeyConstraint("id", name="pk_answered_requests"),
        sa.UniqueConstraint("token_id", "key", name="uq_answered_requests_token_id_key"),
    )
    op.create_index("ix_answered_requests_answered_at", "answered_requests", ["answered_at"], unique=False)
    op.create_table(
        "contexts",
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.String(length=255), nullable=False),
        sa.Column("context_id", sa.String(length=255), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("memberships_url", sa.String(length=1000), nullable=True),
        sa.Column("line_items_url", sa.String(length=1000), nullable=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("roster_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name="fk_contexts_course_id"),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_contexts_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contexts"),
        sa.UniqueConstraint(
            "platform_id", "deployment_id", "context_id", name="uq_contexts_platform_id_deployment_id_context_id"
        ),
    )
    op.create_index("ix_contexts_course_id", "contexts", ["course_id"], unique=False)
    op.create_table(
        "deployments",
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.String(length=255), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_deployments_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deployments"),
        sa.UniqueConstraint("platform_id", "deployment_id", name="uq_deployments_platform_id_deployment_id"),
    )
    op.create_table(
        "launch_requests",
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("nonce_hash", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("target_link_uri", sa.String(length=1000), nullable=False),
        sa.Column("storage_target", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_launch_requests_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_launch_requests"),
        sa.UniqueConstraint("nonce_hash", name="uq_launch_requests_nonce_hash"),
        sa.UniqueConstraint("state_hash", name="uq_launch_requests_state_hash"),
    )
    op.create_index("ix_launch_requests_created_at", "launch_requests", ["created_at"], unique=False)
    op.create_table(
        "platform_keys",
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fresh_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_again_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asking_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_platform_keys_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_platform_keys"),
        sa.UniqueConstraint("platform_id", name="uq_platform_keys_platform_id"),
    )
    op.create_table(
        "platform_users",
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_platform_users_platform_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_platform_users_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_platform_users"),
        sa.UniqueConstraint("platform_id", "subject", name="uq_platform_users_platform_id_subject"),
    )
    op.create_index("ix_platform_users_user_id", "platform_users", ["user_id"], unique=False)
    op.create_table(
        "tool_keys",
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("private_key", sa.Text(), nullable=False),
        sa.Column("public_key", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["platforms.id"], name="fk_tool_keys_platform_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tool_keys"),
        sa.UniqueConstraint("kid", name="uq_tool_keys_kid"),
    )
    op.create_index("ix_tool_keys_platform_id", "tool_keys", ["platform_id"], unique=False)
    op.create_table(
        "webhook_messages",
        sa.Column("webhook_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("share", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], name="fk_webhook_messages_webhook_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_messages"),
        sa.UniqueConstraint("message_id", name="uq_webhook_messages_message_id"),
    )
    op.create_index("ix_webhook_messages_next_try_at", "webhook_messages", ["next_try_at"], unique=False)
    op.create_index(
        "ix_webhook_messages_webhook_id_subject", "webhook_messages", ["webhook_id", "subject"], unique=False
    )
    op.create_table(
        "context_members",
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("role IN ('student', 'instructor')", name="ck_context_members_role"),
        sa.ForeignKeyConstraint(["context_id"], ["contexts.id"], name="fk_context_members_context_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_context_members_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_context_members"),
        sa.UniqueConstraint("context_id", "user_id", name="uq_context_members_context_id_user_id"),
    )
    op.create_index("ix_context_members_user_id", "context_members", ["user_id"], unique=False)
    op.create_table(
        "resource_links",
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("resource_link_id", sa.String(length=255), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=True),
        sa.Column("line_item_url", sa.String(length=1000), nullable=True),
        sa.Column("line_item_maximum", sa.String(length=64), nullable=True),
        sa.Column("noted_set_id", sa.Integer(), nullable=True),
        sa.Column("column_busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reconciled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["context_id"], ["contexts.id"], name="fk_resource_links_context_id"),
        sa.ForeignKeyConstraint(["set_id"], ["problem_sets.id"], name="fk_resource_links_set_id"),
        sa.PrimaryKeyConstraint("id", name="pk_resource_links"),
        sa.UniqueConstraint("context_id", "resource_link_id", name="uq_resource_links_context_id_resource_link_id"),
    )
    op.create_index("ix_resource_links_set_id", "resource_links", ["set_id"], unique=False)
    op.create_table(
        "scores_passed",
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("share", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("sent_share", sa.String(length=64), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stamp", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["resource_links.id"], name="fk_scores_passed_link_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_scores_passed_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_scores_passed"),
        sa.UniqueConstraint("link_id", "user_id", name="uq_scores_passed_link_id_user_id"),
    )
    op.create_index("ix_scores_passed_next_try_at", "scores_passed", ["next_try_at"], unique=False)
    op.create_index("ix_scores_passed_user_id", "scores_passed", ["user_id"], unique=False)
    op.create_table(
        "deep_link_requests",
        sa.Column("context_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["context_id"], ["contexts.id"], name="fk_deep_link_requests_context_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_deep_link_requests_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deep_link_requests"),
    )
    op.create_index("ix_deep_link_requests_context_id", "deep_link_requests", ["context_id"], unique=False)
    op.create_index("ix_deep_link_requests_created_at", "deep_link_requests", ["created_at"], unique=False)
    op.create_index("ix_deep_link_requests_user_id", "deep_link_requests", ["user_id"], unique=False)
    op.create_table(
        "invitations",
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name="fk_invitations_course_id"),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("secret_hash", name="uq_invitations_secret_hash"),
    )
    op.create_index("ix_invitations_course_id", "invitations", ["course_id"], unique=False)
    op.add_column("memberships", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Back to the one before."""
    op.drop_column("memberships", "left_at")
    op.drop_index("ix_invitations_course_id", table_name="invitations")
    op.drop_table("invitations")
    op.drop_index("ix_deep_link_requests_user_id", table_name="deep_link_requests")
    op.drop_index("ix_deep_link_requests_created_at", table_name="deep_link_requests")
    op.drop_index("ix_deep_link_requests_context_id", table_name="deep_link_requests")
    op.drop_table("deep_link_requests")
    op.drop_index("ix_scores_passed_user_id", table_name="scores_passed")
    op.drop_index("ix_scores_passed_next_try_at", table_name="scores_passed")
    op.drop_table("scores_passed")
    op.drop_index("ix_resource_links_set_id", table_name="resource_links")
    op.drop_table("resource_links")
    op.drop_index("ix_context_members_user_id", table_name="context_members")
    op.drop_table("context_members")
    op.drop_index("ix_webhook_messages_webhook_id_subject", table_name="webhook_messages")
    op.drop_index("ix_webhook_messages_next_try_at", table_name="webhook_messages")
    op.drop_table("webhook_messages")
    op.drop_index("ix_tool_keys_platform_id", table_name="tool_keys")
    op.drop_table("tool_keys")
    op.drop_index("ix_platform_users_user_id", table_name="platform_users")
    op.drop_table("platform_users")
    op.drop_table("platform_keys")
    op.drop_index("ix_launch_requests_created_at", table_name="launch_requests")
    op.drop_table("launch_requests")
    op.drop_table("deployments")
    op.drop_index("ix_contexts_course_id", table_name="contexts")
    op.drop_table("contexts")
    op.drop_index("ix_answered_requests_answered_at", table_name="answered_requests")
    op.drop_table("answered_requests")
    op.drop_index("ix_webhooks_course_id", table_name="webhooks")
    op.drop_table("webhooks")
    op.drop_index("ix_platforms_course_id", table_name="platforms")
    op.drop_table("platforms")
    op.drop_index("ix_request_counts_ends", table_name="request_counts")
    op.drop_table("request_counts")
    op.drop_table("log_readers")
    op.drop_table("couriers")
