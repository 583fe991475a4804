"""Who is in a platform's course (NRPS 2.0): asked page by page, and taken over.

Each page is a transaction of its own; who stands on none of them has left, once the last one is there. Nobody is
removed: who has left sees nothing of the course any more, and the work stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quizsvc.errors import NotAllowed, NotReached
from quizsvc.services.lms.access_tokens import Client
from quizsvc.services.lms.enrolling import leave
from quizsvc.services.lms.persons import Person, take_in_all, told_email, told_name
from quizsvc.services.lms.platform_services import Request
from quizsvc.services.lms.roles import role_of
from quizsvc.store import rosters
from quizsvc.store.lms_models import LONGEST_ID
from quizsvc.store.lti_vocabulary import MEMBERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.lms.platform_services import PlatformServices
    from quizsvc.store.lms_models import Context, ContextMember, PlatformUser

MANY = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"


@dataclass(frozen=True, slots=True)
class Roster:
    """Where a platform tells who is in its course."""

    client: Client
    context_id: int
    url: str

    @classmethod
    def of(cls, context: Context) -> Roster:
        """That of a platform's course; raises NotAllowed where the platform does not tell."""
        if context.memberships_url is None:
            message = f"{context.platform.name} does not tell who is in {context.title}: it names no roster service."
            raise NotAllowed(message)
        return cls(Client.of(context.platform), context.id, context.memberships_url)


def pages_of(services: PlatformServices, roster: Roster) -> Iterator[list[Person]]:
    """Who is in the course, a page at a time; raises NotReached, NotFound or NotAllowed as the platform answers.

    A page without anybody is the last one: some platforms name another page after it for ever.
    """
    request = Request("GET", roster.url, MEMBERS, MANY)
    for page in services.pages(roster.client, request):
        members = page.get("members") if isinstance(page, dict) else None
        if not isinstance(members, list):
            message = f"{roster.client.name} sent something else than a roster."
            raise NotReached(message)
        if not members:
            return
        yield [person for person in map(read_member, members) if person is not None]


def read_member(told: Any) -> Person | None:  # noqa: ANN401 - whatever the platform sent
    """Who an entry tells of; None where the person is there no longer, or the entry tells of nobody."""
    if not isinstance(told, dict) or told.get("status", "Active") != "Active":
        return None
    subject, roles = told.get("user_id"), told.get("roles")
    if not isinstance(subject, str | int) or not 1 <= len(str(subject)) <= LONGEST_ID or not str(subject).isprintable():
        return None
    named = tuple(role for role in roles if isinstance(role, str)) if isinstance(roles, list) else ()
    return Person(str(subject), told_name(told), told_email(told.get("email")), named)


def take_in_page(session: Session, context: Context, page: Sequence[Person], *, now: datetime) -> int:
    """Have everybody on a page be in the course here; how many were not known as they are told now."""
    known = rosters.members_with(session, context, [person.subject for person in page])
    news = [person for person in page if _is_news(person, known.get(person.subject))]
    take_in_all(session, context.platform, context, news, now=now)
    return len(news)


def _is_news(person: Person, known: tuple[ContextMember, PlatformUser] | None) -> bool:
    """Whether the platform tells something of a person that is not known."""
    if known is None:
        return True
    member, user = known
    as_told = (member.left_at, member.role, user.email) == (None, role_of(person.roles), person.email)
    return not as_told or (person.name is not None and person.name != user.user.name)


def let_go(session: Session, context: Context, subjects: AbstractSet[str], *, now: datetime) -> int:
    """Note that everybody has left whom the platform told of nowhere; how many these are."""
    last, count = 0, 0
    while members := rosters.members_after(session, context.id, last):
        last = members[-1].id
        for member in members:
            if member.subject not in subjects:
                leave(session, context, member, now=now)
                count += 1
    context.roster_at = now
    session.flush()
    return count
