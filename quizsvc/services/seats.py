"""A person's seat at a set: role, times, limits, and what may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quizsvc.errors import NotFound
from quizsvc.services.audit import Event
from quizsvc.services.courses import INSTRUCTOR, get_membership
from quizsvc.services.policy import State, Window, window_of
from quizsvc.store import people, sets, work

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.audit import Kind
    from quizsvc.store.models import Attempt, Extension, Item, Membership, ProblemSet


@dataclass(frozen=True, slots=True)
class Seat:
    """One person at one set; `attempt` is None before it is begun."""

    set: ProblemSet
    membership: Membership
    extension: Extension | None = None
    attempt: Attempt | None = None

    @property
    def teaches(self) -> bool:
        """Whether the person is an instructor, who tries sets at any time and without limits."""
        return self.membership.role == INSTRUCTOR

    @property
    def window(self) -> Window:
        """The person's times."""
        return window_of(
            self.set,
            time_factor=self.membership.time_factor,
            extension=self.extension,
            attempt=self.attempt,
        )

    @property
    def is_on_record(self) -> bool:
        """Whether what happens here decides marks, and so stands in the audit log."""
        return not self.teaches and self.set.mode == "graded"

    def event(self, kind: Kind, body: Mapping[str, Any], *, actor_id: int | None = None) -> Event:
        """Something that happened at this seat, for the audit log."""
        return Event(self.set.course_id, kind, body, self.set.id, self.membership.user_id, actor_id)

    @property
    def is_finished(self) -> bool:
        """Whether the attempt was handed in, or time was up."""
        return self.attempt is not None and self.attempt.finished_at is not None

    def state(self, now: datetime) -> State:
        """Whether the person can work on it, were it no instructor."""
        return "closed" if self.is_finished else self.window.state(now)

    def takes_work(self, now: datetime) -> bool:
        """Whether the person can work on it."""
        return self.teaches or self.state(now) in ("open", "late")

    @property
    def needs_start(self) -> bool:
        """Whether it has to be begun on its own page: time is limited, a code is asked for, or problems are drawn."""
        asked = self.set.time_limit_minutes is not None or self.set.access_code is not None
        drawn = self.set.shuffle or any(item.pool is not None for item in self.set.items)
        return (asked or drawn) and self.attempt is None and not self.teaches

    @property
    def submissions_allowed(self) -> int | None:
        """How many for each variant; no limit: None."""
        allowed = self.set.submissions_per_variant
        if allowed is None or self.extension is None:
            return allowed
        return allowed + self.extension.more_submissions

    @property
    def items(self) -> list[Item]:
        """The problems that the person has, in the person's order; before the start, and for instructors, all."""
        if self.attempt is None or self.teaches:
            return self.set.items
        known = {item.id: item for item in self.set.all_items}
        return [known[item_id] for item_id in self.attempt.item_ids]

    def sees_marks(self, now: datetime) -> bool:
        """Whether the person may see verdicts and marks of the own work now."""
        if self.teaches or self.set.feedback == "immediately":
            return True
        return self.set.feedback == "after-due" and self.window.is_over_for_all_times(now)

    def sees_solution(self, now: datetime, *, finished: bool) -> bool:
        """Whether the person may see the worked solution; `finished`: all is right, or no submission is left."""
        if self.teaches:
            return True
        if self.set.feedback == "immediately":
            return finished or self.is_finished or self.window.state_at_arrival(now) == "closed"
        return self.sees_marks(now)


@dataclass(frozen=True, slots=True)
class AtSeat:
    """What is told of one person at a set."""

    seat: Seat

    @property
    def user_id(self) -> int:
        """The person."""
        return self.seat.membership.user_id

    @property
    def name(self) -> str:
        """The person's name."""
        return self.seat.membership.user.name

    @property
    def email(self) -> str:
        """The person's address."""
        return self.seat.membership.user.email


def seat_of(
    session: Session,
    problem_set: ProblemSet,
    user_id: int,
    *,
    lock: bool = False,
    published_only: bool = True,
    even_left: bool = False,
) -> Seat:
    """The person's seat, where the set may be seen; raises NotFound, which does not tell whether it exists.

    With `lock`, the set stays as it is, and nobody else writes for that person in the course, until the end.
    `even_left` is for others than that person, who may have left the course.
    """
    if lock:
        problem_set = sets.get_set(session, problem_set.id, lock="share")
    membership = get_membership(session, user_id=user_id, course=problem_set.course, lock=lock, even_left=even_left)
    if published_only and membership.role != INSTRUCTOR and problem_set.published_at is None:
        raise NotFound(sets.NO_SET)
    extension = work.find_extension(session, set_id=problem_set.id, user_id=user_id)
    attempt = work.find_attempt(session, set_id=problem_set.id, user_id=user_id)
    return Seat(problem_set, membership, extension, attempt)


def seats_of_person(session: Session, problem_sets: Sequence[ProblemSet], user_id: int) -> list[Seat]:
    """One person's seats at several sets of one course, in their order; raises NotFound where not in the course."""
    if not problem_sets:
        return []
    membership = get_membership(session, user_id=user_id, course=problem_sets[0].course)
    ids = [problem_set.id for problem_set in problem_sets]
    extensions = {one.set_id: one for one in work.extensions_in(session, ids, user_id)}
    attempts = {one.set_id: one for one in work.attempts_in(session, ids, user_id)}
    return [Seat(one, membership, extensions.get(one.id), attempts.get(one.id)) for one in problem_sets]


def seats_at(session: Session, problem_set: ProblemSet, members: Iterable[Membership] | None = None) -> dict[int, Seat]:
    """Person -> seat, of all students of the course or of these members, by name."""
    if members is None:
        members = people.members(session, problem_set.course_id, "student")
    extensions = {one.user_id: one for one in work.extensions_in(session, [problem_set.id])}
    attempts = {one.user_id: one for one in work.attempts_in(session, [problem_set.id])}
    return {
        one.user_id: Seat(problem_set, one, extensions.get(one.user_id), attempts.get(one.user_id)) for one in members
    }
