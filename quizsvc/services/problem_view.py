"""A problem as it may be shown now to one person: what policy hides is not in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import problems
from quizsvc.services.courses import INSTRUCTOR
from quizsvc.services.policy import State, shows_marks, shows_solution, state_of
from quizsvc.services.scoring import best_of, used

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from fractions import Fraction

    from quizsvc.store.models import Course, IssuedProblem, Item, Membership, ProblemSet, Submission


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """One submission; `score` and `judged` are None while hidden by policy, `counted` is whether it used one up."""

    number: int
    arrived_at: datetime
    score: Fraction | None
    judged: Mapping[str, Any] | None
    counted: bool

    @classmethod
    def of(cls, submission: Submission, *, shown: bool, counted: bool | None = None) -> SubmissionView:
        """What may be shown of it."""
        return cls(
            number=submission.number,
            arrived_at=submission.arrived_at,
            score=submission.score if shown else None,
            judged=submission.grade if shown else None,
            counted=submission.counted if counted is None else counted,
        )


@dataclass(frozen=True, slots=True)
class ProblemView:
    """A problem with its place in the set, what was typed last and how it was judged.

    `latest` is the last submission, `answers` what was typed in it; `reason` says why nothing can be submitted;
    `author` is whose work it is.
    """

    issued_id: int
    variant: int
    problem: problems.Problem
    item: Item
    set: ProblemSet
    course: Course
    author: str
    role: str
    state: State
    position: int
    item_count: int
    previous_item_id: int | None
    next_item_id: int | None
    latest: SubmissionView | None
    answers: Mapping[str, Any]
    judged: Mapping[str, Any] | None
    submissions_used: int
    submissions_allowed: int | None
    can_submit: bool
    can_draw_new: bool
    solution_visible: bool
    reason: str


def marks_are_shown(problem_set: ProblemSet, role: str, now: datetime) -> bool:
    """Whether this person may see verdicts now: instructors always."""
    return role == INSTRUCTOR or shows_marks(problem_set, now)


def problem_view(
    issued: IssuedProblem, items: Sequence[Item], viewer: Membership, *, newest: bool, now: datetime
) -> ProblemView:
    """What the viewer, the problem's student or an instructor, may see; `items` are those of the set, in order."""
    item, problem_set, teaches = issued.item, issued.item.problem_set, viewer.role == INSTRUCTOR
    shown = marks_are_shown(problem_set, viewer.role, now)
    allowed, spent = problem_set.submissions_per_variant, used(issued.submissions)
    finished = best_of(issued.submissions) == 1 or spent == allowed
    reason = _why_not(issued, viewer, now, spent=spent)
    place = [other.id for other in items].index(item.id)
    newest_submission = issued.submissions[-1] if issued.submissions else None
    latest = None if newest_submission is None else SubmissionView.of(newest_submission, shown=shown)
    own = issued.attempt.user_id == viewer.user_id
    goes_on = own and newest and (teaches or state_of(problem_set, now) == "open")
    return ProblemView(
        issued_id=issued.id,
        variant=issued.variant,
        problem=problems.from_json(issued.problem),
        item=item,
        set=problem_set,
        course=problem_set.course,
        author="" if own else issued.attempt.user.name,
        role=viewer.role,
        state=state_of(problem_set, now),
        position=place + 1,
        item_count=len(items),
        previous_item_id=items[place - 1].id if place else None,
        next_item_id=items[place + 1].id if place + 1 < len(items) else None,
        latest=latest,
        answers={} if newest_submission is None else newest_submission.answers,
        judged=None if latest is None else latest.judged,
        submissions_used=spent,
        submissions_allowed=allowed,
        can_submit=not reason,
        can_draw_new=goes_on and problem_set.new_variants and item.given is None,
        solution_visible=teaches or shows_solution(problem_set, now, finished=finished),
        reason=reason,
    )


def _why_not(issued: IssuedProblem, viewer: Membership, now: datetime, *, spent: int) -> str:
    """Why the viewer cannot submit now; empty where nothing stands in the way."""
    problem_set = issued.item.problem_set
    if issued.attempt.user_id != viewer.user_id:
        return f"This is the work of {issued.attempt.user.name}."
    state = state_of(problem_set, now)
    if viewer.role != INSTRUCTOR and state != "open":
        return "This set is closed." if state == "closed" else "This set is not open yet."
    if spent == problem_set.submissions_per_variant:
        return "Every submission for these numbers is used up."
    return ""
