"""The services of platforms: grades (AGS) and names (NRPS), asked with a token, page after page."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from quizsvc.errors import NotAllowed, NotFound, NotReached
from quizsvc.services.answers import read_answer, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    import httpx

    from quizsvc.services.lms.access_tokens import AccessTokens, Client
    from quizsvc.services.outside import Outside

UNAUTHORIZED = 401
MOST_PAGES = 10_000
_NEXT = re.compile(r"<([^<>]+)>[^<>]*?\brel\s*=[^A-Za-z<>]*next(?![A-Za-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a platform, and what leave that needs."""

    method: str
    url: str
    scope: str
    accept: str = "*/*"
    body: Mapping[str, Any] | None = None
    media_type: str = ""


class PlatformServices:
    """Asks platforms for what they offer; a token that is refused is replaced once, and no more."""

    def __init__(self, outside: Outside, tokens: AccessTokens, *, clock: Callable[[], datetime]) -> None:
        self._outside = outside
        self._tokens = tokens
        self._clock = clock

    def ask(self, client: Client, request: Request, *, anew: Callable[[], Request] | None = None) -> httpx.Response:
        """The answer, whatever it is; `anew` makes the request again where it has to be another the second time.

        Raises NotReached, or NoToken where the platform lets us ask nothing.
        """
        token = self._tokens.get(client, request.scope)
        response = self._ask(request, token)
        if response.status_code == UNAUTHORIZED:
            token = self._tokens.get(client, request.scope, instead_of=token)
            response = self._ask(request if anew is None else anew(), token)
        return response

    def _ask(self, request: Request, token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Accept": request.accept}
        if request.body is None:
            return self._outside.request(request.method, request.url, headers=headers)
        content = json.dumps(request.body, allow_nan=False).encode()
        headers["Content-Type"] = request.media_type
        return self._outside.request(request.method, request.url, headers=headers, content=content)

    def pages(self, client: Client, first: Request) -> Iterator[Any]:
        """What stands on each page of a list; raises as `read_json`, and NotReached where it leads elsewhere."""
        seen, request = {first.url}, first
        for _ in range(MOST_PAGES):
            response = self.ask(client, request)
            yield self.read_json(response)
            found = next_page(response, request.url)
            if found is None or found in seen:
                return
            if urlsplit(found)[:2] != urlsplit(first.url)[:2]:
                message = f"A list of {client.name} goes on at another server, which may not see the token of this one."
                raise NotReached(message)
            seen.add(found)
            request = replace(request, url=found)

    def read_json(self, response: httpx.Response) -> Any:  # noqa: ANN401 - whatever it holds
        """What an answer says.

        Raises NotReached where it may be another the next time, NotFound where there is no such thing, NotAllowed where
        it was refused.
        """
        answer = read_answer(response, now=self._clock())
        if answer.kind == "taken":
            try:
                return json.loads(response.content)
            except ValueError:
                raise NotReached(f"{words_of(response)}, which is no JSON.") from None  # noqa: EM102, TRY003 - as it is
        if answer.kind == "again":
            raise NotReached(answer.words)
        raise NotFound(answer.words) if answer.kind == "gone" else NotAllowed(answer.words)


def next_page(response: httpx.Response, url: str) -> str | None:
    """Where a list goes on; also where the header was written for a page, with entities and typographic quotes."""
    found = _NEXT.search(response.headers.get("Link", ""))
    return urljoin(url, html.unescape(found[1])) if found else None


def below(url: str, name: str) -> str:
    """The address of something that belongs to a line item: its path goes on, what is asked stays at the end."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{name}"))
