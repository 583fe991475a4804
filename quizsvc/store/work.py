"""What students have done: attempts, the problems they were issued, and what they submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, defer, joinedload, selectinload

from quizsvc.errors import NotFound
from quizsvc.store.models import Attempt, IssuedProblem, Item, ProblemSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session


def get_issued(session: Session, issued_id: int) -> IssuedProblem:
    """The issued problem of that id, with its submissions, item, set, course and student."""
    query = (
        select(IssuedProblem)
        .where(IssuedProblem.id == issued_id)
        .options(
            selectinload(IssuedProblem.submissions),
            joinedload(IssuedProblem.attempt).joinedload(Attempt.user),
            joinedload(IssuedProblem.item).joinedload(Item.problem_set).joinedload(ProblemSet.course),
        )
        # What another wrote before this one got the lock is to be seen, whatever was read earlier.
        .execution_options(populate_existing=True)
    )
    issued = session.scalars(query).unique().one_or_none()
    if issued is None:
        message = "There is no such problem, or it is not for you."
        raise NotFound(message)
    return issued


def find_attempt(session: Session, *, set_id: int, user_id: int) -> Attempt | None:
    """The student's attempt at a set."""
    query = select(Attempt).where(Attempt.set_id == set_id, Attempt.user_id == user_id)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def find_newest_variant(session: Session, *, attempt_id: int, item_id: int) -> IssuedProblem | None:
    """The variant that the student works on."""
    query = (
        select(IssuedProblem)
        .where(IssuedProblem.attempt_id == attempt_id, IssuedProblem.item_id == item_id)
        .order_by(IssuedProblem.variant.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def issued_in(session: Session, set_ids: Iterable[int], user_id: int | None = None) -> Sequence[IssuedProblem]:
    """Every problem that was issued in these sets, to everybody or to one, with what was submitted and its score.

    The numbers of the problems stay in the database: they are many, and not asked.
    """
    query = (
        select(IssuedProblem)
        .join(IssuedProblem.attempt)
        .where(Attempt.set_id.in_(list(set_ids)))
        .order_by(IssuedProblem.item_id, IssuedProblem.variant)
        .options(
            contains_eager(IssuedProblem.attempt),
            defer(IssuedProblem.problem),
            selectinload(IssuedProblem.submissions),
        )
    )
    if user_id is not None:
        query = query.where(Attempt.user_id == user_id)
    return session.scalars(query).all()
