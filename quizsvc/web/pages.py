"""The pages: each view reads the request, calls one service, and shows what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, g, redirect, render_template, request, url_for
from flask_login import login_required

import problems
from quizsvc.errors import Invalid
from quizsvc.services import attempts, catalogue, gradebook, gradebook_csv, results, submitting
from quizsvc.services import courses as course_services
from quizsvc.services.attempts import StartAttempt
from quizsvc.services.submitting import SaveDraft, SubmitSteps
from quizsvc.store.database import reading, transaction
from quizsvc.web.blueprint import engine, new_seed, visitor_id, web
from quizsvc.web.forms import read_steps

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@web.get("/")
def start() -> ResponseReturnValue:
    """The way in."""
    return redirect(url_for("web.courses"))


@web.get("/courses")
@login_required
def courses() -> ResponseReturnValue:
    """My courses, with their sets, due dates and progress."""
    with reading(engine()) as session:
        cards = results.my_courses(session, user_id=visitor_id(), now=g.now)
        return render_template("courses.html", cards=cards)


@web.get("/courses/<slug>/results")
@login_required
def my_results(slug: str) -> ResponseReturnValue:
    """My results in a course."""
    with reading(engine()) as session:
        mine = results.my_results(session, user_id=visitor_id(), course_slug=slug, now=g.now)
        return render_template("my_results.html", mine=mine)


@web.get("/families")
@login_required
def families() -> ResponseReturnValue:
    """What families of problems there are, for instructors."""
    with reading(engine()) as session:
        course_services.require_instructor(session, user_id=visitor_id())
    return render_template("families.html", families=problems.families(), values_of=catalogue.option_values)


@web.get("/mistakes")
@login_required
def mistakes() -> ResponseReturnValue:
    """What kinds of mistakes are known, for instructors."""
    with reading(engine()) as session:
        course_services.require_instructor(session, user_id=visitor_id())
    return render_template(
        "mistakes.html",
        groups=catalogue.mistake_groups(),
        titles={family.slug: family.title for family in problems.families()},
        numeric=sum(bool(family.mistakes) for family in problems.families()),
        parts_of=catalogue.message_parts,
    )


@web.get("/sets/<id:set_id>")
@login_required
def problem_set(set_id: int) -> ResponseReturnValue:
    """A problem set, with how far I am."""
    return _set_page(set_id)


def _set_page(set_id: int, refusal: str | None = None) -> str:
    """The page of a set; `refusal` says why it was not begun."""
    with reading(engine()) as session:
        view = attempts.view_set(session, user_id=visitor_id(), set_id=set_id, now=g.now)
        return render_template("set.html", view=view, refusal=refusal)


@web.post("/sets/<id:set_id>/start")
@login_required
def start_set(set_id: int) -> ResponseReturnValue:
    """Begin a set: the clock runs from here."""
    command = StartAttempt(visitor_id(), set_id, request.form.get("access_code", ""))
    try:
        with transaction(engine()) as session:
            attempts.start_attempt(session, command, now=g.now, seed=new_seed())
    except Invalid as error:
        return _set_page(set_id, error.message), 422
    return redirect(url_for("web.problem_set", set_id=set_id), code=303)


@web.post("/sets/<id:set_id>/finish")
@login_required
def finish_set(set_id: int) -> ResponseReturnValue:
    """Hand a set in."""
    with transaction(engine()) as session:
        attempts.finish_attempt(session, user_id=visitor_id(), set_id=set_id, now=g.now)
    return redirect(url_for("web.problem_set", set_id=set_id), code=303)


@web.get("/sets/<id:set_id>/results")
@login_required
def set_results(set_id: int) -> ResponseReturnValue:
    """Everybody's results in a set, for its instructors."""
    with reading(engine()) as session:
        book = gradebook.set_gradebook(session, set_id=set_id, user_id=visitor_id())
        return render_template("set_results.html", book=book)


@web.get("/sets/<id:set_id>/results.csv")
@login_required
def set_results_csv(set_id: int) -> ResponseReturnValue:
    """The same as a file."""
    with reading(engine()) as session:
        book = gradebook.set_gradebook(session, set_id=set_id, user_id=visitor_id())
        text = gradebook_csv.set_csv(book)
    headers = {"Content-Disposition": f'attachment; filename="results-{set_id}.csv"'}
    return Response(text, mimetype="text/csv", headers=headers)


@web.post("/items/<id:item_id>/open")
@login_required
def open_problem(item_id: int) -> ResponseReturnValue:
    """Go to my variant of a problem, which is drawn when I first come."""
    with transaction(engine()) as session:
        issued = attempts.open_problem(session, user_id=visitor_id(), item_id=item_id, now=g.now, seed=new_seed())
        target = url_for("web.problem", problem_id=issued.id)
    return redirect(target, code=303)


@web.get("/problems/<id:problem_id>")
@login_required
def problem(problem_id: int) -> ResponseReturnValue:
    """A problem: what is given, the steps to fill in, and what has been judged."""
    with reading(engine()) as session:
        view = attempts.view_problem(session, user_id=visitor_id(), problem_id=problem_id, now=g.now)
        return render_template(
            "problem.html",
            view=view,
            given=problems.given_rows(view.problem),
            diagram=problems.network_svg(view.problem),
            solution=problems.worked_solution(view.problem) if view.solution_visible else (),
            gradients=problems.gradient_svg(view.problem) if view.solution_visible else None,
        )


@web.post("/problems/<id:problem_id>/steps")
@login_required
def post_steps(problem_id: int) -> ResponseReturnValue:
    """Judge what was typed."""
    command = SubmitSteps(user_id=visitor_id(), problem_id=problem_id, answers=read_steps(request.form))
    with transaction(engine()) as session:
        submitting.submit_steps(session, command, now=g.now)
    return redirect(url_for("web.problem", problem_id=problem_id, _anchor="outcome"), code=303)


@web.post("/problems/<id:problem_id>/draft")
@login_required
def post_draft(problem_id: int) -> ResponseReturnValue:
    """Keep what stands in the boxes, unjudged."""
    base = request.form.get("base", "0")
    command = SaveDraft(visitor_id(), problem_id, read_steps(request.form), int(base) if base.isdecimal() else 0)
    with transaction(engine()) as session:
        draft = submitting.save_draft(session, command, now=g.now)
        return {"revision": draft.revision, "saved_at": draft.saved_at.isoformat()}


@web.post("/problems/<id:problem_id>/variants")
@login_required
def post_variant(problem_id: int) -> ResponseReturnValue:
    """Draw the same problem with other numbers."""
    with transaction(engine()) as session:
        issued = attempts.new_variant(session, user_id=visitor_id(), problem_id=problem_id, now=g.now, seed=new_seed())
        target = url_for("web.problem", problem_id=issued.id)
    return redirect(target, code=303)
