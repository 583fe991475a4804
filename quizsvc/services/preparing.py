"""Problems drawn ahead: for every student of a course different numbers of the same difficulty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import problems
from quizsvc.errors import Conflict
from quizsvc.services.courses import STUDENT
from quizsvc.services.drawing import draw_item_for_class
from quizsvc.store import people, work
from quizsvc.store.models import PreparedProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy.orm import Session

    from quizsvc.services.drawing import Drawable
    from quizsvc.store.models import Item, ProblemSet

SEED_BITS = 2**63


@dataclass(frozen=True, slots=True)
class MissingForItem:
    """Who has no problem for an item, how many have one, and one of those that were given out."""

    item: Item
    user_ids: tuple[int, ...]
    taken: frozenset[str]
    like: str | None


@dataclass(frozen=True, slots=True)
class Missing:
    """What there is to draw for a set."""

    items: tuple[MissingForItem, ...]

    @property
    def count(self) -> int:
        """How many problems."""
        return sum(len(item.user_ids) for item in self.items)


@dataclass(frozen=True, slots=True)
class DrawnForItem:
    """Whom each problem is for, and how many are different."""

    item_id: int
    key: str
    problems: tuple[tuple[int, problems.Problem], ...]
    distinct: int


@dataclass(frozen=True, slots=True)
class PreparedItem:
    """How many problems were drawn for an item, and how many of them are different."""

    key: str
    drawn: int
    distinct: int


@dataclass(frozen=True, slots=True)
class PreparedReport:
    """What was drawn, and for how many students."""

    drawn: int
    students: int
    items: tuple[PreparedItem, ...]


def missing_problems(session: Session, problem_set: ProblemSet) -> Missing:
    """What students would have to wait for; raises Conflict where a set draws nothing of the kind.

    With the same problem for all, that one is drawn when the set is published.
    """
    if problem_set.variants == "same-for-all":
        message = "Everybody gets the same numbers in this set, so there is nothing to draw for each."
        raise Conflict(message)
    students = [member.user_id for member in people.members(session, problem_set.course_id, STUDENT)]
    missing = []
    for item in problem_set.items:
        if item.given is None:
            served, taken = work.served_with(session, item.id)
            left = tuple(student for student in students if student not in served)
            missing.append(MissingForItem(item, left, frozenset(taken), work.find_any_problem(session, item.id)))
    return Missing(tuple(missing))


def draw_missing(
    missing: Missing, *, seed: int, progress: Callable[[int], None] = lambda _done: None
) -> list[DrawnForItem]:
    """Draw it, outside any transaction, for it may take a while; `progress` is told how many are done."""
    rng, before, drawn = np.random.default_rng(seed), 0, list[DrawnForItem]()
    for wanted in missing.items:
        if not wanted.user_ids:
            continue
        found = problems_for(
            wanted.item,
            len(wanted.user_ids),
            int(rng.integers(SEED_BITS)),
            like=wanted.like,
            taken=wanted.taken,
            progress=_from(before, progress),
        )
        before += len(wanted.user_ids)
        pairs = tuple(zip(wanted.user_ids, found, strict=True))
        distinct = len({problems.fingerprint(problem) for problem in found})
        drawn.append(DrawnForItem(wanted.item.id, wanted.item.key, pairs, distinct))
    return drawn


def _from(before: int, progress: Callable[[int], None]) -> Callable[[int], None]:
    """The progress of a part that begins when so many are done."""
    return lambda done: progress(before + done)


def problems_for(
    item: Drawable,
    count: int,
    seed: int,
    *,
    like: str | None,
    taken: Iterable[str],
    progress: Callable[[int], None] = lambda _done: None,
) -> Sequence[problems.Problem]:
    """So many problems for those who have none: as difficult as `like`, with numbers that are not `taken`.

    Once all are given out they come up anew, each once before any is given again. `like` is one that others have, as
    JSON; None where nobody has one. Raises ProblemError.
    """
    if like is None:
        return draw_item_for_class(item, count, seed, progress).problems
    rng, avoided, found = np.random.default_rng(seed), set(taken), list[problems.Problem]()
    pattern = problems.from_json(like)
    while len(found) < count:
        one = int(rng.integers(SEED_BITS))
        try:
            problem = problems.draw_like(pattern, item.family, one, avoided, **item.options)
        except problems.NoFairDraw:  # no others are left: the same numbers once more are better than none
            avoided.clear()
            problem = problems.draw_like(pattern, item.family, one, **item.options)
        avoided.add(problems.fingerprint(problem))
        found.append(problem)
        progress(len(found))
    return found


def keep_drawn(session: Session, drawn: Sequence[DrawnForItem]) -> PreparedReport:
    """Store what was drawn; who was given a problem in the meantime keeps that."""
    students: set[int] = set()
    items = []
    for of_item in drawn:
        served, _taken = work.served_with(session, of_item.item_id)
        rows = [
            PreparedProblem(
                item_id=of_item.item_id,
                user_id=user_id,
                problem=problems.to_json(problem),
                fingerprint=problems.fingerprint(problem),
            )
            for user_id, problem in of_item.problems
            if user_id not in served
        ]
        session.add_all(rows)
        students |= {row.user_id for row in rows}
        items.append(PreparedItem(of_item.key, len(rows), of_item.distinct))
    session.flush()
    return PreparedReport(sum(item.drawn for item in items), len(students), tuple(items))
