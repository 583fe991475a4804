"""Who there is, and who is in which course. `get_` raises NotFound, `find_` may return None."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, select, update
from sqlalchemy.orm import joinedload

from quizsvc.errors import NotFound
from quizsvc.store.columns import can_be_stored
from quizsvc.store.models import Attempt, Course, Login, Membership, User
from quizsvc.store.portions import in_portions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.store.models import ProblemSet


def get_user(session: Session, user_id: int) -> User:
    """The person of that id."""
    user = session.get(User, user_id)
    if user is None:
        message = "There is no such account."
        raise NotFound(message)
    return user


def find_user(session: Session, email: str) -> User | None:
    """The person of that address, which is in lower case."""
    if not can_be_stored(email):
        return None
    return session.scalars(select(User).where(User.email == email)).one_or_none()


def find_user_by_id(session: Session, user_id: int) -> User | None:
    """The person of that id."""
    return session.get(User, user_id)


def find_login(session: Session, secret_hash: str) -> Login | None:
    """The log-in with that hash, with its person."""
    query = select(Login).where(Login.secret_hash == secret_hash).options(joinedload(Login.user))
    return session.scalars(query).one_or_none()


def end_logins(session: Session, user_id: int, now: datetime) -> None:
    """End every log-in of a person that has not ended."""
    session.execute(update(Login).where(Login.user_id == user_id, Login.ended_at.is_(None)).values(ended_at=now))


def users_by_email(session: Session, emails: Iterable[str]) -> dict[str, User]:
    """Address -> person, of those that have an account; asked in portions."""
    found: dict[str, User] = {}
    for some in in_portions(emails):
        found |= {user.email: user for user in session.scalars(select(User).where(User.email.in_(some)))}
    return found


def find_course(session: Session, slug: str) -> Course | None:
    """The course of that slug."""
    if not can_be_stored(slug):
        return None
    return session.scalars(select(Course).where(Course.slug == slug)).one_or_none()


def get_course(session: Session, slug: str) -> Course:
    """The course of that slug."""
    course = find_course(session, slug)
    if course is None:
        known = session.scalars(select(Course.slug).order_by(Course.slug).limit(20)).all()
        hint = (
            f"the courses are {', '.join(known)}." if known else "there is no course yet; make one with course create."
        )
        message = f"There is no course {slug!r:.80}: {hint}"
        raise NotFound(message)
    return course


def courses(session: Session) -> Sequence[Course]:
    """All courses, by slug."""
    return session.scalars(select(Course).order_by(Course.slug)).all()


def memberships_of(session: Session, user_id: int, *, even_left: bool = False) -> Sequence[Membership]:
    """A person's courses, by title; `even_left`: those that the person has left as well."""
    query = select(Membership).join(Membership.course).where(Membership.user_id == user_id).order_by(Course.title)
    if not even_left:
        query = query.where(Membership.left_at.is_(None))
    return session.scalars(query.options(joinedload(Membership.course))).all()


def find_membership(session: Session, *, user_id: int, course_id: int, lock: bool = False) -> Membership | None:
    """What the person is in the course; with `lock`, nobody else writes for that person there until the end."""
    query = select(Membership).where(Membership.user_id == user_id, Membership.course_id == course_id)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def students_with_open_attempt(session: Session, problem_set: ProblemSet) -> Sequence[Membership]:
    """The students who have begun a set, and whose attempt has not ended."""
    query = select(Membership).join(
        Attempt, and_(Attempt.user_id == Membership.user_id, Attempt.set_id == problem_set.id)
    )
    query = query.where(
        Membership.course_id == problem_set.course_id,
        Membership.role == "student",
        Attempt.finished_at.is_(None),
    )
    return session.scalars(query.options(joinedload(Membership.user))).all()


def members(session: Session, course_id: int, role: str | None = None) -> Sequence[Membership]:
    """Who is in a course, by name."""
    query = select(Membership).join(Membership.user).where(Membership.course_id == course_id)
    if role is not None:
        query = query.where(Membership.role == role)
    return session.scalars(query.options(joinedload(Membership.user)).order_by(User.name, User.email)).all()
