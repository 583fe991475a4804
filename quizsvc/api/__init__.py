"""The API: what programs ask over HTTP, with tokens, described by OpenAPI 3.1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from quizsvc.api import docs, health, metrics, views
from quizsvc.api.blueprint import SECURITY, api
from quizsvc.api.models import ProblemDetails, component
from quizsvc.api.problem_details import respond

if TYPE_CHECKING:
    from apiflask import APIFlask
    from flask.json.provider import DefaultJSONProvider

__all__ = ["docs", "health", "metrics", "register", "views"]

DESCRIPTION = """
Randomised problems on how gradients flow through neural networks: drawn, and judged step by step.

Send `Authorization: Bearer gfq_…` with a token that has the scope of the operation. Whoever runs the service makes
tokens with `manage.py token create`. Errors are `application/problem+json` (RFC 9457).
"""


def _complete(spec: dict[str, Any] | str) -> dict[str, Any] | str:
    """Add to the OpenAPI document, which is served as JSON, the shapes of errors."""
    if isinstance(spec, dict):
        spec["components"]["schemas"] |= component(ProblemDetails)
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
