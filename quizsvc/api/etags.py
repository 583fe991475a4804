"""Answers to GET have a tag made of their very bytes: who has them already is told so, and nothing is sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

if TYPE_CHECKING:
    from flask import Response

OK = 200


def tag(response: Response) -> Response:
    """Tag what was read; 304 where the tag is the one that was sent."""
    if request.method not in ("GET", "HEAD") or response.status_code != OK or not response.is_json:
        return response
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"  # kept by who asked, and never used unasked
    response.make_conditional(request)
    return response
