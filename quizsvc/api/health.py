"""What load balancers and watchdogs ask."""

from __future__ import annotations

import logging
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from flask import current_app

from quizsvc.api.blueprint import api
from quizsvc.api.models import Health, Readiness, reference_to
from quizsvc.services.health import readiness

if TYPE_CHECKING:
    from quizsvc.services.health import Check

NOT_READY = 503
UNREACHABLE = "The database cannot be reached; the log tells why, and so does manage.py doctor."
NOT_READY_RESPONSE: dict[int | str, Any] = {
    NOT_READY: {
        "description": "Requests cannot be served; the checks say why.",
        "content": {"application/json": {"schema": reference_to(Readiness)}},
    }
}

_LOG = logging.getLogger("quizsvc")


@api.get("/healthz")
@api.output(Health)
@api.doc(operation_id="getHealth", tags=["Health"])
def get_health() -> dict[str, str]:
    """Tell that the process is alive.

    The database is not asked.
    """
    return {"status": "ok"}


@api.get("/readyz")
@api.output(Readiness)
@api.doc(
    operation_id="getReadiness",
    tags=["Health"],
    responses=NOT_READY_RESPONSE,
)
def get_readiness() -> tuple[dict[str, Any], int]:
    """Tell whether requests can be served.

    The database is asked, and whether its schema is that of this code.
    """
    checks = readiness(current_app.extensions["engine"])
    ready = all(check.ok for check in checks)
    body = {"status": "ok" if ready else "not ready", "checks": [_shown(check) for check in checks]}
    return body, 200 if ready else NOT_READY


def _shown(check: Check) -> dict[str, Any]:
    """What anybody may know of a check: drivers name hosts and users, which is for the log."""
    if check.ok or check.name != "database":
        return asdict(check)
    _LOG.warning("Not ready: %s", check.message)
    return asdict(replace(check, message=UNREACHABLE))
