"""A learning platform registers itself, in a frame or a window that its administrator sees."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from flask import current_app, g, make_response, render_template, request

from quizsvc.errors import NotAllowed, QuizError
from quizsvc.lti.blueprint import lti
from quizsvc.lti.own_address import our_addresses
from quizsvc.services.lms import dynamic_registration, invitations
from quizsvc.store.database import transaction
from quizsvc.web.blueprint import engine
from quizsvc.web.headers import content_security_policy

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from quizsvc.services.outside import Outside
    from quizsvc.services.sealing import Seal
    from quizsvc.store.lms_models import Platform

_LOG = logging.getLogger("quizsvc.lti")

OPENED_BY_HAND = (
    "This address is for your learning platform: paste it there, in Moodle under Site administration, Plugins, "
    "External tool, Manage tools; the platform opens it by itself."
)


@lti.get("/register/<secret>")
def register_platform(secret: str) -> ResponseReturnValue:
    """Register the platform that opens this address, for whoever has an invitation; the secret is all that is asked."""
    if request.method == "HEAD":
        return ""
    try:
        platform = _registered(secret)
    except QuizError as error:
        return _shown(render_template("lti/registered.html", refusal=error), error.status)
    _LOG.info("Platform %s has registered itself", platform.id)
    return _shown(render_template("lti/registered.html", platform=platform), 200)


@lti.get("/register")
def register_uninvited() -> ResponseReturnValue:
    """Some platforms keep the end of an address apart: the secret may be a parameter as well."""
    return register_platform(request.args.get("invitation", ""))


def _registered(secret: str) -> Platform:
    """Both know each other afterwards, or the invitation can be used again."""
    if not request.args.get("openid_configuration"):
        raise NotAllowed(OPENED_BY_HAND)
    with transaction(engine()) as session:
        invitation_id = invitations.take(session, secret=secret, now=g.now).id
    try:
        return _agreed(invitation_id)
    except Exception:
        with transaction(engine()) as session:
            invitations.give_back(session, invitation_id)
        raise


def _agreed(invitation_id: int) -> Platform:
    """What both have told each other, kept; nothing is locked while the platform is asked."""
    url, token = request.args["openid_configuration"], request.args.get("registration_token", "")
    outside = cast("Outside", current_app.extensions["outside"])
    seal = cast("Seal", current_app.extensions["seal"])
    configuration = dynamic_registration.read_configuration(outside, url=url, token=token)
    client = dynamic_registration.introduce(outside, configuration, token=token, ours=our_addresses())
    with transaction(engine()) as session:
        return dynamic_registration.settle(
            session, configuration, client, invitation_id=invitation_id, seal=seal, now=g.now
        )


def _shown(page: str, status: int) -> Response:
    """In a frame of whoever registers: the platform is not known yet, and there is nothing to click on."""
    response = make_response(page, status)
    response.headers["Content-Security-Policy"] = content_security_policy("*")
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"  # who has opened the window is told that it is done
    return response
