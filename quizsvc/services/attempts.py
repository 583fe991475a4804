"""Working on a set: see it, begin it, get a problem, get other numbers, hand it in."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import problems
from quizsvc.errors import Closed, Conflict, Detail, Invalid, NotAllowed, NotFound
from quizsvc.services.audit import record
from quizsvc.services.drawing import problem_for
from quizsvc.services.problem_view import ProblemView, problem_view
from quizsvc.services.progress import ProgressOfSet, progress_of_sets
from quizsvc.services.seats import Seat, seat_of
from quizsvc.store import sets, work
from quizsvc.store.models import Attempt, IssuedProblem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.policy import State
    from quizsvc.store.models import Course, Item, ProblemSet

MOST_VARIANTS = 200
"""So many times one may ask for other numbers of one problem: practice is endless, a database is not."""
NOT_YOURS = "There is no such problem, or it is not for you."


@dataclass(frozen=True, slots=True)
class SetView:
    """A set as one of its course's members sees it."""

    seat: Seat
    progress: ProgressOfSet

    @property
    def set(self) -> ProblemSet:
        """The set."""
        return self.seat.set

    @property
    def course(self) -> Course:
        """The course that it belongs to."""
        return self.seat.set.course

    @property
    def role(self) -> str:
        """What the person is in the course."""
        return self.seat.membership.role

    @property
    def state(self) -> State:
        """Whether it can be worked on."""
        return self.progress.state


def view_set(session: Session, *, user_id: int, set_id: int, now: datetime) -> SetView:
    """A set with the person's progress; raises NotFound where it is not for that person."""
    seat = seat_of(session, sets.get_set(session, set_id), user_id)
    [progress] = progress_of_sets(session, [seat], now=now)
    return SetView(seat, progress)


@dataclass(frozen=True, slots=True)
class StartAttempt:
    """Who begins which set, with which access code."""

    user_id: int
    set_id: int
    access_code: str = ""


def start_attempt(session: Session, command: StartAttempt, *, now: datetime, seed: int) -> Attempt:
    """Begin a set, or come back to what was begun; which problems, and their order, follow from the seed.

    Raises NotFound, Closed where it is not open, or Invalid where the access code is not right.
    """
    seat = seat_of(session, sets.get_set(session, command.set_id), command.user_id, lock=True)
    if seat.attempt is not None:
        return seat.attempt
    require_open(seat, now)
    code = seat.set.access_code
    if code is not None and not seat.teaches and not _same(code, command.access_code):
        message = "This is not the access code of this set; ask whoever supervises it."
        raise Invalid(message, [Detail("access_code", message)])
    return _start(session, seat, now=now, seed=seed)


def _same(code: str, typed: str) -> bool:
    """Whether the code was typed, but for capitals and spaces around it."""
    return hmac.compare_digest(code.strip().casefold().encode(), typed.strip().casefold().encode())


def _start(session: Session, seat: Seat, *, now: datetime, seed: int) -> Attempt:
    chosen = choose_items(seat.set.items, shuffle=seat.set.shuffle, seed=seed)
    attempt = Attempt(
        set_id=seat.set.id,
        user_id=seat.membership.user_id,
        set_version=seat.set.version,
        item_ids=[item.id for item in chosen],
        started_at=now,
    )
    session.add(attempt)
    session.flush()
    if seat.is_on_record:
        body = {"attempt": attempt.id, "items": [item.key for item in chosen]}
        record(session, seat.event("started", body, actor_id=seat.membership.user_id), now=now)
    return attempt


def choose_items(items: Sequence[Item], *, shuffle: bool, seed: int) -> list[Item]:
    """A student's problems: of each pool as many as are to be picked, in the order of the set or in a drawn one."""
    rng = np.random.default_rng(seed)
    pools: dict[int, list[Item]] = {}
    for item in items:
        if item.pool is not None:
            pools.setdefault(item.pool, []).append(item)
    picked = {
        among[place].id
        for among in pools.values()
        for place in rng.choice(len(among), size=min(len(among), among[0].pick or 1), replace=False)
    }
    chosen = [item for item in items if item.pool is None or item.id in picked]
    return [chosen[place] for place in rng.permutation(len(chosen))] if shuffle else chosen


def open_problem(session: Session, *, user_id: int, item_id: int, now: datetime, seed: int) -> IssuedProblem:
    """The variant that the student works on; the first is drawn now, from this seed, unless it was drawn ahead.

    Raises NotFound where the item is not for that person, Closed where the set is not open and nothing was drawn, or
    Conflict where the set has to be begun first.
    """
    item = sets.get_item(session, item_id)
    seat = seat_of(session, item.problem_set, user_id, lock=True)
    attempt = seat.attempt
    issued = attempt and work.find_newest_variant(session, attempt_id=attempt.id, item_id=item.id)
    if issued:
        return issued
    require_open(seat, now)
    if seat.needs_start:
        message = "Begin this set on its own page first."
        raise Conflict(message)
    if attempt is None:
        attempt = _start(session, seat, now=now, seed=seed)
    if not seat.teaches and item.id not in attempt.item_ids:
        raise NotFound(NOT_YOURS)
    return _issue(session, attempt, item, variant=1, now=now, seed=seed)


def view_problem(session: Session, *, user_id: int, problem_id: int, now: datetime) -> ProblemView:
    """A problem with what was submitted, as this person may see it: its student, or an instructor of the course."""
    issued = work.get_issued(session, problem_id)
    problem_set = sets.get_set(session, issued.item.set_id)
    viewer = seat_of(session, problem_set, user_id)
    own = user_id == issued.attempt.user_id
    if not own and not viewer.teaches:
        raise NotFound(NOT_YOURS)
    seat = viewer if own else seat_of(session, problem_set, issued.attempt.user_id, even_left=True)
    newest = work.find_newest_variant(session, attempt_id=issued.attempt_id, item_id=issued.item_id)
    return problem_view(issued, seat, viewer, newest=newest is issued, now=now)


def new_variant(session: Session, *, user_id: int, problem_id: int, now: datetime, seed: int) -> IssuedProblem:
    """The same problem with other numbers, drawn from this seed; asked twice from one page, it is drawn once.

    Raises NotFound, NotAllowed, or Closed where the set is not open or allows no other numbers.
    """
    issued, seat = own_problem(session, user_id, problem_id)
    item = issued.item
    require_open(seat, now)
    if not gives_new_variants(seat.set, item):
        message = "This problem keeps its numbers."
        raise Closed(message)
    newest = work.find_newest_variant(session, attempt_id=issued.attempt_id, item_id=item.id)
    if newest is not None and newest.variant > issued.variant:
        return newest
    if issued.variant >= MOST_VARIANTS:
        message = f"You have had {MOST_VARIANTS} variants of this problem, which is the limit."
        raise Closed(message)
    return _issue(session, issued.attempt, item, variant=issued.variant + 1, now=now, seed=seed)


def gives_new_variants(problem_set: ProblemSet, item: Item) -> bool:
    """Whether a student may ask for other numbers."""
    return problem_set.variants == "new-on-demand" and item.given is None


def finish_attempt(session: Session, *, user_id: int, set_id: int, now: datetime) -> Attempt:
    """Hand the set in: nothing more is taken after that. Handed in again, it keeps its first time.

    Raises NotFound, or Conflict where nothing was begun.
    """
    seat = seat_of(session, sets.get_set(session, set_id), user_id, lock=True)
    attempt = seat.attempt
    if attempt is None:
        message = "Nothing was begun, so there is nothing to hand in."
        raise Conflict(message)
    if attempt.finished_at is None:
        attempt.finished_at, attempt.finished_by = now, "student"
        if seat.is_on_record:
            record(session, seat.event("finished", {"by": "student"}, actor_id=user_id), now=now)
    return attempt


def own_problem(session: Session, user_id: int, problem_id: int) -> tuple[IssuedProblem, Seat]:
    """The student's own problem, with nobody else writing to it; raises NotFound, NotAllowed."""
    problem_set = work.get_issued(session, problem_id).item.problem_set
    seat = seat_of(session, problem_set, user_id, lock=True)
    issued = work.get_issued(session, problem_id)  # again: what came before the lock may be old
    if issued.attempt.user_id == user_id:
        return issued, seat
    if seat.teaches:
        message = "This is the work of a student; only they can go on with it."
        raise NotAllowed(message)
    raise NotFound(NOT_YOURS)


def require_open(seat: Seat, now: datetime) -> None:
    """Raises Closed, except for instructors, who try their sets at any time."""
    if seat.takes_work(now):
        return
    raise Closed(why_closed(seat, now))


def why_closed(seat: Seat, now: datetime) -> str:
    """Why nothing is taken now, in a sentence."""
    window = seat.window
    if window.opens is not None and now < window.opens:
        return f"This set opens on {_moment(window.opens)}."
    if seat.attempt is not None and seat.attempt.finished_by == "student":
        return "You have handed in this set, so nothing more is taken."
    if window.closed is not None and now > window.closed:
        return "This set was closed, so nothing more is taken."
    if window.limit is not None and window.ends == window.limit:
        return f"Your time for this set was over on {_moment(window.limit)}, so nothing more is taken."
    if window.due is not None:
        return f"This set was due on {_moment(window.due)}, so nothing more is taken."
    return "This set is closed, so nothing more is taken."


def _moment(when: datetime) -> str:
    return f"{when:%d %B %Y at %H:%M} UTC"


def _issue(session: Session, attempt: Attempt, item: Item, *, variant: int, now: datetime, seed: int) -> IssuedProblem:
    """A problem for the student; raises Conflict where none can be drawn."""
    try:
        problem = problem_for(session, item, attempt, variant=variant, seed=seed)
    except problems.ProblemError as error:
        message = f"No numbers can be drawn for this problem, so please tell your instructor. {error.message}"
        raise Conflict(message) from error
    issued = IssuedProblem(
        attempt=attempt,
        item=item,
        variant=variant,
        family=problem.family,
        family_version=problem.version,
        problem=problems.to_json(problem),
        fingerprint=problems.fingerprint(problem),
        issued_at=now,
    )
    session.add(issued)
    session.flush()
    return issued
