"""Somebody arrives from a platform: who that is here, in which course and as what, and which set the link leads to."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from quizsvc.errors import LaunchRefused, NotAllowed
from quizsvc.services import courses
from quizsvc.services.courses import INSTRUCTOR, LONGEST_SLUG
from quizsvc.services.lms import registrations
from quizsvc.services.lms.enrolling import find_or_add_membership
from quizsvc.services.lms.once import lock, once
from quizsvc.services.lms.persons import Person, new_guest, take_in
from quizsvc.services.lms.roles import role_of
from quizsvc.store import people, sets
from quizsvc.store.lms_models import Context, DeepLinkRequest, Platform, ResourceLink

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.lms.launches import Launch, Place
    from quizsvc.store.models import Course, Membership, User

ID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who has arrived, as what, and where to: at a link, or at the choice of what one shall lead to."""

    user: User
    membership: Membership
    goal: ResourceLink | DeepLinkRequest


def arrive(session: Session, platform: Platform, launch: Launch, *, now: datetime) -> Arrival:
    """Let in who is sent; whoever, and whatever, is new becomes known.

    Raises LaunchRefused where the deployment is not known, or nobody in particular is sent and may not be, NotAllowed
    where a student is sent to choose a set.
    """
    _require_deployment(session, platform, launch)
    if launch.subject is None and not platform.allow_anonymous:
        message = "The launch by the learning platform is not right: it does not say who is sent (sub)."
        raise LaunchRefused(message)
    context = _context(session, platform, launch, now)
    user, membership = _person(session, platform, launch, context, now)
    goal: ResourceLink | DeepLinkRequest
    if launch.link is None:
        goal = _choice(session, launch, context, user, now)
    else:
        goal = _link(session, launch, launch.link, context, now)
    session.flush()
    return Arrival(user, membership, goal)


def _require_deployment(session: Session, platform: Platform, launch: Launch) -> None:
    if any(one.deployment_id == launch.deployment_id for one in platform.deployments):
        return
    if not platform.open_deployments:
        message = f"The deployment {launch.deployment_id!r:.80} of {platform.name} is not registered here."
        raise LaunchRefused(message)
    lock(session, platform)
    session.refresh(platform, ["deployments"])
    registrations.add_deployment(session, platform, launch.deployment_id)


def _context(session: Session, platform: Platform, launch: Launch, now: datetime) -> Context:
    """The platform's course, with the addresses of its services as they were told last.

    Launches without a course are of one that has no id: links are the deployment's own then.
    """
    place = launch.context
    context_id = "" if place is None else place.id
    title = None if place is None else place.title

    def find() -> Context | None:
        query = select(Context).where(
            Context.platform_id == platform.id,
            Context.deployment_id == launch.deployment_id,
            Context.context_id == context_id,
        )
        return session.scalars(query).one_or_none()

    def make() -> Context:
        course = platform.course or _new_course(session, title or platform.name, now)
        made = Context(
            platform_id=platform.id,
            deployment_id=launch.deployment_id,
            context_id=context_id,
            title=title or platform.name,
            course_id=course.id,
            created_at=now,
        )
        session.add(made)
        return made

    context, told = once(session, platform, find, make), launch.services
    context.title = title or context.title
    context.memberships_url = told.memberships_url or context.memberships_url
    context.line_items_url = told.line_items_url or context.line_items_url
    if told.scopes is not None:
        context.scopes = list(told.scopes)
    return context


def _new_course(session: Session, title: str, now: datetime) -> Course:
    """A course of that title, under a short name that is still free."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub("[^a-z0-9]+", "-", plain).strip("-")[: LONGEST_SLUG - ID_LENGTH - 1].strip("-") or "course"
    if people.find_course(session, slug) is not None:
        slug = f"{slug}-{secrets.token_hex(ID_LENGTH // 2)}"
    return courses.create_course(session, slug=slug, title=title, now=now)


def _person(
    session: Session, platform: Platform, launch: Launch, context: Context, now: datetime
) -> tuple[User, Membership]:
    """Who it is, and what in the course. Nobody in particular is somebody new each time, and no more than a student."""
    if launch.subject is None:
        user = new_guest(session, platform, launch.name, now=now)
        return user, find_or_add_membership(session, user_id=user.id, course=context.course)
    person = Person(launch.subject, launch.name, launch.email, launch.roles)
    return take_in(session, platform, context, person, now=now)


def _link(session: Session, launch: Launch, place: Place, context: Context, now: datetime) -> ResourceLink:
    """The link, and the set that it leads to: the one that the platform names now, or the one it led to before."""

    def find() -> ResourceLink | None:
        query = select(ResourceLink).where(
            ResourceLink.context_id == context.id, ResourceLink.resource_link_id == place.id
        )
        return session.scalars(query).one_or_none()

    def make() -> ResourceLink:
        made = ResourceLink(context_id=context.id, resource_link_id=place.id, title=place.title or "", created_at=now)
        session.add(made)
        return made

    link = once(session, context, find, make)
    link.title = place.title or link.title
    # Where a platform tells no column any more, the one that it told before is still there.
    if launch.services.line_item_url not in (None, link.line_item_url):
        link.line_item_url, link.line_item_maximum = launch.services.line_item_url, None
    named = launch.set_slug and sets.find_set(session, course_id=context.course_id, slug=launch.set_slug)
    if named:
        link.set_id = named.id
    return link


def _choice(session: Session, launch: Launch, context: Context, user: User, now: datetime) -> DeepLinkRequest:
    """The choice of a set for the platform's course; raises NotAllowed for who does not teach it."""
    if role_of(launch.roles) != INSTRUCTOR:
        message = "Only instructors choose what a course links to."
        raise NotAllowed(message)
    choice = DeepLinkRequest(context_id=context.id, user_id=user.id, settings=launch.deep_linking, created_at=now)
    session.add(choice)
    return choice
