"""manage.py grades."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from quizsvc.cli.database import reading, transaction, utc_now
from quizsvc.cli.files import read_json, read_text, write_text
from quizsvc.cli.names import FRACTION, SetName, a_set
from quizsvc.cli.output import as_json, moment, show_json, show_table
from quizsvc.cli.papers import ask_answers, read_answers_csv
from quizsvc.errors import QuizError
from quizsvc.services import adjusting, extensions, gradebook, gradebook_csv, ledger, papers, sets
from quizsvc.services.adjusting import SetMarkByHand

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from sqlalchemy.orm import Session

    from quizsvc.services.gradebook import CourseGradebook, GradebookRow, SetGradebook
    from quizsvc.store.models import ProblemSet

OUTPUT = click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="The file to write; printed where it is left out."
)


@click.group("grades")
def command() -> None:
    """Marks: of a set, of a course, by hand, from paper, and the log that they can be replayed from."""


def _set(session: Session, name: SetName) -> ProblemSet:
    return sets.get_set(session, course_slug=name.course, set_slug=name.slug)


@command.command
@click.argument("name", metavar="COURSE[/SET]")
@as_json
def show(name: str, *, as_json: bool) -> None:
    """Every student's marks in a set or, without a set, in a course."""
    course, _slash, slug = name.partition("/")
    with reading() as session:
        if slug:
            book = gradebook.gradebook_of(session, _set(session, SetName(course, slug)))
            show_json(_set_data(name, book)) if as_json else _print_set(book)
        else:
            whole = gradebook.course_gradebook(session, course_slug=course, now=utc_now())
            show_json(_course_data(whole)) if as_json else _print_course(whole)


def _set_data(name: str, book: SetGradebook) -> dict[str, Any]:
    return {
        "set": name,
        "max_points": book.max_points,
        "problems": [{"id": item.key, "title": item.title, "points": item.points} for item in book.items],
        "students": [
            {
                "name": row.name,
                "email": row.email,
                "problems": {mark.key: {"points": mark.earned, "source": mark.source} for mark in row.mark.items},
                "points": row.mark.earned,
                "max_points": row.mark.max_points,
                "source": row.mark.source,
                "late": row.late,
                "submitted_at": row.submitted_at,
            }
            for row in book.rows
        ],
    }


def _print_set(book: SetGradebook) -> None:
    titles = (item.title for item in book.items)
    show_table(
        ["Student", "E-mail", *titles, f"Points of {book.max_points}", "", "Last submission"],
        [
            (
                row.name,
                row.email,
                *(_points(row.cell(item.key)) for item in book.items),
                _points(row.mark.earned),
                _remarks(row),
                moment(row.submitted_at),
            )
            for row in book.rows
        ],
    )


def _remarks(row: GradebookRow) -> str:
    words = {"hand": "by hand", "held": "held"}
    return ", ".join([*([words[row.mark.source]] if row.mark.source in words else []), *(["late"] if row.late else [])])


def _points(value: Fraction | None) -> str | None:
    return None if value is None else f"{float(value):.2f}".rstrip("0").rstrip(".")


def _course_data(book: CourseGradebook) -> dict[str, Any]:
    names = {one.id: one.slug for one in book.sets}
    return {
        "course": book.course.slug,
        "drop_lowest": book.course.drop_lowest,
        "sets": [{"slug": one.slug, "title": one.title} for one in book.sets],
        "students": [
            {
                "name": row.name,
                "email": row.email,
                "points": {names[one]: row.marks[one].earned for one in row.marks if one in row.counted},
                "dropped": sorted(names[one] for one in row.dropped),
                "share": row.share,
            }
            for row in book.rows
        ],
    }


def _print_course(book: CourseGradebook) -> None:
    show_table(
        ["Student", "E-mail", *(one.slug for one in book.sets), "In all"],
        [
            (
                row.name,
                row.email,
                *(
                    None
                    if one.id not in row.counted
                    else f"{_points(row.marks[one.id].earned)}{' (dropped)' if one.id in row.dropped else ''}"
                    for one in book.sets
                ),
                None if row.share is None else f"{float(row.share):.1%}",
            )
            for row in book.rows
        ],
    )


@command.command
@click.argument("name", metavar="COURSE[/SET]")
@click.option(
    "--form",
    type=click.Choice(["plain", "canvas", "moodle"]),
    default="plain",
    show_default=True,
    help="The columns: ours, or those that Canvas or Moodle imports.",
)
@OUTPUT
def export(name: str, form: gradebook_csv.Form, output: Path | None) -> None:
    """The marks of a set or a course as CSV, in points.

    manage.py grades export deep-learning-1/week-3 --form moodle -o week-3.csv
    """
    course, _slash, slug = name.partition("/")
    with reading() as session:
        if slug:
            text = gradebook_csv.set_csv(gradebook.gradebook_of(session, _set(session, SetName(course, slug))), form)
        elif form == "plain":
            text = gradebook_csv.course_csv(gradebook.course_gradebook(session, course_slug=course, now=utc_now()))
        else:
            message = f"the form {form} is for one set: write COURSE/SET."
            raise click.UsageError(message)
    if output is None:
        click.echo(text, nl=False)
        return
    write_text(output, text)
    click.echo(f"{output} is written.")


@command.command("import")
@a_set
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--reason", required=True, help="Why; it is kept with every mark.")
@click.option("--dry-run", is_flag=True, help="Only tell what would change.")
@as_json
def import_(name: SetName, file: Path, reason: str, *, dry_run: bool, as_json: bool) -> None:
    """Set the marks of a whole set by a CSV file of our form, Canvas's or Moodle's; only those that differ change.

    manage.py grades import deep-learning-1/week-3 marked.csv --reason "marked by hand"
    """
    text = read_text(file)
    with transaction() as session:
        problem_set = _set(session, name)
        now = {row.email: row.mark.earned for row in gradebook.gradebook_of(session, problem_set).rows}
        changes = []
        for stated in gradebook_csv.read_marks(text, problem_set.title):
            student = extensions.find_student(session, problem_set.course, stated.email)
            if abs(now[student.email] - stated.points) < gradebook_csv.ROUNDING:
                continue
            changes.append({"email": student.email, "before": now[student.email], "after": stated.points})
            if not dry_run:
                command = SetMarkByHand(student.id, stated.points, reason)
                adjusting.set_mark_by_hand(session, problem_set, command, now=utc_now())
    if as_json:
        show_json({"changed": changes, "stored": not dry_run})
        return
    rows = [(one["email"], _points(one["before"]), _points(one["after"])) for one in changes]  # type: ignore[arg-type]  # the two are fractions
    show_table(["E-mail", "Before", "After"], rows)
    click.echo(f"{len(changes)} marks {'would change' if dry_run else 'are set'}; all others are as in the file.")


@command.command
@a_set
@click.argument("email")
@click.argument("points", type=FRACTION, required=False)
@click.option("--item", help="The short name of a problem; the whole set where it is left out.")
@click.option("--reason", required=True, help="Why; it is kept with the mark.")
@click.option("--withdraw", is_flag=True, help="Take back what was set: the mark is again what the work earned.")
def override(
    name: SetName, email: str, points: Fraction | None, item: str | None, reason: str, *, withdraw: bool
) -> None:
    """Set a mark by hand.

    manage.py grades override deep-learning-1/week-3 ada@uni.example 9.5 --reason "right on paper, seen"
    """
    if withdraw == (points is not None):
        message = "write the points, or --withdraw to take back what was set."
        raise click.UsageError(message)
    with transaction() as session:
        problem_set = _set(session, name)
        student = extensions.find_student(session, problem_set.course, email)
        command_ = SetMarkByHand(student.id, points, reason, item)
        adjusting.set_mark_by_hand(session, problem_set, command_, now=utc_now())
        what = f"the problem {item}" if item else "the set"
        done = "is again what the work earned" if points is None else f"is {_points(points)} points"
    click.echo(f"{student.email}: the mark of {what} {done}.")


@command.command
@a_set
@click.argument("email")
@as_json
def history(name: SetName, email: str, *, as_json: bool) -> None:
    """All that ever decided one student's marks in a set, the oldest first."""
    with reading() as session:
        problem_set = _set(session, name)
        student = extensions.find_student(session, problem_set.course, email)
        told = [
            {"number": one.number, "at": one.at, "kind": one.kind, "by": one.actor_id, "body": json.loads(one.body)}
            for one in ledger.history_of(session, problem_set, student.id)
        ]
    if as_json:
        show_json(told)
        return
    show_table(
        ["Entry", "When", "What", "Details"],
        [
            (
                one["number"],
                moment(one["at"]),
                one["kind"],
                ", ".join(f"{key} {value}" for key, value in one["body"].items() if value is not None),
            )
            for one in told
        ],
    )


@command.command
@click.argument("course")
@click.option("--expect", help="A digest that was noted down earlier: it must still be in the log.")
@as_json
def verify(course: str, expect: str | None, *, as_json: bool) -> None:
    """Look whether the audit log of a course is whole, and whether its marks are those of the gradebook.

    Note the digest down somewhere else: with --expect, later, it shows that nothing before it was changed.
    """
    with reading() as session:
        found = ledger.verify_course(session, course, expected=expect)
    if as_json:
        show_json({"course": course, **_verification(found), "ok": not found.faults})
    else:
        click.echo(f"{found.entries} entries, {found.marks} marks. The digest is\n{found.digest}")
        for fault in found.faults:
            click.echo(f"  {fault}", err=True)
        if not found.faults:
            click.echo("The log is whole, and its marks are those of the gradebook.")
    if found.faults:
        raise SystemExit(1)


def _verification(found: ledger.Verification) -> dict[str, Any]:
    return {"entries": found.entries, "marks": found.marks, "digest": found.digest, "faults": list(found.faults)}


@command.command
@click.argument("code", required=False)
@click.argument("email", required=False)
@click.option("--answers", type=click.Path(path_type=Path), help='A JSON file: {"1": {"z1": "0.5"}}.')
@click.option("--csv", "table", type=click.Path(path_type=Path), help="A CSV file: code, email, problem, step, answer.")
@as_json
def enter(code: str | None, email: str | None, answers: Path | None, table: Path | None, *, as_json: bool) -> None:
    """Judge what stands on a paper by the code that is printed on it; without a file it is asked for, step by step.

    manage.py grades enter K7QM-3F2X ada@uni.example --answers ada.json
    """
    if table is not None and code is None and answers is None:
        sheets: Iterable[tuple[str, str, dict[str, Any]]] = read_answers_csv(read_text(table))
    elif table is None and code is not None and email is not None:
        typed = read_json(answers) if answers is not None else _asked(code)
        sheets = [(code, email, typed)]
    else:
        message = "write the code and the student's address, or --csv with a file."
        raise click.UsageError(message)
    report = []
    with transaction() as session:
        for one_code, one_email, one_typed in sheets:
            try:
                report += _enter(session, one_code, one_email, one_typed)
            except QuizError as error:
                error.message = f"{one_code}, {one_email}: {error.message}"
                raise
    if as_json:
        show_json(report)
        return
    show_table(
        ["Code", "E-mail", "Problem", "Points", "First error"],
        [(one["code"], one["email"], one["problem"], _points(one["points"]), one["first_error"]) for one in report],
    )


def _asked(code: str) -> dict[str, Any]:
    with reading() as session:
        paper = papers.find_paper(session, code)
        return ask_answers(paper)


def _enter(session: Session, code: str, email: str, typed: dict[str, Any]) -> list[dict[str, Any]]:
    paper = papers.find_paper(session, code)
    student = extensions.find_student(session, paper.problem_set.course, email)
    entered = papers.enter_paper(session, papers.EnterPaper(code, student.id, typed), now=utc_now())
    return [
        {
            "code": paper.code,
            "email": student.email,
            "problem": one.issued_problem.item.title,
            "points": one.score * one.issued_problem.item.points,
            "first_error": one.grade["first_error"],
        }
        for one in entered
    ]
