"""Where a platform begins to log somebody in: OpenID Connect's third-party initiated login."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import g, make_response, redirect, render_template, request, url_for

from quizsvc.lti import cookies
from quizsvc.lti.blueprint import lti
from quizsvc.lti.own_address import our_addresses
from quizsvc.services.lms import launching
from quizsvc.store.database import reading, transaction
from quizsvc.web.blueprint import engine
from quizsvc.web.sessions import is_framed

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from quizsvc.services.lms.launching import AskedLogin

SAME_METHOD = 307


@lti.route("/login", methods=["GET", "POST"])
def log_in() -> ResponseReturnValue:
    """Send the browser on to the platform; where it may keep no cookies, find that out first."""
    asked = launching.read_login(request.values)
    if not is_framed(request) and asked.storage_target is None:
        return _go_on(asked)
    with reading(engine()) as session:
        launching.find_platform(session, asked, ours=our_addresses())
    target = url_for("lti.check_cookies")
    response = make_response(
        redirect(target if request.method == "POST" else _with_parameters(target, asked), code=SAME_METHOD)
    )
    cookies.set_probe(response)
    return response


@lti.route("/login/check", methods=["GET", "POST"])
def check_cookies() -> ResponseReturnValue:
    """Go on if the cookie has come back; if not, with what the platform keeps for us, or in a tab of its own."""
    asked = launching.read_login(request.values)
    if cookies.has_probe(request):
        return _go_on(asked)
    return _go_on_without_cookies(asked)


def _go_on(asked: AskedLogin) -> ResponseReturnValue:
    with transaction(engine()) as session:
        begun = launching.begin_login(session, asked, ours=our_addresses(), now=g.now)
    response = make_response(redirect(begun.url))
    cookies.set_secret(response, begun.state, begun.browser_secret)
    return response


def _go_on_without_cookies(asked: AskedLogin) -> ResponseReturnValue:
    """The same log-in can begin once more in a tab of its own; meanwhile the platform is asked to keep the secret."""
    again = _with_parameters(url_for("lti.log_in"), asked)
    if asked.storage_target is None:
        with reading(engine()) as session:
            launching.find_platform(session, asked, ours=our_addresses())
        return render_template("lti/new_tab.html", again=again)
    with transaction(engine()) as session:
        begun = launching.begin_login(session, asked, ours=our_addresses(), now=g.now, cookieless=True)
    return render_template("lti/keep_secret.html", again=again, begun=begun, target=asked.storage_target)


def _with_parameters(target: str, asked: AskedLogin) -> str:
    return f"{target}?{urlencode(asked.parameters)}"
