"""manage.py user."""

from __future__ import annotations

import sys

import rich_click as click

from quizsvc.cli.database import transaction, utc_now
from quizsvc.cli.output import as_json, show_json
from quizsvc.services import accounts


def _password(given: str) -> str:
    """From a prompt on a terminal, otherwise the first line of the standard input; never from the command line."""
    if sys.stdin.isatty():
        typed: str = click.prompt(given, hide_input=True, confirmation_prompt=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


@click.group("user")
def command() -> None:
    """Accounts and their passwords, which are read from a prompt or from the standard input."""


@command.command
@click.argument("email")
@click.argument("name")
@as_json
def create(email: str, name: str, *, as_json: bool) -> None:
    """Make an account.

    manage.py user create ada@example.org "Ada Brandt"
    """
    accounts.read_email(email)
    hashed = accounts.hash_password(_password("Password"))
    with transaction() as session:
        user = accounts.create_user(session, email=email, name=name, password_hash=hashed, now=utc_now())
        data = {"email": user.email, "name": user.name}
    if as_json:
        show_json(data)
    else:
        click.echo(f"{data['email']} can log in.")


@command.command
@click.argument("email")
def password(email: str) -> None:
    """Give an account a new password.

    manage.py user password ada@example.org
    """
    hashed = accounts.hash_password(_password("New password"))
    with transaction() as session:
        accounts.set_password(session, email=email, password_hash=hashed, now=utc_now())
    click.echo("The new password holds from now on.")
