"""What operations say of themselves in the OpenAPI document, in one place: errors, what came of it, what is next."""

from __future__ import annotations

from typing import Any

from quizsvc.api.models import ProblemDetails, reference_to

PROBLEM_JSON = "application/problem+json"
BODY = {
    "_400": "The body is not JSON.",
    "_413": "The body is over 1 MB.",
    "_415": "The body is not said to be JSON.",
    "_422": "The body does not fit; `errors` says where.",
}
QUERY = {"_422": "A query parameter does not fit."}
HERE = {"_404": "There is no such thing, or it is not for this token."}
NOW = {"_409": "It does not fit what is there, or cannot be done at this time."}


def errors(**described: str) -> dict[int | str, Any]:
    """The error responses of an operation: _404="…"."""
    common = {
        "_401": "No token, or none that is good.",
        "_403": "The token lacks the scope.",
        "_429": "More requests than are taken; `Retry-After` says when there may be more.",
        "_500": "A fault on this side.",
        "_503": "The database cannot be reached.",
    }
    responses: dict[int | str, Any] = {
        int(status[1:]): {"description": text, "content": {PROBLEM_JSON: {"schema": reference_to(ProblemDetails)}}}
        for status, text in {**common, **described}.items()
    }
    responses[429]["headers"] = {"Retry-After": {"description": "In seconds.", "schema": {"type": "integer"}}}
    return responses


def reads(**described: str) -> dict[int | str, Any]:
    """The other responses of an operation that only reads."""
    return {304: {"description": "Nothing has changed since `If-None-Match`."}, **errors(**described)}


def described(operation: str, scope: str | None, responses: dict[int | str, Any], tag: str) -> dict[str, Any]:
    """The description of an operation, for api.doc."""
    return {
        "operation_id": operation,
        "security": [{"token": [] if scope is None else [scope]}],
        "responses": responses,
        "tags": [tag],
    }


LIMITS = {
    f"RateLimit-{name}": {"description": description, "schema": {"type": "integer"}}
    for name, description in (
        ("Limit", "How many requests of this kind are taken in a minute."),
        ("Remaining", "How many more are taken in this minute."),
        ("Reset", "In how many seconds it is over."),
    )
}
ETAG = {"ETag": {"description": "Send it as `If-None-Match` to be told only of changes.", "schema": {"type": "string"}}}


def describe_headers(method: str, responses: dict[str, Any]) -> None:
    """Add to the responses of an operation that takes tokens the headers that they have."""
    for status, response in responses.items():
        told = ETAG if method == "get" and status in ("200", "304") else {}
        if status != "401":  # before it is known whose request it is, nothing is counted
            response["headers"] = {**response.get("headers", {}), **LIMITS, **told}


def link(operation: str, **parameters: str) -> dict[str, Any]:
    """That an operation can be asked with what came of this one: "$response.body#/id"."""
    return {"operationId": operation, "parameters": parameters}
