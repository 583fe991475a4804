"""Looking, again and again, for what waits and has no courier: whatever was lost on the way is found here."""

from __future__ import annotations

import logging
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from quizsvc.jobs.couriers import Couriers
from quizsvc.jobs.queue_worker import QueueWorker
from quizsvc.services import outbox
from quizsvc.store import couriers, queue, rosters, scores_passed
from quizsvc.store.database import reading, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from quizsvc.jobs.couriers import Equipment
    from quizsvc.services.patience import Patience

KEPT = timedelta(days=1)
"""How long is kept what is known of a job that is over."""

log = logging.getLogger(__name__)


def look(engine: Engine, *, now: datetime, patience: Patience) -> int:
    """Send couriers to wherever something waits, and have those replaced that died; how many new ones set out."""
    with reading(engine) as session:
        silent = [one.destination for one in couriers.silent_couriers(session, now - patience.silent)]
        waiting = list(_waiting(session, now))
    for destination in silent:
        _replace(engine, destination, now=now, patience=patience)
    sent = 0
    for destination in [*waiting, *silent]:
        with transaction(engine) as session:
            sent += outbox.send_courier(session, destination, now=now)
    return sent


def _waiting(session: Session, now: datetime) -> Iterator[str]:
    """Where something waits whose time has come."""
    yield from map(outbox.course_destination, couriers.courses_to_read(session))
    yield from map(outbox.platform_destination, couriers.platforms_to_tell(session, now))
    yield from map(outbox.webhook_destination, couriers.webhooks_to_tell(session, now))
    night = last_night(now)
    yield from map(outbox.roster_destination, rosters.contexts_to_ask(session, night))
    yield from map(outbox.results_destination, scores_passed.links_to_compare(session, night))


def last_night(now: datetime) -> datetime:
    """When rosters and columns were last to be looked at: every night, at three o'clock UTC."""
    three = now.astimezone(UTC).replace(hour=3, minute=0, second=0, microsecond=0)
    return three if three <= now else three - timedelta(days=1)


def _replace(engine: Engine, destination: str, *, now: datetime, patience: Patience) -> None:
    """Have another worker do the job of a courier that gives no sign of life, or forget it where it is over."""
    with transaction(engine) as session:
        courier = couriers.lock_courier(session, destination)
        if courier.job_id is None or courier.seen_at is None or courier.seen_at >= now - patience.silent:
            return  # somebody else was quicker, or it lives
        courier.seen_at = now
        job_id = courier.job_id
    if queue.revive(engine, job_id):
        log.warning("The courier for %s gave no sign of life; another goes on.", destination)
        return
    with transaction(engine) as session:
        courier = couriers.lock_courier(session, destination)
        if courier.job_id == job_id:
            courier.job_id = None


def run_couriers(equipment: Equipment, url: str, *, poll_seconds: float = 1.0) -> None:
    """Do what couriers do until `stop` is set; nothing is loaded before there is a platform or a webhook.

    A database that is away for a while is waited for.
    """
    worker = QueueWorker(url, Couriers(equipment).run, name=equipment.new_id(), poll_seconds=poll_seconds)
    forgot_at = equipment.clock()
    try:
        while not equipment.stop.is_set():
            now = equipment.clock()
            try:
                if worker.is_started or _is_needed(equipment.engine):
                    if not worker.is_started:
                        worker.start()
                    look(equipment.engine, now=now, patience=equipment.patience)
                    if now - forgot_at > KEPT / 24:
                        forgot_at = now
                        queue.forget_finished(equipment.engine, now - KEPT)
            except OperationalError:
                log.warning("Nobody could be told anything now; it is tried again.", exc_info=True)
            equipment.stop.wait(equipment.patience.look.total_seconds())
    finally:
        worker.stop()


def get_queue_ready(engine: Engine) -> None:
    """Load what queues jobs where there will be some, so that nobody's answer waits for that."""
    if _is_needed(engine):
        queue.load()


def _is_needed(engine: Engine) -> bool:
    with reading(engine) as session:
        return couriers.anybody_is_told(session)
