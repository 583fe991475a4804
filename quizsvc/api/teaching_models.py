"""The shapes of what instructors decide: extensions, and grading again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from quizsvc.api.attempt_models import Id, Who
from quizsvc.api.models import Fraction, Sent
from quizsvc.api.paging import Portion

Factor = Annotated[
    str,
    Field(pattern=r"^\d{1,3}(\.\d{1,6}|/[1-9]\d{0,3})?$", max_length=10, examples=["1.25", "3/2"]),
]


class ExtensionRequest(Sent):
    """Who gets what, and why; what is left out stays as an earlier extension of the student had it."""

    problem_set: Id
    user: Who
    reason: str = Field(min_length=1, max_length=500)
    due: str | None = Field(default=None, max_length=40, examples=["2026-11-23T18:00+01:00"])
    time_factor: Factor | None = None
    more_submissions: int | None = Field(default=None, ge=0, le=100)


class ExtensionsQuery(Portion):
    """Which extensions."""

    course: str | None = Field(default=None, max_length=64)
    problem_set: Id | None = None
    user: Id | None = None


class ExtensionOut(BaseModel):
    """What a student was granted; of several for one student and set, the newest holds."""

    id: int
    problem_set: int
    user: int
    due: datetime | None
    time_factor: Fraction | None
    more_submissions: int
    reason: str
    made_at: datetime


class ExtensionsOut(BaseModel):
    """Extensions; `next` is the cursor of those that come after."""

    items: list[ExtensionOut]
    next: str | None


class RegradeRequest(Sent):
    """First `dry_run`, which changes nothing, then the `token` that it answers with, and the same options.

    Marks fall only with `allow_lower`. `newest_families`: by the newest version of each family, or the one issued.
    """

    dry_run: bool = False
    token: str | None = Field(default=None, pattern=r"^[0-9a-f]{16}$", examples=["0123456789abcdef"])
    allow_lower: bool = False
    newest_families: bool = True


class StepChangeOut(BaseModel):
    """A step that is judged otherwise."""

    step: str
    before: str
    after: str


class RejudgedOut(BaseModel):
    """A submission that comes out otherwise; `kept` where its mark would fall, and so stays."""

    submission: int
    user: int
    item: str
    before: Fraction
    after: Fraction
    kept: bool
    reasons: list[str]
    steps: list[StepChangeOut]


class MarkOut(BaseModel):
    """A mark in points."""

    points: Fraction
    max_points: int


class MarkChangeOut(BaseModel):
    """A student whose mark changes; `held` is the share that is kept where it would fall."""

    user: int
    name: str
    email: str
    before: MarkOut
    after: MarkOut
    held: Fraction | None
    reasons: list[str]


class RegradeOut(BaseModel):
    """What grading again would do or, where `applied`, has done."""

    problem_set: int
    applied: bool
    token: str
    judged: int
    new_rules: bool
    submissions: list[RejudgedOut]
    marks: list[MarkChangeOut]
    notes: list[str]
