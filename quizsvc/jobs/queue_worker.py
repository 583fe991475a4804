"""The worker of the queue: DBOS runs the jobs that wait, in threads of this process."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from quizsvc.store import queue

if TYPE_CHECKING:
    from collections.abc import Callable

AT_ONCE = 16
"""So many couriers are on their way in one process."""

STOP_SECONDS = 20
"""How long they have to come back when the process is stopped."""


log = logging.getLogger(__name__)


class QueueWorker:
    """Runs jobs from when it is started until it is stopped; there is one in a process, for DBOS is one."""

    def __init__(self, url: str, run: Callable[[str, str], None], *, name: str, poll_seconds: float = 1.0) -> None:
        self._url = url
        self._run = run
        self._name = name
        self._poll_seconds = poll_seconds
        self.is_started = False

    def start(self) -> None:
        """Take jobs; `name` tells this process from all others that ever did."""
        from dbos import DBOS, DBOSConfig  # noqa: PLC0415 - it takes a while to load, and is not needed without jobs

        config = DBOSConfig(
            name="quiz",
            system_database_url=queue.address_for_dbos(self._url),
            dbos_system_schema=queue.SCHEMA,
            application_version=queue.VERSION,
            executor_id=self._name,
            enable_otlp=False,
            run_migrations=False,
            log_level="WARNING",
        )
        run = self._run

        def run_courier(destination: str) -> None:
            try:
                run(destination, str(DBOS.workflow_id))
            except Exception:
                log.exception("The courier for %s came back with nothing done; another sets out later.", destination)
                raise

        queue.quiet()
        DBOS(config=config)
        DBOS.workflow(name=queue.JOB)(run_courier)
        DBOS.launch()
        DBOS.register_queue(queue.QUEUE, worker_concurrency=AT_ONCE, polling_interval_sec=self._poll_seconds)
        self.is_started = True

    def stop(self) -> None:
        """Take no more jobs, and wait a while for those that run."""
        if self.is_started:
            from dbos import DBOS  # noqa: PLC0415 - as above

            DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=STOP_SECONDS)
            self.is_started = False
