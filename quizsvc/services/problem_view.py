"""A problem as it may be shown now to one person: what policy hides is not in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import problems
from quizsvc.services.marks import share_of_item
from quizsvc.services.scoring import none_left, results_of, used

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from fractions import Fraction

    from quizsvc.services.policy import State
    from quizsvc.services.seats import Seat
    from quizsvc.store.models import Course, Draft, IssuedProblem, Item, ProblemSet, Submission


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """One submission; `score` and `judged` are None while hidden by policy, `counted` is whether it used one up.

    `time_credit` is the share of its marks that it gets for its time, `origin` how it came in.
    """

    number: int
    arrived_at: datetime
    score: Fraction | None
    judged: Mapping[str, Any] | None
    counted: bool
    late: bool
    time_credit: Fraction
    origin: str

    @classmethod
    def of(cls, submission: Submission, *, shown: bool, counted: bool | None = None) -> SubmissionView:
        """What may be shown of it."""
        standing = submission.standing
        return cls(
            number=submission.number,
            arrived_at=submission.arrived_at,
            score=standing.score if shown else None,
            judged=standing.grade if shown else None,
            counted=standing.counted if counted is None else counted,
            late=submission.late,
            time_credit=standing.time_credit,
            origin=submission.origin,
        )


@dataclass(frozen=True, slots=True)
class ProblemView:
    """A problem with its place in the set, what was typed last and how it was judged.

    `latest` is the last submission, `draft` what was saved since, `answers` what is to stand in the boxes; `reason`
    says why nothing can be submitted; `author` is whose work it is; `ends` is when the last answer is taken.
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
    ends: datetime | None
    position: int
    item_count: int
    previous_item_id: int | None
    next_item_id: int | None
    latest: SubmissionView | None
    answers: Mapping[str, Any]
    judged: Mapping[str, Any] | None
    draft: Draft | None
    revision: int
    submissions_used: int
    submissions_allowed: int | None
    can_submit: bool
    can_draw_new: bool
    solution_visible: bool
    reason: str


def problem_view(issued: IssuedProblem, seat: Seat, viewer: Seat, *, newest: bool, now: datetime) -> ProblemView:
    """What the viewer, the problem's student (whose seat it is) or an instructor, may see."""
    item, problem_set = issued.item, seat.set
    allowed, spent = seat.submissions_allowed, used(issued.submissions)
    over = none_left(issued.submissions, allowed)
    finished = over or share_of_item(results_of([issued]), "best") == 1
    own = issued.attempt.user_id == viewer.membership.user_id
    reason = _why_not(issued, seat, own=own, over=over, now=now)
    items = seat.items if item in seat.items else [*seat.items, item]
    place = items.index(item)
    sent = issued.submissions[-1] if issued.submissions else None
    latest = None if sent is None else SubmissionView.of(sent, shown=viewer.sees_marks(now))
    draft = issued.draft if own and (sent is None or _is_newer(issued.draft, sent)) else None
    goes_on = own and newest and seat.takes_work(now)
    return ProblemView(
        issued_id=issued.id,
        variant=issued.variant,
        problem=problems.from_json(issued.problem),
        item=item,
        set=problem_set,
        course=problem_set.course,
        author="" if own else issued.attempt.user.name,
        role=viewer.membership.role,
        state=seat.state(now),
        ends=None if seat.teaches else seat.window.ends,
        position=place + 1,
        item_count=len(items),
        previous_item_id=items[place - 1].id if place else None,
        next_item_id=items[place + 1].id if place + 1 < len(items) else None,
        latest=latest,
        answers=draft.answers if draft is not None else {} if sent is None else sent.answers,
        judged=None if latest is None or draft is not None else latest.judged,
        draft=draft,
        revision=0 if issued.draft is None else issued.draft.revision,
        submissions_used=spent,
        submissions_allowed=allowed,
        can_submit=not reason,
        can_draw_new=goes_on and problem_set.variants == "new-on-demand" and item.given is None,
        solution_visible=viewer.sees_solution(now, finished=finished),
        reason=reason,
    )


def _is_newer(draft: Draft | None, sent: Submission) -> bool:
    """Whether something was typed since, and saved."""
    return draft is not None and draft.saved_at > sent.arrived_at and draft.answers != sent.answers


def _why_not(issued: IssuedProblem, seat: Seat, *, own: bool, over: bool, now: datetime) -> str:
    """Why the viewer cannot submit now; empty where nothing stands in the way."""
    if not own:
        return f"This is the work of {issued.attempt.user.name}."
    if not seat.takes_work(now):
        return "This set is not open yet." if seat.state(now) == "not-open" else "This set is closed."
    if over:
        return "Every submission for these numbers is used up."
    return ""
