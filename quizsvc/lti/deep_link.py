"""An instructor chooses what a course of a learning platform links to."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, cast

from flask import current_app, g, make_response, render_template, request
from flask_login import login_required

from quizsvc.errors import Invalid
from quizsvc.lti.blueprint import lti
from quizsvc.lti.launch import launch
from quizsvc.lti.own_address import our_addresses
from quizsvc.services.lms import deep_linking
from quizsvc.services.lms.addresses import origin_of
from quizsvc.services.lms.deep_linking import ChooseSets
from quizsvc.services.lms.registrations import frame_origins_of
from quizsvc.store.database import reading, transaction
from quizsvc.web.blueprint import LARGEST_ID, engine, visitor_id
from quizsvc.web.frames import with_origins
from quizsvc.web.headers import content_security_policy

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from quizsvc.services.lms.deep_linking import LinkAnswer
    from quizsvc.services.sealing import Seal

# Platforms are told this address for choosing; people who are sent there arrive as at any launch.
lti.add_url_rule("/deep-link", endpoint="launch_to_choose", view_func=launch, methods=["POST"])


@lti.get("/deep-link/<id:request_id>")
@login_required
def choose_for_platform(request_id: int) -> ResponseReturnValue:
    """The sets of the course, to choose from."""
    return _choices(request_id)


def _choices(request_id: int, refusal: str | None = None) -> str:
    """The page; `refusal` says why nothing was sent."""
    with reading(engine()) as session:
        choosing = deep_linking.find_choosing(session, request_id=request_id, user_id=visitor_id(), now=g.now)
        return render_template("lti/choose.html", choosing=choosing, refusal=refusal)


@lti.post("/deep-link/<id:request_id>")
@login_required
def answer_platform(request_id: int) -> ResponseReturnValue:
    """Send the platform what was chosen: the browser posts it, at once or by a button."""
    try:
        command = ChooseSets(visitor_id(), request_id, _chosen())
        with transaction(engine()) as session:
            answer = deep_linking.answer_request(
                session,
                command,
                ours=our_addresses(),
                seal=cast("Seal", current_app.extensions["seal"]),
                nonce=secrets.token_urlsafe(32),
                now=g.now,
            )
            return _posted(answer)
    except Invalid as error:
        return _choices(request_id, error.message), 422


def _chosen() -> tuple[int, ...]:
    """The ids of the sets in the form; raises Invalid where there are none, unless none are meant."""
    ids = request.form.getlist("set")
    if "nothing" in request.form:
        return ()
    if not ids or not all(text.isascii() and text.isdecimal() and int(text) <= LARGEST_ID for text in ids):
        message = "Choose a set first."
        raise Invalid(message)
    return tuple(int(text) for text in ids)


def _posted(answer: LinkAnswer) -> Response:
    """A page that posts the answer to the platform, and may post nowhere else."""
    response = make_response(render_template("lti/answer.html", answer=answer))
    response.headers["Content-Security-Policy"] = content_security_policy(
        with_origins(current_app.extensions["settings"].frame_ancestors, frame_origins_of(answer.platform)),
        form_action=str(origin_of(answer.return_url)),
    )
    return response
