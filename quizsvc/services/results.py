"""What one person sees of the own courses: the sets, how far they are done, and the marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quizsvc.services.courses import INSTRUCTOR, get_membership
from quizsvc.services.progress import ProgressOfSet, progress_of_sets
from quizsvc.services.seats import seats_of_person
from quizsvc.store import people, sets

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.store.models import Course


@dataclass(frozen=True, slots=True)
class CourseCard:
    """A course as one of its members sees it: role is student or instructor."""

    course: Course
    role: str
    sets: tuple[ProgressOfSet, ...]


@dataclass(frozen=True, slots=True)
class MyResults:
    """One student's results in a course."""

    course: Course
    sets: tuple[ProgressOfSet, ...]


def my_courses(session: Session, *, user_id: int, now: datetime) -> list[CourseCard]:
    """A person's courses, each with its sets and how far that person is in them."""
    cards = []
    for membership in people.memberships_of(session, user_id):
        teaches = membership.role == INSTRUCTOR
        shown = sets.sets_of(session, membership.course_id, published=not teaches)
        progress = progress_of_sets(session, seats_of_person(session, shown, user_id), now=now)
        cards.append(CourseCard(membership.course, membership.role, tuple(progress)))
    return cards


def my_results(session: Session, *, user_id: int, course_slug: str, now: datetime) -> MyResults:
    """One student's results in the published, graded sets of a course; raises NotFound."""
    course = people.get_course(session, course_slug)
    get_membership(session, user_id=user_id, course=course)
    shown = sets.sets_of(session, course.id, published=True)
    seats = seats_of_person(session, shown, user_id)
    return MyResults(course, tuple(progress_of_sets(session, seats, now=now)))
