"""A platform's gradebook column for a link: found, or made where there is none (AGS 2.0, line item service)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from quizsvc.errors import NotAllowed, NotFound, NotReached
from quizsvc.services.lms.access_tokens import Client
from quizsvc.services.lms.addresses import with_query
from quizsvc.services.lms.deep_linking import LINE_ITEM_TAG, line_item_resource
from quizsvc.services.lms.platform_services import Request
from quizsvc.services.marking import rules_of
from quizsvc.store.lti_vocabulary import LINE_ITEM, LINE_ITEM_READ

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quizsvc.services.lms.platform_services import PlatformServices
    from quizsvc.store.lms_models import ResourceLink
    from quizsvc.store.models import ProblemSet

ONE = "application/vnd.ims.lis.v2.lineitem+json"
MANY = "application/vnd.ims.lis.v2.lineitemcontainer+json"
LONGEST_URL = 1_000


@dataclass(frozen=True, slots=True)
class Column:
    """Where scores go, and what the column's full mark is; None before anybody has looked."""

    url: str
    maximum: Fraction | None


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of the column of a link before anybody is asked."""

    client: Client
    link_id: int
    resource_link_id: str
    scopes: frozenset[str]
    line_items_url: str | None
    known: Column | None
    label: str
    points: int
    resource: str

    @classmethod
    def of(cls, link: ResourceLink, problem_set: ProblemSet) -> Place:
        """That of a link to the set."""
        return cls(
            client=Client.of(link.context.platform),
            link_id=link.id,
            resource_link_id=link.resource_link_id,
            scopes=frozenset(link.context.scopes),
            line_items_url=link.context.line_items_url,
            known=None if link.line_item_url is None else Column(link.line_item_url, link.line_item_maximum),
            label=problem_set.title,
            points=rules_of(problem_set).max_points(),
            resource=line_item_resource(problem_set),
        )

    @property
    def is_found(self) -> bool:
        """Whether somebody has looked at the column."""
        return self.known is not None and self.known.maximum is not None


def ensure_column(services: PlatformServices, place: Place) -> Column:
    """The column: the one that the platform named, one that is there for the link, or a new one.

    Whoever calls it sees to it that nobody else does so for the same link: a platform that is asked twice makes two.
    Raises NotAllowed where the platform does not let us, NotReached and NoToken where it is to be tried again.
    """
    reading = _reading_scope(place)
    if reading is None:
        if place.known is not None:
            return Column(place.known.url, Fraction(place.points))
        message = f"{place.client.name} does not let us see its gradebook, and names no column for this link."
        raise NotAllowed(message)
    return _named(services, place, reading) or _found(services, place, reading) or _made(services, place)


def _reading_scope(place: Place) -> str | None:
    """What lets us read columns; the weaker one where there is a choice."""
    return next((scope for scope in (LINE_ITEM_READ, LINE_ITEM) if scope in place.scopes), None)


def _named(services: PlatformServices, place: Place, scope: str) -> Column | None:
    """The column that the platform named, as it is now; None where there is none any more."""
    if place.known is None:
        return None
    response = services.ask(place.client, Request("GET", place.known.url, scope, ONE))
    try:
        body = services.read_json(response)
    except NotFound:
        return None
    return Column(place.known.url, _maximum(body, place))


def _found(services: PlatformServices, place: Place, scope: str) -> Column | None:
    """A column that is there for the link; of several the one for its set, and else the first."""
    if place.line_items_url is None:
        return None
    first = Request("GET", with_query(place.line_items_url, resource_link_id=place.resource_link_id), scope, MANY)
    of_link = [
        item
        for page in services.pages(place.client, first)
        for item in _items(page)
        if item.get("resourceLinkId") == place.resource_link_id
    ]
    of_link.sort(key=lambda item: (item.get("resourceId") != place.resource, item.get("tag") != LINE_ITEM_TAG))
    return _column(of_link[0], place) if of_link else None


def _made(services: PlatformServices, place: Place) -> Column:
    """A new column for the link."""
    if place.line_items_url is None or LINE_ITEM not in place.scopes:
        message = f"{place.client.name} has no column for this link, and does not let us make one."
        raise NotAllowed(message)
    wanted = {
        "label": place.label,
        "scoreMaximum": place.points,
        "resourceId": place.resource,
        "resourceLinkId": place.resource_link_id,
        "tag": LINE_ITEM_TAG,
    }
    request = Request("POST", place.line_items_url, LINE_ITEM, ONE, wanted, ONE)
    return _column(services.read_json(services.ask(place.client, request)), place)


def _items(page: Any) -> Iterable[dict[str, Any]]:  # noqa: ANN401 - whatever the platform sent
    return [item for item in page if isinstance(item, dict)] if isinstance(page, list) else []


def _column(item: Any, place: Place) -> Column:  # noqa: ANN401 - the same
    """The column that the platform tells of; raises NotReached where it tells of none."""
    url = item.get("id") if isinstance(item, dict) else None
    if not isinstance(url, str) or not url.startswith(("http://", "https://")) or len(url) > LONGEST_URL:
        message = "The platform told of a column of its gradebook, but not where it is."
        raise NotReached(message)
    return Column(url, _maximum(item, place))


def _maximum(item: Any, place: Place) -> Fraction:  # noqa: ANN401 - the same
    """The full mark of a column; the points of the set where it has none that could be reached."""
    told = item.get("scoreMaximum") if isinstance(item, dict) else None
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 < told < 10**9:
        return Fraction(place.points)
    return Fraction(str(told))
