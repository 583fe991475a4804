"""The shapes of courses, of who is in them, and of their sets."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from quizsvc.api.models import Fraction, Slug
from quizsvc.api.paging import Portion


class TokenOut(BaseModel):
    """What the token may: its scopes, in its course or, where there is none, in all."""

    name: str
    scopes: list[str]
    course: str | None
    expires_at: datetime | None


class CourseOut(BaseModel):
    """A course."""

    slug: Slug
    title: str
    created_at: datetime


class CoursesOut(BaseModel):
    """Courses; `next` is the cursor of those that come after."""

    items: list[CourseOut]
    next: str | None


class MemberOut(BaseModel):
    """Somebody in a course. Times that are limited are `time_factor` times as long; who has left is still listed."""

    user: int
    name: str
    email: str
    role: Literal["student", "instructor"]
    time_factor: Fraction
    left_at: datetime | None


class MembersOut(BaseModel):
    """Who is in a course; `next` is the cursor of those that come after."""

    items: list[MemberOut]
    next: str | None


class SetsQuery(Portion):
    """Which sets."""

    course: str | None = Field(default=None, max_length=64, description="Only those of the course of that slug.")


class SetItemOut(BaseModel):
    """A problem of a set. Of those of one `pool` every student gets `pick`."""

    item: str = Field(description="Its key in the set.")
    title: str
    family: str
    points: int
    pool: int | None
    pick: int | None
    dropped: Literal["no", "excluded", "full-marks"]


class ProblemSetOut(BaseModel):
    """A set with its policy. Students see it once `published_at` is there."""

    id: int
    course: Slug
    slug: Slug
    title: str
    text: str
    mode: Literal["graded", "practice"]
    opens: datetime | None
    due: datetime | None
    late_minutes: int
    late_credit: Fraction
    time_limit_minutes: int | None
    needs_access_code: bool
    feedback: Literal["immediately", "after-due", "never"]
    submissions_per_variant: int | None
    variants: Literal["same-for-all", "one-each", "new-on-demand"]
    grade_by: Literal["best", "last", "average"]
    version: int
    max_points: int
    published_at: datetime | None
    closed_at: datetime | None
    items: list[SetItemOut]


class ProblemSetsOut(BaseModel):
    """Sets; `next` is the cursor of those that come after."""

    items: list[ProblemSetOut]
    next: str | None


class ItemScoreOut(BaseModel):
    """Points in one problem; `source` is what they come from, `share` what the work alone earned."""

    item: str
    points: Fraction
    max_points: int
    share: Fraction | None
    source: Literal["work", "nothing", "hand", "excluded", "full-marks"]


class ScoreOut(BaseModel):
    """One student's score in a set; `points` is null where there is nothing yet, which is not 0."""

    user: int
    name: str
    email: str
    points: Fraction | None
    max_points: int
    share: Fraction | None
    source: Literal["sum", "hand", "held"]
    attempt: int | None
    submitted_at: datetime | None
    late: bool
    items: list[ItemScoreOut]


class ScoresOut(BaseModel):
    """The scores of a set; `next` is the cursor of those that come after."""

    problem_set: int
    items: list[ScoreOut]
    next: str | None
