"""The pages for who teaches: a set while it is worked on, what its class got wrong, one student's work, all marks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_login import login_required

from quizsvc.errors import Invalid
from quizsvc.services import adjusting, extensions, gradebook, gradebook_csv, live, set_statistics, student_work
from quizsvc.services.lms import passed
from quizsvc.services.statistics import maps, pictures
from quizsvc.store.database import reading, transaction
from quizsvc.web.blueprint import engine, visitor_id, web
from quizsvc.web.filters import DAY, MINUTE, minutes, plural
from quizsvc.web.forms import ExtensionForm, MarkForm, complain, read_extension, read_mark

if TYPE_CHECKING:
    from flask.sansio.blueprints import BlueprintSetupState
    from flask.typing import ResponseReturnValue

    from problems.problem import ShownStep
    from quizsvc.services.statistics.tables import Table
    from quizsvc.services.student_work import StudentWork

NOT_MODIFIED = 304
STAGES = {
    "not-begun": ("Not begun", "blank"),
    "working": ("Working", "pencil"),
    "late": ("Working late", "clock"),
    "handed-in": ("Handed in", "tick"),
    "time-up": ("Time is up", "lock"),
}
"""How far a student is, in words and as an icon."""

ORIGINS = {"typed": "typed", "draft": "draft taken when time was up", "paper": "typed in from paper"}
SOURCES = {
    "nothing": "nothing sent",
    "hand": "set by hand",
    "excluded": "does not count",
    "full-marks": "full marks for all",
    "held": "held: it would have fallen by grading again",
}
"""Where a mark comes from, unless the work alone has earned it."""


@web.get("/sets/<id:set_id>/dashboard")
@login_required
def dashboard(set_id: int) -> ResponseReturnValue:
    """Who is where in a set; a script asks for the rows again and again."""
    with reading(engine()) as session:
        etag = live.pulse(session, set_id=set_id, user_id=visitor_id(), now=g.now)
        view = live.live_view(session, set_id=set_id, user_id=visitor_id(), now=g.now)
        linked = passed.is_linked(session, set_id)
        return render_template("teaching/dashboard.html", view=view, etag=etag, linked=linked)


@web.get("/sets/<id:set_id>/dashboard/rows")
@login_required
def dashboard_rows(set_id: int) -> ResponseReturnValue:
    """The changing part of that page, or only the word that it has not changed."""
    response = Response(mimetype="text/html")
    with reading(engine()) as session:
        # Before the rows are read: what happens in between shows the next time.
        response.set_etag(live.pulse(session, set_id=set_id, user_id=visitor_id(), now=g.now))
        if response.make_conditional(request).status_code != NOT_MODIFIED:
            view = live.live_view(session, set_id=set_id, user_id=visitor_id(), now=g.now)
            response.set_data(render_template("teaching/rows.html", view=view))
    return response


@web.get("/sets/<id:set_id>/statistics")
@login_required
def statistics(set_id: int) -> ResponseReturnValue:
    """What the class as a whole could do, and what it got wrong."""
    with reading(engine()) as session:
        taught = live.taught_set(session, set_id=set_id, user_id=visitor_id())
        found = set_statistics.statistics_of_set(session, taught)
        return render_template("teaching/statistics.html", set=taught, found=found, pictures=pictures, maps=maps)


@web.get("/sets/<id:set_id>/statistics.json")
@login_required
def statistics_json(set_id: int) -> ResponseReturnValue:
    """The same for programs."""
    with reading(engine()) as session:
        found = set_statistics.set_statistics(session, set_id=set_id, user_id=visitor_id())
    text = json.dumps(found.to_dict(), ensure_ascii=False, indent=2)
    return _file(text, "application/json", f"statistics-{set_id}.json")


@web.get("/sets/<id:set_id>/statistics-<any(items, steps, mistakes):table>.csv")
@login_required
def statistics_csv(set_id: int, table: Table) -> ResponseReturnValue:
    """One table of it for a spreadsheet."""
    with reading(engine()) as session:
        found = set_statistics.set_statistics(session, set_id=set_id, user_id=visitor_id())
    return _file(found.to_csv(table), "text/csv", f"statistics-{set_id}-{table}.csv")


@web.get("/courses/<slug>/gradebook")
@login_required
def course_gradebook(slug: str) -> ResponseReturnValue:
    """Everybody's marks in all graded sets of a course."""
    with reading(engine()) as session:
        book = gradebook.course_gradebook(session, course_slug=slug, now=g.now, user_id=visitor_id())
        return render_template("teaching/gradebook.html", book=book)


@web.get("/courses/<slug>/gradebook.csv")
@login_required
def course_gradebook_csv(slug: str) -> ResponseReturnValue:
    """The same as a file."""
    with reading(engine()) as session:
        book = gradebook.course_gradebook(session, course_slug=slug, now=g.now, user_id=visitor_id())
        return _file(gradebook_csv.course_csv(book), "text/csv", f"{book.course.slug}.csv")


@web.get("/sets/<id:set_id>/students/<id:student_id>")
@login_required
def student(set_id: int, student_id: int) -> ResponseReturnValue:
    """One student in one set: all that was typed, and how it was judged."""
    return _student_page(set_id, student_id)


@web.post("/sets/<id:set_id>/students/<id:student_id>/extension")
@login_required
def post_extension(set_id: int, student_id: int) -> ResponseReturnValue:
    """Give the student more time, or more submissions."""
    form = ExtensionForm(prefix="extension")
    try:
        with transaction(engine()) as session:
            seat = student_work.student_seat(session, set_id=set_id, student_id=student_id, user_id=visitor_id())
            command = read_extension(form, user_id=student_id, actor_id=visitor_id())
            extensions.grant_extension(session, seat.set, command, now=g.now)
    except Invalid as error:
        complain(form, error)
        return _student_page(set_id, student_id, extension=form), 422
    flash("The extension is granted.")
    return redirect(url_for("web.student", set_id=set_id, student_id=student_id), code=303)


@web.post("/sets/<id:set_id>/students/<id:student_id>/mark")
@login_required
def post_mark(set_id: int, student_id: int) -> ResponseReturnValue:
    """Set a mark by hand, or take back what was set."""
    form = MarkForm(prefix="mark")
    try:
        with transaction(engine()) as session:
            seat = student_work.student_seat(session, set_id=set_id, student_id=student_id, user_id=visitor_id())
            keys = {item.key for item in seat.items}
            command = read_mark(form, user_id=student_id, actor_id=visitor_id(), keys=keys)
            adjusting.set_mark_by_hand(session, seat.set, command, now=g.now)
    except Invalid as error:
        complain(form, error)
        return _student_page(set_id, student_id, mark=form), 422
    flash("The mark is again what the work earned." if command.points is None else "The mark is set by hand.")
    return redirect(url_for("web.student", set_id=set_id, student_id=student_id), code=303)


def _student_page(
    set_id: int, student_id: int, *, extension: ExtensionForm | None = None, mark: MarkForm | None = None
) -> str:
    """The page of a student; a form that was not right comes with what was typed, and what is wrong with it."""
    with reading(engine()) as session:
        view = student_work.student_work(session, set_id=set_id, student_id=student_id, user_id=visitor_id())
        mark = mark or MarkForm(formdata=None, prefix="mark")
        mark.item_key.choices = _marks_to_set(view)
        return render_template(
            "teaching/student.html",
            view=view,
            stage=live.stage_of(view.seat, g.now),
            extension=extension or ExtensionForm(formdata=None, prefix="extension"),
            mark=mark,
        )


def _marks_to_set(view: StudentWork) -> list[tuple[str, str]]:
    """What a mark can be set of: the whole set, or one of the student's problems."""
    whole = ("", f"the whole set, {plural(view.mark.max_points, 'point')}")
    own = [(one.item.key, f"{one.item.title}, {plural(one.mark.points, 'point')}") for one in view.items if one.mark]
    return [whole, *own]


def _file(text: str, mimetype: str, name: str) -> Response:
    """Text to be kept as a file."""
    return Response(text, mimetype=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@web.app_template_filter()
def lasting(value: timedelta | float | None) -> str:
    """A length of time, of seconds where it is a number: under a minute, 45 minutes, 3 days."""
    if value is None:
        return "–"
    time = value if isinstance(value, timedelta) else timedelta(seconds=value)
    if time < MINUTE:
        return "under a minute"
    return minutes(Fraction(time // MINUTE)) if time < DAY else plural(time // DAY, "day")


@web.app_template_filter()
def figure(value: float | None, places: int = 2) -> str:
    """A measure with so many decimals, as it is written; a dash where it is not defined."""
    return "–" if value is None else f"{round(value, places) + 0.0:.{places}f}".replace("-", "−")


@web.app_template_filter()
def as_typed(typed: Any, step: ShownStep) -> list[list[str]]:  # noqa: ANN401 - whatever came for a step
    """What was typed for a step in rows of texts, choices in their words; nothing where all of it is empty."""
    if step.choices:
        words = {choice.id: choice.label for choice in step.choices}
        picked = [typed] if isinstance(typed, str) else typed or []
        return [[words.get(one, one)] for one in picked if one]
    rows = [[typed]] if isinstance(typed, str) else typed or []
    rows = rows if all(isinstance(row, list) for row in rows) else [rows]
    return [[str(text).strip() for text in row] for row in rows] if any(text for row in rows for text in row) else []


@web.app_template_filter()
def clock(value: datetime, now: datetime) -> str:
    """A time in UTC, with its day where that is another than now's: 18:00 UTC; 3 Nov, 18:00 UTC."""
    utc = value.astimezone(UTC)
    day = "" if utc.date() == now.astimezone(UTC).date() else f"{utc.day} {utc:%b}, "
    return f"{day}{utc:%H:%M} UTC"


@web.record_once
def give_words(state: BlueprintSetupState) -> None:
    """Give templates the words for stages, origins and sources of marks."""
    state.app.jinja_env.globals.update(STAGES=STAGES, ORIGINS=ORIGINS, SOURCES=SOURCES)
