"""The tables of programs that work with the service: requests that come twice, how often they come, and webhooks."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizsvc.store.models import Base, Course


class AnsweredRequest(Base):
    """The answer to a request that was sent with a key: whoever sends it again gets it again.

    `request_hash` is the SHA-256 of what was asked, method and address included.
    """

    __tablename__ = "answered_requests"
    __table_args__ = (UniqueConstraint("token_id", "key"),)

    token_id: Mapped[int] = mapped_column(ForeignKey("api_tokens.id"))
    key: Mapped[str] = mapped_column(String(255))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    headers: Mapped[dict[str, str]] = mapped_column(JSON)
    body: Mapped[str] = mapped_column(Text, deferred=True)
    answered_at: Mapped[datetime] = mapped_column(index=True)


class RequestCount(Base):
    """How often something was asked within a window of time that ends at `ends`, in milliseconds since 1970."""

    __tablename__ = "request_counts"

    key: Mapped[str] = mapped_column(String(255), unique=True)
    count: Mapped[int]
    ends: Mapped[int] = mapped_column(BigInteger, index=True)


class Webhook(Base):
    """An address that is told what happens in a course; `secret`, by which it knows us, is sealed."""

    __tablename__ = "webhooks"

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    url: Mapped[str] = mapped_column(String(1000))
    events: Mapped[list[str]] = mapped_column(JSON)
    secret: Mapped[str] = mapped_column(Text, deferred=True)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    course: Mapped[Course] = relationship()


class WebhookMessage(Base):
    """One thing that one address is told: sent until it is taken, or given up.

    `subject` is what it is about, "set 3, user 5", and `share` the mark that it tells of. Who sends it has it until
    `busy_until`.
    """

    __tablename__ = "webhook_messages"
    __table_args__ = (Index("ix_webhook_messages_webhook_id_subject", "webhook_id", "subject"),)

    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id"))
    message_id: Mapped[str] = mapped_column(String(64), unique=True)
    event: Mapped[str] = mapped_column(String(32))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    subject: Mapped[str] = mapped_column(String(64))
    share: Mapped[Fraction | None]
    created_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)
    busy_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(500), default="")
    webhook: Mapped[Webhook] = relationship()


class Courier(Base):
    """Who does what waits for one destination ("platform:3", "webhook:7"); one is on the way while `job_id` is there.

    Whoever adds something for a destination locks its row: so there is never more than one, and none is missing.
    `seen_at` is when it last gave a sign of life. After `tries` that failed, none sets out before `rests_until`.
    """

    __tablename__ = "couriers"

    destination: Mapped[str] = mapped_column(String(64), unique=True)
    job_id: Mapped[str | None] = mapped_column(String(64))
    seen_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    rests_until: Mapped[datetime | None]


class LogReader(Base):
    """How far the log of a course has been read for those who are told what changes: the number of its last entry."""

    __tablename__ = "log_readers"

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), unique=True)
    number: Mapped[int] = mapped_column(default=0)
