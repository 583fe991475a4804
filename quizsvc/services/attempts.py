"""Working on a set: see it, get a problem, submit steps, get other numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import problems
from quizsvc.errors import Closed, Conflict, Detail, Invalid, NotAllowed, NotFound, TooLarge
from quizsvc.services.courses import INSTRUCTOR, get_membership
from quizsvc.services.drawing import draw_item
from quizsvc.services.policy import State, state_of
from quizsvc.services.problem_view import ProblemView, SubmissionView, marks_are_shown, problem_view
from quizsvc.services.progress import ProgressOfSet, progress_of_sets
from quizsvc.services.scoring import scheme_of, share_of, used
from quizsvc.store import sets, work
from quizsvc.store.models import Attempt, IssuedProblem, Submission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.store.models import Course, Item, Membership, ProblemSet

MOST_VARIANTS = 200
"""So many times one may ask for other numbers of one problem: practice is endless, a database is not."""


MOST_SUBMISSIONS = 500
"""So many for one variant are kept, those that could not be read among them."""
LONGEST_ANSWERS = 100_000
"""Characters of all answers to one problem: those to the largest network that a family allows are shorter."""


@dataclass(frozen=True, slots=True)
class SetView:
    """A set as one of its course's members sees it."""

    set: ProblemSet
    course: Course
    role: str
    progress: ProgressOfSet

    @property
    def state(self) -> State:
        """Whether it can be worked on."""
        return self.progress.state


@dataclass(frozen=True, slots=True)
class SubmitSteps:
    """What one student typed: step id -> text, or one text for each entry, in rows where it is a matrix."""

    user_id: int
    problem_id: int
    answers: Mapping[str, Any]


def view_set(session: Session, *, user_id: int, set_id: int, now: datetime) -> SetView:
    """A set with the person's progress; raises NotFound where it is not for that person."""
    problem_set = sets.get_set(session, set_id)
    membership = _admitted(session, problem_set, user_id)
    [progress] = progress_of_sets(session, [problem_set], user_id=user_id, now=now)
    return SetView(problem_set, problem_set.course, membership.role, progress)


def open_problem(session: Session, *, user_id: int, item_id: int, now: datetime, seed: int) -> IssuedProblem:
    """The variant that the student works on; the first is drawn now, from this seed.

    Raises NotFound where the item is not for that person, Closed where the set is not open and nothing was drawn.
    """
    item = sets.get_item(session, item_id)
    membership = _admitted(session, item.problem_set, user_id, lock=True)
    attempt = work.find_attempt(session, set_id=item.set_id, user_id=user_id)
    issued = attempt and work.find_newest_variant(session, attempt_id=attempt.id, item_id=item.id)
    if issued:
        return issued
    _require_open(item.problem_set, membership, now)
    if attempt is None:
        attempt = Attempt(set_id=item.set_id, user_id=user_id, started_at=now)
    first = _issue(attempt, item, seed, variant=1, now=now)
    session.add(first)
    session.flush()
    return first


def view_problem(session: Session, *, user_id: int, problem_id: int, now: datetime) -> ProblemView:
    """A problem with what was submitted, as this person may see it: its student, or an instructor of the course."""
    issued = work.get_issued(session, problem_id)
    membership = _admitted(session, issued.item.problem_set, user_id)
    if user_id != issued.attempt.user_id and membership.role != INSTRUCTOR:
        message = "There is no such problem, or it is not for you."
        raise NotFound(message)
    newest = work.find_newest_variant(session, attempt_id=issued.attempt_id, item_id=issued.item_id)
    items = sets.get_set(session, issued.item.set_id).items
    return problem_view(issued, items, membership, newest=newest is issued, now=now)


def submit_steps(session: Session, command: SubmitSteps, *, now: datetime) -> SubmissionView:
    """Judge and keep what was typed; `now` is when it arrived.

    The same again, and what cannot be read at all, use up no submission. Raises NotFound, NotAllowed, Closed, TooLarge,
    or Invalid where a step is named that is not asked.
    """
    issued, membership = _own(session, command.user_id, command.problem_id)
    problem_set, before = issued.item.problem_set, issued.submissions
    shown = marks_are_shown(problem_set, membership.role, now)
    _require_open(problem_set, membership, now)
    answers = dict(command.answers)
    _require_reasonable(answers)
    if before and before[-1].answers == answers:
        return SubmissionView.of(before[-1], shown=shown, counted=False)
    allowed = problem_set.submissions_per_variant
    if allowed is not None and used(before) >= allowed:
        message = "No submission is left for these numbers, so nothing was saved."
        raise Closed(message)
    if len(before) >= MOST_SUBMISSIONS:
        message = f"These numbers have had {MOST_SUBMISSIONS} submissions, which is the limit, so nothing was saved."
        raise Closed(message)
    try:
        grade = problems.grade(problems.from_json(issued.problem), answers, scheme_of(problem_set))
    except problems.BadAnswers as error:
        message = "Nothing was saved, for the form does not fit this problem: load the page again."
        raise Invalid(message, [Detail(error.where, error.message)]) from None
    submission = Submission(
        issued_problem=issued,
        number=len(before) + 1,
        answers=answers,
        grade=grade.to_dict(),
        score=share_of(grade),
        counted=any(step.verdict not in ("blank", "unreadable") for step in grade.steps.values()),
        family_version=issued.family_version,
        grader_version=grade.version,
        arrived_at=now,
    )
    session.add(submission)
    session.flush()
    return SubmissionView.of(submission, shown=shown)


def new_variant(session: Session, *, user_id: int, problem_id: int, now: datetime, seed: int) -> IssuedProblem:
    """The same problem with other numbers, drawn from this seed; asked twice from one page, it is drawn once.

    Raises NotFound, NotAllowed, or Closed where the set is not open or allows no other numbers.
    """
    issued, membership = _own(session, user_id, problem_id)
    item = issued.item
    _require_open(item.problem_set, membership, now)
    if not item.problem_set.new_variants or item.given is not None:
        message = "This problem keeps its numbers."
        raise Closed(message)
    newest = work.find_newest_variant(session, attempt_id=issued.attempt_id, item_id=item.id)
    if newest is not None and newest.variant > issued.variant:
        return newest
    if issued.variant >= MOST_VARIANTS:
        message = f"You have had {MOST_VARIANTS} variants of this problem, which is the limit."
        raise Closed(message)
    other = _issue(issued.attempt, item, seed, variant=issued.variant + 1, now=now)
    session.add(other)
    session.flush()
    return other


def _require_reasonable(answers: Mapping[str, Any]) -> None:
    """Raises TooLarge where no work by hand can be so long."""
    length = len(json.dumps(answers, default=str))
    if length > LONGEST_ANSWERS:
        message = f"These answers have {length:,} characters; at most {LONGEST_ANSWERS:,} are taken. Nothing was saved."
        raise TooLarge(message)


def _admitted(session: Session, problem_set: ProblemSet, user_id: int, *, lock: bool = False) -> Membership:
    """The person's membership, where the set may be seen; raises NotFound, which does not tell whether it exists."""
    membership = get_membership(session, user_id=user_id, course=problem_set.course, lock=lock)
    if membership.role != INSTRUCTOR and problem_set.published_at is None:
        raise NotFound(sets.NO_SET)
    return membership


def _own(session: Session, user_id: int, problem_id: int) -> tuple[IssuedProblem, Membership]:
    """The student's own problem, with nobody else writing to it; raises NotFound, NotAllowed."""
    membership = _admitted(session, work.get_issued(session, problem_id).item.problem_set, user_id, lock=True)
    issued = work.get_issued(session, problem_id)  # again: what came before the lock may be old
    if issued.attempt.user_id == user_id:
        return issued, membership
    if membership.role == INSTRUCTOR:
        message = "This is the work of a student; only they can go on with it."
        raise NotAllowed(message)
    message = "There is no such problem, or it is not for you."
    raise NotFound(message)


def _require_open(problem_set: ProblemSet, membership: Membership, now: datetime) -> None:
    """Raises Closed, except for instructors, who try their sets at any time."""
    state = state_of(problem_set, now)
    if state == "open" or membership.role == INSTRUCTOR:
        return
    if state == "closed" and problem_set.due is not None:
        message = f"This set was due on {problem_set.due:%d %B %Y at %H:%M} UTC, so nothing more is taken."
    elif problem_set.opens is not None:
        message = f"This set opens on {problem_set.opens:%d %B %Y at %H:%M} UTC."
    raise Closed(message)


def _issue(attempt: Attempt, item: Item, seed: int, *, variant: int, now: datetime) -> IssuedProblem:
    """A problem drawn from this seed; raises Conflict where none can be drawn."""
    try:
        problem = draw_item(item, seed)
    except problems.ProblemError as error:
        message = f"No numbers can be drawn for this problem, so please tell your instructor. {error.message}"
        raise Conflict(message) from error
    return IssuedProblem(
        attempt=attempt,
        item=item,
        variant=variant,
        family=problem.family,
        family_version=problem.version,
        problem=problems.to_json(problem),
        issued_at=now,
    )
