"""Our key pairs, for each platform its own: what we send it is signed with them; their public halves are published."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from joserfc import jws
from joserfc.jwk import RSAKey
from sqlalchemy import or_, select
from sqlalchemy.orm import undefer

from quizsvc.errors import NotReady
from quizsvc.services.sealing import NONCE_BYTES
from quizsvc.store.lms_models import ToolKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from quizsvc.services.sealing import Seal
    from quizsvc.store.lms_models import Platform

ALGORITHM = "RS256"
KEY_BITS = 2048
KNOWN_AFTER = timedelta(hours=1)
"""A platform may remember our keys for so long: a new one signs only when it cannot be missing there."""

KEPT_FOR = timedelta(days=7)
"""How long an old key stays published, for what was signed with it."""


def make_key(session: Session, platform: Platform, *, seal: Seal, now: datetime) -> ToolKey:
    """A new pair, published at once; it signs at once where the platform has no other, and else after an hour."""
    pair = RSAKey.generate_key(KEY_BITS)
    kid = pair.thumbprint()
    key = ToolKey(
        platform_id=platform.id,
        kid=kid,
        private_key=seal.close(pair.as_pem(private=True).decode("ascii"), nonce=secrets.token_bytes(NONCE_BYTES)),
        public_key={**pair.as_dict(private=False), "kid": kid, "alg": ALGORITHM, "use": "sig"},
        created_at=now,
    )
    session.add(key)
    session.flush()
    return key


def rotate(session: Session, platform: Platform, *, seal: Seal, now: datetime, leaked: bool = False) -> ToolKey:
    """A new pair in the place of those there are; they stay published for a week, unless they have `leaked`.

    The new pair of a leaked one signs at once, so platforms that remember our keys may refuse it for some minutes.
    """
    ends = now if leaked else now + KEPT_FOR
    for key in published_keys(session, platform, now=now):
        key.retired_at = ends if key.retired_at is None else min(key.retired_at, ends)
    return make_key(session, platform, seal=seal, now=now)


def sign(session: Session, platform: Platform, claims: Mapping[str, Any], *, seal: Seal, now: datetime) -> str:
    """The claims as a compact JWT, signed for this platform; raises NotReady where its key cannot be read."""
    key = signing_key(session, platform, now=now)
    pair = RSAKey.import_key(seal.open(key.private_key))
    header = {"typ": "JWT", "alg": ALGORITHM, "kid": key.kid}
    # Written out in ASCII: what platforms have given to be given back may hold what UTF-8 cannot.
    return jws.serialize_compact(header, json.dumps(dict(claims)), pair, algorithms=[ALGORITHM])


def signing_key(session: Session, platform: Platform, *, now: datetime) -> ToolKey:
    """The newest pair that platforms know by now, or the only one; raises NotReady where there is none."""
    published = published_keys(session, platform, now=now)
    if not published:
        message = f"There is no key for {platform.name} any more: make one with lti rotate-keys {platform.id}."
        raise NotReady(message)
    known = [key for key in published if key.created_at <= now - KNOWN_AFTER]
    return known[-1] if known else published[0]


def published_keys(session: Session, platform: Platform, *, now: datetime) -> Sequence[ToolKey]:
    """The pairs of a platform that hold at this time, the newest last."""
    query = select(ToolKey).where(ToolKey.platform_id == platform.id, _holds(now)).order_by(ToolKey.id)
    return session.scalars(query.options(undefer(ToolKey.private_key))).all()


def public_keys(session: Session, *, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """The public halves of all pairs that hold at this time, as a JSON Web Key Set (RFC 7517)."""
    return {"keys": list(session.scalars(select(ToolKey.public_key).where(_holds(now)).order_by(ToolKey.id)))}


def public_pem(key: ToolKey) -> str:
    """The public half as PEM, for platforms that do not fetch it."""
    return RSAKey.import_key(key.public_key).as_pem(private=False).decode("ascii").strip()


def _holds(now: datetime) -> ColumnElement[bool]:
    return or_(ToolKey.retired_at.is_(None), ToolKey.retired_at > now)
