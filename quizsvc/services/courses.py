"""Courses and who is in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from quizsvc.errors import Conflict, Detail, Invalid, NotAllowed, NotFound
from quizsvc.services.accounts import read_name
from quizsvc.services.audit import Event, record
from quizsvc.store import people
from quizsvc.store.models import Course, Membership

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

INSTRUCTOR = "instructor"
STUDENT = "student"

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_SLUG = 64


def read_slug(text: str) -> str:
    """A short name for addresses and commands; raises Invalid."""
    if len(text) > LONGEST_SLUG or not _SLUG.fullmatch(text):
        message = (
            f"{text!r:.80} is no short name; write small letters, digits and single hyphens, like deep-learning-1."
        )
        raise Invalid(message, [Detail("slug", message)])
    return text


def create_course(session: Session, *, slug: str, title: str, now: datetime) -> Course:
    """A new course; raises Conflict where the slug is taken, Invalid where it is none."""
    if people.find_course(session, read_slug(slug)) is not None:
        message = f"There is a course {slug} already; choose another short name."
        raise Conflict(message)
    course = Course(slug=slug, title=read_name(title, "title"), created_at=now)
    session.add(course)
    session.flush()
    return course


def get_course(session: Session, slug: str) -> Course:
    """The course of that slug; raises NotFound."""
    return people.get_course(session, slug)


def set_policy(session: Session, *, slug: str, drop_lowest: int, now: datetime) -> Course:
    """How the sets of a course come to one mark: without so many of everybody's lowest. Raises NotFound."""
    course = people.get_course(session, slug)
    if course.drop_lowest != drop_lowest:
        course.drop_lowest = drop_lowest
        session.flush()
        record(session, Event(course.id, "course-graded-by", {"drop_lowest": drop_lowest}), now=now)
    return course


def list_courses(session: Session) -> Sequence[Course]:
    """All courses, by slug."""
    return people.courses(session)


def require_instructor(session: Session, *, user_id: int) -> None:
    """Raises NotAllowed for who teaches no course."""
    if not any(membership.role == INSTRUCTOR for membership in people.memberships_of(session, user_id)):
        message = "This page is for instructors."
        raise NotAllowed(message)


def get_membership(
    session: Session, *, user_id: int, course: Course, lock: bool = False, even_left: bool = False
) -> Membership:
    """What the person is in the course; raises NotFound where nothing, for the course is then none of his business.

    Who has left the course has no more business there; `even_left` is for others, who look after what is left.
    """
    membership = people.find_membership(session, user_id=user_id, course_id=course.id, lock=lock)
    if membership is None or (membership.left_at is not None and not even_left):
        message = "There is nothing here, or it is not for you."
        raise NotFound(message)
    return membership
