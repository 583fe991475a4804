"""From an item of a set to a problem: posed with its own numbers, drawn ahead, or drawn now from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import problems
from quizsvc.store import work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from quizsvc.store.models import Attempt, Item


class Drawable(Protocol):
    """What an item says of its problem, in a file as in the database."""

    @property
    def family(self) -> str:
        """Its slug."""

    @property
    def title(self) -> str:
        """How it is called."""

    @property
    def points(self) -> int:
        """What it is worth."""

    @property
    def options(self) -> dict[str, Any]:
        """What to draw from."""

    @property
    def given(self) -> dict[str, Any] | None:
        """Numbers that are the same for all."""


def draw_item(item: Drawable, seed: int) -> problems.Problem:
    """The problem at this seed; the seed plays no part where the numbers are given. Raises ProblemError."""
    _require_no_seed(item)
    if item.given is not None:
        stated: Mapping[str, Any] = {**item.options, **item.given}
        return problems.pose(item.family, **stated)
    return problems.draw(item.family, seed=seed, **item.options)


def draw_item_for_class(
    item: Drawable, count: int, seed: int, progress: Callable[[int], None] = lambda _done: None
) -> problems.ClassDraw:
    """So many problems of one difficulty, different as far as there are different ones. Raises ProblemError."""
    _require_no_seed(item)
    return problems.draw_class(item.family, count, seed, progress, **item.options)


def _require_no_seed(item: Drawable) -> None:
    for name in ("slug", "seed", "count", "progress", "like", "avoid"):
        if name in {**item.options, **(item.given or {})}:
            message = f"{name} is no option: every student gets a seed of their own."
            raise problems.BadOption(message, name)


@dataclass(frozen=True, slots=True)
class GivenOut:
    """The fingerprints of the problems that somebody has for an item, or will get: asked for one by one."""

    session: Session
    item_id: int

    def __contains__(self, fingerprint: object) -> bool:
        return work.is_given_out(self.session, self.item_id, str(fingerprint))


def problem_for(session: Session, item: Item, attempt: Attempt, *, variant: int, seed: int) -> problems.Problem:
    """A student's problem: the item's own numbers, what was drawn ahead, or one drawn now. Raises ProblemError.

    One drawn now for a graded set is as difficult as those that others have been given, and has numbers that nobody
    else has, if there are any.
    """
    if item.given is not None:
        return draw_item(item, seed)
    if item.problem is not None:
        return problems.from_json(item.problem)
    prepared = work.find_prepared(session, item_id=item.id, user_id=attempt.user_id) if variant == 1 else None
    if prepared is not None:
        return problems.from_json(prepared.problem)
    like = work.find_any_problem(session, item.id) if item.problem_set.mode == "graded" else None
    if like is None:
        return draw_item(item, seed)
    pattern = problems.from_json(like)
    try:
        return problems.draw_like(pattern, item.family, seed, GivenOut(session, item.id), **item.options)
    except problems.NoFairDraw:  # no others are left: the same numbers once more are better than none
        return problems.draw_like(pattern, item.family, seed, **item.options)
