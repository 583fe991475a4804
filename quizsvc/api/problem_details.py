"""Every error as application/problem+json (RFC 9457): what is wrong, where, and what would be right. No internals."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from apiflask import HTTPError
from flask import Response
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

import problems
from quizsvc.api.blueprint import api
from quizsvc.errors import Detail, Invalid, NotFound, NotLoggedIn, QuizError, TooOften
from quizsvc.failures import RETRY_AFTER, SERVER_ERROR, UNAVAILABLE, note_failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MESSAGES = {
    400: "The body is not JSON that can be read.",
    404: "There is no such address in this API; /api/v1/docs lists them.",
    405: "This address does not answer to that method.",
    413: "The body is larger than what is taken at once.",
    415: "Send JSON, and say so: Content-Type: application/json.",
    500: "The fault is on this side, and it has been noted.",
    503: "The database cannot be reached at the moment. Nothing was changed; try again in a few seconds.",
}
INVALID = "The body, or a parameter of the query, does not fit what this operation takes."


def respond(error: Exception) -> Response:
    """The response to any error."""
    if isinstance(error, problems.UnknownFamily) and not error.where:
        error = NotFound(error.message)
    if isinstance(error, problems.ProblemError):
        error = Invalid(error.message, [Detail(error.where, error.message)] if error.where else ())
    if isinstance(error, QuizError):
        return _response(error.status, error.message, error.details, _headers(error), code=error.code)
    if isinstance(error, HTTPError):
        return _response(error.status_code, INVALID, _details(error))
    if isinstance(error, RecursionError):
        return _response(400, "The body is nested too deeply.")
    if isinstance(error, HTTPException) and error.code is not None and error.code < SERVER_ERROR:
        headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Location")}
        return _response(error.code, MESSAGES.get(error.code, error.name), headers=headers)
    status, reference = note_failure(error)
    headers = {"Retry-After": RETRY_AFTER} if status == UNAVAILABLE else {}
    return _response(status, f"{MESSAGES[status]} Reference: {reference}", headers=headers)


def _headers(error: QuizError) -> dict[str, str]:
    """What goes with an error of ours."""
    if isinstance(error, TooOften):
        return {"Retry-After": str(error.seconds)}
    return {"WWW-Authenticate": 'Bearer realm="quiz"'} if isinstance(error, NotLoggedIn) else {}


def _details(error: HTTPError) -> list[Detail]:
    """What the models found wrong, place by place."""
    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        return []
    return [
        Detail(".".join(map(str, found["loc"])) or "the body", f"{found['msg']}.")
        for found in cause.errors(include_url=False, include_context=False, include_input=False)
    ]


def _response(
    status: int,
    message: str,
    details: Sequence[Detail] = (),
    headers: Mapping[str, str] | None = None,
    *,
    code: str | None = None,
) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank" if code is None else f"/api/v1/docs#{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message,
        "errors": [{"where": detail.where, "message": detail.message} for detail in details],
    }
    return Response(json.dumps(body), status, dict(headers or {}), mimetype="application/problem+json")


for kind in (HTTPException, HTTPError, QuizError, problems.ProblemError, Exception):
    api.register_error_handler(kind, respond)
