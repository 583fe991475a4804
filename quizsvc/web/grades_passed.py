"""What learning platforms have of a set's grades: a page for who teaches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, g, redirect, render_template, request, url_for
from flask_login import login_required

from quizsvc.services.lms import passed
from quizsvc.store.database import reading, transaction
from quizsvc.web.blueprint import LARGEST_ID, engine, visitor_id, web
from quizsvc.web.filters import plural

if TYPE_CHECKING:
    from flask.sansio.blueprints import BlueprintSetupState
    from flask.typing import ResponseReturnValue

STATES = {
    "failed": ("Failed", "cross"),
    "changed": ("Changed there", "slip"),
    "waiting": ("Waiting", "clock"),
    "left": ("Not sent", "blank"),
    "passed": ("Passed", "tick"),
}
"""How it stands with a grade, in words and as an icon."""


@web.get("/sets/<id:set_id>/grades-passed")
@login_required
def grades_passed(set_id: int) -> ResponseReturnValue:
    """What was passed to whom and when, what waits, and why something failed."""
    with reading(engine()) as session:
        view = passed.grades_passed(session, set_id=set_id, user_id=visitor_id())
        return render_template("teaching/grades_passed.html", view=view)


@web.post("/sets/<id:set_id>/grades-passed/again")
@login_required
def send_again(set_id: int) -> ResponseReturnValue:
    """Have sent again what failed: of everybody, or of the student that the button stands for."""
    student_id = _student(request.form.get("student"))
    with transaction(engine()) as session:
        count = passed.send_grades_again(session, set_id=set_id, user_id=visitor_id(), now=g.now, student_id=student_id)
    flash(f"{plural(count, 'grade')} will be sent again." if count else "Whatever waits is tried again now.")
    return redirect(url_for("web.grades_passed", set_id=set_id), code=303)


def _student(typed: str | None) -> int | None:
    """Whom the button stands for; None: everybody. What is no number stands for nobody."""
    if typed is None:
        return None
    known = typed.isascii() and typed.isdecimal() and len(typed) <= len(str(LARGEST_ID))
    return min(int(typed), LARGEST_ID) if known else 0


@web.post("/sets/<id:set_id>/grades-passed/compare")
@login_required
def have_compared(set_id: int) -> ResponseReturnValue:
    """Have what the platforms show compared with the marks here."""
    with transaction(engine()) as session:
        count = passed.have_compared(session, set_id=set_id, user_id=visitor_id(), now=g.now)
    flash(f"{plural(count, 'gradebook')} will be compared with the marks here; load the page again in a moment.")
    return redirect(url_for("web.grades_passed", set_id=set_id), code=303)


@web.record_once
def give_states(state: BlueprintSetupState) -> None:
    """Give templates the words for how it stands with a grade."""
    state.app.jinja_env.globals.update(PASSED_STATES=STATES)
