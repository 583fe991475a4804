"""How often a token may ask, and headers that tell it. What cannot be counted is not answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, g, request

from quizsvc.services import rates
from quizsvc.store.database import transaction

if TYPE_CHECKING:
    from flask import Response

    from quizsvc.store.models import ApiToken

READS = frozenset(("GET", "HEAD", "OPTIONS"))
PREFIXES = ("RateLimit-", "X-RateLimit-")


def count_for(token: ApiToken) -> None:
    """Count this request for its token; raises TooOften."""
    settings = current_app.extensions["settings"]
    reads = request.method in READS
    limit = settings.rate_limit_reads if reads else settings.rate_limit_writes
    g.allowance = _count(f"token {token.id} {'reads' if reads else 'writes'}", limit)
    g.allowance.require()


def count_stranger() -> None:
    """Count a token that is none for the address that it came from; raises TooOften.

    Good tokens from the same address are not held up by it.
    """
    _count(f"no token {request.remote_addr}", current_app.extensions["settings"].rate_limit_logins).require()


def _count(key: str, limit: int) -> rates.Allowance:
    with transaction(current_app.extensions["engine"]) as session:
        return rates.count(session, key, limit=limit, now=g.now)


def tell_limits(response: Response) -> Response:
    """Say how many more requests are taken, and when it begins anew."""
    allowance: rates.Allowance | None = g.get("allowance")
    if allowance is not None:
        for prefix in PREFIXES:
            response.headers[f"{prefix}Limit"] = str(allowance.limit)
            response.headers[f"{prefix}Remaining"] = str(allowance.remaining)
            response.headers[f"{prefix}Reset"] = str(allowance.seconds)
    return response
