"""manage.py serve."""

from __future__ import annotations

import os
from tempfile import mkdtemp

import rich_click as click

from quizsvc.cli.database import ready_engine
from quizsvc.cli.ports import require_free_port
from quizsvc.config import read_settings


@click.command("serve")
@click.option("--host", help="Where to listen; HOST in the environment, 127.0.0.1 by default.")
@click.option("--port", type=click.IntRange(1, 65535), help="PORT in the environment, 8000 by default.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes; WORKERS, 1 by default.")
@click.option("--threads", type=click.IntRange(1, 64), help="Threads of each; THREADS, 16 by default.")
def command(host: str | None, port: int | None, workers: int | None, threads: int | None) -> None:
    """Serve the pages and the API until Ctrl-C."""
    stated = {"host": host, "port": port, "workers": workers, "threads": threads}
    settings = read_settings().model_copy(update={name: value for name, value in stated.items() if value is not None})
    with ready_engine():
        pass
    require_free_port(settings.host, settings.port)
    # The folder in which the processes count together; prometheus_client looks for it when it is imported.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = mkdtemp(prefix="quiz-metrics-")
    from quizsvc.cli.server import serve  # noqa: PLC0415 - see above, and the help needs no web server

    serve(settings)
