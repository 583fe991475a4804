"""manage.py roster."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import rich_click as click

from quizsvc.cli.database import reading, transaction, utc_now
from quizsvc.cli.files import read_text
from quizsvc.cli.output import as_json, progress_bar, show_json
from quizsvc.services.roster import import_roster, prepare_roster, read_roster


@click.group("roster")
def command() -> None:
    """Enrol people from a CSV file."""


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
