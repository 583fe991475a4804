"""The grades that platforms are to get, and those that they have."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - a named tuple looks its types up
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, case, func, or_, select, true, update
from sqlalchemy.orm import contains_eager, joinedload

from quizsvc.errors import NotFound
from quizsvc.store.lms_models import Context, ContextMember, Platform, ResourceLink, ScorePassed
from quizsvc.store.lti_vocabulary import RESULT
from quizsvc.store.models import ProblemSet
from quizsvc.store.portions import in_portions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session


def scores_at(session: Session, link_id: int, user_ids: Iterable[int]) -> dict[int, ScorePassed]:
    """Person -> what is passed of the person at the link."""
    found = dict[int, ScorePassed]()
    for some in in_portions(user_ids):
        query = select(ScorePassed).where(ScorePassed.link_id == link_id, ScorePassed.user_id.in_(some))
        # Locked in one order, so that those who write them wait for each other and not for ever.
        rows = session.scalars(query.order_by(ScorePassed.id).with_for_update())
        found |= {row.user_id: row for row in rows}
    return found


def students_of(session: Session, context_id: int, user_ids: Iterable[int]) -> Mapping[int, ContextMember]:
    """Person -> member, of those whom the platform has as students in its course."""
    found = dict[int, ContextMember]()
    for some in in_portions(user_ids):
        query = select(ContextMember).where(
            ContextMember.context_id == context_id,
            ContextMember.user_id.in_(some),
            ContextMember.role == "student",
            ContextMember.left_at.is_(None),
        )
        found |= {row.user_id: row for row in session.scalars(query)}
    return found


def next_to_pass(session: Session, platform_id: int, now: datetime) -> ScorePassed | None:
    """The score that has waited longest for its time, and that nobody else has; with its link, set and platform."""
    query = (
        select(ScorePassed)
        .join(ScorePassed.link)
        .join(ResourceLink.context)
        .join(Context.platform)
        .where(
            Context.platform_id == platform_id,
            Platform.disabled_at.is_(None),
            ScorePassed.next_try_at <= now,
            or_(ScorePassed.busy_until.is_(None), ScorePassed.busy_until <= now),
        )
        .order_by(ScorePassed.next_try_at, ScorePassed.id)
        .limit(1)
        .options(
            contains_eager(ScorePassed.link).contains_eager(ResourceLink.context).contains_eager(Context.platform),
            contains_eager(ScorePassed.link).joinedload(ResourceLink.problem_set).joinedload(ProblemSet.course),
        )
        .with_for_update(of=ScorePassed, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one_or_none()


def count_to_pass(session: Session, platform_id: int, now: datetime, *, most: int) -> int:
    """How many scores wait for the platform whose time has come; `most` where it is more."""
    query = (
        select(ScorePassed.id)
        .join(ScorePassed.link)
        .join(ResourceLink.context)
        .where(Context.platform_id == platform_id, ScorePassed.next_try_at <= now)
        .limit(most)
    )
    return len(session.scalars(query).all())


def lock_score(session: Session, score_id: int) -> ScorePassed | None:
    """The score of that id, as it is now; nobody else changes it until the transaction ends."""
    query = select(ScorePassed).where(ScorePassed.id == score_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def get_link(session: Session, link_id: int) -> ResourceLink:
    """The link of that id, with its context, platform and set; raises NotFound."""
    query = select(ResourceLink).where(ResourceLink.id == link_id)
    query = query.options(
        joinedload(ResourceLink.context).joinedload(Context.platform),
        joinedload(ResourceLink.problem_set).selectinload(ProblemSet.all_items),
        joinedload(ResourceLink.problem_set).joinedload(ProblemSet.course),
    )
    link = session.scalars(query).one_or_none()
    if link is None:
        message = "There is no such link of a learning platform."
        raise NotFound(message)
    return link


def lock_link(session: Session, link_id: int) -> ResourceLink:
    """The link of that id, as it is now; nobody else changes it until the transaction ends."""
    query = select(ResourceLink).where(ResourceLink.id == link_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def links_to_set(session: Session, set_id: int) -> Sequence[ResourceLink]:
    """The links of learning platforms that lead to a set, with their contexts and platforms."""
    query = select(ResourceLink).where(ResourceLink.set_id == set_id).order_by(ResourceLink.id)
    return session.scalars(query.options(joinedload(ResourceLink.context).joinedload(Context.platform))).all()


def all_links(session: Session) -> Sequence[ResourceLink]:
    """The links that lead to a set, with their contexts, courses and platforms."""
    query = select(ResourceLink).join(ResourceLink.problem_set).order_by(ResourceLink.id)
    query = query.options(
        joinedload(ResourceLink.context).joinedload(Context.platform), contains_eager(ResourceLink.problem_set)
    )
    return session.scalars(query.options(joinedload(ResourceLink.context).joinedload(Context.course))).all()


def scores_of_link(session: Session, link_id: int) -> Sequence[ScorePassed]:
    """What is passed at a link, with the people."""
    query = select(ScorePassed).where(ScorePassed.link_id == link_id).options(joinedload(ScorePassed.user))
    return session.scalars(query.order_by(ScorePassed.id)).all()


def look_through_again(session: Session, context_id: int) -> None:
    """Have the marks of everybody looked through for all links of a platform's course."""
    session.execute(update(ResourceLink).where(ResourceLink.context_id == context_id).values(noted_set_id=None))


def links_to_compare(session: Session, since: datetime) -> Sequence[int]:
    """The links whose column we may see, and that was not compared with our marks since then."""
    query = select(ResourceLink).join(ResourceLink.context).join(Context.platform).join(ResourceLink.problem_set)
    query = query.where(
        ResourceLink.line_item_url.is_not(None),
        Platform.disabled_at.is_(None),
        func.coalesce(ResourceLink.reconciled_at, ResourceLink.created_at) < since,
    )
    found = session.scalars(query.options(contains_eager(ResourceLink.context)).order_by(ResourceLink.id))
    return [link.id for link in found if RESULT in link.context.scopes]


class Counts(NamedTuple):
    """How many scores of a link were taken and are as they should be, wait, and failed; and since when one waits."""

    taken: int
    waiting: int
    failed: int
    waiting_since: datetime | None


def counts_of(session: Session, link_id: int) -> Counts:
    """How it stands with the scores of a link."""
    waits = ScorePassed.next_try_at.is_not(None)
    settled = and_(ScorePassed.sent == ScorePassed.wanted, ~waits, ScorePassed.failed_at.is_(None))
    query = select(
        func.count(case((settled, 1))),
        func.count(ScorePassed.next_try_at),
        func.count(ScorePassed.failed_at),
        func.min(case((waits, ScorePassed.wanted_at))),
    )
    return Counts._make(session.execute(query.where(ScorePassed.link_id == link_id)).one())


def try_again(session: Session, link_ids: Sequence[int], now: datetime, *, user_id: int | None = None) -> int:
    """Have tried again what failed at these links, of everybody or of one, and at once what waits; how many failed."""
    whose = true() if user_id is None else ScorePassed.user_id == user_id
    of_links = and_(ScorePassed.link_id.in_(link_ids), whose)
    # Locked in one order, as scores_at does.
    session.execute(select(ScorePassed.id).where(of_links).order_by(ScorePassed.id).with_for_update())
    session.execute(update(ScorePassed).where(of_links, ScorePassed.next_try_at > now).values(next_try_at=now))
    failed = update(ScorePassed).where(of_links, ScorePassed.failed_at.is_not(None)).returning(ScorePassed.id)
    values = {"failed_at": None, "next_try_at": now, "tries": 0, "wanted_at": now}
    return len(session.scalars(failed.values(values)).all())
