"""Where learning platforms send people: log-in and launch by LTI 1.3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, request

from quizsvc.lti import deep_link, launch, links, login, refusals, registering
from quizsvc.lti.blueprint import lti
from quizsvc.web import blueprint

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["deep_link", "launch", "links", "login", "refusals", "register", "registering"]

POSTED_BY_PLATFORMS = (login.log_in, login.check_cookies, launch.launch)
"""What holds no token of a form of ours: a log-in proves itself by its state, in the browser that began it."""


@lti.before_request
def refuse_other_sites() -> None:
    """Take from other sites nothing but what platforms post."""
    if current_app.view_functions[str(request.endpoint)] not in POSTED_BY_PLATFORMS:
        blueprint.refuse_other_sites()


def register(app: Flask) -> None:
    """Give the application its addresses for learning platforms."""
    for view in POSTED_BY_PLATFORMS:
        app.extensions["csrf"].exempt(view)
    app.register_blueprint(lti)
