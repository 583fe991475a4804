"""Operations that may be sent twice with one Idempotency-Key, and are done once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, g, request

from quizsvc.api.blueprint import token, writing
from quizsvc.services.repeating import HEADER, Answer, KeyedRequest, answer_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel
    from sqlalchemy.orm import Session

KEY_PARAMETER = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "description": "Chosen by who asks. Sent again with the same body within 48 hours, it gets the same answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}


def created_once(model: type[BaseModel], do: Callable[[Session], Any]) -> Response:
    """The answer to a request that makes something, in one transaction with what keeps the answer.

    Raises Malformed or Invalid where the key cannot be taken, or as `do`.
    """
    key = request.headers.get(HEADER)
    keyed = None if key is None else KeyedRequest.read(token().id, key, asked=_asked())
    with writing() as session:

        def answer() -> Answer:
            return Answer(201, {}, model.model_validate(do(session)).model_dump_json())

        found = answer() if keyed is None else answer_once(session, keyed, answer, now=g.now)
    headers = {**found.headers, **({"Idempotency-Replayed": "true"} if found.again else {})}
    return Response(found.body, found.status, headers, mimetype="application/json")


def _asked() -> list[Any]:
    """All that decides what is done, in a form that does not depend on how the JSON was written."""
    return [request.method, request.path, request.get_json()]
