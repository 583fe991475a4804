"""Who a platform's people are here."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from quizsvc.errors import Invalid
from quizsvc.services import accounts
from quizsvc.services.accounts import LONGEST_EMAIL, LONGEST_NAME, read_email
from quizsvc.services.courses import STUDENT
from quizsvc.services.lms.enrolling import enrol
from quizsvc.services.lms.once import once
from quizsvc.services.lms.roles import role_of
from quizsvc.store import people
from quizsvc.store.lms_models import PlatformUser

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.store.lms_models import Context, Platform
    from quizsvc.store.models import Membership, User

NOWHERE = "users.invalid"
"""The domain of addresses that stand for people whose address is not known, or not to be trusted; it does not exist."""

ID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as a platform tells of them; what it keeps to itself is None."""

    subject: str
    name: str | None
    email: str | None
    roles: tuple[str, ...]


def take_in(
    session: Session, platform: Platform, context: Context, person: Person, *, now: datetime
) -> tuple[User, Membership]:
    """Have a person in the platform's course be one of the course here, known or new."""
    known = _platform_user(session, platform, person, now)
    known.email = person.email
    if person.name is not None and known.user.email.endswith(f"@{NOWHERE}"):
        known.user.name = person.name  # whose account is of another origin keeps its name
    role = role_of(person.roles)
    return known.user, enrol(session, context, user_id=known.user_id, subject=person.subject, role=role)


def _platform_user(session: Session, platform: Platform, person: Person, now: datetime) -> PlatformUser:
    """The platform's person: known, or known by an address that may be trusted, or new."""

    def find() -> PlatformUser | None:
        query = select(PlatformUser).where(
            PlatformUser.platform_id == platform.id, PlatformUser.subject == person.subject
        )
        return session.scalars(query).one_or_none()

    def make() -> PlatformUser:
        trusted = person.email if platform.trust_emails else None
        user = people.find_user(session, trusted) if trusted else None
        if user is None:
            mark = hashlib.sha256(person.subject.encode()).hexdigest()[:ID_LENGTH]
            email, kind = trusted or f"lti-{platform.id}-{mark}@{NOWHERE}", role_of(person.roles)
            user = _new_user(session, email=email, name=person.name, kind=kind, now=now)
        made = PlatformUser(platform_id=platform.id, subject=person.subject, user=user)
        session.add(made)
        return made

    return once(session, platform, find, make)


def new_guest(session: Session, platform: Platform, name: str | None, *, now: datetime) -> User:
    """An account for somebody of whom the platform does not say who it is: somebody new each time."""
    email = f"lti-{platform.id}-{secrets.token_hex(ID_LENGTH // 2)}@{NOWHERE}"
    return _new_user(session, email=email, name=name, kind="guest", now=now)


def _new_user(session: Session, *, email: str, name: str | None, kind: str, now: datetime) -> User:
    """An account without a password; who has no name gets one like Student 1234."""
    user = accounts.create_user(session, email=email, name=name or STUDENT, now=now)
    if name is None:
        user.name = f"{kind.capitalize()} {user.id}"
    return user


def told_name(told: Mapping[str, Any]) -> str | None:
    """The name that a launch, or an entry of a roster, tells of; None where there is none."""
    parts = (one_line(told.get("given_name")), one_line(told.get("family_name")))
    return one_line(told.get("name")) or one_line(" ".join(part for part in parts if part))


def told_email(value: object) -> str | None:
    """The address; None where there is none, or what there is cannot be one: nothing depends on it."""
    if not isinstance(value, str) or len(value) > LONGEST_EMAIL:
        return None
    try:
        return read_email(value)
    except Invalid:
        return None


def one_line(value: object, longest: int = LONGEST_NAME) -> str | None:
    """Text as it can be shown on one line; None where there is none."""
    if not isinstance(value, str):
        return None
    words = "".join(sign if sign.isprintable() else " " for sign in value).split()
    return " ".join(words)[:longest].strip() or None
