"""Who a platform's people are here."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from quizsvc.errors import Invalid
from quizsvc.services import accounts
from quizsvc.services.accounts import LONGEST_EMAIL, LONGEST_NAME, read_email
from quizsvc.services.courses import STUDENT
from quizsvc.services.lms.enrolling import enrol, find_member
from quizsvc.services.lms.once import lock, once
from quizsvc.services.lms.roles import role_of
from quizsvc.services.outbox import course_destination, send_courier
from quizsvc.store import people, scores_passed, work
from quizsvc.store.lms_models import ContextMember, PlatformUser
from quizsvc.store.models import Membership, User

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.store.lms_models import Context, Platform

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
    before, role = find_member(session, context, known.user_id), role_of(person.roles)
    was_there = before is not None and before.left_at is None
    membership = enrol(session, context, user_id=known.user_id, subject=person.subject, role=role)
    if not was_there and work.has_begun_any(session, course_id=context.course_id, user_id=known.user_id):
        # The platform does not have the scores of work that was done before.
        scores_passed.look_through_again(session, context.id)
        send_courier(session, course_destination(context.course_id), now=now)
    return known.user, membership


def take_in_all(
    session: Session, platform: Platform, context: Context, persons: Sequence[Person], *, now: datetime
) -> None:
    """The same for many: those whom nobody knows are added at once."""
    lock(session, platform)
    new = {person.subject: person for person in _strangers(session, platform, persons)}
    _add_all(session, platform, context, list(new.values()), now=now)
    for person in persons:
        if person.subject not in new:
            take_in(session, platform, context, person, now=now)


def _strangers(session: Session, platform: Platform, persons: Sequence[Person]) -> list[Person]:
    """Who is not known of the platform, and whose address, where it counts, is nobody's here."""
    query = select(PlatformUser.subject).where(
        PlatformUser.platform_id == platform.id, PlatformUser.subject.in_([person.subject for person in persons])
    )
    known = set(session.scalars(query))
    trusted = [person.email for person in persons if platform.trust_emails and person.email]
    taken = {*people.users_by_email(session, trusted), *(one for one, count in Counter(trusted).items() if count > 1)}
    return [person for person in persons if person.subject not in known and person.email not in taken]


def _add_all(session: Session, platform: Platform, context: Context, persons: list[Person], *, now: datetime) -> None:
    """New accounts, and their places in both courses."""
    users = [User(email=_address(platform, person), name=person.name or STUDENT, created_at=now) for person in persons]
    session.add_all(users)
    session.flush()
    for person, user in zip(persons, users, strict=True):
        role = role_of(person.roles)
        user.name = person.name or _nameless(role, user)
        session.add_all(
            [
                PlatformUser(platform_id=platform.id, subject=person.subject, user_id=user.id, email=person.email),
                ContextMember(context_id=context.id, user_id=user.id, subject=person.subject, role=role),
                Membership(user_id=user.id, course_id=context.course_id, role=role),
            ]
        )
    session.flush()


def _address(platform: Platform, person: Person) -> str:
    """The address of a new account: the one that is told, where it may be trusted, or one that does not exist."""
    if platform.trust_emails and person.email:
        return person.email
    return f"lti-{platform.id}-{hashlib.sha256(person.subject.encode()).hexdigest()[:ID_LENGTH]}@{NOWHERE}"


def _nameless(kind: str, user: User) -> str:
    """The name of somebody who has none: Student 1234."""
    return f"{kind.capitalize()} {user.id}"


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
            email, kind = _address(platform, person), role_of(person.roles)
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
        user.name = _nameless(kind, user)
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
