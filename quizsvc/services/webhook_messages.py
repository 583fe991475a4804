"""What the addresses of webhooks are told: that an attempt has ended, and that a score has changed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from quizsvc.store import webhook_messages as messages
from quizsvc.store.api_models import WebhookMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.standings import Standing
    from quizsvc.store.api_models import Webhook
    from quizsvc.store.couriers import Entry

FINISHED = "attempt.finished"
CHANGED = "score.changed"


def tell_finished(
    session: Session, webhook: Webhook, finished: Iterable[Entry], standings: Mapping[tuple[int, int], Standing]
) -> list[WebhookMessage]:
    """Write down which attempts have ended since there is the webhook; standings are by set and person."""
    told = []
    for entry in finished:
        standing = standings.get((entry.set_id or 0, entry.user_id or 0))
        if FINISHED in webhook.events and standing is not None and entry.at >= webhook.created_at:
            told.append(_message(webhook, FINISHED, standing, number=entry.number, now=entry.at))
    session.add_all(told)
    return told


def tell_changed(
    session: Session, webhook: Webhook, standings: Iterable[Standing], *, number: int, now: datetime
) -> list[WebhookMessage]:
    """Write down whose score is another than was told last; `number` is that of the newest entry of the log."""
    told = []
    for standing in standings if CHANGED in webhook.events else ():
        before = messages.share_told(session, webhook.id, _subject(standing))
        if standing.share is not None and standing.share != before and (standing.counts or before is not None):
            told.append(_message(webhook, CHANGED, standing, number=number, now=now))
    session.add_all(told)
    return told


def _subject(standing: Standing) -> str:
    return f"set {standing.set_id}, user {standing.user_id}"


def _message(webhook: Webhook, event: str, standing: Standing, *, number: int, now: datetime) -> WebhookMessage:
    """What the address is told. No names: who it is about is told by number, and asked for by who may know."""
    named = f"{webhook.id} {number} {event} {_subject(standing)}"
    message_id = hashlib.sha256(named.encode()).hexdigest()[:32]
    body: dict[str, Any] = {
        "id": message_id,
        "event": event,
        "created_at": now.isoformat(timespec="milliseconds"),
        "course": webhook.course.slug,
        "problem_set": standing.set_id,
        "user": standing.user_id,
        "score": {
            "points": str(standing.earned),
            "max_points": standing.max_points,
            "share": None if standing.share is None else str(standing.share),
        },
    }
    return WebhookMessage(
        webhook_id=webhook.id,
        message_id=message_id,
        event=event,
        body=body,
        subject=_subject(standing),
        share=standing.share,
        created_at=now,
        next_try_at=now,
    )
