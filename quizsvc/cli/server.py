"""The web server: gunicorn, told everything by our settings."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import struct
import sys
import threading
from typing import TYPE_CHECKING, Any

import rich_click as click
import structlog
from gunicorn import glogging
from gunicorn.app.base import BaseApplication

from quizsvc import create_app
from quizsvc.api.metrics import SHARED_FOLDER
from quizsvc.cli.jobs import equip, run_jobs
from quizsvc.jobs.looking import get_queue_ready
from quizsvc.services.outside import Outside

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from apiflask import APIFlask
    from gunicorn.arbiter import Arbiter
    from gunicorn.config import Config

    from quizsvc.config import Settings

REQUEST_FAILED = "Error handling request"
"""How gunicorn begins to tell of a request that the application left unanswered; its address comes next."""

GRACE_SECONDS = 20
"""How long requests that have begun may take when the service is stopped."""


def configure_logs(level: str) -> None:
    """One line for each event: readable on a terminal, JSON otherwise."""
    terminal = sys.stderr.isatty()
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(ensure_ascii=False)
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of every look at the schema


class Logger(glogging.Logger):
    """gunicorn's messages, on the way of all others."""

    def setup(self, cfg: Config) -> None:
        """Leave the writing to the handlers of configure_logs."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def exception(self, msg: object, *args: object, **options: Any) -> None:  # noqa: ANN401 - as gunicorn has it
        """Log a failure; of a request without its address, for some addresses hold a secret."""
        if str(msg).startswith(REQUEST_FAILED):
            msg, args = REQUEST_FAILED, ()
        super().exception(msg, *args, **options)


class Server(BaseApplication):
    """gunicorn with our application, loaded before the workers fork so that they share its memory."""

    def __init__(self, application: APIFlask, settings: Settings) -> None:
        self.application = application
        self.settings = settings
        self._stop_jobs = threading.Event()
        self._jobs: threading.Thread | None = None
        super().__init__()

    def load_config(self) -> None:
        """Our settings in gunicorn's words."""
        settings = self.settings
        options: dict[str, Any] = {
            "bind": f"[{settings.host}]:{settings.port}"
            if ":" in settings.host
            else f"{settings.host}:{settings.port}",
            "workers": settings.workers,
            "threads": settings.threads,
            "worker_class": "quizsvc.cli.arrivals.ArrivalWorker",
            "graceful_timeout": GRACE_SECONDS,
            "timeout": 60,
            "keepalive": 5,
            "limit_request_line": 8190,  # platforms begin log-ins with long hints
            "preload_app": True,
            "proc_name": "quiz",
            "loglevel": "warning" if settings.log_level == "info" else settings.log_level,
            "logger_class": Logger,
            "when_ready": lambda arbiter: _begin(arbiter, settings),
            "post_fork": lambda _arbiter, _worker: _forget_connections(self.application),
            "post_worker_init": lambda _worker: self._begin_jobs(),
            "worker_exit": lambda _arbiter, _worker: self._end_jobs(),
            "on_exit": lambda _arbiter: shutil.rmtree(os.environ[SHARED_FOLDER], ignore_errors=True),
            "control_socket_disable": True,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def _begin_jobs(self) -> None:
        """Do the work that nobody waits for beside the requests, unless a worker of its own does it."""
        extensions = self.application.extensions
        if self.settings.jobs == "elsewhere":
            get_queue_ready(extensions["engine"])
            return
        stop, clock = self._stop_jobs, extensions["clock"]
        # Connections of their own: nobody who logs in waits behind what couriers ask.
        outside = Outside(self.settings.allowed_networks)
        equipment = equip(extensions["engine"], outside, extensions["seal"], clock=clock, stop=stop)
        self._jobs = threading.Thread(
            target=run_jobs, args=(equipment, self.settings.database_url), name="jobs", daemon=True
        )
        self._jobs.start()

    def _end_jobs(self) -> None:
        """Let whoever is on the way to somebody come back."""
        self._stop_jobs.set()
        if self._jobs is not None:
            self._jobs.join(GRACE_SECONDS)

    def load(self) -> WSGIApplication:  # type: ignore[override]  # gunicorn names the same thing in its own words
        """The application."""
        return self.application


def _begin(arbiter: Arbiter, settings: Settings) -> None:
    """Bound how long a thread waits for a client that has stalled, and tell where the service is."""
    seconds = struct.pack("ll", settings.client_timeout, 0)
    for listener in arbiter.LISTENERS:
        # Handed on to every connection that is accepted; gunicorn itself bounds no reading in its threads.
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, seconds)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    click.echo(f"Serving on http://{host}:{settings.port} (Ctrl-C ends it)")


def _forget_connections(application: APIFlask) -> None:
    """A worker opens database connections of its own: those of its parent are not to be shared."""
    application.extensions["engine"].dispose(close=False)


def serve(settings: Settings) -> None:
    """Serve until a signal ends it."""
    configure_logs(settings.log_level)
    Server(create_app(settings), settings).run()
