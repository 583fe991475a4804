"""Leave for a platform to register itself: an address with a secret, good once and for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from quizsvc.errors import Conflict, Detail, Invalid, NotAllowed
from quizsvc.services.accounts import read_name
from quizsvc.services.lms.once import use_up
from quizsvc.services.secret_hash import hash_secret
from quizsvc.store import people
from quizsvc.store.lms_models import Invitation, Platform

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session

NOT_KNOWN = (
    "This address does not let a platform register itself: ask who runs this service for an invitation, "
    "and copy its address whole."
)


def invite(
    session: Session, *, name: str, secret: str, lasts: timedelta, now: datetime, course_slug: str | None = None
) -> Invitation:
    """Leave for one platform, which gets that name; raises Conflict where the name is taken, Invalid, NotFound."""
    wanted = read_name(name)
    if session.scalars(select(Platform.id).where(Platform.name == wanted)).first() is not None:
        message = f"There is a platform {wanted!r} already; choose another name."
        raise Conflict(message, [Detail("name", message)])
    if not lasts:
        message = "The invitation would end at once; let it last for some days."
        raise Invalid(message)
    invitation = Invitation(
        secret_hash=hash_secret(secret),
        name=wanted,
        course=people.get_course(session, course_slug) if course_slug else None,
        created_at=now,
        expires_at=now + lasts,
    )
    session.add(invitation)
    session.flush()
    return invitation


def take(session: Session, *, secret: str, now: datetime) -> Invitation:
    """Use an invitation up, so that nobody else can; raises NotAllowed where it is not known, used, or too old."""
    invitation = session.scalars(select(Invitation).where(Invitation.secret_hash == hash_secret(secret))).one_or_none()
    if invitation is None:
        raise NotAllowed(NOT_KNOWN)
    if now >= invitation.expires_at:
        message = "This invitation is no longer valid: ask who runs this service for a new one."
        raise NotAllowed(message)
    if not use_up(session, invitation, Invitation.used_at, now=now):
        message = "This invitation was used already: ask who runs this service for a new one."
        raise NotAllowed(message)
    return invitation


def give_back(session: Session, invitation_id: int) -> None:
    """Let an invitation be used after all, for nothing came of it."""
    session.execute(update(Invitation).where(Invitation.id == invitation_id).values(used_at=None))
