"""What a student types: judged and kept, or saved as a draft that is judged when time is up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import problems
from quizsvc.errors import Closed, Conflict, Detail, Invalid, TooLarge
from quizsvc.services.attempts import own_problem, why_closed
from quizsvc.services.audit import record
from quizsvc.services.policy import WHOLE
from quizsvc.services.problem_view import SubmissionView
from quizsvc.services.scoring import can_be_read, counts, none_left, scheme_of, share_of
from quizsvc.store.models import Draft, Submission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.seats import Seat
    from quizsvc.store.models import IssuedProblem

MOST_SUBMISSIONS = 500
"""So many for one variant are kept, those that could not be read among them."""
LONGEST_ANSWERS = 100_000
"""Characters of all answers to one problem: those to the largest network that a family allows are shorter."""


@dataclass(frozen=True, slots=True)
class SubmitSteps:
    """What one student typed: step id -> text, or one text for each entry, in rows where it is a matrix."""

    user_id: int
    problem_id: int
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """What stands in the boxes, and the revision of the draft that it goes on from; 0 where there was none."""

    user_id: int
    problem_id: int
    answers: Mapping[str, Any]
    base: int


def submit_steps(session: Session, command: SubmitSteps, *, now: datetime) -> SubmissionView:
    """Judge and keep what was typed; `now` is when it arrived, and decides what its time is worth.

    What was sent before, and what cannot be read at all, use up no submission; what comes too late is kept, and
    flagged. Raises NotFound, NotAllowed, Closed, TooLarge, or Invalid where a step is named that is not asked.
    """
    issued, seat = own_problem(session, command.user_id, command.problem_id)
    before, shown = issued.submissions, seat.sees_marks(now)
    answers = require_reasonable(command.answers)
    if not seat.teaches:
        _require_begun(seat, now)
    earlier = said_already(before, seat, answers, now)
    if earlier is not None:
        return SubmissionView.of(earlier, shown=shown, counted=False)
    if none_left(before, seat.submissions_allowed):
        message = "No submission is left for these numbers, so nothing was saved."
        raise Closed(message)
    if len(before) >= MOST_SUBMISSIONS:
        message = f"These numbers have had {MOST_SUBMISSIONS} submissions, which is the limit, so nothing was saved."
        raise Closed(message)
    submission = judge_and_keep(session, issued, seat, answers, origin="typed", arrived=now)
    return SubmissionView.of(submission, shown=shown)


def _require_begun(seat: Seat, now: datetime) -> None:
    """Raises Closed where nothing can be kept: before it opens, and after it was handed in."""
    handed_in = seat.attempt is not None and seat.attempt.finished_by == "student"
    if handed_in or seat.window.state(now) == "not-open":
        raise Closed(why_closed(seat, now))


def said_already(
    before: Sequence[Submission], seat: Seat, answers: Mapping[str, Any], arrived: datetime
) -> Submission | None:
    """What says the same for no less credit; where the last counts, it is the last to have arrived, or nothing."""
    worth = seat.window.time_credit(arrived)
    if seat.set.grade_by == "last":
        before = sorted(before, key=lambda one: (one.arrived_at, one.number))[-1:]
    alike = (one for one in reversed(before) if one.answers == answers)
    return next((one for one in alike if one.standing.time_credit >= worth), None)


def judge_and_keep(
    session: Session,
    issued: IssuedProblem,
    seat: Seat,
    answers: dict[str, Any],
    *,
    origin: Literal["typed", "draft", "paper"],
    arrived: datetime,
) -> Submission:
    """A new submission, judged by the scheme of the set; the seat is locked. Raises Invalid."""
    try:
        grade = problems.grade(problems.from_json(issued.problem), answers, scheme_of(seat.set))
    except problems.BadAnswers as error:
        message = "Nothing was saved, for the form does not fit this problem: load the page again."
        raise Invalid(message, [Detail(error.where, error.message)]) from None
    limited = not seat.teaches and origin != "paper"
    submission = Submission(
        issued_problem=issued,
        number=len(issued.submissions) + 1,
        answers=answers,
        grade=grade.to_dict(),
        score=share_of(grade),
        counted=counts(grade),
        late=limited and seat.window.state_at_arrival(arrived) in ("late", "closed"),
        time_credit=seat.window.time_credit(arrived) if limited else WHOLE,
        origin=origin,
        family_version=issued.family_version,
        grader_version=grade.version,
        arrived_at=arrived,
    )
    session.add(submission)
    session.flush()
    if seat.is_on_record:
        actor = seat.membership.user_id if origin == "typed" else None
        record(session, seat.event("submitted", submitted_body(submission), actor_id=actor), now=arrived)
    return submission


def submitted_body(submission: Submission) -> dict[str, Any]:
    """What the audit log says of a submission."""
    return {
        "arrived_at": submission.arrived_at.isoformat(timespec="microseconds"),
        "counted": submission.counted,
        "family_version": submission.family_version,
        "grader_version": submission.grader_version,
        "item": submission.issued_problem.item.key,
        "late": submission.late,
        "origin": submission.origin,
        "score": str(submission.score),
        "submission": submission.id,
        "time_credit": str(submission.time_credit),
        "variant": submission.issued_problem.variant,
    }


def save_draft(session: Session, command: SaveDraft, *, now: datetime) -> Draft:
    """Keep what stands in the boxes, unjudged. When time is up, the last draft that can be read is submitted.

    Raises Conflict where another page has saved in between: `base` is not the newest revision; Closed, NotFound,
    NotAllowed, TooLarge, or Invalid where a step is named that is not asked.
    """
    issued, seat = own_problem(session, command.user_id, command.problem_id)
    answers = require_reasonable(command.answers)
    in_time = seat.window.state_at_arrival(now) in ("open", "late")
    if not seat.teaches and (seat.is_finished or not in_time):
        raise Closed(why_closed(seat, now))
    draft = issued.draft
    newest = 0 if draft is None else draft.revision
    if draft is not None and draft.answers == answers:
        return draft
    if command.base != newest:
        message = "This problem was changed in another tab or on another device; load the page to see what is saved."
        raise Conflict(message, [Detail("base", f"The newest draft has the revision {newest}.")])
    try:
        readable = can_be_read(problems.from_json(issued.problem), answers)
    except problems.BadAnswers as error:
        message = "The draft was not saved, for the form does not fit this problem: load the page again."
        raise Invalid(message, [Detail(error.where, error.message)]) from None
    if draft is None:
        draft = Draft(issued_problem=issued, revision=0)
        session.add(draft)
    draft.revision, draft.answers, draft.saved_at = newest + 1, answers, now
    if readable:
        draft.readable_answers, draft.readable_at = answers, now
    session.flush()
    return draft


def require_reasonable(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers; raises TooLarge where no work by hand can be so long."""
    length = len(json.dumps(dict(answers), default=str))
    if length > LONGEST_ANSWERS:
        message = f"These answers have {length:,} characters; at most {LONGEST_ANSWERS:,} are taken. Nothing was saved."
        raise TooLarge(message)
    return dict(answers)
