"""Which learning platforms there are: registered by hand or by themselves, changed, and taken out of use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import joinedload, selectinload

from quizsvc.errors import Conflict, NotFound
from quizsvc.services.accounts import read_name
from quizsvc.services.lms import tool_keys
from quizsvc.services.lms.addresses import origin_of, read_id, read_origin, read_url
from quizsvc.store import people
from quizsvc.store.columns import can_be_stored
from quizsvc.store.lms_models import Deployment, Platform, PlatformKeys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.sealing import Seal

LONGEST_NUMBER = 10
IDS = frozenset(("issuer", "client_id", "token_audience"))
URLS = frozenset(("auth_url", "token_url", "jwks_url"))
SIGNED_BY = frozenset(("issuer", "jwks_url"))
"""Where one of these changes, the keys that were fetched before are somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What has to be known of a platform; the fields are those of `Platform`, the course is told by its slug."""

    name: str
    issuer: str
    client_id: str
    auth_url: str
    token_url: str
    jwks_url: str
    token_audience: str | None = None
    deployments: tuple[str, ...] = ()
    frame_origins: tuple[str, ...] = ()
    trust_emails: bool = False
    allow_anonymous: bool = False
    open_deployments: bool = False
    course_slug: str | None = None


def register(session: Session, registration: Registration, *, seal: Seal, now: datetime) -> Platform:
    """A new platform with a key pair of its own.

    Raises Invalid for a field that cannot be right, NotFound for an unknown course, Conflict where the name or the
    client is registered already.
    """
    course = registration.course_slug and people.get_course(session, registration.course_slug)
    platform = Platform(
        name=read_name(registration.name),
        issuer=read_id(registration.issuer, "issuer"),
        client_id=read_id(registration.client_id, "client_id"),
        auth_url=read_url(registration.auth_url, "auth_url"),
        token_url=read_url(registration.token_url, "token_url"),
        jwks_url=read_url(registration.jwks_url, "jwks_url"),
        token_audience=registration.token_audience and read_id(registration.token_audience, "token_audience"),
        frame_origins=[read_origin(origin) for origin in registration.frame_origins],
        trust_emails=registration.trust_emails,
        allow_anonymous=registration.allow_anonymous,
        open_deployments=registration.open_deployments,
        course=course or None,
        created_at=now,
    )
    _require_new(session, platform)
    session.add(platform)
    session.flush()
    for deployment_id in registration.deployments:
        add_deployment(session, platform, deployment_id)
    tool_keys.make_key(session, platform, seal=seal, now=now)
    return platform


def edit(session: Session, platform: Platform, changes: Mapping[str, Any]) -> None:
    """Change fields of a registration, named as in `Registration`; deployments are added to those there are.

    Raises as `register`.
    """
    for name, value in changes.items():
        if name == "deployments":
            for deployment_id in value:
                add_deployment(session, platform, deployment_id)
        elif name == "course_slug":
            platform.course = people.get_course(session, value) if value else None
        else:
            setattr(platform, name, _read(name, value))
    if changes.keys() & SIGNED_BY:
        session.execute(delete(PlatformKeys).where(PlatformKeys.platform_id == platform.id))
    with session.no_autoflush:
        _require_new(session, platform)
    session.flush()


def _read(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever the field holds
    """The value of a field, looked at as that field needs."""
    if name == "name":
        return read_name(value)
    if name in IDS:
        return read_id(value, name) if value or name != "token_audience" else None
    if name in URLS:
        return read_url(value, name)
    if name == "frame_origins":
        return [read_origin(origin) for origin in value]
    return value


def _require_new(session: Session, platform: Platform) -> None:
    """Raises Conflict where another platform has this name, or is the same client of the same issuer."""
    same_client = (Platform.issuer == platform.issuer) & (Platform.client_id == platform.client_id)
    query = select(Platform).where(or_(Platform.name == platform.name, same_client))
    if platform.id is not None:
        query = query.where(Platform.id != platform.id)
    other = session.scalars(query.limit(1)).one_or_none()
    if other is None:
        return
    if other.name == platform.name:
        message = f"There is a platform {other.name!r} already; choose another name."
        raise Conflict(message)
    message = (
        f"The client {platform.client_id} of {platform.issuer} is registered already, as {other.name!r} "
        f"(number {other.id}): change it with lti edit."
    )
    raise Conflict(message)


def add_deployment(session: Session, platform: Platform, deployment_id: str) -> Deployment:
    """A deployment whose launches are taken; the one that is there already, where it is. Raises Invalid."""
    read_id(deployment_id, "deployment")
    for deployment in platform.deployments:
        if deployment.deployment_id == deployment_id:
            return deployment
    deployment = Deployment(platform=platform, deployment_id=deployment_id)
    session.add(deployment)
    session.flush()
    return deployment


def remove_deployment(session: Session, platform: Platform, deployment_id: str) -> None:
    """Take no more launches of a deployment; raises NotFound."""
    for deployment in platform.deployments:
        if deployment.deployment_id == deployment_id:
            session.delete(deployment)
            session.flush()
            session.expire(platform, ["deployments"])
            return
    message = f"{platform.name} has no deployment {deployment_id!r:.80}; lti show tells which it has."
    raise NotFound(message)


def disable(platform: Platform, *, now: datetime) -> None:
    """Take no more launches of a platform, and send it nothing; disabled again, it keeps its first time."""
    platform.disabled_at = platform.disabled_at or now


def enable(platform: Platform) -> None:
    """Take its launches again."""
    platform.disabled_at = None


def get_platform(session: Session, platform_id: int) -> Platform:
    """The platform of that number; raises NotFound."""
    platform = session.get(Platform, platform_id)
    if platform is None:
        message = f"There is no platform {platform_id}; lti list tells which there are."
        raise NotFound(message)
    return platform


def get_named_platform(session: Session, name: str) -> Platform:
    """The platform of that name or number; raises NotFound."""
    if name.isascii() and name.isdecimal() and len(name) < LONGEST_NUMBER:
        return get_platform(session, int(name))
    platform = None
    if can_be_stored(name):
        platform = session.scalars(select(Platform).where(Platform.name == name)).one_or_none()
    if platform is None:
        known = session.scalars(select(Platform.name).order_by(Platform.id).limit(20)).all()
        hint = f"there are {', '.join(known)}." if known else "there is none yet; lti register makes one."
        message = f"There is no platform {name!r:.80}: {hint}"
        raise NotFound(message)
    return platform


def find_platforms(session: Session, issuer: str, client_id: str | None = None) -> list[Platform]:
    """The platforms of an issuer that are in use, or the one that is this client of it."""
    if not can_be_stored(issuer) or not can_be_stored(client_id or ""):
        return []
    query = select(Platform).where(Platform.issuer == issuer, Platform.disabled_at.is_(None)).order_by(Platform.id)
    if client_id is not None:
        query = query.where(Platform.client_id == client_id)
    return list(session.scalars(query))


def frame_origins_of(platform: Platform) -> list[str]:
    """The origins that may show our pages in a frame for this platform: those of its addresses, and what was added."""
    own = (origin_of(url) for url in (platform.issuer, platform.auth_url))
    return sorted({origin for origin in own if origin} | set(platform.frame_origins))


def list_platforms(session: Session) -> Sequence[Platform]:
    """All platforms with their courses and deployments, the newest last."""
    query = select(Platform).options(joinedload(Platform.course), selectinload(Platform.deployments))
    return session.scalars(query.order_by(Platform.id)).all()
