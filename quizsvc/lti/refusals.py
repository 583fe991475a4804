"""What people see, often in a frame, when a launch does not work; whoever runs the service finds it in the log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import render_template, request

from quizsvc.errors import LaunchRefused, LoginRefused
from quizsvc.lti.blueprint import lti

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

_LOG = logging.getLogger("quizsvc.lti")


@lti.errorhandler(LoginRefused)
@lti.errorhandler(LaunchRefused)
def refuse(error: LoginRefused | LaunchRefused) -> ResponseReturnValue:
    """One sentence on what is wrong, and what can be done."""
    _LOG.warning("%s refused: %s", request.path, error.message)
    return render_template("lti/refused.html", refusal=error), error.status
