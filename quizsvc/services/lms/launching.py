"""The way in by OpenID Connect: a platform begins a log-in, and its answer is taken once, from the same browser."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from quizsvc.errors import LaunchRefused, LoginRefused
from quizsvc.services.lms import registrations
from quizsvc.services.lms.addresses import LONGEST_URL, origin_of, with_query
from quizsvc.services.lms.id_tokens import Expected
from quizsvc.services.lms.once import use_up
from quizsvc.services.secret_hash import hash_secret
from quizsvc.store.lms_models import LONGEST_ID, LaunchRequest, Platform

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.lms.our_addresses import OurAddresses

LIFETIME = timedelta(minutes=10)
"""So long a platform's answer is waited for."""

SECRET_BYTES = 32
LONGEST_HINT = 4000
PURGED_AT_ONCE = 100
USED = "This launch has been used already (state)."


@dataclass(frozen=True, slots=True)
class AskedLogin:
    """How a platform begins a log-in (IMS Security Framework 1.0, section 5.1.1.1)."""

    issuer: str
    login_hint: str
    target_link_uri: str
    client_id: str | None = None
    message_hint: str | None = None
    storage_target: str | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """The same as it came."""
        told = {
            "iss": self.issuer,
            "login_hint": self.login_hint,
            "target_link_uri": self.target_link_uri,
            "client_id": self.client_id,
            "lti_message_hint": self.message_hint,
            "lti_storage_target": self.storage_target,
        }
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True)
class BegunLogin:
    """The address at the platform to go on to, and what the browser has to keep until it comes back."""

    url: str
    platform_origin: str
    state: str
    browser_secret: str


def read_login(parameters: Mapping[str, str]) -> AskedLogin:
    """The log-in that a platform asks for; raises LoginRefused where something is missing, or too long."""
    for name in ("iss", "login_hint", "target_link_uri"):
        if not parameters.get(name):
            message = f"The learning platform did not send {name}, without which nobody can be logged in."
            raise LoginRefused(message)
    limits = {"login_hint": LONGEST_HINT, "lti_message_hint": LONGEST_HINT, "target_link_uri": LONGEST_URL}
    for name in ("iss", "client_id", "lti_storage_target", *limits):
        if len(parameters.get(name, "")) > limits.get(name, LONGEST_ID):
            message = f"The learning platform sent more than {limits.get(name, LONGEST_ID)} characters as {name}."
            raise LoginRefused(message)
    return AskedLogin(
        parameters["iss"],
        parameters["login_hint"],
        parameters["target_link_uri"],
        parameters.get("client_id") or None,
        parameters.get("lti_message_hint"),
        parameters.get("lti_storage_target") or None,
    )


def find_platform(session: Session, asked: AskedLogin, *, ours: OurAddresses) -> Platform:
    """The platform that begins the log-in; raises LoginRefused where it is not known, or leads elsewhere than here."""
    if origin_of(asked.target_link_uri) != origin_of(ours.base):
        message = f"The link leads to {asked.target_link_uri!r:.100}, which is none of our addresses: {ours.launch} is."
        raise LoginRefused(message)
    platforms = registrations.find_platforms(session, asked.issuer, asked.client_id)
    if not platforms:
        client = "" if asked.client_id is None else f" as client {asked.client_id!r:.80}"
        message = (
            f"The learning platform {asked.issuer!r:.100} is not registered here{client}: whoever runs this service "
            "can do that, with lti register."
        )
        raise LoginRefused(message)
    if len(platforms) > 1:
        message = f"{asked.issuer!r:.100} is registered here more than once: it has to send a client_id, and did not."
        raise LoginRefused(message)
    return platforms[0]


def begin_login(
    session: Session, asked: AskedLogin, *, ours: OurAddresses, now: datetime, cookieless: bool = False
) -> BegunLogin:
    """Note the log-in, and where at the platform it goes on; raises LoginRefused.

    `cookieless`: the browser keeps nothing for us, so the platform is to keep the secret.
    """
    platform = find_platform(session, asked, ours=ours)
    state, nonce, browser_secret = (secrets.token_urlsafe(SECRET_BYTES) for _ in range(3))
    _purge(session, now)
    request = LaunchRequest(
        platform_id=platform.id,
        state_hash=hash_secret(state),
        nonce_hash=hash_secret(nonce),
        browser_hash=hash_secret(browser_secret),
        target_link_uri=asked.target_link_uri,
        storage_target=asked.storage_target if cookieless else None,
        created_at=now,
    )
    session.add(request)
    query = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": ours.launch,
        "state": state,
        "nonce": nonce,
        "login_hint": asked.login_hint,
    }
    if asked.message_hint is not None:
        query["lti_message_hint"] = asked.message_hint
    return BegunLogin(with_query(platform.auth_url, **query), str(origin_of(platform.auth_url)), state, browser_secret)


def _purge(session: Session, now: datetime) -> None:
    """Forget log-ins that nobody may come back from any more, some at a time."""
    old = (
        select(LaunchRequest.id)
        .where(LaunchRequest.created_at < now - 2 * LIFETIME)
        .limit(PURGED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    session.execute(delete(LaunchRequest).where(LaunchRequest.id.in_(session.scalars(old).all())))


def find_launch_request(session: Session, state: str, *, now: datetime) -> LaunchRequest:
    """The log-in that a platform answers; raises LaunchRefused where there is none that may still be answered."""
    query = select(LaunchRequest).where(LaunchRequest.state_hash == hash_secret(state))
    query = query.options(joinedload(LaunchRequest.platform).selectinload(Platform.deployments))
    request = session.scalars(query).one_or_none()
    if request is None:
        message = "Nobody has begun this log-in here, or it is long ago (state)."
        raise LaunchRefused(message)
    if request.used_at is not None:
        message = USED
        raise LaunchRefused(message)
    if now - request.created_at > LIFETIME:
        message = "This log-in was begun more than ten minutes ago (state)."
        raise LaunchRefused(message)
    if request.platform.disabled_at is not None:
        message = f"{request.platform.name} is no longer in use here."
        raise LaunchRefused(message)
    return request


def require_browser(request: LaunchRequest, secret: str | None) -> None:
    """Raises LaunchRefused unless it is the browser in which the log-in began."""
    if secret is None:
        message = "This browser did not begin this log-in, or it keeps no cookies for pages inside other pages."
        raise LaunchRefused(message)
    if not hmac.compare_digest(hash_secret(secret), request.browser_hash):
        message = "Another browser has begun this log-in."
        raise LaunchRefused(message)


def expected_of(request: LaunchRequest) -> Expected:
    """What the token must hold that answers this log-in."""
    return Expected(request.platform.issuer, request.platform.client_id, request.nonce_hash)


def take(session: Session, request: LaunchRequest, *, now: datetime) -> Platform:
    """Use the log-in up, and its platform; raises LaunchRefused where somebody was faster."""
    if not use_up(session, request, LaunchRequest.used_at, now=now):
        message = USED
        raise LaunchRefused(message)
    return registrations.get_platform(session, request.platform_id)
