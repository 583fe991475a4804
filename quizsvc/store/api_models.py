"""The tables of programs that work with the service: requests that come twice, how often they come, and webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text, UniqueConstraint
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
    """One thing that one address is told: sent until it is taken, or given up."""

    __tablename__ = "webhook_messages"

    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id"), index=True)
    message_id: Mapped[str] = mapped_column(String(64), unique=True)
    event: Mapped[str] = mapped_column(String(32))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(500), default="")
    webhook: Mapped[Webhook] = relationship()


class Courier(Base):
    """Who brings what waits for one destination ("platform:3", "webhook:7"); one is on the way while `job_id` is there.

    Whoever adds something for a destination locks its row: so there is never more than one, and none is missing.
    """

    __tablename__ = "couriers"

    destination: Mapped[str] = mapped_column(String(64), unique=True)
    job_id: Mapped[str | None] = mapped_column(String(64))
    began_at: Mapped[datetime | None]
