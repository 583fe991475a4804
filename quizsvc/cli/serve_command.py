"""manage.py serve."""

from __future__ import annotations

import rich_click as click

from quizsvc.cli.database import ready_engine
from quizsvc.config import read_settings


@click.command("serve")
@click.option("--host", help="Where to listen; HOST in the environment, 127.0.0.1 by default.")
@click.option("--port", type=click.IntRange(1, 65535), help="PORT in the environment, 8000 by default.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes; WORKERS, 1 by default.")
@click.option("--threads", type=click.IntRange(1, 64), help="Threads of each; THREADS, 8 by default.")
def command(host: str | None, port: int | None, workers: int | None, threads: int | None) -> None:
    """Serve the pages and the API until Ctrl-C."""
    from quizsvc.cli.server import require_free_port, serve  # noqa: PLC0415 - the help needs no web server

    stated = {"host": host, "port": port, "workers": workers, "threads": threads}
    settings = read_settings().model_copy(update={name: value for name, value in stated.items() if value is not None})
    with ready_engine():
        pass
    require_free_port(settings.host, settings.port)
    serve(settings)
