"""The operations on problem sets: what they are, and everybody's scores in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quizsvc.api.blueprint import api, engine, requires, token
from quizsvc.api.course_models import ProblemSetOut, ProblemSetsOut, ScoresOut, SetsQuery
from quizsvc.api.described import HERE, QUERY, described, link, reads
from quizsvc.api.paging import Portion, next_cursor
from quizsvc.services import programs
from quizsvc.services.courses import STUDENT
from quizsvc.services.gradebook import gradebook_of
from quizsvc.services.marking import rules_of
from quizsvc.store import portions
from quizsvc.store.database import reading

if TYPE_CHECKING:
    from fractions import Fraction

    from quizsvc.services.gradebook import GradebookRow
    from quizsvc.store.models import ProblemSet

TAG = "Problem sets"
AS_STORED = (
    "id",
    "slug",
    "title",
    "text",
    "mode",
    "opens",
    "due",
    "late_minutes",
    "time_limit_minutes",
    "feedback",
    "submissions_per_variant",
    "variants",
    "grade_by",
    "version",
    "published_at",
    "closed_at",
)


@api.get("/api/v1/problem-sets")
@requires("sets:read")
@api.input(SetsQuery, location="query", arg_name="wanted")
@api.output(ProblemSetsOut, links={"first": link("getProblemSet", set_id="$response.body#/items/0/id")})
@api.doc(**described("listProblemSets", "sets:read", reads(**QUERY, **HERE), TAG))
def list_problem_sets(wanted: SetsQuery) -> dict[str, Any]:
    """List problem sets, those that are not published as well."""
    with reading(engine()) as session:
        course_id = token().course_id
        if wanted.course is not None:
            course_id = programs.get_course(session, token(), wanted.course).id
        found = portions.problem_sets(session, wanted.rows, course_id=course_id)
    return {"items": [_set(one) for one in found[: wanted.limit]], "next": next_cursor(found, wanted)}


@api.get("/api/v1/problem-sets/<int:set_id>")
@requires("sets:read")
@api.output(
    ProblemSetOut,
    links={
        "scores": link("listScores", set_id="$response.body#/id"),
        "statistics": link("getStatistics", set_id="$response.body#/id"),
    },
)
@api.doc(**described("getProblemSet", "sets:read", reads(**HERE), TAG))
def get_problem_set(set_id: int) -> dict[str, Any]:
    """Tell of one problem set: its policy and its problems, without numbers."""
    with reading(engine()) as session:
        return _set(programs.get_set(session, token(), set_id))


@api.get("/api/v1/problem-sets/<int:set_id>/scores")
@requires("scores:read")
@api.input(Portion, location="query", arg_name="wanted")
@api.output(ScoresOut)
@api.doc(**described("listScores", "scores:read", reads(**QUERY, **HERE), TAG))
def list_scores(set_id: int, wanted: Portion) -> dict[str, Any]:
    """List the scores of all students in a set, as its instructors see them.

    Its `ETag` stays as it is while no score changes: ask with `If-None-Match`.
    """
    with reading(engine()) as session:
        problem_set = programs.get_set(session, token(), set_id)
        found = portions.members(session, wanted.rows, course_id=problem_set.course_id, role=STUDENT)
        book = gradebook_of(session, problem_set, found[: wanted.limit])
    return {
        "problem_set": set_id,
        "items": [_score(row) for row in book.rows],
        "next": next_cursor(found, wanted),
    }


def _set(problem_set: ProblemSet) -> dict[str, Any]:
    return {name: getattr(problem_set, name) for name in AS_STORED} | {
        "course": problem_set.course.slug,
        "late_credit": str(problem_set.late_credit),
        "needs_access_code": problem_set.access_code is not None,
        "max_points": rules_of(problem_set).max_points(),
        "items": [
            {name: getattr(item, name) for name in ("title", "family", "points", "pool", "pick", "dropped")}
            | {"item": item.key}
            for item in problem_set.items
        ],
    }


def _score(row: GradebookRow) -> dict[str, Any]:
    mark, attempt = row.mark, row.seat.attempt
    begun = mark.is_begun
    return {
        "user": row.user_id,
        "name": row.name,
        "email": row.email,
        "points": str(mark.earned) if begun else None,
        "max_points": mark.max_points,
        "share": _text(mark.share) if begun else None,
        "source": mark.source,
        "attempt": None if attempt is None else attempt.id,
        "submitted_at": row.submitted_at,
        "late": row.late,
        "items": [
            {
                "item": one.key,
                "points": str(one.earned),
                "max_points": one.points,
                "share": _text(one.share),
                "source": one.source,
            }
            for one in mark.items
        ],
    }


def _text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)
