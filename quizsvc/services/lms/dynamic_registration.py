"""A platform registers itself: it tells where its configuration is, we read it and ask the platform to take us.

LTI Dynamic Registration 1.0. Between the steps other servers are asked, so each is a function of its own.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import select

from quizsvc.errors import Detail, Invalid, NotReached
from quizsvc.services.lms import known_platforms, tool_description
from quizsvc.services.lms.addresses import is_safe, origin_of, read_id, read_url
from quizsvc.services.lms.registrations import Registration, register
from quizsvc.store.lms_models import Invitation, Platform
from quizsvc.store.lti_vocabulary import DEEP_LINKING_REQUEST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import httpx
    from sqlalchemy.orm import Session

    from quizsvc.services.lms.our_addresses import OurAddresses
    from quizsvc.services.outside import Outside
    from quizsvc.services.sealing import Seal

PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
LONGEST_TOKEN = 10_000
_WORD = re.compile(r"[\w .:-]{1,80}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformConfiguration:
    """What a platform says of itself."""

    issuer: str
    auth_url: str
    token_url: str
    jwks_url: str
    registration_url: str
    token_audience: str | None
    scopes: tuple[str, ...]
    placements: tuple[str, ...]
    product: str


@dataclass(frozen=True, slots=True)
class Client:
    """What a platform calls us; no deployment where it makes them later."""

    client_id: str
    deployment_id: str | None


def read_configuration(outside: Outside, *, url: str, token: str) -> PlatformConfiguration:
    """What stands at the address that a platform named.

    Raises Invalid for an address or a configuration that cannot be trusted, NotReached where none came.
    """
    read_url(url, "openid_configuration")
    if not is_safe(url):
        raise _untrusted(url, "it has to begin with https://", "openid_configuration")
    if len(token) > LONGEST_TOKEN or not token.isascii() or not token.isprintable():
        message = "The registration token is none: start again in the learning platform."
        raise Invalid(message, [Detail("registration_token", message)])
    answer = _object(outside.get(url, headers=_headers(token)), "tell its configuration")
    issuer = read_id(_text(answer, "issuer"), "issuer")
    if urlsplit(issuer).hostname != urlsplit(url).hostname:
        raise _untrusted(issuer, f"the configuration comes from another host, {urlsplit(url).hostname}", "issuer")
    algorithms = "id_token_signing_alg_values_supported"
    if "RS256" not in _texts(answer, algorithms, otherwise=("RS256",)):
        raise _untrusted(issuer, "it does not sign with RS256", algorithms)
    about = _part(answer, PLATFORM)
    audience = answer.get("authorization_server")
    return PlatformConfiguration(
        issuer=issuer,
        auth_url=_address(answer, "authorization_endpoint"),
        token_url=_address(answer, "token_endpoint"),
        jwks_url=_address(answer, "jwks_uri"),
        registration_url=_address(answer, "registration_endpoint"),
        token_audience=read_id(audience, "authorization_server") if isinstance(audience, str) and audience else None,
        scopes=_texts(answer, "scopes_supported", otherwise=tool_description.SCOPES),
        placements=_placements(about),
        product=str(about.get("product_family_code", "")),
    )


def introduce(outside: Outside, configuration: PlatformConfiguration, *, token: str, ours: OurAddresses) -> Client:
    """Ask the platform to take us; raises NotReached where it does not, Invalid where its answer cannot be used."""
    request = tool_description.registration_request(
        ours,
        scopes=configuration.scopes,
        placements=configuration.placements,
        canvas=configuration.product == "canvas",
    )
    headers = {**_headers(token), "Content-Type": "application/json"}
    response = outside.post(configuration.registration_url, headers=headers, content=json.dumps(request).encode())
    answer = _object(response, "take us")
    deployment = _part(answer, tool_description.TOOL).get("deployment_id")
    return Client(
        read_id(_text(answer, "client_id"), "client_id"),
        read_id(str(deployment), "deployment_id") if deployment else None,
    )


def settle(
    session: Session,
    configuration: PlatformConfiguration,
    client: Client,
    *,
    invitation_id: int,
    seal: Seal,
    now: datetime,
) -> Platform:
    """Keep what was agreed on; raises Conflict where the platform has named a client that we know already."""
    invitation = session.get_one(Invitation, invitation_id)
    registration = Registration(
        name=_free_name(session, invitation.name),
        issuer=configuration.issuer,
        client_id=client.client_id,
        auth_url=configuration.auth_url,
        token_url=configuration.token_url,
        jwks_url=configuration.jwks_url,
        token_audience=configuration.token_audience,
        frame_origins=known_platforms.frame_origins_of(configuration.issuer),
        deployments=(client.deployment_id,) if client.deployment_id else (),
        open_deployments=client.deployment_id is None,
        course_slug=invitation.course.slug if invitation.course else None,
    )
    return register(session, registration, seal=seal, now=now)


def _free_name(session: Session, name: str) -> str:
    """The name, with a number where somebody else has taken it since: the platform knows us by now."""
    taken = set(session.scalars(select(Platform.name)))
    numbered = (f"{name[:190]} {number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def _headers(token: str) -> dict[str, str]:
    bearer = {"Authorization": f"Bearer {token}"} if token else {}
    return {"Accept": "application/json", **bearer}


def _object(response: httpx.Response, what: str) -> dict[str, Any]:
    """The JSON object of an answer; raises NotReached where it is none, with the platform's own word if it is plain."""
    if not response.is_success:
        word = response.text if _WORD.fullmatch(response.text) else response.reason_phrase
        message = f"The learning platform did not {what}: it answered {response.status_code} {word:.100}."
        raise NotReached(message)
    try:
        found = response.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        message = f"The learning platform did not {what}: what {response.request.url.host} answered is no JSON object."
        raise NotReached(message)
    return found


def _part(answer: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object within; an empty one where there is none."""
    value = answer.get(name)
    return value if isinstance(value, dict) else {}


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str):
        message = f"The learning platform did not tell its {name}."
        raise Invalid(message, [Detail(name, message)])
    return value


def _texts(answer: Mapping[str, Any], name: str, *, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    value = answer.get(name)
    return tuple(str(one) for one in value) if isinstance(value, list) else otherwise


def _address(answer: Mapping[str, Any], name: str) -> str:
    url = read_url(_text(answer, name), name)
    if not is_safe(url):
        raise _untrusted(url, "it has to begin with https://", name)
    return url


def _untrusted(url: str, why: str, where: str) -> Invalid:
    message = f"{origin_of(url) or url:.200} is not trusted: {why}."
    return Invalid(message, [Detail(where, message)])


def _placements(about: Mapping[str, Any]) -> tuple[str, ...]:
    """Where the platform lets instructors choose sets."""
    messages = about.get("messages_supported")
    choosing = [
        message
        for message in (messages if isinstance(messages, list) else [])
        if isinstance(message, dict) and message.get("type") == DEEP_LINKING_REQUEST
    ]
    found = [message.get("placements") for message in choosing]
    return tuple(str(one) for placements in found if isinstance(placements, list) for one in placements)
