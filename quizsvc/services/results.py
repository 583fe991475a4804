"""Results: one student's, a whole set's, and the same as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from quizsvc.errors import NotAllowed
from quizsvc.services.courses import INSTRUCTOR, STUDENT, get_membership
from quizsvc.services.progress import ProgressOfSet, progress_of_sets
from quizsvc.services.scoring import best_of
from quizsvc.store import people, sets, work

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.store.models import Course, IssuedProblem, ProblemSet

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes text that begins so for a formula, and runs it."""


@dataclass(frozen=True, slots=True)
class ResultsRow:
    """One student's best share in each problem (None: nothing submitted) and the points earned in all."""

    user_id: int
    name: str
    email: str
    best: tuple[Fraction | None, ...]
    problem_ids: tuple[int | None, ...]
    total: Fraction
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class ResultsTable:
    """A set's results: `columns` are its problems, worth `points` each."""

    set: ProblemSet
    course: Course
    columns: tuple[str, ...]
    points: tuple[int, ...]
    rows: tuple[ResultsRow, ...]

    @property
    def title(self) -> str:
        """The set's title."""
        return self.set.title

    @property
    def max_points(self) -> int:
        """What can be earned."""
        return sum(self.points)


@dataclass(frozen=True, slots=True)
class MyResults:
    """One student's results in a course."""

    course: Course
    sets: tuple[ProgressOfSet, ...]


def set_results(session: Session, *, set_id: int, user_id: int | None) -> ResultsTable:
    """Every student's results in a set; raises NotFound, NotAllowed unless that person teaches the course.

    `user_id` is None for who runs the service.
    """
    problem_set = sets.get_set(session, set_id)
    if user_id is not None:
        membership = get_membership(session, user_id=user_id, course=problem_set.course)
        if membership.role != INSTRUCTOR:
            message = "Only instructors of the course see everybody's results."
            raise NotAllowed(message)
    work_of: dict[int, list[IssuedProblem]] = {}
    for issued in work.issued_in(session, [set_id]):
        work_of.setdefault(issued.attempt.user_id, []).append(issued)
    rows = tuple(
        _row(problem_set, membership.user_id, membership.user.name, membership.user.email, work_of)
        for membership in people.members(session, problem_set.course_id, STUDENT)
    )
    return ResultsTable(
        set=problem_set,
        course=problem_set.course,
        columns=tuple(item.title for item in problem_set.items),
        points=tuple(item.points for item in problem_set.items),
        rows=rows,
    )


def _row(
    problem_set: ProblemSet, user_id: int, name: str, email: str, work_of: dict[int, list[IssuedProblem]]
) -> ResultsRow:
    by_item: dict[int, list[IssuedProblem]] = {}
    for issued in work_of.get(user_id, []):
        by_item.setdefault(issued.item_id, []).append(issued)
    variants = [by_item.get(item.id, []) for item in problem_set.items]
    best = tuple(best_of(submission for issued in mine for submission in issued.submissions) for mine in variants)
    times = [submission.arrived_at for mine in variants for issued in mine for submission in issued.submissions]
    return ResultsRow(
        user_id=user_id,
        name=name,
        email=email,
        best=best,
        problem_ids=tuple(mine[-1].id if mine else None for mine in variants),
        total=sum(
            (item.points * share for item, share in zip(problem_set.items, best, strict=True) if share is not None),
            Fraction(0),
        ),
        submitted_at=max(times, default=None),
    )


def my_results(session: Session, *, user_id: int, course_slug: str, now: datetime) -> MyResults:
    """One student's results in the published sets of a course; raises NotFound."""
    course = people.get_course(session, course_slug)
    get_membership(session, user_id=user_id, course=course)
    shown = sets.sets_of(session, course.id, published=True)
    return MyResults(course, tuple(progress_of_sets(session, shown, user_id=user_id, now=now)))


def export_csv(table: ResultsTable) -> str:
    """The table for a spreadsheet, in points with four decimals; what could be taken for a formula is not."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    headings = [f"{column} ({points})" for column, points in zip(table.columns, table.points, strict=True)]
    writer.writerow(map(defused, ["Name", "E-mail", *headings, f"Total ({table.max_points})", "Last submission"]))
    for row in table.rows:
        earned = [
            "" if share is None else _decimal(points * share)
            for points, share in zip(table.points, row.best, strict=True)
        ]
        when = "" if row.submitted_at is None else row.submitted_at.isoformat(timespec="seconds")
        writer.writerow([defused(row.name), defused(row.email), *earned, _decimal(row.total), when])
    return text.getvalue()


def _decimal(points: Fraction) -> str:
    return f"{float(points):.4f}".rstrip("0").rstrip(".")


def defused(text: str) -> str:
    """Text that a spreadsheet shows as it is."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
