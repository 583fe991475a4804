"""Where learning platforms send people: log-in and launch by LTI 1.3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quizsvc.lti import deep_link
from quizsvc.lti.blueprint import lti

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["deep_link", "register"]


def register(app: Flask) -> None:
    """Give the application its addresses for learning platforms."""
    app.register_blueprint(lti)
