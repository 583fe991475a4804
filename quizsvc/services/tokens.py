"""Keys to the API: shown once, stored as a hash, limited in what they open and for how long."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from quizsvc.errors import Detail, Invalid, NotAllowed, NotFound, NotLoggedIn
from quizsvc.services.accounts import read_name
from quizsvc.services.secret_hash import hash_secret
from quizsvc.store import people
from quizsvc.store.models import ApiToken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

MARK = "gfq_"
"""Every token begins with it, so that one that has leaked can be found."""

SHOWN = 12
"""So many characters of it are kept readable, to tell one from another."""

SCOPES = {
    "problems:read": "read what families there are",
    "problems:draw": "draw and pose problems",
    "grade": "have answers judged",
    "courses:read": "read courses and who is in them",
    "sets:read": "read problem sets",
    "attempts:read": "read students' attempts",
    "attempts:write": "work on sets for students",
    "scores:read": "read everybody's scores",
    "extensions:read": "read extensions",
    "extensions:write": "grant extensions",
    "statistics:read": "read statistics",
    "regrade": "grade sets again",
    "webhooks": "have addresses told what happens",
}


def create_token(
    session: Session,
    *,
    name: str,
    scopes: Iterable[str],
    now: datetime,
    expires_at: datetime | None = None,
    course_slug: str | None = None,
) -> tuple[ApiToken, str]:
    """A new token and its secret, which nobody can tell again; raises Invalid for an unknown scope or a past expiry."""
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        what = f"{unknown[0]!r:.60} is no scope" if unknown else "A token needs a scope"
        message = f"{what}; choose from {', '.join(SCOPES)}."
        raise Invalid(message, [Detail("scope", message)])
    if expires_at is not None and expires_at <= now:
        message = "The token would have expired already; choose a later time."
        raise Invalid(message, [Detail("expires", message)])
    secret = MARK + secrets.token_urlsafe(32)
    token = ApiToken(
        name=read_name(name),
        course=None if course_slug is None else people.get_course(session, course_slug),
        prefix=secret[:SHOWN],
        token_hash=hash_secret(secret),
        scopes=wanted,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()
    return token, secret


def list_tokens(session: Session) -> Sequence[ApiToken]:
    """All tokens, the newest last."""
    return session.scalars(select(ApiToken).options(joinedload(ApiToken.course)).order_by(ApiToken.id)).all()


def revoke_token(session: Session, *, token_id: int, now: datetime) -> ApiToken:
    """Make a token worthless; revoked again, it keeps its first time. Raises NotFound."""
    token = session.get(ApiToken, token_id)
    if token is None:
        message = f"There is no token {token_id}; token list tells the numbers."
        raise NotFound(message)
    token.revoked_at = token.revoked_at or now
    return token


def check_token(session: Session, *, secret: str, scope: str | None, now: datetime) -> ApiToken:
    """The token, where it is good, and for this scope if one is asked; raises NotLoggedIn or NotAllowed."""
    query = select(ApiToken).where(ApiToken.token_hash == hash_secret(secret)).options(joinedload(ApiToken.course))
    token = session.scalars(query).one_or_none()
    if token is None:
        message = "This token is not known; check that it was copied whole."
        raise NotLoggedIn(message)
    if token.revoked_at is not None:
        message = "This token was revoked; ask for a new one."
        raise NotLoggedIn(message)
    if token.expires_at is not None and now >= token.expires_at:
        message = "This token has expired; ask for a new one."
        raise NotLoggedIn(message)
    if scope is not None and scope not in token.scopes:
        message = f"This token may not {SCOPES[scope]}: it lacks the scope {scope}."
        raise NotAllowed(message)
    return token
