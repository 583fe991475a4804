"""The blueprint that all pages hang on, and what every view needs of its surroundings."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from apiflask import APIBlueprint
from flask import abort, current_app, request
from flask_login import current_user
from werkzeug.routing import IntegerConverter

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

web = APIBlueprint("web", __name__, template_folder="templates", enable_openapi=False)

LARGEST_ID = 2**31 - 1
SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))


class IdConverter(IntegerConverter):
    """The id of a row: larger numbers are no address, whatever the database thinks of them."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **{"max": LARGEST_ID, **options})  # type: ignore[arg-type]  # as routing passes them


def engine() -> Engine:
    """The database."""
    return cast("Engine", current_app.extensions["engine"])


def new_seed() -> int:
    """A seed that nobody can guess, for drawing a problem."""
    return cast("Callable[[], int]", current_app.extensions["draw_seed"])()


def visitor_id() -> int:
    """Who is logged in."""
    return int(current_user.id)


@web.before_request
def refuse_other_sites() -> None:
    """Take nothing that a page of another site has sent: the browser tells where it comes from."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin")
    if site is None and origin is not None and origin.partition("://")[2] != request.host:
        abort(403)
