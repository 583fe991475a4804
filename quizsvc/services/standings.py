"""What students have in a set at the moment, as others are told of it: the marks of the gradebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quizsvc.services.gradebook import find_row, gradebook_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime
    from fractions import Fraction

    from sqlalchemy.orm import Session

    from quizsvc.services.gradebook import GradebookRow
    from quizsvc.store.models import ProblemSet

SINGLY = 20
"""The marks of so many students are made one by one; of more, those of the whole class are made at once."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a student has in a set: `earned` points of `max_points`; `counts` once there is work, or it was ended."""

    set_id: int
    user_id: int
    share: Fraction | None
    earned: Fraction
    max_points: int
    counts: bool
    started_at: datetime | None
    submitted_at: datetime | None


def standings_at(
    session: Session, problem_set: ProblemSet, user_ids: Collection[int] | None = None
) -> Iterator[Standing]:
    """What these students have in a set, or all of its class."""
    if user_ids is not None and len(user_ids) <= SINGLY:
        rows: Iterable[GradebookRow | None] = (find_row(session, problem_set, one) for one in sorted(user_ids))
    else:
        rows = gradebook_of(session, problem_set).rows
    for row in rows:
        if row is not None and (user_ids is None or row.user_id in user_ids):
            yield _standing(row)


def _standing(row: GradebookRow) -> Standing:
    attempt = row.seat.attempt
    return Standing(
        set_id=row.seat.set.id,
        user_id=row.user_id,
        share=row.mark.share,
        earned=row.mark.earned,
        max_points=row.mark.max_points,
        counts=row.mark.is_begun or row.seat.is_finished,
        started_at=None if attempt is None else attempt.started_at,
        submitted_at=row.submitted_at,
    )
