"""manage.py db."""

from __future__ import annotations

import rich_click as click

from quizsvc.cli.database import usable_database
from quizsvc.store import migrate


@click.group("db")
def command() -> None:
    """The database."""


@command.command
def upgrade() -> None:
    """Bring the database to the schema of this code; an empty one is set up."""
    with usable_database() as url:
        migrate.upgrade(url)
    click.echo(f"The database has the schema {migrate.head()}.")
