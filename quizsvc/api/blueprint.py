"""The blueprint that all operations hang on, and who may call them."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from apiflask import APIBlueprint
from flask import current_app, g, request
from werkzeug.exceptions import UnsupportedMediaType

from quizsvc.api.etags import tag
from quizsvc.api.limits import count_for, count_stranger, tell_limits
from quizsvc.errors import NotFound, NotLoggedIn
from quizsvc.services.programs import NOT_HERE
from quizsvc.services.tokens import check_token
from quizsvc.store.database import reading, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from quizsvc.store.models import ApiToken

LARGEST_ID = 2**31 - 1

P = ParamSpec("P")
R = TypeVar("R")

api = APIBlueprint("api", __name__, tag="Problems")

SECURITY = {"token": {"type": "http", "scheme": "bearer", "description": "A token with the scope of the operation."}}


@api.before_request
def take_json_only() -> None:
    """What is sent is JSON, and says so."""
    if request.method in ("POST", "PUT") and request.content_length and not request.is_json:
        raise UnsupportedMediaType


api.after_request(tag)
api.after_request(tell_limits)


def requires(scope: str | None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let in who sends a good token, with this scope if one is asked; before anything is read.

    Raises NotLoggedIn, NotAllowed or TooOften.
    """

    def decorated(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **options: P.kwargs) -> R:
            authorization = request.authorization
            if authorization is None or authorization.type != "bearer" or not authorization.token:
                message = "Send a token: Authorization: Bearer gfq_…"
                raise NotLoggedIn(message)
            g.token = _token(authorization.token, scope)
            count_for(g.token)
            _require_ids(request.view_args or {})
            return view(*args, **options)

        return guarded

    return decorated


def _token(secret: str, scope: str | None) -> ApiToken:
    try:
        with reading(engine()) as session:
            return check_token(session, secret=secret, scope=scope, now=g.now)
    except NotLoggedIn:
        count_stranger()
        raise


def _require_ids(named: Mapping[str, Any]) -> None:
    """Raises NotFound where the address names a row by a number that no row has, whatever the database thinks of it."""
    if any(isinstance(value, int) and value > LARGEST_ID for value in named.values()):
        raise NotFound(NOT_HERE)


def writing() -> AbstractContextManager[Session]:
    """A transaction of the program that asks."""
    return transaction(engine(), token_id=token().id)


def engine() -> Engine:
    """The database."""
    return cast("Engine", current_app.extensions["engine"])


def token() -> ApiToken:
    """Whose request it is."""
    return cast("ApiToken", g.token)


def new_seed() -> int:
    """A seed that nobody can guess, for drawing a problem."""
    return cast("Callable[[], int]", current_app.extensions["draw_seed"])()
