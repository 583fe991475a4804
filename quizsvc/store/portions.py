"""Long lists, a portion at a time: what comes after an id, and one row more where there is more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload, selectinload, undefer_group

from quizsvc.store.models import (
    Attempt,
    Base,
    Course,
    Extension,
    IssuedProblem,
    Membership,
    ProblemSet,
    Rejudgement,
    Submission,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

Row = TypeVar("Row", bound=Base)
Value = TypeVar("Value", int, str)


AT_ONCE = 500
"""Databases bound how many values one query may name."""


def in_portions(values: Iterable[Value]) -> Iterator[list[Value]]:
    """Values, as many at a time as one query may name."""
    left = list(values)
    for start in range(0, len(left), AT_ONCE):
        yield left[start : start + AT_ONCE]


@dataclass(frozen=True, slots=True)
class After:
    """So many rows, and one more, after this id."""

    id: int
    limit: int


def portion(session: Session, query: Select[Row], table: type[Row], after: After) -> Sequence[Row]:
    """The rows that the query finds after an id, by id."""
    return session.scalars(query.where(table.id > after.id).order_by(table.id).limit(after.limit + 1)).all()


def courses(session: Session, after: After, *, course_id: int | None) -> Sequence[Course]:
    """All courses, or the one."""
    query = select(Course)
    return portion(session, query if course_id is None else query.where(Course.id == course_id), Course, after)


def members(session: Session, after: After, *, course_id: int, role: str | None = None) -> Sequence[Membership]:
    """Who is in a course, or has left it."""
    query = select(Membership).where(Membership.course_id == course_id).options(joinedload(Membership.user))
    if role is not None:
        query = query.where(Membership.role == role)
    return portion(session, query, Membership, after)


def problem_sets(session: Session, after: After, *, course_id: int | None) -> Sequence[ProblemSet]:
    """The sets of all courses, or of one."""
    query = select(ProblemSet).options(joinedload(ProblemSet.course), selectinload(ProblemSet.all_items))
    if course_id is not None:
        query = query.where(ProblemSet.course_id == course_id)
    return portion(session, query, ProblemSet, after)


@dataclass(frozen=True, slots=True)
class Which:
    """Whose work, and where; what is None does not matter."""

    course_id: int | None = None
    set_id: int | None = None
    user_id: int | None = None

    def narrow(self, query: Select[Any], table: type[Attempt | Extension]) -> Select[Any]:
        """Only that of the query."""
        query = query.join(ProblemSet, ProblemSet.id == table.set_id)
        if self.course_id is not None:
            query = query.where(ProblemSet.course_id == self.course_id)
        if self.set_id is not None:
            query = query.where(table.set_id == self.set_id)
        return query if self.user_id is None else query.where(table.user_id == self.user_id)


def attempts(session: Session, after: After, which: Which) -> Sequence[Attempt]:
    """Students' attempts, with their students and sets; what instructors try is no work."""
    query = which.narrow(select(Attempt), Attempt).join(Attempt.user)
    query = query.join(
        Membership, (Membership.user_id == Attempt.user_id) & (Membership.course_id == ProblemSet.course_id)
    )
    query = query.where(Membership.role == "student").options(
        contains_eager(Attempt.user), contains_eager(Attempt.problem_set).joinedload(ProblemSet.course)
    )
    return portion(session, query, Attempt, after)


def extensions(session: Session, after: After, which: Which) -> Sequence[Extension]:
    """What was granted: of one person and set, the last one holds."""
    return portion(session, which.narrow(select(Extension), Extension), Extension, after)


def submissions(session: Session, after: After, *, attempt_id: int) -> Sequence[Submission]:
    """What was submitted in an attempt, with all judgements."""
    query = select(Submission).join(Submission.issued_problem).where(IssuedProblem.attempt_id == attempt_id)
    query = query.options(
        undefer_group("content"),
        contains_eager(Submission.issued_problem).joinedload(IssuedProblem.item),
        selectinload(Submission.rejudgements).undefer(Rejudgement.grade),
    )
    return portion(session, query, Submission, after)
