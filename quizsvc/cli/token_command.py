"""manage.py token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from quizsvc.cli.database import reading, transaction, utc_now
from quizsvc.cli.names import DAYS
from quizsvc.cli.output import as_json, moment, show_json, show_table
from quizsvc.services import tokens

if TYPE_CHECKING:
    from datetime import timedelta

    from quizsvc.store.models import ApiToken


@click.group("token")
def command() -> None:
    """Keys to the API."""


@command.command
@click.option("--name", required=True, help="Who or what it is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(list(tokens.SCOPES)),
    help="What it opens; may be repeated.",
)
@click.option("--expires", type=DAYS, help="After how many days, like 90d; never where it is left out.")
@click.option("--course", help="Limit it to this course.")
@as_json
def create(name: str, scopes: tuple[str, ...], expires: timedelta | None, course: str | None, *, as_json: bool) -> None:
    """Make a token. It is shown once, and stored as a hash.

    manage.py token create --name "our LMS" --scope problems:draw --scope grade --expires 90d
    """
    now = utc_now()
    with transaction() as session:
        token, secret = tokens.create_token(
            session,
            name=name,
            scopes=scopes,
            now=now,
            expires_at=None if expires is None else now + expires,
            course_slug=course,
        )
        data = {
            "id": token.id,
            "name": token.name,
            "scopes": token.scopes,
            "expires_at": token.expires_at,
            "token": secret,
        }
        # Within the transaction: a token that could not be shown is not kept.
        if as_json:
            show_json(data)
        else:
            click.echo("Keep this token: it is not shown again.", err=True)
            click.echo(secret)


@command.command("list")
@as_json
def list_(*, as_json: bool) -> None:
    """What tokens there are."""
    with reading() as session:
        found = list(tokens.list_tokens(session))
    if as_json:
        show_json([_as_data(token) for token in found])
        return
    show_table(
        ["Number", "Name", "Begins", "Scopes", "Course", "Made", "Expires", "Revoked"],
        [
            (
                token.id,
                token.name,
                token.prefix,
                " ".join(token.scopes),
                token.course.slug if token.course else None,
                *map(moment, (token.created_at, token.expires_at, token.revoked_at)),
            )
            for token in found
        ],
    )


def _as_data(token: ApiToken) -> dict[str, Any]:
    """The token as JSON has it; what it was is nowhere."""
    return {
        "id": token.id,
        "name": token.name,
        "begins": token.prefix,
        "scopes": token.scopes,
        "course": token.course.slug if token.course else None,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
    }


@command.command
@click.argument("number", type=click.IntRange(1, 2**31 - 1))
def revoke(number: int) -> None:
    """Make a token worthless; token list tells its number."""
    with transaction() as session:
        token = tokens.revoke_token(session, token_id=number, now=utc_now())
        name = token.name
    click.echo(f"The token {number} ({name}) opens nothing any more.")
