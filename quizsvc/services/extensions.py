"""More time, or more submissions, for one student: in one set, or as a factor in all sets of a course."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from quizsvc.errors import Detail, Invalid, NotFound
from quizsvc.services.accounts import read_email, read_name
from quizsvc.services.adjusting import LONGEST_REASON, adjusted_body, falls, held_at
from quizsvc.services.audit import Event, record, record_all
from quizsvc.services.closing import reopen
from quizsvc.services.courses import STUDENT
from quizsvc.services.gradebook import mark_at
from quizsvc.services.rejudging import rejudge, rejudged_body
from quizsvc.services.seats import Seat, seat_of
from quizsvc.store import people, sets, work
from quizsvc.store.models import Extension

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.store.models import Course, IssuedProblem, Membership, ProblemSet, Rejudgement, User

LARGEST_FACTOR = 10
MOST_MORE = 100


@dataclass(frozen=True, slots=True)
class GrantExtension:
    """Who gets what, and why: what is left out stays as an earlier extension had it. `actor_id`: who grants it."""

    user_id: int
    reason: str
    due: datetime | None = None
    time_factor: Fraction | None = None
    more_submissions: int | None = None
    actor_id: int | None = None


def find_student(session: Session, course: Course, email: str) -> User:
    """The student of that address in the course; raises NotFound."""
    user = people.find_user(session, read_email(email))
    membership = None if user is None else people.find_membership(session, user_id=user.id, course_id=course.id)
    if user is None or membership is None or membership.role != STUDENT:
        message = f"{email.strip()!r:.80} is no student of {course.slug}; roster list tells who is."
        raise NotFound(message)
    return user


def grant_extension(session: Session, problem_set: ProblemSet, command: GrantExtension, *, now: datetime) -> Extension:
    """Give a student more; what arrived too late, and is now in time, gets its marks, and no mark falls by that.

    It may give less than an earlier extension, which it takes the place of. Raises Invalid where it gives nothing, or
    less than everybody has, NotFound.
    """
    seat = seat_of(session, problem_set, command.user_id, lock=True, even_left=True)
    before = seat.extension
    due, factor, more = (None, None, 0) if before is None else (before.due, before.time_factor, before.more_submissions)
    due = command.due or due
    factor = factor if command.time_factor is None else command.time_factor
    more = more if command.more_submissions is None else command.more_submissions
    _require_more(seat, command)
    extension = Extension(
        set_id=seat.set.id,
        user_id=command.user_id,
        due=due,
        time_factor=factor,
        more_submissions=more,
        reason=read_name(command.reason, "reason", LONGEST_REASON),
        made_by=command.actor_id,
        made_at=now,
    )
    session.add(extension)
    session.flush()
    body = {
        "due": None if due is None else due.isoformat(),
        "more_submissions": more,
        "time_factor": None if factor is None else str(factor),
    }
    if seat.is_on_record:
        record(session, seat.event("extended", body, actor_id=command.actor_id), now=now)
    _catch_up(session, Seat(seat.set, seat.membership, extension, seat.attempt), now, command.actor_id)
    return extension


def _require_more(seat: Seat, command: GrantExtension) -> None:
    """Raises Invalid where the extension gives nothing, or cannot be given."""
    wrong: list[Detail] = []
    if command.due is None and command.time_factor is None and not command.more_submissions:
        wrong.append(Detail("", "An extension gives something: a later due time, more time, or more submissions."))
    if command.due is not None and seat.set.due is None:
        wrong.append(Detail("due", "This set has no due time, so there is none to extend."))
    elif command.due is not None and seat.set.due is not None and command.due <= seat.set.due:
        wrong.append(Detail("due", f"The set is due on {seat.set.due:%Y-%m-%d %H:%M} UTC; write a later time."))
    if command.time_factor is not None:
        wrong += _factor_complaints(command.time_factor, seat.membership.time_factor)
        if seat.set.time_limit_minutes is None:
            wrong.append(Detail("time_factor", "This set has no time limit, so there is none to lengthen."))
    if command.more_submissions is not None and not 0 <= command.more_submissions <= MOST_MORE:
        wrong.append(Detail("more_submissions", f"Write a whole number from 0 to {MOST_MORE}."))
    if command.more_submissions and seat.set.submissions_per_variant is None:
        wrong.append(Detail("more_submissions", "This set takes as many submissions as one likes."))
    if wrong:
        message = "The extension was not granted."
        raise Invalid(message, wrong)


def _factor_complaints(factor: Fraction, least: Fraction = Fraction(1)) -> list[Detail]:
    if not 1 <= factor <= LARGEST_FACTOR:
        return [Detail("time_factor", f"A time factor is from 1 to {LARGEST_FACTOR}, such as 1.25.")]
    if factor < least:
        has = f"The student has {float(least):g} times the time in the whole course; write no less."
        return [Detail("time_factor", has)]
    return []


def set_time_factor(
    session: Session, course: Course, user_id: int, factor: Fraction, *, now: datetime, actor_id: int | None = None
) -> Membership:
    """Make every time limit of the course so many times as long for a student; raises Invalid, NotFound."""
    if complaints := _factor_complaints(factor):
        message = "The time factor was not set."
        raise Invalid(message, complaints)
    published = [
        sets.get_set(session, one.id, lock="share") for one in sets.sets_of(session, course.id, published=True)
    ]
    membership = people.find_membership(session, user_id=user_id, course_id=course.id, lock=True)
    if membership is None:
        message = "There is no such student in this course."
        raise NotFound(message)
    membership.time_factor = factor
    session.flush()
    body = {"time_factor": str(factor)}
    record(session, Event(course.id, "time-factor", body, None, user_id, actor_id), now=now)
    for problem_set in published:
        _catch_up(session, seat_of(session, problem_set, user_id, even_left=True), now, actor_id)
    return membership


def _catch_up(session: Session, seat: Seat, now: datetime, actor_id: int | None) -> None:
    """Open again what the clock has ended too early, and give what arrived too late the credit of its new time.

    Where the last or the average counts, what counts now may be worse than what did: then the mark is held.
    """
    if seat.attempt is None:
        return
    events, person = reopen(seat, now=now, actor_id=actor_id), seat.membership.user_id
    issued = work.issued_in(session, [seat.set.id], person)
    adjusted = work.adjustments_in(session, [seat.set.id], person)
    before = mark_at(seat, issued, adjusted)
    for again in _with_their_credit(seat, issued, now):
        session.add(again)
        session.flush()
        events.append(seat.event("rejudged", rejudged_body(again), actor_id=actor_id))
    if seat.is_on_record and before.share is not None and falls(before, mark_at(seat, issued, adjusted)):
        held = held_at(seat, before.share, "would fall by an extension", now=now, actor_id=actor_id)
        session.add(held)
        events.append(seat.event("adjusted", adjusted_body(held), actor_id=actor_id))
    session.flush()
    if seat.is_on_record:
        record_all(session, events, now=now)


def _with_their_credit(seat: Seat, issued: Iterable[IssuedProblem], now: datetime) -> Iterator[Rejudgement]:
    """A new judgement of everything that came too late, and is worth more by now."""
    for submission in [one for problem in issued for one in problem.submissions if one.late]:
        credit = seat.window.time_credit(submission.arrived_at)
        if credit > submission.standing.time_credit:
            yield rejudge(submission, {"time_credit": credit}, reason="an extension", now=now)
