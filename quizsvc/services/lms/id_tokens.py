"""Whether an ID token comes from the platform, for us, now, and answers what we asked.

IMS Security Framework 1.0, section 5.1.3; OpenID Connect Core 1.0, section 3.2.2.11. Only RS256 is taken, and only with
a key that the platform publishes: what the token itself says of keys (jwk, jku, x5u, x5c) is not looked at.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from quizsvc.errors import LaunchRefused
from quizsvc.services.secret_hash import hash_secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

ALGORITHM = "RS256"
LEEWAY = timedelta(seconds=60)
"""So far the platform's clock may be from ours."""

LONGEST_AGE = timedelta(minutes=10)
"""A token is made while somebody is on the way to us; one that is older was kept for something else."""

LAST_SECOND = 1e11
"""In the year 5138."""

_REGISTRY = jws.JWSRegistry(algorithms=[ALGORITHM], strict_check_header=False)


@dataclass(frozen=True, slots=True)
class Expected:
    """Whom a token must come from, whom it must be for, and the SHA-256 of the nonce that it must hold."""

    issuer: str
    client_id: str
    nonce_hash: str


def read_kid(token: str) -> str:
    """The id of the key that a token says it is signed with; raises LaunchRefused where it is no token for us."""
    try:
        segment = token.partition(".")[0]
        header = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, RecursionError) as error:
        raise _refused(why="it is no signed token") from error
    if not isinstance(header, dict):
        raise _refused(why="it is no signed token")
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm != ALGORITHM:
        raise _refused(why=f"it is signed by {algorithm!r:.20}, and only {ALGORITHM} is taken")
    if "crit" in header:
        raise _refused(why="its header demands what is not known here (crit)")
    if not isinstance(kid, str) or not kid or not kid.isprintable():
        raise _refused(why="its header does not name a key (kid)")
    return kid


def verify(token: str, key: Mapping[str, str], expected: Expected, *, now: datetime) -> dict[str, Any]:
    """The claims of a token; raises LaunchRefused, which tells what is not right."""
    claims = _signed_claims(token, key)
    if claims.get("iss") != expected.issuer:
        raise _refused(why="it comes from another issuer (iss)")
    _check_audience(claims, expected.client_id)
    _check_times(claims, now)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not nonce.isprintable() or hash_secret(nonce) != expected.nonce_hash:
        raise _refused(why="it answers another log-in (nonce)")
    return claims


def _signed_claims(token: str, key: Mapping[str, str]) -> dict[str, Any]:
    try:
        public = RSAKey.import_key(dict(key))
        signed = jws.deserialize_compact(token.encode(), public, algorithms=[ALGORITHM], registry=_REGISTRY)
    except (JoseError, ValueError, TypeError) as error:
        raise _refused(why="its signature is not right") from error
    try:
        claims = json.loads(signed.payload)
    except (ValueError, RecursionError) as error:
        raise _refused(why="it holds no claims") from error
    if not isinstance(claims, dict):
        raise _refused(why="it holds no claims")
    return claims


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    """For us alone or, where others may read it too, made for us: azp says so."""
    audience, party = claims.get("aud"), claims.get("azp")
    readers = [audience] if isinstance(audience, str) else audience
    if not isinstance(readers, list) or client_id not in readers:
        raise _refused(why="it is for somebody else (aud)")
    if party is None and any(reader != client_id for reader in readers):
        raise _refused(why="it is for others as well and does not say for whom it was made (azp)")
    if party is not None and party != client_id:
        raise _refused(why="it was made for somebody else (azp)")


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    present, leeway = now.timestamp(), LEEWAY.total_seconds()
    issued, expires = _instant(claims, "iat"), _instant(claims, "exp")
    if issued > present + leeway:
        raise _refused(why="it comes from the future (iat): one of the clocks is wrong")
    if expires < present - leeway:
        raise _refused(why="it has expired (exp)")
    if issued < present - leeway - LONGEST_AGE.total_seconds():
        raise _refused(why="it is too old (iat)")
    if "nbf" in claims and _instant(claims, "nbf") > present + leeway:
        raise _refused(why="it does not hold yet (nbf)")


def _instant(claims: Mapping[str, Any], name: str) -> float:
    """Seconds since 1970."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < LAST_SECOND:
        raise _refused(why=f"it does not tell a time ({name})")
    return value


def _refused(*, why: str) -> LaunchRefused:
    return LaunchRefused(f"The token of the learning platform is not right: {why}.")
