"""Who is in platforms' courses, as it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from quizsvc.errors import NotFound
from quizsvc.store.lms_models import Context, ContextMember, Platform, PlatformUser
from quizsvc.store.portions import AT_ONCE, in_portions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session


def get_context(session: Session, context_id: int) -> Context:
    """The platform's course of that number, with the platform and the course here; raises NotFound."""
    both = (joinedload(Context.platform), joinedload(Context.course))
    context = session.get(Context, context_id, options=both)
    if context is None:
        message = "There is no such course of a learning platform."
        raise NotFound(message)
    return context


def contexts(session: Session, *, platform_id: int | None = None, course_id: int | None = None) -> Sequence[Context]:
    """The courses of platforms, of all or of one platform, and of all or of one course here."""
    query = select(Context).options(joinedload(Context.platform), joinedload(Context.course)).order_by(Context.id)
    if platform_id is not None:
        query = query.where(Context.platform_id == platform_id)
    if course_id is not None:
        query = query.where(Context.course_id == course_id)
    return session.scalars(query).all()


def contexts_to_ask(session: Session, since: datetime) -> Sequence[int]:
    """The courses of platforms that tell who is in them and have not been asked since then."""
    query = select(Context.id).join(Context.platform)
    query = query.where(
        Context.memberships_url.is_not(None),
        Platform.disabled_at.is_(None),
        or_(Context.roster_at.is_(None), Context.roster_at < since),
    )
    return session.scalars(query.order_by(Context.id)).all()


def members_with(
    session: Session, context: Context, subjects: Sequence[str]
) -> dict[str, tuple[ContextMember, PlatformUser]]:
    """Subject -> what is known of the person there, and who it is here."""
    found: dict[str, tuple[ContextMember, PlatformUser]] = {}
    for some in in_portions(subjects):
        query = (
            select(ContextMember, PlatformUser)
            .join(PlatformUser, PlatformUser.user_id == ContextMember.user_id)
            .where(
                ContextMember.context_id == context.id,
                PlatformUser.platform_id == context.platform_id,
                PlatformUser.subject.in_(some),
            )
            .options(joinedload(PlatformUser.user))
        )
        found |= {known.subject: (member, known) for member, known in session.execute(query)}
    return found


def members_after(session: Session, context_id: int, member_id: int) -> Sequence[ContextMember]:
    """Some of those who are in the course, in their order, after that one."""
    query = select(ContextMember).where(
        ContextMember.context_id == context_id, ContextMember.id > member_id, ContextMember.left_at.is_(None)
    )
    return session.scalars(query.order_by(ContextMember.id).limit(AT_ONCE)).all()
