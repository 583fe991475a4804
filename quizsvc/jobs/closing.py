"""Ending attempts whose time is up: their drafts are handed in, one student at a time."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from problems import ProblemError
from quizsvc.errors import QuizError
from quizsvc.jobs.forgetting import forget
from quizsvc.services.closing import close_attempt, ended_attempts
from quizsvc.store.database import reading, transaction

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from threading import Event

    from sqlalchemy import Engine

PAUSE_SECONDS = 10
"""Between two looks. It decides no mark: what is handed in has the time at which it was saved."""

log = logging.getLogger(__name__)


def close_ended(engine: Engine, *, now: datetime) -> int:
    """End every attempt whose time is up; how many drafts were handed in.

    Each is a transaction of its own, so that nobody waits, and whoever stops it loses nothing. One that cannot be ended
    is told in the log, and keeps no other from it.
    """
    with reading(engine) as session:
        ended = ended_attempts(session, now=now)
    taken = 0
    for one in ended:
        try:
            with transaction(engine) as session:
                taken += close_attempt(session, one, now=now)
        except (QuizError, ProblemError):
            log.exception("The attempt of person %d at set %d could not be ended.", one.user_id, one.set_id)
    return taken


def run_closing(engine: Engine, clock: Callable[[], datetime], stop: Event) -> None:
    """End attempts as their time comes, until it is told to stop. A database that is away for a while is waited for."""
    while not stop.is_set():
        try:
            taken = close_ended(engine, now=clock())
            forget(engine, now=clock())
        except OperationalError:
            log.warning("Attempts could not be ended now; it is tried again.", exc_info=True)
        else:
            if taken:
                log.info("Time was up: %d drafts were handed in.", taken)
        stop.wait(PAUSE_SECONDS)
