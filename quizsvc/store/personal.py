"""What is kept of one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload, selectinload, undefer

from quizsvc.store.lms_models import Context, ContextMember, DeepLinkRequest, PlatformUser, ScorePassed
from quizsvc.store.models import (
    Adjustment,
    Attempt,
    AuditEntry,
    Draft,
    Extension,
    IssuedProblem,
    Login,
    Paper,
    PreparedProblem,
    ProblemSet,
    Rejudgement,
    Submission,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session


def logins(session: Session, user_id: int) -> Sequence[Login]:
    """The person's log-ins, the oldest first."""
    return session.scalars(select(Login).where(Login.user_id == user_id).order_by(Login.id)).all()


def attempts(session: Session, user_id: int) -> Sequence[Attempt]:
    """The person's attempts, with set and course."""
    query = select(Attempt).where(Attempt.user_id == user_id).order_by(Attempt.id)
    return session.scalars(query.options(joinedload(Attempt.problem_set).joinedload(ProblemSet.course))).all()


def paper_code(session: Session, attempt_id: int) -> str | None:
    """The code of the paper that an attempt was made on; None where it was made online."""
    return session.scalars(select(Paper.code).where(Paper.attempt_id == attempt_id)).one_or_none()


def issued_in_attempt(session: Session, attempt_id: int) -> Sequence[IssuedProblem]:
    """The problems of an attempt, with draft, and all that was submitted and how it was judged."""
    content = selectinload(IssuedProblem.submissions).undefer_group("content")
    query = select(IssuedProblem).where(IssuedProblem.attempt_id == attempt_id).order_by(IssuedProblem.id)
    query = query.options(
        joinedload(IssuedProblem.item),
        joinedload(IssuedProblem.draft),
        content.selectinload(Submission.rejudgements).options(undefer(Rejudgement.grade)),
    )
    return session.scalars(query).all()


def extensions(session: Session, user_id: int) -> Sequence[Extension]:
    """The person's extensions, the oldest first."""
    return session.scalars(select(Extension).where(Extension.user_id == user_id).order_by(Extension.id)).all()


def adjustments(session: Session, user_id: int) -> Sequence[Adjustment]:
    """What was set by hand for the person, the oldest first."""
    return session.scalars(select(Adjustment).where(Adjustment.user_id == user_id).order_by(Adjustment.id)).all()


def audit_entries(session: Session, user_id: int) -> Sequence[AuditEntry]:
    """What the logs of all courses tell of the person."""
    query = select(AuditEntry).where(AuditEntry.user_id == user_id)
    return session.scalars(query.order_by(AuditEntry.course_id, AuditEntry.number)).all()


def platform_users(session: Session, user_id: int) -> Sequence[PlatformUser]:
    """Whom learning platforms know as the person, the oldest first."""
    query = select(PlatformUser).where(PlatformUser.user_id == user_id).order_by(PlatformUser.id)
    return session.scalars(query.options(joinedload(PlatformUser.platform))).all()


def context_members(session: Session, user_id: int) -> Sequence[ContextMember]:
    """The courses of learning platforms in which the person is, or was."""
    query = select(ContextMember).where(ContextMember.user_id == user_id).order_by(ContextMember.id)
    return session.scalars(query.options(joinedload(ContextMember.context).joinedload(Context.platform))).all()


def scores_passed(session: Session, user_id: int) -> Sequence[ScorePassed]:
    """The grades of the person that learning platforms have, or are to get."""
    query = select(ScorePassed).where(ScorePassed.user_id == user_id).order_by(ScorePassed.id)
    return session.scalars(query.options(joinedload(ScorePassed.link))).all()


def forget(session: Session, user_id: int, word: str) -> None:
    """Remove log-ins, drafts, what is drawn ahead and who the person is on platforms, which get no more grades of him.

    The reasons of extensions become that word.
    """
    own = select(IssuedProblem.id).join(IssuedProblem.attempt).where(Attempt.user_id == user_id)
    session.execute(delete(Login).where(Login.user_id == user_id))
    for kept in (PlatformUser, ContextMember, DeepLinkRequest, ScorePassed):
        session.execute(delete(kept).where(kept.user_id == user_id))
    session.execute(delete(PreparedProblem).where(PreparedProblem.user_id == user_id))
    session.execute(delete(Draft).where(Draft.issued_problem_id.in_(own)))
    session.execute(update(Extension).where(Extension.user_id == user_id).values(reason=word))
