"""manage.py families."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import rich_click as click

import problems
from quizsvc.cli.output import as_json, show_json, show_table

if TYPE_CHECKING:
    from problems.information import OptionInfo


@click.command("families")
@click.argument("slug", required=False)
@click.option("--mistakes", is_flag=True, help="List the mistakes that are known in each family.")
@as_json
def command(slug: str | None, *, mistakes: bool, as_json: bool) -> None:
    """What families of problems there are; of one that is named, everything.

    manage.py families vanishing-gradient
    """
    chosen = problems.families() if slug is None else (problems.family(slug),)
    if as_json:
        show_json([asdict(family) for family in chosen])
        return
    if slug is None and not mistakes:
        show_table(
            ["Family", "Title", "Version", "Options"],
            [(f.slug, f.title, f.version, ", ".join(option.name for option in f.options)) for f in chosen],
        )
        return
    for family in chosen:
        if not mistakes:
            click.echo(f"{family.title} ({family.slug}, version {family.version})\n\n{family.teaches}\n")
            rows = [(o.name, o.default, _values(o), o.help) for o in family.options]
            show_table(["Option", "Default", "Values", "Meaning"], rows)
            click.echo(f"\nGiven numbers: {', '.join(family.given)}\n")
        show_table(
            ["Mistake", "What is done", "What the student is told"],
            [(mistake.slug, mistake.title, mistake.message) for mistake in family.mistakes],
            title=family.slug if mistakes else None,
        )


def _values(option: OptionInfo) -> str:
    """What the option takes, in words."""
    if option.kind == "integer":
        return f"{option.low} to {option.high}"
    return " or ".join(option.choices) if option.kind == "choice" else "yes or no"
