"""A worker of gunicorn that knows when each request arrived: what decides whether an answer is in time.

gunicorn hands a request to a thread as soon as it is there, but under load it waits for one. Its time is that at which
its first byte was there, whenever a thread comes to read it.
"""

from __future__ import annotations

import selectors
import threading
import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from gunicorn.workers.gthread import ThreadWorker

from quizsvc.app import ARRIVED, BEGAN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from gunicorn.workers.gthread import TConn


def utc_now() -> datetime:
    """What the clock says."""
    return datetime.now(UTC)


class ArrivalWorker(ThreadWorker):
    """Threads that take requests in the order in which they came, each with the time of its arrival."""

    def load_wsgi(self) -> None:
        """Tell the application when a request arrived, and when a thread began with it."""
        super().load_wsgi()
        application, here = self.wsgi, threading.local()
        self.here = here
        extensions = getattr(application, "extensions", {})
        self.clock: Callable[[], datetime] = extensions.get("clock", utc_now)

        def with_arrival(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            environ[ARRIVED], environ[BEGAN] = here.arrived, here.began
            answer: Iterable[bytes] = application(environ, start_response)  # type: ignore[arg-type]  # the same as below
            return answer

        self.wsgi = with_arrival  # type: ignore[assignment]  # WSGI, in other words than gunicorn's stubs

    def enqueue_req(self, conn: TConn) -> None:
        """Hand a connection to the threads once there is something to read from it, and note when that was."""
        if conn.initialized or conn.data_ready:
            conn.arrived = self.clock()  # type: ignore[attr-defined]  # a note of ours on it
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)  # noqa: FBT003 - as sockets have it
        conn.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def handle(self, conn: TConn) -> Any:  # noqa: ANN401 - as gunicorn has it
        """Read and answer a request, in a thread."""
        self.here.arrived, self.here.began = conn.arrived, self.clock()  # type: ignore[attr-defined]  # the same
        return super().handle(conn)
