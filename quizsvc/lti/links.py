"""A link that does not lead to a set yet, or not yet for students."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for
from flask_login import login_required

from quizsvc.errors import Invalid
from quizsvc.lti.blueprint import lti
from quizsvc.services.lms import links
from quizsvc.store.database import reading, transaction
from quizsvc.web.blueprint import LARGEST_ID, engine, visitor_id

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@lti.get("/links/<id:link_id>")
@login_required
def link(link_id: int) -> ResponseReturnValue:
    """For instructors the choice of the set; for students the set, or the word that it is not there yet."""
    with reading(engine()) as session:
        view = links.view_link(session, link_id=link_id, user_id=visitor_id())
        if view.is_open and not view.teaches:
            return redirect(url_for("web.problem_set", set_id=view.link.set_id))
        return render_template("lti/link.html", view=view)


@lti.post("/links/<id:link_id>")
@login_required
def choose_for_link(link_id: int) -> ResponseReturnValue:
    """Let the link lead to a set."""
    chosen = request.form.get("set", "")
    if not (chosen.isascii() and chosen.isdecimal() and int(chosen) <= LARGEST_ID):
        message = "Choose a set first."
        raise Invalid(message)
    with transaction(engine()) as session:
        links.choose_set(session, link_id=link_id, user_id=visitor_id(), set_id=int(chosen))
    return redirect(url_for("web.dashboard", set_id=int(chosen)), code=303)
