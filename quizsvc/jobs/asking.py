"""Asking a platform who is in its course, and what stands in its gradebook: first asked, then written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quizsvc.errors import NotAllowed, NotReached
from quizsvc.services.lms import memberships
from quizsvc.services.lms.access_tokens import Client
from quizsvc.services.lms.comparing import Comparison, compare
from quizsvc.services.lms.memberships import Roster
from quizsvc.services.lms.results import results_in
from quizsvc.store import rosters, scores_passed
from quizsvc.store.database import reading, transaction
from quizsvc.store.lti_vocabulary import RESULT

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Engine

    from quizsvc.services.lms.platform_services import PlatformServices


@dataclass(frozen=True, slots=True)
class RosterNews:
    """How many people the platform told of, of how many something new, and how many have left."""

    people: int
    news: int
    left: int


def ask_roster(
    engine: Engine,
    services: PlatformServices,
    context_id: int,
    *,
    clock: Callable[[], datetime],
    goes_on: Callable[[], bool] = lambda: True,
) -> RosterNews:
    """Take over who is in a platform's course; `goes_on` is asked before each page.

    Raises NotFound where there is no such course, NotAllowed where the platform does not tell, or tells of nobody,
    NotReached, also where it does not go on.
    """
    with reading(engine) as session:
        roster = Roster.of(rosters.get_context(session, context_id))
    subjects, news = set[str](), 0
    for page in memberships.pages_of(services, roster):
        if not goes_on():
            message = "The roster was not read to its end: who reads it was stopped."
            raise NotReached(message)
        with transaction(engine) as session:
            context = rosters.get_context(session, context_id)
            news += memberships.take_in_page(session, context, page, now=clock())
        subjects |= {person.subject for person in page}
    if not subjects:
        message = "The platform told of nobody in its course; that cannot be, so everybody stays."
        raise NotAllowed(message)
    with transaction(engine) as session:
        context = rosters.get_context(session, context_id)
        left = memberships.let_go(session, context, subjects, now=clock())
    return RosterNews(len(subjects), news, left)


def compare_column(
    engine: Engine, services: PlatformServices, link_id: int, *, clock: Callable[[], datetime]
) -> Comparison:
    """Compare a link's column with our marks.

    Raises NotFound where there is no such link or column, NotAllowed where we may not see it, NotReached.
    """
    with reading(engine) as session:
        link = scores_passed.get_link(session, link_id)
        client, url, scopes = Client.of(link.context.platform), link.line_item_url, link.context.scopes
    if url is None or RESULT not in scopes:
        message = f"{client.name} has no column for {link.title or 'this link'}, or does not let us see what is in it."
        raise NotAllowed(message)
    results = results_in(services, client, url)
    with transaction(engine) as session:
        return compare(session, scores_passed.get_link(session, link_id), results, now=clock())
