"""The keys that platforms sign with: fetched when one is asked for, and remembered for all processes."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from datetime import timedelta
from threading import Lock
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from quizsvc.errors import LaunchRefused, NotReached, QuizError
from quizsvc.services.lms.once import lock
from quizsvc.services.outside import WHOLE_SECONDS
from quizsvc.store.database import reading, transaction
from quizsvc.store.lms_models import PlatformKeys

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import httpx
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from quizsvc.services.outside import Outside
    from quizsvc.store.lms_models import Platform

SHORTEST_FRESH, LONGEST_FRESH = timedelta(minutes=5), timedelta(hours=24)
"""A key set is asked for again after the time that the platform tells (max-age), within these bounds."""

LONGEST_STALE = timedelta(hours=48)
"""So long after it was fetched a key set serves where the platform cannot be asked for a newer one."""

ASKED_AGAIN, TRIED_AGAIN = timedelta(seconds=60), timedelta(seconds=10)
"""A platform that has just been asked for a key that it does not have, or has not answered, is left alone so long."""

LONGEST_ASKING = timedelta(seconds=WHOLE_SECONDS) + TRIED_AGAIN
"""A process that has been asking for longer than that is no more."""

WAITED_SECONDS, LOOKED_SECONDS = 15.0, 0.05
"""So long the answer to another process is waited for, and looked for so often."""

MOST_KEYS = 100
SHORTEST_MODULUS = 342
"""The characters of 2048 bits in base64url: shorter RSA keys are not trusted."""

OK = 200
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=\"?(\d{1,9})", re.IGNORECASE)
_LOG = logging.getLogger("quizsvc.lti")


class PlatformKeyring:
    """Finds the key that a platform has signed with.

    It has the database and not a session: what others need is not locked while a platform is asked. Of all threads and
    processes that miss the same key, one asks, and the others wait for what it learns.
    """

    def __init__(self, engine: Engine, outside: Outside) -> None:
        self._engine = engine
        self._outside = outside
        self._turns: defaultdict[int, Lock] = defaultdict(Lock)

    def find_key(self, platform: Platform, kid: str, *, now: datetime) -> dict[str, Any]:
        """The platform's public key of this id, as a JSON Web Key.

        Raises LaunchRefused where the platform has no such key, NotReached where it cannot be asked which it has.
        """
        kept = self._kept(platform)
        key = _usable(kept, kid, now)
        if kept is not None and key is not None and now < kept.fresh_until:
            return key
        # Who has an old key to go on with does not wait for a newer one.
        turn = self._turns[platform.id]
        if turn.acquire(blocking=key is None):
            try:
                kept = self._renewed(platform, kid, now)
            finally:
                turn.release()
        key = _usable(kept, kid, now)
        if key is not None:
            return key
        if kept is None or now >= kept.fresh_until:
            message = f"{platform.name} cannot be asked for its keys at the moment: try again in a minute."
            raise NotReached(message)
        message = f"{platform.name} has no key {kid!r:.80}."
        raise LaunchRefused(message)

    def _kept(self, platform: Platform) -> PlatformKeys | None:
        with reading(self._engine) as session:
            return find_keys(session, platform.id)

    def _renewed(self, platform: Platform, kid: str, now: datetime) -> PlatformKeys | None:
        """The key set after asking for it, unless somebody else has just done so, or is doing it."""
        kept = self._kept(platform)
        if kept is None or _is_to_be_asked_for(kept, kid, now):
            with transaction(self._engine) as session:
                kept = _kept_for_update(session, platform, now)
                asks = _is_to_be_asked_for(kept, kid, now)
                if asks:
                    kept.asking_since = now
            if asks:
                return self._asked(platform, kid, now)
        return kept if kid in kept.keys else self._waited_for(platform, kept)

    def _asked(self, platform: Platform, kid: str, now: datetime) -> PlatformKeys:
        """The key set as the platform tells it, remembered; as it was where it does not."""
        keys, fresh_for = self._fetched(platform)
        with transaction(self._engine) as session:
            kept = _kept_for_update(session, platform, now)
            kept.asking_since = None
            if keys is None:
                kept.asked_again_from = now + TRIED_AGAIN
            else:
                kept.keys, kept.fetched_at, kept.fresh_until = keys, now, now + fresh_for
                kept.asked_again_from = now if kid in keys else now + ASKED_AGAIN
            return kept

    def _waited_for(self, platform: Platform, kept: PlatformKeys | None) -> PlatformKeys | None:
        """The key set once the process that is asking for it, if there is one, has learnt it."""
        ends = monotonic() + WAITED_SECONDS
        while kept is not None and kept.asking_since is not None and monotonic() < ends:
            sleep(LOOKED_SECONDS)
            kept = self._kept(platform)
        return kept

    def _fetched(self, platform: Platform) -> tuple[dict[str, Any] | None, timedelta]:
        """The keys by their ids, and how long they are fresh; None where the platform did not tell them."""
        try:
            response = self._outside.get(platform.jwks_url, headers={"Accept": "application/json"})
            return read_keys(response), fresh_time(response.headers.get("Cache-Control", ""))
        except QuizError as error:
            _LOG.warning("The keys of platform %s could not be fetched: %s", platform.id, error.message)
            return None, timedelta(0)


def find_keys(session: Session, platform_id: int) -> PlatformKeys | None:
    """What is remembered of a platform's keys."""
    return session.scalars(select(PlatformKeys).where(PlatformKeys.platform_id == platform_id)).one_or_none()


def _is_to_be_asked_for(kept: PlatformKeys, kid: str, now: datetime) -> bool:
    """Whether the key is missing or no longer fresh, and nobody asks for it or has just asked in vain."""
    if now < kept.asked_again_from or (kid in kept.keys and now < kept.fresh_until):
        return False
    return kept.asking_since is None or now - kept.asking_since > LONGEST_ASKING


def _kept_for_update(session: Session, platform: Platform, now: datetime) -> PlatformKeys:
    """What is remembered, or the place for it; nobody else changes it until the transaction ends."""
    lock(session, platform)
    kept = find_keys(session, platform.id)
    if kept is None:
        kept = PlatformKeys(platform_id=platform.id, keys={}, fetched_at=now, fresh_until=now, asked_again_from=now)
        session.add(kept)
    return kept


def _usable(kept: PlatformKeys | None, kid: str, now: datetime) -> dict[str, Any] | None:
    """The key of this id, unless what is remembered is too old to be trusted."""
    if kept is None or now - kept.fetched_at > max(LONGEST_STALE, kept.fresh_until - kept.fetched_at):
        return None
    found: dict[str, Any] | None = kept.keys.get(kid)
    return found


def read_keys(response: httpx.Response) -> dict[str, Any]:
    """The RSA keys of a JSON Web Key Set that signatures can be checked with, by their ids; raises NotReached."""
    try:
        content = response.json()
    except (ValueError, RecursionError):
        content = None
    keys = content.get("keys") if isinstance(content, dict) else None
    if response.status_code != OK or not isinstance(keys, list):
        message = f"The address answers {response.status_code}, and no key set."
        raise NotReached(message)
    return {key["kid"]: _public_part(key) for key in keys[:MOST_KEYS] if _can_be_used(key)}


def _can_be_used(key: object) -> bool:
    return (
        isinstance(key, dict)
        and key.get("kty") == "RSA"
        and key.get("use", "sig") == "sig"
        and key.get("alg", "RS256") == "RS256"
        and all(isinstance(key.get(name), str) and key[name].isprintable() for name in ("kid", "n", "e"))
        and len(key["n"].rstrip("=")) >= SHORTEST_MODULUS
    )


def _public_part(key: Mapping[str, Any]) -> dict[str, str]:
    """What is needed of a key, whatever else a platform publishes."""
    return {name: key[name] for name in ("kty", "kid", "n", "e")}


def fresh_time(cache_control: str) -> timedelta:
    """How long an answer may be taken for fresh, by the max-age of its header."""
    told = _MAX_AGE.search(cache_control)
    wanted = timedelta(seconds=int(told[1])) if told else SHORTEST_FRESH
    return min(max(wanted, SHORTEST_FRESH), LONGEST_FRESH)
