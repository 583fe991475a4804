"""The addresses that are told what happens in courses, and what waits for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager, joinedload, undefer

from quizsvc.store.api_models import Webhook, WebhookMessage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from fractions import Fraction

    from sqlalchemy.orm import Session


def webhooks_of(session: Session, course_id: int) -> Sequence[Webhook]:
    """The addresses that are told what happens in the course."""
    query = select(Webhook).where(Webhook.course_id == course_id, Webhook.disabled_at.is_(None))
    return session.scalars(query.options(joinedload(Webhook.course)).order_by(Webhook.id)).all()


def share_told(session: Session, webhook_id: int, subject: str) -> Fraction | None:
    """The share that the address was told of last, of a person in a set; None where of none."""
    query = select(WebhookMessage.share).where(
        WebhookMessage.webhook_id == webhook_id,
        WebhookMessage.subject == subject,
        WebhookMessage.event == "score.changed",
    )
    return session.scalars(query.order_by(WebhookMessage.id.desc()).limit(1)).one_or_none()


def next_to_tell(session: Session, webhook_id: int, now: datetime) -> WebhookMessage | None:
    """The oldest message whose time has come, and that nobody else has; with its webhook and the secret of that."""
    query = (
        select(WebhookMessage)
        .join(WebhookMessage.webhook)
        .where(
            WebhookMessage.webhook_id == webhook_id,
            Webhook.disabled_at.is_(None),
            WebhookMessage.next_try_at <= now,
            or_(WebhookMessage.busy_until.is_(None), WebhookMessage.busy_until <= now),
        )
        .order_by(WebhookMessage.id)
        .limit(1)
        .options(contains_eager(WebhookMessage.webhook).options(undefer(Webhook.secret)))
        .with_for_update(of=WebhookMessage, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one_or_none()


def lock_message(session: Session, message_id: int) -> WebhookMessage | None:
    """The message of that number, as it is now; nobody else changes it until the transaction ends."""
    query = select(WebhookMessage).where(WebhookMessage.id == message_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()
