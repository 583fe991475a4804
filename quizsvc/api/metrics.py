"""Counts and durations of requests for Prometheus, of all processes of this host together. No names, no answers."""

from __future__ import annotations

import os
from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from quizsvc.api.blueprint import api

if TYPE_CHECKING:
    from flask import Flask

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable that names the folder in which the processes of one service keep their counts."""
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

REQUESTS = Counter("quiz_requests", "Requests that were answered.", ["endpoint", "method", "status"])
SECONDS = Histogram(
    "quiz_request_seconds",
    "Seconds from the arrival of a request to its answer.",
    ["endpoint"],
    buckets=(0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0),
)

AS_TEXT: dict[int | str, Any] = {
    200: {"description": "Counts and durations.", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


def _begin() -> None:
    g.began = perf_counter()


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"  # never the path: whoever mistypes addresses must not make new series
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(endpoint, method, response.status_code).inc()
    SECONDS.labels(endpoint).observe(perf_counter() - g.began)
    return response


def count_requests(app: Flask) -> None:
    """Count every request of the application."""
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)  # before whatever may refuse the request
    app.after_request(_count)


@api.get("/metrics")
@api.doc(operation_id="getMetrics", tags=["Health"], responses=AS_TEXT)
def get_metrics() -> Response:
    """Tell counts and durations of requests to Prometheus."""
    registry = REGISTRY
    if SHARED_FOLDER in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # as it ships
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
