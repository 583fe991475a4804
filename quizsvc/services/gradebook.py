"""The gradebook: every student's marks in a set and in a course, made by `marks` from what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from quizsvc.errors import NotAllowed
from quizsvc.services.courses import STUDENT, get_membership
from quizsvc.services.marking import rules_of
from quizsvc.services.marks import Adjustments, Result, SetMark, course_share, mark_of
from quizsvc.services.scoring import results_of
from quizsvc.services.seats import AtSeat, Seat, seats_at
from quizsvc.store import people, sets, work

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.store.models import Adjustment, Course, IssuedProblem, Item, Membership, ProblemSet


def adjustments_of(rows: Iterable[Adjustment]) -> Adjustments:
    """What holds of the rows of one student in one set, the oldest first."""
    items: dict[str, Fraction] = {}
    whole: Fraction | None = None
    held: Fraction | None = None
    for row in rows:
        if row.held is not None:
            held = row.held
        elif row.item_key is None:
            whole = row.points
        elif row.points is None:
            items.pop(row.item_key, None)
        else:
            items[row.item_key] = row.points
    return Adjustments(items, whole, held)


def mark_at(seat: Seat, issued: Iterable[IssuedProblem], adjusted: Iterable[Adjustment]) -> SetMark:
    """The mark at one seat, from all problems that were issued there."""
    results: dict[str, list[Result]] = {}
    for one in issued:
        results.setdefault(one.item.key, []).extend(results_of([one]))
    rules = rules_of(seat.set)
    keys = rules.usual_keys if seat.attempt is None else [item.key for item in seat.items]
    return mark_of(rules, keys, results, adjustments_of(adjusted))


@dataclass(frozen=True, slots=True)
class GradebookRow(AtSeat):
    """One student in one set; `problem_ids` are the newest variants by item, `submitted_at` is the last arrival."""

    mark: SetMark
    problem_ids: Mapping[str, int]
    submitted_at: datetime | None
    late: bool

    def cell(self, key: str) -> Fraction | None:
        """The points in the item of that key; None where the student does not have it, or nothing was done."""
        for item in self.mark.items:
            if item.key == key:
                return None if item.source == "nothing" else item.earned
        return None


@dataclass(frozen=True, slots=True)
class SetGradebook:
    """A set's marks: `items` are its problems in their order, `rows` its students by name."""

    set: ProblemSet
    course: Course
    items: tuple[Item, ...]
    max_points: int
    rows: tuple[GradebookRow, ...]

    @property
    def title(self) -> str:
        """The set's title."""
        return self.set.title


def set_gradebook(session: Session, *, set_id: int, user_id: int | None = None) -> SetGradebook:
    """Every student's marks in a set; raises NotFound, NotAllowed unless that person teaches the course.

    `user_id` is None for who runs the service.
    """
    problem_set = sets.get_set(session, set_id)
    if user_id is not None:
        require_teacher(session, problem_set.course, user_id)
    return gradebook_of(session, problem_set)


def require_teacher(session: Session, course: Course, user_id: int) -> None:
    """Raises NotFound where the course is none of that person's business, NotAllowed where it is only its student."""
    if get_membership(session, user_id=user_id, course=course).role == STUDENT:
        message = "Only instructors of the course see everybody's results."
        raise NotAllowed(message)


def gradebook_of(
    session: Session, problem_set: ProblemSet, members: Sequence[Membership] | None = None
) -> SetGradebook:
    """The marks in a set of all students of its course or, in their order, of these."""
    of_these = None if members is None else [one.user_id for one in members]
    work_of: dict[int, list[IssuedProblem]] = {}
    for issued in work.issued_in(session, [problem_set.id], of_these):
        work_of.setdefault(issued.attempt.user_id, []).append(issued)
    adjusted: dict[int, list[Adjustment]] = {}
    for one in work.adjustments_in(session, [problem_set.id], of_these):
        adjusted.setdefault(one.user_id, []).append(one)
    rows = tuple(
        _row(seat, work_of.get(user_id, []), adjusted.get(user_id, []))
        for user_id, seat in seats_at(session, problem_set, members).items()
    )
    items = tuple(problem_set.items)
    return SetGradebook(problem_set, problem_set.course, items, rules_of(problem_set).max_points(), rows)


def find_row(session: Session, problem_set: ProblemSet, user_id: int) -> GradebookRow | None:
    """One student's marks in a set; None for who is no student of its course."""
    membership = people.find_membership(session, user_id=user_id, course_id=problem_set.course_id)
    if membership is None or membership.role != STUDENT:
        return None
    extension = work.find_extension(session, set_id=problem_set.id, user_id=user_id)
    attempt = work.find_attempt(session, set_id=problem_set.id, user_id=user_id)
    issued = work.issued_in(session, [problem_set.id], user_id)
    adjusted = work.adjustments_in(session, [problem_set.id], user_id)
    return _row(Seat(problem_set, membership, extension, attempt), issued, adjusted)


def _row(seat: Seat, issued: Sequence[IssuedProblem], adjusted: Sequence[Adjustment]) -> GradebookRow:
    submissions = [submission for one in issued for submission in one.submissions]
    return GradebookRow(
        seat=seat,
        mark=mark_at(seat, issued, adjusted),
        problem_ids={one.item.key: one.id for one in issued},
        submitted_at=max((submission.arrived_at for submission in submissions), default=None),
        late=any(submission.late for submission in submissions),
    )


@dataclass(frozen=True, slots=True)
class CourseRow:
    """One student in a course: the mark in every set, which sets count, and what they come to (0 to 1, or None)."""

    user_id: int
    name: str
    email: str
    marks: Mapping[int, SetMark]
    counted: frozenset[int]
    dropped: frozenset[int]
    share: Fraction | None


@dataclass(frozen=True, slots=True)
class CourseGradebook:
    """A course's marks: its graded, published sets and its students by name."""

    course: Course
    sets: tuple[ProblemSet, ...]
    rows: tuple[CourseRow, ...]


def course_gradebook(
    session: Session, *, course_slug: str, now: datetime, user_id: int | None = None
) -> CourseGradebook:
    """Every student's marks in a course; raises NotFound, NotAllowed unless that person teaches it.

    A set counts once there is something of the student in it, or its time is over: who did nothing then has 0.
    """
    course = people.get_course(session, course_slug)
    if user_id is not None:
        require_teacher(session, course, user_id)
    shown = [one for one in sets.sets_of(session, course.id, published=True) if one.mode == "graded"]
    books = [{row.user_id: row for row in gradebook_of(session, one).rows} for one in shown]
    rows = []
    for membership in people.members(session, course.id, STUDENT):
        of_student = [book[membership.user_id] for book in books]
        shares = {
            row.seat.set.id: (row.mark.share, _weight(row.seat.set))
            for row in of_student
            if row.mark.share is not None
            and (row.mark.is_begun or row.seat.is_finished or row.seat.window.is_over_for_all_times(now))
        }
        share, dropped = course_share(shares, course.drop_lowest)
        rows.append(
            CourseRow(
                user_id=membership.user_id,
                name=membership.user.name,
                email=membership.user.email,
                marks={row.seat.set.id: row.mark for row in of_student},
                counted=frozenset(shares),
                dropped=frozenset(dropped),
                share=share,
            )
        )
    return CourseGradebook(course, tuple(shown), tuple(rows))


def _weight(problem_set: ProblemSet) -> Fraction:
    return Fraction(rules_of(problem_set).max_points()) if problem_set.weight is None else problem_set.weight
