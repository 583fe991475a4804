"""manage.py db."""

from __future__ import annotations

import rich_click as click
from sqlalchemy.exc import OperationalError

from quizsvc.config import read_settings
from quizsvc.errors import NotReady
from quizsvc.services.health import reason_of
from quizsvc.store import migrate


@click.group("db")
def command() -> None:
    """The database."""


@command.command
def upgrade() -> None:
    """Bring the database to the schema of this code; an empty one is set up."""
    try:
        migrate.upgrade(read_settings().database_url)
    except OperationalError as error:
        message = f"The database cannot be reached: {reason_of(error)}"
        raise NotReady(message) from None
    click.echo(f"The database has the schema {migrate.head()}.")
