"""Requests that may come twice, for nobody knows whether the first arrived: what was answered is answered again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from quizsvc.errors import Detail, Invalid, Malformed
from quizsvc.store.answered_requests import claim, forget_answered, get_answered
from quizsvc.store.request_counts import forget_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

KEPT = timedelta(hours=48)
LONGEST_KEY = 255
HEADER = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered; `again` where it was answered before."""

    status: int
    headers: Mapping[str, str]
    body: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request by the key that its sender gave it; `asked` stands for all that was asked."""

    token_id: int
    key: str
    asked: str

    @classmethod
    def read(cls, token_id: int, key: str, *, asked: Sequence[Any]) -> KeyedRequest:
        """From all that was asked, as JSON has it; raises Malformed where the key cannot be one."""
        if not 1 <= len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
            message = f"{HEADER} has 1 to {LONGEST_KEY} printable ASCII characters; send one such as a UUID."
            raise Malformed(message, [Detail(HEADER, message)])
        content = json.dumps(asked, sort_keys=True)
        return cls(token_id, key, hashlib.sha256(content.encode()).hexdigest())


def answer_once(session: Session, request: KeyedRequest, do: Callable[[], Answer], *, now: datetime) -> Answer:
    """What `do` answers, or has answered to this request before; raises Invalid where the key came with another one.

    Answer and deed are kept together or not at all. A request that was refused did nothing, and may come again.
    """
    token_id, key = request.token_id, request.key
    forget_answered(session, before=now - KEPT, token_id=token_id, key=key)
    is_new = claim(session, token_id=token_id, key=key, request_hash=request.asked, now=now)
    kept = get_answered(session, token_id=token_id, key=key)
    if not is_new and kept.request_hash != request.asked:
        message = f"This {HEADER} came with another request before; a new request needs a new key."
        raise Invalid(message, [Detail(HEADER, message)])
    if not is_new:
        return Answer(kept.status, kept.headers, kept.body, again=True)
    answer = do()
    kept.status, kept.headers, kept.body = answer.status, dict(answer.headers), answer.body
    return answer


def forget_old(session: Session, *, now: datetime) -> None:
    """Remove answers that are kept no longer, and counts of requests that are over."""
    forget_answered(session, before=now - KEPT)
    forget_counts(session, now=now)
