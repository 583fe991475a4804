"""What is wrong with a registration, in words for an administrator: each thing that can be looked at from here."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from quizsvc.errors import Conflict, Invalid, NotReached, QuizError
from quizsvc.services.answers import http_date
from quizsvc.services.health import Check
from quizsvc.services.lms import tool_keys
from quizsvc.services.lms.access_tokens import AccessTokens, Client
from quizsvc.services.lms.addresses import is_here, is_safe
from quizsvc.services.lms.platform_keys import read_keys
from quizsvc.store.lms_models import Context, LaunchRequest
from quizsvc.store.lti_vocabulary import SCORE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.lms.our_addresses import OurAddresses
    from quizsvc.services.outside import Outside
    from quizsvc.services.sealing import Seal
    from quizsvc.store.lms_models import Platform

MOST_SKEW = timedelta(seconds=30)
"""Our clock and the platform's may be so far apart; beyond a minute each takes what the other signs for forged."""


class PlatformCheck:
    """Looks at one registration; `new_id` names each assertion that asks for a token."""

    def __init__(  # noqa: PLR0913 - all that can be looked at
        self,
        session: Session,
        platform: Platform,
        *,
        ours: OurAddresses,
        outside: Outside,
        seal: Seal,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._session = session
        self._platform = platform
        self._ours = ours
        self._outside = outside
        self._seal = seal
        self._clock = clock
        self._new_id = new_id

    def run(self) -> list[Check]:
        """Everything, in the order in which it should be put right."""
        looks = {
            "in use": self._in_use,
            "our address": self._our_address,
            "https": self._https,
            "our key": self._our_key,
            "our keyset": self._our_keyset,
            "its log-in": self._log_in,
            "its keyset": self._keyset,
            "clocks": self._clocks,
            "its tokens": self._tokens,
            "deployments": self._deployments,
            "launches": self._launches,
            "grades": self._grades,
            "roster": self._roster,
        }
        return [_looked_at(name, look) for name, look in looks.items()]

    def _in_use(self) -> str:
        if self._platform.disabled_at is not None:
            message = f"It is out of use since {self._platform.disabled_at:%Y-%m-%d}: lti enable {self._platform.id}."
            raise Conflict(message)
        return "Its launches are taken."

    def _our_address(self) -> str:
        if is_here(self._ours.base) and not is_here(self._platform.token_url):
            message = f"The platform is told {self._ours.base}, which it cannot reach: set PUBLIC_URL."
            raise Conflict(message)
        return f"It is told {self._ours.base}."

    def _https(self) -> str:
        platform = self._platform
        urls = {"PUBLIC_URL": self._ours.base, "--auth-url": platform.auth_url, "--token-url": platform.token_url}
        plain = [f"{name} {url}" for name, url in {**urls, "--jwks-url": platform.jwks_url}.items() if not is_safe(url)]
        if plain:
            message = f"Others can read and change what is sent: use https:// for {', '.join(plain)}."
            raise Conflict(message)
        return "All addresses are https, or of this machine."

    def _our_key(self) -> str:
        key = tool_keys.signing_key(self._session, self._platform, now=self._clock())
        self._seal.open(key.private_key)
        return f"The key {key.kid} can be read."

    def _our_keyset(self) -> str:
        try:
            response = self._outside.get(self._ours.jwks)
        except Invalid:
            return (
                f"{self._ours.jwks} cannot be asked from here; open it in the platform's network: it has to show keys."
            )
        kid = tool_keys.signing_key(self._session, self._platform, now=self._clock()).kid
        if not response.is_success or kid not in response.text:
            message = (
                f"{self._ours.jwks} does not show our key, it answers {response.status_code}: "
                "does PUBLIC_URL lead here?"
            )
            raise NotReached(message)
        return f"{self._ours.jwks} shows our key."

    def _log_in(self) -> str:
        response = self._outside.get(self._platform.auth_url)
        if response.status_code >= 500:  # noqa: PLR2004 - without a request, anything else may be its answer
            message = f"{self._platform.auth_url} answers {response.status_code}; people cannot come until it works."
            raise NotReached(message)
        return f"{self._platform.auth_url} answers."

    def _keyset(self) -> str:
        keys = read_keys(self._outside.get(self._platform.jwks_url))
        if not keys:
            message = (
                f"{self._platform.jwks_url} shows no key that can be used (RSA of 2048 bits, for RS256, with a kid): "
                "is it the right address?"
            )
            raise NotReached(message)
        return f"Its keyset has {len(keys)} keys that can be used." if len(keys) > 1 else "Its keyset has a key."

    def _clocks(self) -> str:
        response = self._outside.get(self._platform.jwks_url)
        theirs = http_date(response.headers.get("Date", ""))
        if theirs is None:
            return "The platform does not tell the time."
        apart = theirs - self._clock()
        if abs(apart) > MOST_SKEW:
            ahead = "ahead of" if apart > timedelta(0) else "behind"
            message = (
                f"The platform's clock is {abs(apart.total_seconds()):.0f} seconds {ahead} ours: "
                "let both keep the time by NTP."
            )
            raise Conflict(message)
        return "Both clocks agree."

    def _tokens(self) -> str:
        def sign(_platform_id: int, claims: object) -> str:
            return tool_keys.sign(self._session, self._platform, claims, seal=self._seal, now=self._clock())  # type: ignore[arg-type]

        tokens = AccessTokens(self._outside, sign=sign, clock=self._clock, new_id=self._new_id)
        tokens.get(Client.of(self._platform), SCORE)
        return "It takes our signature, and lets us send grades."

    def _deployments(self) -> str:
        names = [deployment.deployment_id for deployment in self._platform.deployments]
        if not names and not self._platform.open_deployments:
            message = (
                f"None is known, so no launch is taken: lti edit {self._platform.id} --deployment ID, "
                "with the id that the platform shows."
            )
            raise Conflict(message)
        return f"Launches are taken of {', '.join(names)}." if names else "They are learnt as they come."

    def _launches(self) -> str:
        query = select(func.max(LaunchRequest.used_at)).where(LaunchRequest.platform_id == self._platform.id)
        last = self._session.scalar(query)
        return f"The last was {last:%Y-%m-%d %H:%M} UTC." if last else "Nobody has come yet."

    def _contexts(self) -> list[Context]:
        return list(self._session.scalars(select(Context).where(Context.platform_id == self._platform.id)))

    def _grades(self) -> str:
        contexts = self._contexts()
        without = [context.title for context in contexts if SCORE not in context.scopes]
        if without:
            message = (
                f"No grades can be sent to {', '.join(without[:5])}{' and others' if len(without) > 5 else ''}: "  # noqa: PLR2004 - enough to know
                "switch the assignment and grade services on in the platform, then open a link once more."
            )
            raise Conflict(message)
        return "All its courses take grades." if contexts else "Its courses tell when somebody comes."

    def _roster(self) -> str:
        contexts = self._contexts()
        without = [context.title for context in contexts if not context.memberships_url]
        if without:
            return f"{len(without)} of its {len(contexts)} courses do not tell who is there: names and roles are off."
        return "All its courses tell who is there." if contexts else "Its courses tell when somebody comes."


def _looked_at(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, message=look())
    except QuizError as error:
        return Check(name, ok=False, message=error.message)
