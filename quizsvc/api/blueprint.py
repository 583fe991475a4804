"""The blueprint that all operations hang on, and who may call them."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from apiflask import APIBlueprint
from flask import current_app, g, request
from werkzeug.exceptions import UnsupportedMediaType

from quizsvc.errors import NotLoggedIn
from quizsvc.services.tokens import check_token
from quizsvc.store.database import reading

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

api = APIBlueprint("api", __name__, tag="Problems")

SECURITY = {"token": {"type": "http", "scheme": "bearer", "description": "A token with the scope of the operation."}}


@api.before_request
def take_json_only() -> None:
    """What is posted is JSON, and says so."""
    if request.method == "POST" and not request.is_json:
        raise UnsupportedMediaType


def requires(scope: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let in who sends a token with this scope; raises NotLoggedIn or NotAllowed before anything is read."""

    def decorated(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **options: P.kwargs) -> R:
            authorization = request.authorization
            if authorization is None or authorization.type != "bearer" or not authorization.token:
                message = "Send a token: Authorization: Bearer gfq_…"
                raise NotLoggedIn(message)
            with reading(current_app.extensions["engine"]) as session:
                check_token(session, secret=authorization.token, scope=scope, now=g.now)
            return view(*args, **options)

        return guarded

    return decorated
