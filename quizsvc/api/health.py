"""What load balancers and watchdogs ask."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import current_app

from quizsvc.api.blueprint import api
from quizsvc.api.models import Health, Readiness, reference_to
from quizsvc.services.health import readiness

NOT_READY = 503
NOT_READY_RESPONSE: dict[int | str, Any] = {
    NOT_READY: {
        "description": "Requests cannot be served; the checks say why.",
        "content": {"application/json": {"schema": reference_to(Readiness)}},
    }
}


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
    body = {"status": "ok" if ready else "not ready", "checks": [asdict(check) for check in checks]}
    return body, 200 if ready else NOT_READY
