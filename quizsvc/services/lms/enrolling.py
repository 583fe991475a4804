"""Who is in a course because a platform says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from quizsvc.services.courses import INSTRUCTOR, STUDENT
from quizsvc.services.lms.once import once
from quizsvc.store import people
from quizsvc.store.lms_models import Context, ContextMember
from quizsvc.store.models import Membership

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.store.models import Course


def enrol(session: Session, context: Context, *, user_id: int, subject: str, role: str) -> Membership:
    """Note that the platform has this person in its course, and give him the role here; who had left is back.

    Several courses of platforms may be one here: who teaches one of them teaches it.
    """
    membership = find_or_add_membership(session, user_id=user_id, course=context.course)

    def make() -> ContextMember:
        made = ContextMember(context_id=context.id, user_id=user_id, subject=subject, role=role)
        session.add(made)
        return made

    member = once(session, context, lambda: find_member(session, context, user_id), make)
    member.subject, member.role, member.left_at = subject, role, None
    session.flush()
    membership.role = role_in_course(session, user_id=user_id, course_id=context.course_id)
    membership.left_at = None
    session.flush()
    return membership


def leave(session: Session, context: Context, member: ContextMember, *, now: datetime) -> None:
    """Note that the platform has this person in its course no longer.

    The person has left the course here as well, unless another course of a platform that is this one still has them.
    """
    member.left_at = now
    membership = find_or_add_membership(session, user_id=member.user_id, course=context.course)
    session.flush()
    if is_told_of(session, user_id=member.user_id, course_id=context.course_id):
        membership.role = role_in_course(session, user_id=member.user_id, course_id=context.course_id)
    else:
        membership.left_at = membership.left_at or now
    session.flush()


def is_told_of(session: Session, *, user_id: int, course_id: int) -> bool:
    """Whether any platform has the person in a course that is this one here."""
    query = select(ContextMember.id).join(ContextMember.context)
    query = query.where(
        Context.course_id == course_id, ContextMember.user_id == user_id, ContextMember.left_at.is_(None)
    )
    return session.scalars(query.limit(1)).one_or_none() is not None


def find_or_add_membership(session: Session, *, user_id: int, course: Course) -> Membership:
    """What the person is in the course, locked; a student's place where there is nothing yet."""

    def find() -> Membership | None:
        return people.find_membership(session, user_id=user_id, course_id=course.id, lock=True)

    def make() -> Membership:
        made = Membership(user_id=user_id, course_id=course.id, role=STUDENT)
        session.add(made)
        return made

    return once(session, course, find, make)


def find_member(session: Session, context: Context, user_id: int) -> ContextMember | None:
    """What the platform has told of a person in its course."""
    query = select(ContextMember).where(ContextMember.context_id == context.id, ContextMember.user_id == user_id)
    return session.scalars(query).one_or_none()


def role_in_course(session: Session, *, user_id: int, course_id: int) -> str:
    """The highest role that the person has in those courses of platforms which are this one here."""
    query = (
        select(ContextMember.role)
        .join(ContextMember.context)
        .where(Context.course_id == course_id, ContextMember.user_id == user_id, ContextMember.left_at.is_(None))
    )
    return INSTRUCTOR if INSTRUCTOR in session.scalars(query).all() else STUDENT
