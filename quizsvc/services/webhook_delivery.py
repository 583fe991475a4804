"""Messages to the addresses of webhooks: lent one by one, signed, sent, and what became of each.

A message is signed as `Quiz-Signature: t=SECONDS,v1=HEX`: HMAC-SHA256, by the webhook's secret, of the seconds since
1970 at which it was sent, a dot, and the body as it came.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from quizsvc.errors import NotReached, QuizError
from quizsvc.services.answers import Answer, read_answer
from quizsvc.store import webhook_messages

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.outside import Outside
    from quizsvc.services.patience import Patience
    from quizsvc.services.sealing import Seal

SIGNATURE = "Quiz-Signature"
GIVES_UP = timedelta(days=3)
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent where; nobody else sends it before `lent_until`."""

    id: int
    url: str
    secret: str
    body: bytes
    lent_until: datetime


def lend_message(session: Session, webhook_id: int, *, seal: Seal, now: datetime, patience: Patience) -> Message | None:
    """The oldest message for an address, which nobody else gets for a while; None where none waits whose time has come.

    Raises NotReady where the secret cannot be read any more.
    """
    row = webhook_messages.next_to_tell(session, webhook_id, now)
    if row is None:
        return None
    row.busy_until = now + patience.lent
    session.flush()
    body = json.dumps(row.body, ensure_ascii=False, sort_keys=True).encode()
    return Message(row.id, row.webhook.url, seal.open(row.webhook.secret), body, row.busy_until)


def send_message(outside: Outside, message: Message, *, now: datetime) -> Answer:
    """Send it, whatever comes of it; what the address answers does not matter, only that it has taken it."""
    headers = {"Content-Type": "application/json", SIGNATURE: signature(message.secret, message.body, now=now)}
    try:
        response = outside.post(message.url, headers=headers, content=message.body)
    except NotReached as error:
        return Answer("again", error.message)
    except QuizError as error:
        return Answer("refused", error.message)
    answer = Answer("taken") if response.is_success else read_answer(response, now=now)
    # Whoever programs against us makes mistakes, and mends them: nothing that they answer is final.
    return answer if answer.kind == "taken" else Answer("again", answer.words, answer.wait)


def signature(secret: str, body: bytes, *, now: datetime) -> str:
    """What proves that a body comes from us, and when it was sent."""
    seconds = int(now.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def record_message(
    session: Session, message: Message, answer: Answer, *, now: datetime, patience: Patience, chance: float
) -> None:
    """Keep what became of a message that was lent; nothing where it has been lent to somebody else since."""
    row = webhook_messages.lock_message(session, message.id)
    if row is None or row.busy_until != message.lent_until:
        return
    row.busy_until = None
    if answer.kind == "taken":
        row.sent_at, row.next_try_at, row.reason = now, None, ""
        return
    row.tries += 1
    row.reason = answer.words[:LONGEST_REASON]
    if answer.kind == "refused" or now - row.created_at > min(GIVES_UP, patience.gives_up):
        row.failed_at, row.next_try_at = now, None
    else:
        row.next_try_at = now + max(patience.pause(row.tries, chance), answer.wait or timedelta(0))
    session.flush()
