"""The shapes of students' attempts, of what they save, and of what they submit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, FiniteFloat

from quizsvc.api.blueprint import LARGEST_ID
from quizsvc.api.models import (
    EXAMPLE_GIVEN,
    MOST_STEPS,
    Fraction,
    GradeOut,
    PrecisionOut,
    Sent,
    Slug,
    StepOut,
)
from quizsvc.api.paging import Portion

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Who = Id | Annotated[str, Field(max_length=254, examples=["ada@example.org"])]
"""A person by id or address."""
Number = Annotated[int, Field(ge=-(10**15), le=10**15)] | FiniteFloat
Typed = Annotated[str, Field(max_length=100_000)] | Number
Answer = Typed | Annotated[list[Typed | list[Typed]], Field(max_length=MOST_STEPS)]
Answers = Annotated[
    dict[str, Answer],
    Field(
        max_length=MOST_STEPS,
        examples=[{"z1": "0.5", "a1": "0.62"}],
        description="Step id -> text as typed, number, list of either, or choice ids.",
    ),
]


class StartRequest(Sent):
    """Who begins which set; a set that asks for an access code is not begun without it."""

    problem_set: Id
    user: Who
    access_code: str = Field(default="", max_length=100)


class AttemptsQuery(Portion):
    """Which attempts."""

    course: str | None = Field(default=None, max_length=64)
    problem_set: Id | None = None
    user: Id | None = None


class OpenRequest(Sent):
    """Which problem of the attempt, by its key in the set.

    With `variant`, that one: the present one, or one more, which draws other numbers. Sent again, it draws no others.
    """

    item: str = Field(max_length=64)
    variant: int | None = Field(default=None, ge=1, le=1000)


class DraftRequest(Sent):
    """What stands in the boxes, and the revision that it goes on from: 0 where nothing was saved."""

    problem: Id
    answers: Answers
    base: int = Field(ge=0, le=LARGEST_ID)


class SubmitRequest(Sent):
    """What was answered to one problem."""

    problem: Id
    answers: Answers


class StudentOut(BaseModel):
    """Whose it is."""

    id: int
    name: str
    email: str


class AttemptSummary(BaseModel):
    """An attempt at a set. It is ended by its student, or when time is up."""

    id: int
    problem_set: int
    course: Slug
    user: StudentOut
    set_version: int
    started_at: datetime
    finished_at: datetime | None
    finished_by: Literal["student", "time"] | None


class AttemptsOut(BaseModel):
    """Attempts; `next` is the cursor of those that come after."""

    items: list[AttemptSummary]
    next: str | None


class GivenOut(BaseModel):
    """A given number as people write it."""

    name: str
    meaning: str
    latex: str
    text: str


class IssuedOut(BaseModel):
    """A problem as its student sees it: `shown` are the given numbers as people write them."""

    family: Slug
    version: int
    given: dict[str, Any] = Field(examples=[EXAMPLE_GIVEN])
    precision: PrecisionOut
    title: str
    intro: str
    conventions: list[str]
    shown: list[GivenOut]
    steps: list[StepOut]


class DraftOut(BaseModel):
    """What was saved last; the next draft goes on from its `revision`."""

    problem: int
    revision: int
    answers: dict[str, Any]
    saved_at: datetime


class SubmissionOut(BaseModel):
    """What was submitted. `score` and `judged` are null as long as the student may not see them.

    `counted` is whether it used up a submission: what says the same again, or cannot be read, does not. `time_credit`
    is the share of its marks that it gets for its time.
    """

    problem: int
    item: str
    variant: int
    number: int
    answers: dict[str, Any]
    arrived_at: datetime
    counted: bool
    late: bool
    time_credit: Fraction
    origin: Literal["typed", "draft", "paper"]
    score: Fraction | None
    judged: GradeOut | None


class SubmissionsOut(BaseModel):
    """Submissions; `next` is the cursor of those that come after."""

    items: list[SubmissionOut]
    next: str | None


class OpenedOut(BaseModel):
    """The variant that is worked on; `answers` is what is to stand in the boxes, `reason` why nothing can be submitted.

    `judged` is the verdict on these answers, and `solution` the right ones, both null as long as the student may not
    see them.
    """

    id: int
    variant: int
    problem: IssuedOut
    answers: dict[str, Any]
    revision: int
    submissions_used: int
    submissions_allowed: int | None
    can_submit: bool
    can_draw_new: bool
    reason: str
    judged: GradeOut | None
    solution: dict[str, Any] | None


class AttemptProblemOut(BaseModel):
    """A problem of an attempt; `opened` is null before it is opened, `points` while the student may not see them."""

    item: str
    title: str
    max_points: int
    status: Literal["new", "open", "done"]
    points: Fraction | None
    opened: OpenedOut | None


class WindowOut(BaseModel):
    """The student's times: `ends` is when the last answer is taken, `in_time_until` when it still gets full credit."""

    opens: datetime | None
    due: datetime | None
    in_time_until: datetime | None
    ends: datetime | None
    grace_seconds: int


class AttemptOut(AttemptSummary):
    """An attempt as its student may see it now."""

    state: Literal["not-open", "open", "late", "closed"]
    window: WindowOut
    points: Fraction | None
    max_points: int
    problems: list[AttemptProblemOut]
