"""Courses and who is in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quizsvc.errors import Conflict, Detail, Invalid, NotAllowed, NotFound
from quizsvc.services.accounts import read_name
from quizsvc.services.progress import ProgressOfSet, progress_of_sets
from quizsvc.store import people, sets
from quizsvc.store.models import Course, Membership

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

INSTRUCTOR = "instructor"
STUDENT = "student"

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_SLUG = 64


@dataclass(frozen=True, slots=True)
class CourseCard:
    """A course as one of its members sees it: role is student or instructor."""

    course: Course
    role: str
    sets: tuple[ProgressOfSet, ...]


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


def list_courses(session: Session) -> Sequence[Course]:
    """All courses, by slug."""
    return people.courses(session)


def my_courses(session: Session, *, user_id: int, now: datetime) -> list[CourseCard]:
    """A person's courses, each with its sets and how far that person is in them."""
    cards = []
    for membership in people.memberships_of(session, user_id):
        teaches = membership.role == INSTRUCTOR
        shown = sets.sets_of(session, membership.course_id, published=not teaches)
        progress = progress_of_sets(session, shown, user_id=user_id, now=now)
        cards.append(CourseCard(membership.course, membership.role, tuple(progress)))
    return cards


def require_instructor(session: Session, *, user_id: int) -> None:
    """Raises NotAllowed for who teaches no course."""
    if not any(membership.role == INSTRUCTOR for membership in people.memberships_of(session, user_id)):
        message = "This page is for instructors."
        raise NotAllowed(message)


def get_membership(session: Session, *, user_id: int, course: Course, lock: bool = False) -> Membership:
    """What the person is in the course; raises NotFound where nothing, for the course is then none of his business."""
    membership = people.find_membership(session, user_id=user_id, course_id=course.id, lock=lock)
    if membership is None:
        message = "There is nothing here, or it is not for you."
        raise NotFound(message)
    return membership
