"""The shapes of webhooks: addresses that are told what happens in a course."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from quizsvc.api.models import Sent, Slug

Event = Literal["attempt.finished", "score.changed"]


class WebhookRequest(Sent):
    """Which address is told what of which course."""

    course: Slug
    url: str = Field(min_length=1, max_length=1000, examples=["https://portal.example.org/quiz"])
    events: Annotated[list[Event], Field(min_length=1, max_length=10)]


class WebhookOut(BaseModel):
    """An address that is told."""

    id: int
    course: Slug
    url: str
    events: list[Event]
    created_at: datetime


class NewWebhookOut(WebhookOut):
    """An address that is told from now on. The `secret` that signs what it is told is shown this once."""

    secret: str


class WebhooksOut(BaseModel):
    """Webhooks; `next` is the cursor of those that come after."""

    items: list[WebhookOut]
    next: str | None


class MessageOut(BaseModel):
    """One thing that the address is told: sent, given up for a `reason`, or still to be tried."""

    id: str
    event: Event
    body: dict[str, Any]
    created_at: datetime
    tries: int
    next_try_at: datetime | None
    sent_at: datetime | None
    failed_at: datetime | None
    reason: str


class MessagesOut(BaseModel):
    """What an address was told or will be; `next` is the cursor of what comes after."""

    items: list[MessageOut]
    next: str | None
