"""manage.py worker."""

from __future__ import annotations

import signal
import threading

import rich_click as click

from quizsvc.cli.database import ready_engine, utc_now
from quizsvc.cli.server import configure_logs
from quizsvc.config import read_settings
from quizsvc.jobs.closing import run_closing


@click.command("worker")
def command() -> None:
    """Do the work that nobody waits for, until a signal ends it: end attempts whose time is up.

    A service with many web processes runs one or more of these, and its web processes with JOBS=elsewhere.
    """
    configure_logs(read_settings().log_level)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    with ready_engine() as engine:
        click.echo("Working (Ctrl-C ends it)")
        run_closing(engine, utc_now, stop)
