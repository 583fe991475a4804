"""manage.py grades."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from quizsvc.cli.database import reading
from quizsvc.cli.files import write_text
from quizsvc.cli.names import SetName, a_set
from quizsvc.cli.output import as_json, moment, show_json, show_table
from quizsvc.services import results, sets

if TYPE_CHECKING:
    from quizsvc.services.results import ResultsTable


@click.group("grades")
def command() -> None:
    """Results of a set."""


def _table(name: SetName) -> ResultsTable:
    with reading() as session:
        problem_set = sets.get_set(session, course_slug=name.course, set_slug=name.slug)
        return results.set_results(session, set_id=problem_set.id, user_id=None)


@command.command
@a_set
@as_json
def show(name: SetName, *, as_json: bool) -> None:
    """Every student's best result in each problem, as a share, and the points in all."""
    table = _table(name)
    if as_json:
        show_json(
            {
                "set": str(name),
                "max_points": table.max_points,
                "problems": [{"title": t, "points": p} for t, p in zip(table.columns, table.points, strict=True)],
                "students": [
                    {
                        "name": row.name,
                        "email": row.email,
                        "best": row.best,
                        "points": row.total,
                        "submitted_at": row.submitted_at,
                    }
                    for row in table.rows
                ],
            }
        )
        return
    show_table(
        ["Student", "E-mail", *table.columns, f"Points of {table.max_points}", "Last submission"],
        [
            (
                row.name,
                row.email,
                *(None if share is None else f"{float(share):.0%}" for share in row.best),
                f"{float(row.total):.2f}",
                moment(row.submitted_at),
            )
            for row in table.rows
        ],
    )


@command.command
@a_set
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="The file to write; printed where it is left out."
)
def export(name: SetName, output: Path | None) -> None:
    """The results as CSV, in points."""
    text = results.export_csv(_table(name))
    if output is None:
        click.echo(text, nl=False)
        return
    write_text(output, text)
    click.echo(f"{output} is written.")
