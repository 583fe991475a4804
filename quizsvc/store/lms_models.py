"""The tables of learning platforms: who they are, whom and what they sent us to, and which grades they are to get."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizsvc.store.models import Base, Course, ProblemSet, User

LONGEST_ID = 255
"""The specification bounds the ids that platforms give to 255 characters."""


class Platform(Base):
    """One registration: a client of an issuer, with the addresses that it is reached at.

    Contexts that are new become courses of their own unless `course_id` names one for all. `frame_origins` are origins
    that may show our pages in a frame besides those of the addresses here. `trust_emails`: an address that the platform
    tells is as good as an account of that address here. `open_deployments`: deployments are learnt as they come.
    """

    __tablename__ = "platforms"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    name: Mapped[str] = mapped_column(String(200), unique=True)
    issuer: Mapped[str] = mapped_column(String(LONGEST_ID))
    client_id: Mapped[str] = mapped_column(String(LONGEST_ID))
    auth_url: Mapped[str] = mapped_column(String(1000))
    token_url: Mapped[str] = mapped_column(String(1000))
    jwks_url: Mapped[str] = mapped_column(String(1000))
    token_audience: Mapped[str | None] = mapped_column(String(1000))
    frame_origins: Mapped[list[str]] = mapped_column(JSON, default=list)
    trust_emails: Mapped[bool] = mapped_column(default=False)
    allow_anonymous: Mapped[bool] = mapped_column(default=False)
    open_deployments: Mapped[bool] = mapped_column(default=False)
    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"), index=True)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    course: Mapped[Course | None] = relationship()
    deployments: Mapped[list[Deployment]] = relationship(order_by="Deployment.id", back_populates="platform")
    tool_keys: Mapped[list[ToolKey]] = relationship(order_by="ToolKey.id", back_populates="platform")


class Deployment(Base):
    """A deployment of a platform whose launches are taken."""

    __tablename__ = "deployments"
    __table_args__ = (UniqueConstraint("platform_id", "deployment_id"),)

    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    deployment_id: Mapped[str] = mapped_column(String(LONGEST_ID))
    platform: Mapped[Platform] = relationship(back_populates="deployments")


class ToolKey(Base):
    """A key pair of ours for one platform; the newest that is not retired signs, and all not retired are published.

    `private_key` is sealed with the service's secret key.
    """

    __tablename__ = "tool_keys"

    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"), index=True)
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    private_key: Mapped[str] = mapped_column(Text, deferred=True)
    public_key: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    platform: Mapped[Platform] = relationship(back_populates="tool_keys")


class PlatformKeys(Base):
    """A platform's key set as it was fetched last; before `asked_again_from` nobody asks for one not in it.

    `asking_since` is there while some process asks for it.
    """

    __tablename__ = "platform_keys"

    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"), unique=True)
    keys: Mapped[dict[str, Any]] = mapped_column(JSON)
    fetched_at: Mapped[datetime]
    fresh_until: Mapped[datetime]
    asked_again_from: Mapped[datetime]
    asking_since: Mapped[datetime | None]


class LaunchRequest(Base):
    """A log-in that a platform has begun here: taken once, by the browser that began it, within minutes.

    The secrets (state, nonce, the browser's) are stored as SHA-256. `storage_target` names the frame of a platform that
    keeps data for browsers without cookies.
    """

    __tablename__ = "launch_requests"

    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    nonce_hash: Mapped[str] = mapped_column(String(64), unique=True)
    browser_hash: Mapped[str] = mapped_column(String(64))
    target_link_uri: Mapped[str] = mapped_column(String(1000))
    storage_target: Mapped[str | None] = mapped_column(String(LONGEST_ID))
    created_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    platform: Mapped[Platform] = relationship()


class PlatformUser(Base):
    """Who a platform's `subject` is here; `email` is what the platform tells, and proves nothing."""

    __tablename__ = "platform_users"
    __table_args__ = (UniqueConstraint("platform_id", "subject"),)

    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    subject: Mapped[str] = mapped_column(String(LONGEST_ID))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    email: Mapped[str | None] = mapped_column(String(254))
    platform: Mapped[Platform] = relationship()
    user: Mapped[User] = relationship()


class Context(Base):
    """A course of a platform, which course it is here, and the addresses of the platform's services for it.

    `scopes` are what the platform lets us do with its gradebook.
    """

    __tablename__ = "contexts"
    __table_args__ = (UniqueConstraint("platform_id", "deployment_id", "context_id"),)

    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"))
    deployment_id: Mapped[str] = mapped_column(String(LONGEST_ID))
    context_id: Mapped[str] = mapped_column(String(LONGEST_ID))
    title: Mapped[str] = mapped_column(String(200))
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    memberships_url: Mapped[str | None] = mapped_column(String(1000))
    line_items_url: Mapped[str | None] = mapped_column(String(1000))
    scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime]
    roster_at: Mapped[datetime | None]
    platform: Mapped[Platform] = relationship()
    course: Mapped[Course] = relationship()


class ContextMember(Base):
    """Who is in a platform's course: `left_at` once the platform says that the person no longer is."""

    __tablename__ = "context_members"
    __table_args__ = (
        UniqueConstraint("context_id", "user_id"),
        CheckConstraint("role IN ('student', 'instructor')", name="role"),
    )

    context_id: Mapped[int] = mapped_column(ForeignKey("contexts.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    subject: Mapped[str] = mapped_column(String(LONGEST_ID))
    role: Mapped[str] = mapped_column(String(16))
    left_at: Mapped[datetime | None]
    context: Mapped[Context] = relationship()
    user: Mapped[User] = relationship()


class ResourceLink(Base):
    """A link in a platform's course, the set that it leads to (None until one is chosen), and its gradebook column.

    `noted_set_id` is the set whose marks were last looked through for it. Of several who want to find or make the
    column, one has it until `column_busy_until`. `reconciled_at` is when the column was last compared with our marks.
    """

    __tablename__ = "resource_links"
    __table_args__ = (UniqueConstraint("context_id", "resource_link_id"),)

    context_id: Mapped[int] = mapped_column(ForeignKey("contexts.id"))
    resource_link_id: Mapped[str] = mapped_column(String(LONGEST_ID))
    title: Mapped[str] = mapped_column(String(200))
    set_id: Mapped[int | None] = mapped_column(ForeignKey("problem_sets.id"), index=True)
    line_item_url: Mapped[str | None] = mapped_column(String(1000))
    line_item_maximum: Mapped[Fraction | None]
    noted_set_id: Mapped[int | None]
    column_busy_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    reconciled_at: Mapped[datetime | None]
    context: Mapped[Context] = relationship()
    problem_set: Mapped[ProblemSet | None] = relationship()


class DeepLinkRequest(Base):
    """An instructor whom a platform has sent to choose a set for its course; `settings` are the platform's wishes.

    `settings` is the claim deep_linking_settings as it came: where the answer goes, what it may hold, and data to be
    given back.
    """

    __tablename__ = "deep_link_requests"

    context_id: Mapped[int] = mapped_column(ForeignKey("contexts.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]
    context: Mapped[Context] = relationship()
    user: Mapped[User] = relationship()


class Invitation(Base):
    """Leave for one platform to register itself, once and for a while; its secret is stored as SHA-256.

    The platform gets that name, and its courses become `course_id` where it is there.
    """

    __tablename__ = "invitations"

    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    course: Mapped[Course | None] = relationship()


class ScorePassed(Base):
    """The grade of one student at one link: what the platform is to have, and what it has.

    `share` (0 to 1) is what is wanted, counted by `wanted`; `sent` is the count of the newest that the platform has
    taken, `sent_share` its share. `stamp` is the newest time that a score was stamped with. While it waits, it is tried
    again from `next_try_at`; once `failed_at` is there, it waits for a person. Who sends it has it until `busy_until`:
    nobody else does so long, and who finds another time there has lost it.
    """

    __tablename__ = "scores_passed"
    __table_args__ = (UniqueConstraint("link_id", "user_id"),)

    link_id: Mapped[int] = mapped_column(ForeignKey("resource_links.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    share: Mapped[Fraction]
    started_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    wanted: Mapped[int] = mapped_column(default=1)
    wanted_at: Mapped[datetime]
    sent: Mapped[int] = mapped_column(default=0)
    sent_share: Mapped[Fraction | None]
    sent_at: Mapped[datetime | None]
    stamp: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)
    busy_until: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(500), default="")
    link: Mapped[ResourceLink] = relationship()
    user: Mapped[User] = relationship()
