"""manage.py demo."""

from __future__ import annotations

from dataclasses import asdict

import rich_click as click

from quizsvc.cli.database import transaction, utc_now
from quizsvc.cli.output import as_json, show_json, show_table
from quizsvc.services.demo import load_demo


@click.command("demo")
@as_json
def command(*, as_json: bool) -> None:
    """Load the demo course where there is no course yet: one instructor, three students, two published sets."""
    with transaction() as session:
        report = load_demo(session, now=utc_now())
    if as_json:
        show_json(asdict(report))
        return
    if not report.accounts:
        click.echo("The database holds a course already, so no demo was loaded.")
        return
    click.echo("The demo course is loaded." if report.created else "The demo course is there; nothing was changed.")
    click.echo("Log in as:")
    rows = [(account.role, account.name, account.email, account.password) for account in report.accounts]
    show_table(["Role", "Name", "E-mail", "Password"], rows)
