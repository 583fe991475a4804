"""Who is where in a set, while it is worked on: cheap enough to be asked every ten seconds.

A handful of queries, however many students there are; what was typed, the verdicts and the numbers of the problems stay
in the database. Where nothing has happened, not even that: `pulse` tells.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from quizsvc.services.gradebook import adjustments_of, require_teacher
from quizsvc.services.marking import rules_of
from quizsvc.services.marks import Result, SetMark, mark_of
from quizsvc.services.seats import AtSeat, seats_at
from quizsvc.store import sets, work

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.marks import SetRules
    from quizsvc.services.seats import Seat
    from quizsvc.store.models import Adjustment, Course, Item, ProblemSet
    from quizsvc.store.work import Arrival, Issue

Stage = Literal["not-begun", "working", "late", "handed-in", "time-up"]

ACTIVE = timedelta(minutes=5)
"""Who has sent or saved something, or opened a problem, within this time, is working now."""


@dataclass(frozen=True, slots=True)
class LiveRow(AtSeat):
    """One student in a set; `last_item` is the problem worked on last, in the variant `problem_id`, None where none.

    `sent` is to how many of the student's problems something was submitted, and `submissions` how many times.
    """

    stage: Stage
    is_active: bool
    last_item: Item | None
    problem_id: int | None
    last_at: datetime | None
    sent: int
    submissions: int
    mark: SetMark

    @property
    def begun_at(self) -> datetime | None:
        """When the set was begun."""
        return None if self.seat.attempt is None else self.seat.attempt.started_at

    def left(self, now: datetime) -> timedelta | None:
        """The time that is left to the student; None where the attempt has ended, or there is no end."""
        ends = self.seat.window.ends
        if ends is None or self.stage in ("handed-in", "time-up"):
            return None
        return max(ends - now, timedelta(0))


@dataclass(frozen=True, slots=True)
class LiveView:
    """A set while it is worked on: `rows` are its students by name."""

    set: ProblemSet
    course: Course
    rows: tuple[LiveRow, ...]

    @property
    def begun(self) -> int:
        """How many have begun."""
        return sum(row.seat.attempt is not None for row in self.rows)

    @property
    def active(self) -> int:
        """How many are working now."""
        return sum(row.is_active for row in self.rows)

    @property
    def handed_in(self) -> int:
        """How many have handed in."""
        return sum(row.stage == "handed-in" for row in self.rows)

    @property
    def nothing_sent(self) -> int:
        """How many have submitted nothing yet, whether they have begun or not."""
        return sum(not row.submissions for row in self.rows)


def taught_set(session: Session, *, set_id: int, user_id: int) -> ProblemSet:
    """The set, for who teaches its course; raises NotFound, NotAllowed."""
    problem_set = sets.get_set(session, set_id)
    require_teacher(session, problem_set.course, user_id)
    return problem_set


def pulse(session: Session, *, set_id: int, user_id: int, now: datetime) -> str:
    """What stands for all that `live_view` tells: the same as long as nothing happens, and never for over a minute.

    It costs next to nothing beside the view itself. Raises NotFound, NotAllowed.
    """
    problem_set = taught_set(session, set_id=set_id, user_id=user_id)
    minute = now.replace(second=0, microsecond=0)
    signs = (minute, problem_set.version, problem_set.closed_at, *work.pulse_of(session, set_id))
    return hashlib.sha256(repr(signs).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Doings:
    """What is known of one student in the set."""

    issues: list[Issue] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    adjusted: list[Adjustment] = field(default_factory=list)


def live_view(session: Session, *, set_id: int, user_id: int, now: datetime) -> LiveView:
    """Where every student of the course is in a set; raises NotFound, NotAllowed unless that person teaches it."""
    problem_set = taught_set(session, set_id=set_id, user_id=user_id)
    done: defaultdict[int, _Doings] = defaultdict(_Doings)
    for issue in work.issues_in(session, set_id):
        done[issue.user_id].issues.append(issue)
    standing = {arrival.submission_id: arrival for arrival in work.arrivals_in(session, set_id)}
    for arrival in standing.values():
        done[arrival.user_id].arrivals.append(arrival)
    for adjustment in work.adjustments_in(session, [set_id]):
        done[adjustment.user_id].adjusted.append(adjustment)
    rules = rules_of(problem_set)
    seats = seats_at(session, problem_set)
    return LiveView(
        problem_set, problem_set.course, tuple(_row(seat, rules, done[user], now) for user, seat in seats.items())
    )


def _row(seat: Seat, rules: SetRules, done: _Doings, now: datetime) -> LiveRow:
    items = {item.id: item for item in seat.set.all_items}
    touched = _touched(done)
    # Of what happened at the same instant, the submission is the last.
    last = max(reversed(touched), key=lambda one: one[0], default=None)
    moments = [when for when, _item, _problem in touched]
    if seat.attempt is not None:
        moments.append(seat.attempt.started_at)
        if seat.attempt.finished_at is not None and seat.attempt.finished_by == "student":
            moments.append(seat.attempt.finished_at)
    last_at, stage = max(moments, default=None), stage_of(seat, now)
    return LiveRow(
        seat=seat,
        stage=stage,
        is_active=stage in ("working", "late") and last_at is not None and now - last_at <= ACTIVE,
        last_item=None if last is None else items[last[1]],
        problem_id=None if last is None else last[2],
        last_at=last_at,
        sent=len({one.item_id for one in done.arrivals}),
        submissions=len(done.arrivals),
        mark=_mark(seat, rules, items, done),
    )


def stage_of(seat: Seat, now: datetime) -> Stage:
    """How far a student is on the way from the beginning to the end, by the student's own times."""
    attempt = seat.attempt
    if attempt is None:
        return "not-begun"
    if attempt.finished_at is not None:
        return "handed-in" if attempt.finished_by == "student" else "time-up"
    state = seat.window.state(now)
    return "time-up" if state == "closed" else "late" if state == "late" else "working"


def _touched(done: _Doings) -> list[tuple[datetime, int, int]]:
    """When the student did something with which item and problem; what was typed in from a paper is no such thing."""
    touched = [(one.issued_at, one.item_id, one.problem_id) for one in done.issues]
    touched += [(one.saved_at, one.item_id, one.problem_id) for one in done.issues if one.saved_at is not None]
    return touched + [(one.arrived_at, one.item_id, one.problem_id) for one in done.arrivals if one.origin != "paper"]


def _mark(seat: Seat, rules: SetRules, items: Mapping[int, Item], done: _Doings) -> SetMark:
    """The mark so far."""
    results: dict[str, list[Result]] = {}
    for one in done.arrivals:
        result = Result(one.variant, one.score, one.time_credit, one.counted, one.origin, one.arrived_at)
        results.setdefault(items[one.item_id].key, []).append(result)
    keys = rules.usual_keys if seat.attempt is None else [item.key for item in seat.items]
    return mark_of(rules, keys, results, adjustments_of(done.adjusted))
