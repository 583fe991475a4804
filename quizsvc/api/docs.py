"""The API's page for people: Swagger UI from files that are here, so that it works without internet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import flask_swagger_ui
from flask import abort, send_from_directory

from quizsvc.api.blueprint import api

if TYPE_CHECKING:
    from flask import Response

OURS = Path(__file__).parent / "static"
THEIRS = Path(flask_swagger_ui.__file__).parent / "dist"
FILES = {
    "docs.js": OURS,
    "swagger-ui.css": THEIRS,
    "swagger-ui-bundle.js": THEIRS,
    "favicon-32x32.png": THEIRS,
}
# Swagger UI writes styles into its elements and holds its icons in data addresses; scripts are files of ours alone.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@api.get("/api/v1/docs")
@api.doc(hide=True)
def get_docs() -> Response:
    """The page."""
    page = send_from_directory(OURS, "docs.html")
    page.headers["Content-Security-Policy"] = POLICY
    return page


@api.get("/api/v1/docs/<name>")
@api.doc(hide=True)
def get_docs_file(name: str) -> Response:
    """One of its files."""
    if name not in FILES:
        abort(404)
    return send_from_directory(FILES[name], name, max_age=3600)
