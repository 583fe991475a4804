"""The API: what programs ask over HTTP, with tokens, described by OpenAPI 3.1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from quizsvc.api import attempts, courses, docs, health, metrics, problem_sets, teaching, views, webhooks
from quizsvc.api.blueprint import LARGEST_ID, SECURITY, api
from quizsvc.api.described import describe_headers
from quizsvc.api.models import ProblemDetails, component
from quizsvc.api.problem_details import respond
from quizsvc.api.repeats import KEY_PARAMETER

if TYPE_CHECKING:
    from apiflask import APIFlask
    from flask.json.provider import DefaultJSONProvider

__all__ = [
    "attempts",
    "courses",
    "docs",
    "health",
    "metrics",
    "problem_sets",
    "register",
    "teaching",
    "views",
    "webhooks",
]

DESCRIPTION = """
Randomised problems on how gradients flow through neural networks: drawn, and judged step by step. With courses,
sets and attempts, a page of another system runs a whole quiz by the rules of ours; the guide docs/api.md shows how.

Send `Authorization: Bearer gfq_…` with a token that has the scope of the operation. Whoever runs the service makes
tokens with `manage.py token create`. Errors are `application/problem+json` (RFC 9457).
"""


TAKE_KEYS = frozenset(("submitAnswers", "grantExtension"))
"""The operations that take an Idempotency-Key."""


def _complete(spec: dict[str, Any] | str) -> dict[str, Any] | str:
    """Add to the OpenAPI document, which is served as JSON, the shapes of errors, of ids and of keys."""
    if not isinstance(spec, dict):
        return spec
    spec["components"]["schemas"] |= component(ProblemDetails)
    for method, operation in (one for path in spec["paths"].values() for one in path.items()):
        if "security" in operation:
            describe_headers(method, operation["responses"])
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path" and parameter["name"].endswith("_id"):
                parameter["schema"] = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
        if operation["operationId"] in TAKE_KEYS:
            operation["parameters"].append(KEY_PARAMETER)
    return spec


def register(app: APIFlask) -> None:
    """Give the application its API."""
    app.config.update(
        DESCRIPTION=DESCRIPTION.strip(),
        SECURITY_SCHEMES=SECURITY,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
        AUTO_404_RESPONSE=False,
        SYNC_LOCAL_SPEC=False,
    )
    cast("DefaultJSONProvider", app.json).sort_keys = False  # the steps of a grade are in the order of writing
    app.extensions["api_error_response"] = respond
    app.spec_processor(_complete)
    app.extensions["csrf"].exempt(api)
    metrics.count_requests(app)
    app.register_blueprint(api)
