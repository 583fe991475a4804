"""manage.py roster."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import rich_click as click

from quizsvc.cli.database import reading, transaction, utc_now
from quizsvc.cli.files import read_text
from quizsvc.cli.output import as_json, progress_bar, show_json, show_table
from quizsvc.services.roster import import_roster, people_of, prepare_roster, read_roster


@click.group("roster")
def command() -> None:
    """Enrol people from a CSV file."""


@command.command("list")
@click.argument("course")
@as_json
def list_(course: str, *, as_json: bool) -> None:
    """Who is in a course."""
    with reading() as session:
        data = [
            {
                "name": one.user.name,
                "email": one.user.email,
                "role": one.role,
                "time_factor": float(one.time_factor),
            }
            for one in people_of(session, course)
        ]
    if as_json:
        show_json(data)
    else:
        show_table(["Name", "E-mail", "Role", "Time factor"], [tuple(one.values()) for one in data])


@command.command("import")
@click.argument("course")
@click.argument("file", type=click.Path(path_type=Path))
@as_json
def import_(course: str, file: Path, *, as_json: bool) -> None:
    """Enrol everybody in a CSV file with the columns name, email and, if wanted, role and password.

    All of it or, where a line is not right, nothing: manage.py roster import deep-learning-1 people.csv
    """
    rows = read_roster(read_text(file))
    with progress_bar("Reading passwords", len(rows)) as done, reading() as session:
        rows = prepare_roster(session, course_slug=course, rows=rows, progress=done)
    with transaction() as session:
        report = import_roster(session, course_slug=course, rows=rows, now=utc_now())
    if as_json:
        show_json(asdict(report))
    else:
        click.echo(
            f"{report.rows} people: {report.created} new accounts, {report.enrolled} enrolled, "
            f"{report.unchanged} there already."
        )
