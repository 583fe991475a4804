"""Answers that are kept for requests that come twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.orm import undefer

from quizsvc.store.api_models import AnsweredRequest
from quizsvc.store.database import insert_into

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


def claim(session: Session, *, token_id: int, key: str, request_hash: str, now: datetime) -> bool:
    """Take the key of a token for this transaction; false where an answer is kept for it.

    Who comes at the same time waits here until the first has an answer, or has failed.
    """
    empty = {"status": 0, "headers": {}, "body": "", "answered_at": now}
    query = (
        insert_into(session, AnsweredRequest)
        .values(token_id=token_id, key=key, request_hash=request_hash, **empty)
        .on_conflict_do_nothing(index_elements=[AnsweredRequest.token_id, AnsweredRequest.key])
    )
    return session.scalar(query.returning(AnsweredRequest.id)) is not None


def get_answered(session: Session, *, token_id: int, key: str) -> AnsweredRequest:
    """The answer to a request that was claimed."""
    query = select(AnsweredRequest).where(AnsweredRequest.token_id == token_id, AnsweredRequest.key == key)
    return session.scalars(query.options(undefer(AnsweredRequest.body))).one()


def forget_answered(session: Session, *, before: datetime, token_id: int | None = None, key: str | None = None) -> None:
    """Remove answers older than that: all, or the one of a key."""
    query = delete(AnsweredRequest).where(AnsweredRequest.answered_at <= before)
    if token_id is not None:
        query = query.where(AnsweredRequest.token_id == token_id, AnsweredRequest.key == key)
    session.execute(query)
