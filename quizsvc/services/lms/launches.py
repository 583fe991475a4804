"""What a platform tells with a launch: the claims of LTI 1.3, read into what we need of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import parse_qs, urlsplit

from quizsvc.errors import LaunchRefused
from quizsvc.services.lms.addresses import LONGEST_URL, origin_of
from quizsvc.services.lms.persons import one_line, told_email, told_name
from quizsvc.store.lms_models import LONGEST_ID
from quizsvc.store.lti_vocabulary import (
    DEEP_LINKING_REQUEST,
    DEEP_LINKING_SETTINGS,
    ENDPOINT,
    LTI,
    NAMES_AND_ROLES,
    RESOURCE_LINK_REQUEST,
    VERSION,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Place:
    """A course or a link of the platform: its id there, and its title where it told one."""

    id: str
    title: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The addresses of the platform's services for this course and link, and what they let us do; None: not told."""

    memberships_url: str | None = None
    line_items_url: str | None = None
    line_item_url: str | None = None
    scopes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """Who is sent (None: the platform does not say), from where, as what, and to what.

    `set_slug` is the set that the platform names; `deep_linking` are its wishes where an instructor is to choose one.
    """

    deployment_id: str
    subject: str | None
    name: str | None
    email: str | None
    roles: tuple[str, ...]
    context: Place | None
    link: Place | None
    set_slug: str | None
    services: Services
    deep_linking: dict[str, Any] | None


def read_launch(claims: Mapping[str, Any], *, target_link_uri: str) -> Launch:
    """The launch that verified claims tell of, which was asked for with this target; raises LaunchRefused.

    What is not known here is passed over, as the specification asks.
    """
    if claims.get(f"{LTI}version") != VERSION:
        raise _refused(why=f"it is not of version {VERSION}")
    kind = claims.get(f"{LTI}message_type")
    if kind not in (RESOURCE_LINK_REQUEST, DEEP_LINKING_REQUEST):
        raise _refused(
            why=f"its message_type is none that is known here, {RESOURCE_LINK_REQUEST} or {DEEP_LINKING_REQUEST}"
        )
    target = claims.get(f"{LTI}target_link_uri")
    if target is None and kind == DEEP_LINKING_REQUEST:  # whose specification does not ask for one
        target = target_link_uri
    if not _is_same_page(target, target_link_uri):
        raise _refused(why="its target_link_uri is not the one of the log-in")
    link = _place(claims, "resource_link")
    if link is None and kind == RESOURCE_LINK_REQUEST:
        raise _refused(why="it names no resource_link")
    return Launch(
        deployment_id=_id(claims.get(f"{LTI}deployment_id"), "deployment_id"),
        subject=None if claims.get("sub") is None else _id(claims["sub"], "sub"),
        name=told_name(claims),
        email=told_email(claims.get("email")),
        roles=_roles(claims.get(f"{LTI}roles")),
        context=_place(claims, "context"),
        link=link if kind == RESOURCE_LINK_REQUEST else None,
        set_slug=_set_slug(claims.get(f"{LTI}custom"), target),
        services=_services(claims),
        deep_linking=_deep_linking_settings(claims) if kind == DEEP_LINKING_REQUEST else None,
    )


def _is_same_page(target: object, asked: str) -> TypeGuard[str]:
    """Whether a target is the page that the log-in named.

    What is asked of the page may differ, and the signed word counts: Open edX begins at the address of the tool, and
    names the link that was chosen only here.
    """
    return isinstance(target, str) and target.partition("?")[0] == asked.partition("?")[0]


def _id(value: object, what: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_ID or not value.isprintable():
        raise _refused(why=f"its {what} is no id of 1 to {LONGEST_ID} characters")
    return value


def _roles(value: object) -> tuple[str, ...]:
    """The roles, of which there may be none; that there is none has to be said."""
    if not isinstance(value, list) or not all(isinstance(role, str) for role in value):
        raise _refused(why="its roles are no list")
    return tuple(value)


def _place(claims: Mapping[str, Any], name: str) -> Place | None:
    place = claims.get(f"{LTI}{name}")
    if place is None:
        return None
    if not isinstance(place, dict):
        raise _refused(why=f"its {name} is not described")
    return Place(_id(place.get("id"), f"{name}.id"), one_line(place.get("title")) or one_line(place.get("label")))


def _set_slug(custom: object, target_link_uri: str) -> str | None:
    """The set that the link names in its custom parameters or, failing that, in its address."""
    named = custom.get("set") if isinstance(custom, dict) else None
    if isinstance(named, str) and named and not named.startswith("$"):  # $: a variable that the platform does not know
        return named
    return next(iter(parse_qs(urlsplit(target_link_uri).query).get("set", ())), None)


def _services(claims: Mapping[str, Any]) -> Services:
    endpoint, names = claims.get(ENDPOINT), claims.get(NAMES_AND_ROLES)
    endpoint = endpoint if isinstance(endpoint, dict) else {}
    names = names if isinstance(names, dict) else {}
    scopes = endpoint.get("scope")
    return Services(
        memberships_url=_url(names.get("context_memberships_url"), "context_memberships_url"),
        line_items_url=_url(endpoint.get("lineitems"), "lineitems"),
        line_item_url=_url(endpoint.get("lineitem"), "lineitem"),
        scopes=tuple(one for one in scopes if isinstance(one, str)) if isinstance(scopes, list) else None,
    )


def _url(value: object, what: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > LONGEST_URL or origin_of(value) is None:
        raise _refused(why=f"its {what} is no address of at most {LONGEST_URL} characters")
    return value


def _deep_linking_settings(claims: Mapping[str, Any]) -> dict[str, Any]:
    settings = claims.get(DEEP_LINKING_SETTINGS)
    if not isinstance(settings, dict) or _url(settings.get("deep_link_return_url"), "deep_link_return_url") is None:
        raise _refused(why="it does not tell where the choice is to go (deep_link_return_url)")
    return settings


def _refused(*, why: str) -> LaunchRefused:
    return LaunchRefused(f"The launch by the learning platform is not right: {why}.")
