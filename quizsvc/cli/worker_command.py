"""manage.py worker."""

from __future__ import annotations

import signal
import threading

import rich_click as click

from quizsvc.cli.database import ready_engine, utc_now
from quizsvc.cli.jobs import equip, run_jobs
from quizsvc.cli.server import configure_logs
from quizsvc.cli.service import seal
from quizsvc.config import read_settings
from quizsvc.services.outside import Outside


@click.command("worker")
def command() -> None:
    """Do the work that nobody waits for, until a signal ends it.

    It ends attempts whose time is up, passes scores to learning platforms and messages to webhooks, and asks platforms
    who is in their courses. A service with many web processes runs one or more of these, and its web processes with
    JOBS=elsewhere.
    """
    settings = read_settings()
    configure_logs(settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    outside = Outside(settings.allowed_networks)
    with ready_engine() as engine:
        click.echo("Working (Ctrl-C ends it)")
        run_jobs(equip(engine, outside, seal(), clock=utc_now, stop=stop), settings.database_url)
    outside.close()
