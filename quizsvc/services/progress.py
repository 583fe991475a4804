"""How far a student is: per problem, and per set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from quizsvc.services.gradebook import mark_at
from quizsvc.services.marking import rules_of
from quizsvc.services.marks import ItemMark
from quizsvc.services.scoring import none_left, results_of, used
from quizsvc.store import work

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from fractions import Fraction

    from sqlalchemy.orm import Session

    from quizsvc.services.marks import ItemMark
    from quizsvc.services.policy import State
    from quizsvc.services.seats import Seat
    from quizsvc.store.models import Adjustment, IssuedProblem, Item, ProblemSet

Status = Literal["new", "open", "done"]


@dataclass(frozen=True, slots=True)
class ItemCard:
    """One problem of a set as its student sees it; `best` is None while nothing counts or the policy hides it.

    `mark` is what it comes to, with what was set by hand; None while the policy hides it.
    """

    item: Item
    status: Status
    best: Fraction | None
    mark: ItemMark | None
    problem_id: int | None
    variant: int | None
    submissions_used: int
    submissions_allowed: int | None


@dataclass(frozen=True, slots=True)
class ProgressOfSet:
    """A set with a student's progress; `score` is None while the policy hides it."""

    set: ProblemSet
    seat: Seat
    state: State
    items: tuple[ItemCard, ...]
    score: Fraction | None
    max_points: int

    @property
    def items_planned(self) -> int:
        """How many problems the person gets, also before it is drawn which."""
        return len(rules_of(self.set).usual_keys) if self.seat.attempt is None else len(self.items)

    @property
    def items_done(self) -> int:
        """How many problems need no more work."""
        return sum(card.status == "done" for card in self.items)

    @property
    def items_total(self) -> int:
        """How many problems there are."""
        return len(self.items)


def progress_of_sets(session: Session, seats: Sequence[Seat], *, now: datetime) -> list[ProgressOfSet]:
    """How far the person of these seats is in each of the sets."""
    if not seats:
        return []
    user_id = seats[0].membership.user_id
    set_ids = [seat.set.id for seat in seats]
    by_item: dict[int, list[IssuedProblem]] = {}
    for issued in work.issued_in(session, set_ids, user_id):
        by_item.setdefault(issued.item_id, []).append(issued)
    adjusted = work.adjustments_in(session, set_ids, user_id)
    return [_progress(seat, by_item, [one for one in adjusted if one.set_id == seat.set.id], now) for seat in seats]


def _progress(
    seat: Seat, by_item: dict[int, list[IssuedProblem]], adjusted: Sequence[Adjustment], now: datetime
) -> ProgressOfSet:
    shown, items = seat.sees_marks(now), seat.items
    mark = mark_at(seat, [issued for item in items for issued in by_item.get(item.id, [])], adjusted)
    marks = {one.key: one for one in mark.items} if shown else {}
    cards = tuple(_card(item, by_item.get(item.id, []), seat, marks.get(item.key)) for item in items)
    return ProgressOfSet(seat.set, seat, seat.state(now), cards, mark.earned if shown else None, mark.max_points)


def _card(item: Item, variants: list[IssuedProblem], seat: Seat, mark: ItemMark | None) -> ItemCard:
    """`variants` in order; the newest is worked on."""
    allowed = seat.submissions_allowed
    if not variants:
        return ItemCard(item, "new", None, mark, None, None, 0, allowed)
    newest = variants[-1]
    spent = used(newest.submissions)
    best = None if mark is None else mark.share
    # Where marks are hidden, being done must not tell that all was right.
    done = none_left(newest.submissions, allowed) or (
        best == 1 if mark is not None else any(result.counted for result in results_of(variants))
    )
    status: Status = "done" if done else "open"
    return ItemCard(item, status, best, mark, newest.id, newest.variant, spent, allowed)
