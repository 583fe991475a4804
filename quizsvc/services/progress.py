"""How far a student is: per problem, and per set."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from quizsvc.services.policy import State, shows_marks, state_of
from quizsvc.services.scoring import best_of, used
from quizsvc.store import work

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.store.models import IssuedProblem, Item, ProblemSet

Status = Literal["new", "open", "done"]


@dataclass(frozen=True, slots=True)
class ItemCard:
    """One problem of a set as its student sees it; `best` is None while nothing counts or the policy hides it."""

    item: Item
    status: Status
    best: Fraction | None
    problem_id: int | None
    variant: int | None
    submissions_used: int
    submissions_allowed: int | None


@dataclass(frozen=True, slots=True)
class ProgressOfSet:
    """A set with a student's progress; `score` is None while the policy hides it."""

    set: ProblemSet
    state: State
    items: tuple[ItemCard, ...]
    score: Fraction | None
    max_points: int

    @property
    def items_done(self) -> int:
        """How many problems need no more work."""
        return sum(card.status == "done" for card in self.items)

    @property
    def items_total(self) -> int:
        """How many problems there are."""
        return len(self.items)


def progress_of_sets(
    session: Session, problem_sets: Sequence[ProblemSet], *, user_id: int, now: datetime
) -> list[ProgressOfSet]:
    """How far one student is in each of these sets."""
    by_item: dict[int, list[IssuedProblem]] = {}
    for issued in work.issued_in(session, [problem_set.id for problem_set in problem_sets], user_id):
        by_item.setdefault(issued.item_id, []).append(issued)
    return [_progress(problem_set, by_item, now) for problem_set in problem_sets]


def _progress(problem_set: ProblemSet, by_item: dict[int, list[IssuedProblem]], now: datetime) -> ProgressOfSet:
    shown = shows_marks(problem_set, now)
    cards = tuple(_card(item, by_item.get(item.id, []), problem_set, shown=shown) for item in problem_set.items)
    earned = sum((card.item.points * (card.best or Fraction(0)) for card in cards), Fraction(0))
    total = sum(item.points for item in problem_set.items)
    return ProgressOfSet(problem_set, state_of(problem_set, now), cards, earned if shown else None, total)


def _card(item: Item, variants: list[IssuedProblem], problem_set: ProblemSet, *, shown: bool) -> ItemCard:
    """`variants` in order; all of them count, the newest is worked on."""
    allowed = problem_set.submissions_per_variant
    if not variants:
        return ItemCard(item, "new", None, None, None, 0, allowed)
    newest = variants[-1]
    spent = used(newest.submissions)
    best = best_of(submission for issued in variants for submission in issued.submissions)
    # Where marks are hidden, being done must not tell that all was right.
    done = spent == allowed or (best == 1 if shown else best is not None)
    status: Status = "done" if done else "open"
    return ItemCard(item, status, best if shown else None, newest.id, newest.variant, spent, allowed)
