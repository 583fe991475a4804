"""Addresses that are told what happens in a course."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from quizsvc.errors import Conflict, Detail, Invalid, NotFound
from quizsvc.store.api_models import Webhook, WebhookMessage
from quizsvc.store.portions import After, portion

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.sealing import Seal

WebhookEvent = Literal["attempt.finished", "score.changed"]
EVENTS: tuple[WebhookEvent, ...] = get_args(WebhookEvent)
LONGEST_URL = 1000
MOST_IN_A_COURSE = 20


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """Which address is told what of which course; `secret` signs what it is told."""

    course_id: int
    url: str
    events: Sequence[WebhookEvent]
    secret: str


def create_webhook(session: Session, wanted: NewWebhook, *, seal: Seal, nonce: bytes, now: datetime) -> Webhook:
    """An address that is told from now on; raises Invalid, or Conflict where the course has very many.

    Whether the address may be asked is for `Outside.check`, before the transaction begins: names are looked up there.
    """
    events = sorted(set(wanted.events))
    if not events or len(wanted.url) > LONGEST_URL:
        message = f"A webhook needs an event of {', '.join(EVENTS)}, and a URL of at most {LONGEST_URL} characters."
        raise Invalid(message, [Detail("events" if not events else "url", message)])
    there = select(Webhook.id).where(Webhook.course_id == wanted.course_id, Webhook.disabled_at.is_(None))
    if len(session.scalars(there).all()) >= MOST_IN_A_COURSE:
        message = f"A course has at most {MOST_IN_A_COURSE} webhooks; remove one first."
        raise Conflict(message)
    webhook = Webhook(
        course_id=wanted.course_id,
        url=wanted.url,
        events=events,
        secret=seal.close(wanted.secret, nonce=nonce),
        created_at=now,
    )
    session.add(webhook)
    session.flush()
    return webhook


def get_webhook(session: Session, webhook_id: int, *, course_id: int | None) -> Webhook:
    """The webhook of that id, in that course or in any; raises NotFound, also for one that was removed."""
    query = select(Webhook).where(Webhook.id == webhook_id, Webhook.disabled_at.is_(None))
    if course_id is not None:
        query = query.where(Webhook.course_id == course_id)
    webhook = session.scalars(query.options(joinedload(Webhook.course))).one_or_none()
    if webhook is None:
        message = "There is no such webhook, or it is not for this token."
        raise NotFound(message)
    return webhook


def list_webhooks(session: Session, after: After, *, course_id: int | None) -> Sequence[Webhook]:
    """The webhooks of a course or of all, by id, without those that were removed."""
    query = select(Webhook).where(Webhook.disabled_at.is_(None)).options(joinedload(Webhook.course))
    return portion(session, query if course_id is None else query.where(Webhook.course_id == course_id), Webhook, after)


def remove_webhook(webhook: Webhook, *, now: datetime) -> None:
    """Tell the address nothing more; what it was told stays on record."""
    webhook.disabled_at = now


def messages_of(session: Session, webhook: Webhook, after: After) -> Sequence[WebhookMessage]:
    """What an address was told or will be, by id."""
    query = select(WebhookMessage).where(WebhookMessage.webhook_id == webhook.id)
    return portion(session, query, WebhookMessage, after)
