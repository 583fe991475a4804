"""What happens when time is up: the last draft that could be read is submitted, and the attempt ends.

Where there is more time afterwards, it goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from quizsvc.services.audit import record, record_all
from quizsvc.services.scoring import none_left
from quizsvc.services.seats import seat_of, seats_at
from quizsvc.services.submitting import judge_and_keep, said_already
from quizsvc.store import people, sets, work

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.audit import Event
    from quizsvc.services.seats import Seat
    from quizsvc.store.models import IssuedProblem, ProblemSet

SETTLING = timedelta(seconds=60)
"""So long after the end an attempt stays as it is: answers that arrived in time may still be on their way."""


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt whose time is up."""

    set_id: int
    user_id: int


def ended_attempts(session: Session, *, now: datetime) -> list[Ended]:
    """Whose time is up for so long that all that arrived has been kept, and whose attempt has not been closed."""
    ended = []
    for problem_set in sets.sets_that_end(session, now):
        working = people.students_with_open_attempt(session, problem_set)
        for user_id, seat in seats_at(session, problem_set, working).items():
            if _is_over(seat, now):
                ended.append(Ended(problem_set.id, user_id))
    return ended


def _is_over(seat: Seat, now: datetime) -> bool:
    ends = seat.window.ends
    waits = seat.window.grace + SETTLING
    open_still = seat.attempt is not None and not seat.is_finished
    return not seat.teaches and open_still and ends is not None and now > ends + waits


def close_attempt(session: Session, ended: Ended, *, now: datetime) -> int:
    """End an attempt whose time is up; how many drafts were submitted for the student.

    What is submitted so has the time at which it was saved, which was in time. It uses up no submission, but is not
    made where none was left when it was saved.
    """
    seat = seat_of(session, sets.get_set(session, ended.set_id), ended.user_id, lock=True, even_left=True)
    if seat.attempt is None or not _is_over(seat, now):
        return 0  # somebody else was quicker, or gave more time
    taken = sum(_submit_draft(session, issued, seat) for issued in work.issued_with_drafts(session, seat.attempt.id))
    seat.attempt.finished_at, seat.attempt.finished_by = seat.window.ends, "time"
    session.flush()
    if seat.is_on_record:
        record(session, seat.event("finished", {"by": "time", "drafts": taken}), now=now)
    return taken


def reopen(seat: Seat, *, now: datetime, actor_id: int | None = None) -> list[Event]:
    """Take back that time was up where the person has time again; what happened, for the audit log."""
    attempt, ends = seat.attempt, seat.window.ends
    if attempt is None or attempt.finished_by != "time" or (ends is not None and now > ends):
        return []
    attempt.finished_at = attempt.finished_by = None
    return [seat.event("reopened", {}, actor_id=actor_id)]


def reopen_attempts(session: Session, problem_set: ProblemSet, *, now: datetime) -> int:
    """Let everybody go on who has time again, in a set that is locked alone; how many these are."""
    events = [event for seat in seats_at(session, problem_set).values() for event in reopen(seat, now=now)]
    session.flush()
    if problem_set.mode == "graded":
        record_all(session, events, now=now)
    return len(events)


def _submit_draft(session: Session, issued: IssuedProblem, seat: Seat) -> bool:
    """Submit what could be read last, unless that or something later was submitted for no less credit.

    What came too late, or could not be read, stands in the way of nothing.
    """
    draft, sent = issued.draft, issued.submissions
    if draft is None or draft.readable_answers is None or draft.readable_at is None:
        return False
    answers, saved = draft.readable_answers, draft.readable_at
    worth = seat.window.time_credit(saved)
    valid = [one for one in sent if one.standing.counted and one.standing.time_credit >= worth]
    if any(one.arrived_at >= saved for one in valid) or said_already(sent, seat, answers, saved):
        return False
    if none_left([one for one in sent if one.arrived_at < saved], seat.submissions_allowed):
        return False
    judge_and_keep(session, issued, seat, answers, origin="draft", arrived=saved)
    return True
