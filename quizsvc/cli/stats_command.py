"""manage.py stats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import rich_click as click

from quizsvc.cli.database import reading
from quizsvc.cli.files import write_text
from quizsvc.cli.names import SetName, a_set
from quizsvc.cli.output import as_json, show_json, show_table
from quizsvc.services import sets
from quizsvc.services.set_statistics import statistics_of_set
from quizsvc.services.statistics.tables import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quizsvc.services.statistics import SetStatistics
    from quizsvc.services.statistics.items import ItemStatistics


@click.command("stats")
@a_set
@click.option("--csv", "table", type=click.Choice(get_args(Table)), help="One table as CSV instead.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The CSV file to write; printed where left out.")
@as_json
def command(name: SetName, table: Table | None, output: Path | None, *, as_json: bool) -> None:
    """How hard a set is, how it separates students, which mistakes are made, and whether variants are fair.

    manage.py stats deep-learning-1/week-3 --csv mistakes -o mistakes.csv
    """
    with reading() as session:
        problem_set = sets.get_set(session, course_slug=name.course, set_slug=name.slug)
        found = statistics_of_set(session, problem_set)
    if table is not None:
        text = found.to_csv(table)
        if output is None:
            click.echo(text, nl=False)
        else:
            write_text(output, text)
            click.echo(f"{output} is written.")
    elif as_json:
        show_json(found.to_dict())
    else:
        _print(name, found)


def _print(name: SetName, found: SetStatistics) -> None:
    totals, reliability = found.totals, found.reliability
    click.echo(f"{found.title} ({name}): {totals.students} students, {totals.submissions} submissions")
    if not totals.students:
        return
    click.echo(
        f"Points of {totals.max_points}: mean {_number(totals.mean)}, median {_number(totals.median)}, "
        f"standard deviation {_number(totals.sd)}"
    )
    click.echo(reliability.words)
    click.echo()
    headings = ["Problem", "Students", "Facility", "First", "Discrimination", "Item-rest", "Minutes", "Submissions", ""]
    show_table(headings, [_item_row(item) for item in found.items])
    for item in found.items:
        _print_steps(item)
    _print_part(
        "Mistakes",
        ["Mistake", "", "Students", "Of those asked"],
        [(one.mistake, one.title, one.students, _percent(one.share)) for one in found.mistakes[:MOST_SHOWN]],
    )
    _print_part(
        "Difficulty by what was drawn",
        ["Problem", "Parameter", "", "Students", "Facility"],
        [
            (item.key, difficulty.parameter, band.label, band.students, _percent(band.facility))
            for item in found.items
            for difficulty in item.difficulties
            for band in difficulty.bands
        ],
    )
    click.echo(f"\nFairness: {found.fairness}")


MOST_SHOWN = 15


def _item_row(item: ItemStatistics) -> tuple[object, ...]:
    minutes = None if item.median_seconds is None else f"{item.median_seconds / 60:.1f}"
    return (
        item.title,
        item.students,
        _percent(item.facility),
        _percent(item.first_facility),
        _number(item.discrimination),
        _number(item.item_rest),
        minutes,
        _number(item.mean_submissions),
        "; ".join(item.flags),
    )


def _print_steps(item: ItemStatistics) -> None:
    rows = [
        (
            step.step,
            _percent(step.facility),
            *(_percent(step.shares.get(verdict)) for verdict in SHOWN),
            ", ".join(f"{one.mistake} ({one.students})" for one in step.mistakes[:2]),
        )
        for step in item.steps
    ]
    _print_part(item.title, ["Step", "Facility", *(word.capitalize() for word in SHOWN), "Most made"], rows)


SHOWN = ("correct", "carried", "imprecise", "mistake", "wrong", "blank")


def _print_part(title: str, headings: list[str], rows: Sequence[Sequence[object]]) -> None:
    if rows:
        click.echo(f"\n{title}")
        show_table(headings, rows)


def _number(value: float | None) -> str | None:
    return None if value is None else f"{float(value):.2f}"


def _percent(value: float | None) -> str | None:
    return None if value is None else f"{float(value):.0%}"
