"""Leave to use a platform's services: bearer tokens, for an assertion that we sign (LTI security framework, 4.1)."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from quizsvc.errors import Invalid, NotReached, NotReady
from quizsvc.services.answers import is_page, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import httpx

    from quizsvc.services.outside import Outside
    from quizsvc.store.lms_models import Platform

BACK = timedelta(seconds=60)
"""The assertion is dated back by so much, for some platforms allow for no difference between clocks."""

LASTS = timedelta(minutes=4)
"""The assertion holds for so long; the specification allows five minutes, from when it says that it was made."""

SPARE = timedelta(seconds=60)
"""A token is used no more when so much of its time is left."""

USUAL_SECONDS = 300
"""How long a token holds whose platform does not say it."""


class NoToken(NotReached):
    """The platform gives no token, so that nothing at all can be asked of it now."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are to a platform, and where it gives tokens."""

    platform_id: int
    name: str
    client_id: str
    token_url: str
    audience: str

    @classmethod
    def of(cls, platform: Platform) -> Client:
        """Who we are to this one."""
        audience = platform.token_audience or platform.token_url
        return cls(platform.id, platform.name, platform.client_id, platform.token_url, audience)


@dataclass(frozen=True, slots=True)
class Token:
    """What a request has to carry, and until when it can."""

    text: str
    until: datetime


class AccessTokens:
    """The tokens that there are in this process, by platform and scope: each is asked for once, and used by all.

    `sign` makes an assertion of a platform's number and claims; `new_id` names each assertion.
    """

    def __init__(
        self,
        outside: Outside,
        *,
        sign: Callable[[int, Mapping[str, Any]], str],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._outside = outside
        self._sign = sign
        self._clock = clock
        self._new_id = new_id
        self._tokens: dict[tuple[Client, str], Token] = {}
        self._locks: dict[tuple[Client, str], threading.Lock] = {}

    def get(self, client: Client, scope: str, *, instead_of: str | None = None) -> str:
        """A token for the scope, another one than `instead_of`, which the platform has refused; raises NoToken."""
        key = (client, scope)
        with self._locks.setdefault(key, threading.Lock()):
            known = self._tokens.get(key)
            if known is None or known.text == instead_of or known.until <= self._clock():
                known = self._tokens[key] = self._ask(client, scope)
            return known.text

    def _ask(self, client: Client, scope: str) -> Token:
        """A fresh one; raises NoToken."""
        now = self._clock()
        began = int((now - BACK).timestamp())
        claims = {
            "iss": client.client_id,
            "sub": client.client_id,
            "aud": client.audience,
            "iat": began,
            "nbf": began,
            "exp": int((now + LASTS).timestamp()),
            "jti": self._new_id(),
        }
        try:
            form = {
                "grant_type": "client_credentials",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": self._sign(client.platform_id, claims),
                "scope": scope,
            }
            response = self._outside.post(client.token_url, headers={"Accept": "application/json"}, data=form)
        except (NotReached, NotReady, Invalid) as error:
            raise NoToken(error.message) from error
        text, seconds = _read(client, response)
        return Token(text, now + timedelta(seconds=seconds) - min(SPARE, timedelta(seconds=seconds / 2)))


def _read(client: Client, response: httpx.Response) -> tuple[str, float]:
    """The token and for how many seconds it holds, whatever the answer says that it is made of; raises NoToken."""
    try:
        body = json.loads(response.content) if response.is_success else None
    except ValueError:
        body = None
    text = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(text, str) or not text.isprintable() or not text.isascii() or not text:
        said = words_of(response) if not response.is_success or is_page(response) else "its answer holds no token"
        message = f"{client.name} gives us no access to its services: {said}. lti check tells what is wrong."
        raise NoToken(message)
    seconds = body.get("expires_in") if isinstance(body, dict) else None
    known = isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < 10**7
    return text, float(seconds) if known and seconds is not None else USUAL_SECONDS
