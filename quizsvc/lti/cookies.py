"""The cookies of a log-in on its way to the platform and back: they have to come back from a frame of another site."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from quizsvc.services.lms.launching import LIFETIME
from quizsvc.services.secret_hash import hash_secret

if TYPE_CHECKING:
    from flask import Request, Response

PATH = "/lti"
PROBE = "lti-probe"
PROBE_SECONDS = 60


class Marks(TypedDict):
    """How a cookie is marked."""

    secure: bool
    samesite: str
    partitioned: bool
    httponly: bool


ACROSS_SITES = Marks(secure=True, samesite="None", partitioned=True, httponly=True)


def set_probe(response: Response) -> None:
    """Find out whether the browser keeps cookies here."""
    response.set_cookie(PROBE, "kept", max_age=PROBE_SECONDS, path=PATH, **ACROSS_SITES)


def has_probe(request: Request) -> bool:
    """Whether it does."""
    return PROBE in request.cookies


def set_secret(response: Response, state: str, secret: str) -> None:
    """Let the browser keep the secret of a log-in; log-ins in several tabs do not know of each other."""
    response.set_cookie(_name(state), secret, max_age=int(LIFETIME.total_seconds()), path=PATH, **ACROSS_SITES)


def find_secret(request: Request, state: str) -> str | None:
    """The secret of the log-in with this state, where the browser began it."""
    return request.cookies.get(_name(state))


def forget_secret(response: Response, state: str) -> None:
    """The log-in is used up."""
    response.delete_cookie(_name(state), path=PATH, **ACROSS_SITES)


def _name(state: str) -> str:
    return f"lti-{hash_secret(state)[:16]}"
