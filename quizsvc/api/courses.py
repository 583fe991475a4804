"""The operations on courses: which there are, and who is in them; and what the token may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quizsvc.api.blueprint import api, engine, requires, token
from quizsvc.api.course_models import CourseOut, CoursesOut, MembersOut, TokenOut
from quizsvc.api.described import HERE, QUERY, described, link, reads
from quizsvc.api.paging import Portion, next_cursor
from quizsvc.services import programs
from quizsvc.store import portions
from quizsvc.store.database import reading

if TYPE_CHECKING:
    from quizsvc.store.models import Course, Membership

TAG = "Courses"


@api.get("/api/v1/token")
@requires(None)
@api.output(TokenOut)
@api.doc(**described("getToken", None, reads(), TAG))
def get_token() -> dict[str, Any]:
    """Tell what the token may that is sent."""
    mine = token()
    course = None if mine.course is None else mine.course.slug
    return {"name": mine.name, "scopes": mine.scopes, "course": course, "expires_at": mine.expires_at}


@api.get("/api/v1/courses")
@requires("courses:read")
@api.input(Portion, location="query", arg_name="wanted")
@api.output(CoursesOut, links={"first": link("getCourse", slug="$response.body#/items/0/slug")})
@api.doc(**described("listCourses", "courses:read", reads(**QUERY), TAG))
def list_courses(wanted: Portion) -> dict[str, Any]:
    """List courses: all, or the one that the token is limited to."""
    with reading(engine()) as session:
        found = portions.courses(session, wanted.rows, course_id=token().course_id)
    return {"items": [_course(one) for one in found[: wanted.limit]], "next": next_cursor(found, wanted)}


@api.get("/api/v1/courses/<slug>")
@requires("courses:read")
@api.output(
    CourseOut,
    links={
        "members": link("listMembers", slug="$response.body#/slug"),
        "sets": link("listProblemSets", course="$response.body#/slug"),
    },
)
@api.doc(**described("getCourse", "courses:read", reads(**HERE), TAG))
def get_course(slug: str) -> dict[str, Any]:
    """Tell of one course."""
    with reading(engine()) as session:
        return _course(programs.get_course(session, token(), slug))


@api.get("/api/v1/courses/<slug>/members")
@requires("courses:read")
@api.input(Portion, location="query", arg_name="wanted")
@api.output(MembersOut)
@api.doc(**described("listMembers", "courses:read", reads(**QUERY, **HERE), TAG))
def list_members(slug: str, wanted: Portion) -> dict[str, Any]:
    """List who is in a course, or has left it."""
    with reading(engine()) as session:
        course = programs.get_course(session, token(), slug)
        found = portions.members(session, wanted.rows, course_id=course.id)
    return {"items": [_member(one) for one in found[: wanted.limit]], "next": next_cursor(found, wanted)}


def _course(course: Course) -> dict[str, Any]:
    return {"slug": course.slug, "title": course.title, "created_at": course.created_at}


def _member(membership: Membership) -> dict[str, Any]:
    return {
        "user": membership.user_id,
        "name": membership.user.name,
        "email": membership.user.email,
        "role": membership.role,
        "time_factor": str(membership.time_factor),
        "left_at": membership.left_at,
    }
