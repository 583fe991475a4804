"""What a program may see: the course that its token is limited to, or everything. What it may not is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quizsvc.errors import NotFound
from quizsvc.services.accounts import read_email
from quizsvc.services.courses import STUDENT
from quizsvc.services.seats import Seat, seat_of
from quizsvc.store import people, sets, work
from quizsvc.store.portions import Which

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from quizsvc.store.models import ApiToken, Course, ProblemSet, User

NOT_HERE = "There is no such thing, or it is not for this token."


def require_course(token: ApiToken, course_id: int) -> None:
    """Raises NotFound where the token is limited to another course."""
    if token.course_id not in (None, course_id):
        raise NotFound(NOT_HERE)


def get_course(session: Session, token: ApiToken, slug: str) -> Course:
    """The course of that slug; raises NotFound."""
    course = people.find_course(session, slug)
    if course is None:
        raise NotFound(NOT_HERE)
    require_course(token, course.id)
    return course


def get_set(session: Session, token: ApiToken, set_id: int) -> ProblemSet:
    """The set of that id; raises NotFound."""
    try:
        problem_set = sets.get_set(session, set_id)
    except NotFound:
        raise NotFound(NOT_HERE) from None  # in the same words as one of another course
    require_course(token, problem_set.course_id)
    return problem_set


def get_seat(session: Session, token: ApiToken, attempt_id: int) -> Seat:
    """The seat of a student's attempt; raises NotFound, for those of instructors too: what they try is no work."""
    attempt = work.find_attempt_by_id(session, attempt_id)
    if attempt is None:
        raise NotFound(NOT_HERE)
    problem_set = get_set(session, token, attempt.set_id)
    seat = seat_of(session, problem_set, attempt.user_id, published_only=False, even_left=True)
    if seat.teaches:
        raise NotFound(NOT_HERE)
    return seat


def get_student(session: Session, course: Course, who: int | str) -> User:
    """The student of that id or address in a course; raises NotFound, or Invalid where it is no address."""
    found = people.find_user(session, read_email(who)) if isinstance(who, str) else people.find_user_by_id(session, who)
    membership = None if found is None else people.find_membership(session, user_id=found.id, course_id=course.id)
    if found is None or membership is None or membership.role != STUDENT:
        message = f"{who!r:.80} is no student of {course.slug}."
        raise NotFound(message)
    return found


def which_work(
    session: Session, token: ApiToken, *, course: str | None, set_id: int | None, user_id: int | None
) -> Which:
    """What of students' work a program asks for, and may see; raises NotFound for a course or set that is not there."""
    course_id = token.course_id if course is None else get_course(session, token, course).id
    if set_id is not None:
        get_set(session, token, set_id)
    return Which(course_id, set_id, user_id)
