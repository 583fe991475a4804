"""manage.py doctor."""

from __future__ import annotations

import sys
from dataclasses import asdict

import rich_click as click

from quizsvc.cli.output import as_json, show_json
from quizsvc.config import read_settings
from quizsvc.services import health


@click.command("doctor")
@as_json
def command(*, as_json: bool) -> None:
    """Look whether everything is there that the service needs; leaves with 1 where something is not."""
    checks = health.doctor(read_settings())
    if as_json:
        show_json([asdict(check) for check in checks])
    else:
        for check in checks:
            click.echo(f"{'ok  ' if check.ok else 'FAIL'}  {check.name:<11} {check.message}")
    if not all(check.ok for check in checks):
        sys.exit(1)
