"""What a program does for students: it begins a set and shows it, by the very rules of our own pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quizsvc.errors import Conflict, Detail, NotFound
from quizsvc.services import attempts
from quizsvc.services.problem_view import ProblemView, SubmissionView, problem_view
from quizsvc.services.progress import ItemCard, ProgressOfSet, progress_of_sets
from quizsvc.services.submitting import SaveDraft, SubmitSteps, save_draft, submit_steps
from quizsvc.store import work

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.seats import Seat
    from quizsvc.store.models import Attempt, Draft, IssuedProblem, Submission


@dataclass(frozen=True, slots=True)
class ProblemAtHand:
    """One problem of a student's attempt; `view` is None before it is opened."""

    card: ItemCard
    view: ProblemView | None


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Which problem by its key, and which variant of it; None: the one that there is."""

    item: str
    variant: int | None = None


@dataclass(frozen=True, slots=True)
class AttemptView:
    """A student's attempt as its student may see it now."""

    attempt: Attempt
    progress: ProgressOfSet
    problems: tuple[ProblemAtHand, ...]

    @property
    def seat(self) -> Seat:
        """The student's seat."""
        return self.progress.seat


def begun_by(session: Session, command: attempts.StartAttempt, *, now: datetime, seed: int) -> tuple[Attempt, bool]:
    """The student's attempt, and whether it was begun just now; raises as `start_attempt`."""
    before = work.find_attempt(session, set_id=command.set_id, user_id=command.user_id)
    attempt = attempts.start_attempt(session, command, now=now, seed=seed)
    return attempt, before is None and attempt.started_at == now


def view_attempt(session: Session, seat: Seat, *, now: datetime) -> AttemptView:
    """The attempt at this seat, with the variants that are worked on."""
    attempt = seat.attempt
    if attempt is None:
        raise NotFound(attempts.NOT_YOURS)
    [progress] = progress_of_sets(session, [seat], now=now)
    newest = {one.item_id: one for one in work.issued_to(session, set_id=seat.set.id, user_id=attempt.user_id)}
    found = tuple(ProblemAtHand(card, _view(newest.get(card.item.id), seat, now)) for card in progress.items)
    return AttemptView(attempt, progress, found)


def _view(issued: IssuedProblem | None, seat: Seat, now: datetime) -> ProblemView | None:
    return None if issued is None else problem_view(issued, seat, seat, newest=True, now=now)


def open_item(session: Session, seat: Seat, wanted: OpenItem, *, now: datetime, seed: int) -> ProblemAtHand:
    """The student's problem, drawn when it is first asked for; a variant more than there is draws other numbers.

    Raises NotFound where the student has no such problem, Conflict where that variant is not the next, or as
    `open_problem` and `new_variant`.
    """
    user_id = seat.membership.user_id
    item = next((item for item in seat.items if item.key == wanted.item), None)
    if item is None:
        raise NotFound(attempts.NOT_YOURS)
    issued = attempts.open_problem(session, user_id=user_id, item_id=item.id, now=now, seed=seed)
    variant = issued.variant if wanted.variant is None else wanted.variant
    if variant not in (issued.variant, issued.variant + 1):
        message = f"The student has variant {issued.variant} of this problem; the next is {issued.variant + 1}."
        raise Conflict(message, [Detail("variant", message)])
    if variant > issued.variant:
        attempts.new_variant(session, user_id=user_id, problem_id=issued.id, now=now, seed=seed)
    return next(one for one in view_attempt(session, seat, now=now).problems if one.card.item is item)


@dataclass(frozen=True, slots=True)
class SentAnswers:
    """A submission with what was typed, as its student may see it now."""

    problem_id: int
    item: str
    variant: int
    answers: Mapping[str, Any]
    view: SubmissionView


def submit(session: Session, seat: Seat, problem_id: int, answers: Mapping[str, Any], *, now: datetime) -> SentAnswers:
    """Judge and keep what the student typed; raises NotFound where it is not of the attempt, or as submit_steps."""
    require_problem(session, seat, problem_id)
    command = SubmitSteps(seat.membership.user_id, problem_id, answers)
    view = submit_steps(session, command, now=now)
    issued = work.get_issued(session, problem_id)
    return SentAnswers(issued.id, issued.item.key, issued.variant, answers, view)


def save(session: Session, seat: Seat, command: SaveDraft, *, now: datetime) -> Draft:
    """Keep what stands in the boxes; raises NotFound where it is no problem of the attempt, or as save_draft."""
    require_problem(session, seat, command.problem_id)
    return save_draft(session, command, now=now)


def require_problem(session: Session, seat: Seat, problem_id: int) -> None:
    """Raises NotFound where the problem is not one of the attempt at this seat."""
    if seat.attempt is None or not work.is_issued(session, problem_id, attempt_id=seat.attempt.id):
        raise NotFound(attempts.NOT_YOURS)


def as_seen(submissions: Iterable[Submission], seat: Seat, *, now: datetime) -> list[SentAnswers]:
    """Submissions of one student, as that student may see them now."""
    shown = seat.sees_marks(now)
    return [_sent(one, shown=shown) for one in submissions]


def _sent(submission: Submission, *, shown: bool) -> SentAnswers:
    issued = submission.issued_problem
    view = SubmissionView.of(submission, shown=shown)
    return SentAnswers(issued.id, issued.item.key, issued.variant, submission.answers, view)
