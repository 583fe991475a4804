"""The pages that people see: read a request, call a service, show what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect

from quizsvc.web import assets, errors, filters, grades_passed, login, pages, teaching
from quizsvc.web.blueprint import IdConverter, web

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["grades_passed", "init_app", "pages", "teaching"]


def init_app(app: Flask) -> None:
    """Give the application its pages."""
    app.url_map.converters["id"] = IdConverter
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Bootstrap5(app)
    app.blueprints["bootstrap"].enable_openapi = False  # type: ignore[attr-defined]  # APIFlask asks every blueprint
    CSRFProtect(app)
    for part in (filters, login, errors, assets):
        part.init_app(app)
    app.register_blueprint(web)
