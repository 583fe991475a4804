"""manage.py families."""

from __future__ import annotations

from dataclasses import asdict

import rich_click as click

import problems
from quizsvc.cli.output import as_json, show_json, show_table
from quizsvc.services.catalogue import message_in_words, mistake_groups, option_values


@click.command("families")
@click.argument("slug", required=False)
@click.option("--mistakes", is_flag=True, help="List the kinds of mistakes that are known, and where they can happen.")
@as_json
def command(slug: str | None, *, mistakes: bool, as_json: bool) -> None:
    """What families of problems there are; of one that is named, everything.

    manage.py families vanishing-gradient
    """
    if mistakes:
        _show_mistakes(slug, as_json=as_json)
        return
    chosen = problems.families() if slug is None else (problems.family(slug),)
    if as_json:
        show_json([asdict(family) for family in chosen])
    elif slug is None:
        show_table(
            ["Family", "Title", "Version", "Options"],
            [(f.slug, f.title, f.version, ", ".join(option.name for option in f.options)) for f in chosen],
        )
    else:
        [family] = chosen
        click.echo(f"{family.title} ({family.slug}, version {family.version})\n\n{family.teaches}\n")
        rows = [(o.name, _default(o.default), option_values(o), o.help) for o in family.options]
        show_table(["Option", "Default", "Values", "Meaning"], rows)
        click.echo(f"\nGiven numbers: {', '.join(family.given)}\n")
        _show_mistakes(slug, as_json=False)


def _default(value: int | str | bool) -> str:  # noqa: FBT001 - whatever an option has
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _show_mistakes(slug: str | None, *, as_json: bool) -> None:
    """The kinds of mistakes in groups; of one family, or of all with the families they can happen in."""
    groups = mistake_groups(slug)
    if as_json:
        show_json([asdict(group) for group in groups])
        return
    for group in groups:
        columns = ["Mistake", "What is done", "What the student is told", *(["Families"] if slug is None else [])]
        rows = [
            (kind.slug, kind.title, message_in_words(kind.message), ", ".join(kind.families))[: len(columns)]
            for kind in group.kinds
        ]
        show_table(columns, rows, title=group.title)
        click.echo()
