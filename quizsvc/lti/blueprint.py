"""The blueprint that all addresses for learning platforms hang on. Errors are pages: people see them, in a frame."""

from __future__ import annotations

from apiflask import APIBlueprint

lti = APIBlueprint("lti", __name__, url_prefix="/lti", enable_openapi=False)
