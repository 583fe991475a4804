"""Where a platform sends people: its answer is looked at, and who comes with it is logged in."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from flask import current_app, g, jsonify, make_response, redirect, render_template, request, url_for

from quizsvc.errors import LaunchRefused
from quizsvc.lti import cookies
from quizsvc.lti.blueprint import lti
from quizsvc.lti.own_address import our_addresses
from quizsvc.services import accounts
from quizsvc.services.courses import INSTRUCTOR
from quizsvc.services.lms import arriving, id_tokens, launches, launching, tool_keys
from quizsvc.services.lms.addresses import origin_of
from quizsvc.store.database import reading, transaction
from quizsvc.store.lms_models import DeepLinkRequest
from quizsvc.web.blueprint import engine
from quizsvc.web.login import begin_session, present_login

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from quizsvc.services.lms.arriving import Arrival
    from quizsvc.services.lms.launches import Launch
    from quizsvc.services.lms.platform_keys import PlatformKeyring
    from quizsvc.store.lms_models import LaunchRequest

KEYS_FRESH_SECONDS = 300

_LOG = logging.getLogger("quizsvc.lti")


@lti.post("/launch")
def launch() -> ResponseReturnValue:
    """Let in who is sent, and lead there where the link leads."""
    state, token = _read_answer()
    with reading(engine()) as session:
        asked = launching.find_launch_request(session, state, now=g.now)
    secret = cookies.find_secret(request, state) or _given_secret(asked)
    if secret is None and asked.storage_target is not None:
        return _ask_platform_for_secret(asked, state, token)
    launching.require_browser(asked, secret)
    told, before = _verified(asked, token), present_login()
    with transaction(engine()) as session:
        platform = launching.take(session, asked, now=g.now)
        arrival = arriving.arrive(session, platform, told, now=g.now)
        login = accounts.begin_login(session, user_id=arrival.user.id, now=g.now, instead_of=before)
        target = _target(arrival)
    begin_session(arrival.user, login)
    _LOG.info("Launch by platform %s: %s", platform.id, target)
    response = make_response(redirect(target, code=303))
    cookies.forget_secret(response, state)
    return response


def _read_answer() -> tuple[str, str]:
    """The state and the token of the platform's answer; raises LaunchRefused where it is an error instead."""
    if "error" in request.form:
        raise LaunchRefused(_declined(request.form["error"]))
    state, token = request.form.get("state"), request.form.get("id_token")
    if not state or not token:
        message = "The learning platform sent no id_token with a state: start from a link in your course."
        raise LaunchRefused(message)
    return state, token


def _declined(code: str) -> str:
    """What a platform's error means, in our own words: its own could be anybody's."""
    known = {
        "login_required": "You are not logged in at your learning platform any more: log in there, and try again.",
        "access_denied": "Your learning platform does not let you open this link; your instructor there can tell why.",
        "unauthorized_client": "Your learning platform does not know this service as it is registered there.",
    }
    return known.get(code, "Your learning platform could not log you in: go back to it, and open the link again.")


def _given_secret(asked: LaunchRequest) -> str | None:
    """The browser's secret where the platform has kept it: only our own page may send it, not one of another site."""
    secret = request.form.get("browser_secret")
    if asked.storage_target is None or not secret:
        return None
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site != "same-origin" and (site is not None or origin is None or origin != origin_of(our_addresses().base)):
        message = "Another site has sent this launch."
        raise LaunchRefused(message)
    return secret


def _ask_platform_for_secret(asked: LaunchRequest, state: str, token: str) -> ResponseReturnValue:
    """A page that gets the secret from the platform and then goes on in a tab of its own, where cookies are kept."""
    return render_template(
        "lti/get_secret.html",
        state=state,
        token=token,
        platform_origin=origin_of(asked.platform.auth_url),
        target=asked.storage_target,
    )


def _verified(asked: LaunchRequest, token: str) -> Launch:
    """What the platform tells, once its signature and all that was asked for are found right; raises LaunchRefused."""
    keyring = cast("PlatformKeyring", current_app.extensions["platform_keyring"])
    key = keyring.find_key(asked.platform, id_tokens.read_kid(token), now=g.now)
    claims = id_tokens.verify(token, key, launching.expected_of(asked), now=g.now)
    return launches.read_launch(claims, target_link_uri=asked.target_link_uri)


def _target(arrival: Arrival) -> str:
    """Where the person goes on to."""
    goal, teaches = arrival.goal, arrival.membership.role == INSTRUCTOR
    if isinstance(goal, DeepLinkRequest):
        return url_for("lti.choose_for_platform", request_id=goal.id)
    problem_set = goal.problem_set
    if problem_set is None or not (teaches or problem_set.published_at):
        return url_for("lti.link", link_id=goal.id)
    return url_for("web.dashboard" if teaches else "web.problem_set", set_id=problem_set.id)


@lti.get("/jwks")
def jwks() -> Response:
    """The public keys that what we send to platforms is signed with."""
    with reading(engine()) as session:
        response = jsonify(tool_keys.public_keys(session, now=g.now))
    response.cache_control.public = True
    response.cache_control.max_age = KEYS_FRESH_SECONDS
    return response
