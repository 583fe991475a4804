"""manage.py user."""

from __future__ import annotations

import sys
from pathlib import Path

import rich_click as click

from quizsvc.cli.database import reading, transaction, utc_now
from quizsvc.cli.files import write_text
from quizsvc.cli.output import as_json, json_text, show_json
from quizsvc.services import accounts, privacy


def _password(given: str) -> str:
    """From a prompt on a terminal, otherwise the first line of the standard input; never from the command line."""
    if sys.stdin.isatty():
        typed: str = click.prompt(given, hide_input=True, confirmation_prompt=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


@click.group("user")
def command() -> None:
    """Accounts, what is kept of a person, and passwords, which are read from a prompt or from the standard input."""


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
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The file to write; printed where left out.")
def export(email: str, output: Path | None) -> None:
    """Everything that is kept of a person, as JSON.

    manage.py user export ada@example.org -o ada.json
    """
    with reading() as session:
        data = privacy.export_person(session, email)
    if output is None:
        show_json(data)
        return
    write_text(output, json_text(data) + "\n")
    click.echo(f"{output} is written.")


@command.command
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def erase(email: str, *, yes: bool, as_json: bool) -> None:
    """Take away who a person is. Marks stay, under a pseudonym; this cannot be undone.

    manage.py user erase ada@example.org
    """
    if not yes:
        click.confirm(f"Take away name, address, password, log-ins and drafts of {email}?", abort=True)
    with transaction() as session:
        erasure = privacy.erase_person(session, email, now=utc_now())
    if as_json:
        show_json(erasure)
    else:
        click.echo(f"Name and address are gone. The marks are kept for {erasure.name}, {erasure.email}.")


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
