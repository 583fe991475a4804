"""What others are to be told: a courier sets out in the very transaction that makes it necessary.

What there is to tell stands in the log of the course and in the rows of what waits; that a courier is on the way only
makes it quick. So one that is lost is missed by nobody: the next look finds what waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from quizsvc.store import couriers, queue

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.audit import Event


def after_events(session: Session, events: Iterable[Event], *, now: datetime) -> None:
    """Have the log read on by who tells others of it, in courses where somebody is told; last in a transaction."""
    for course_id in sorted({event.course_id for event in events}):
        if couriers.is_told(session, course_id):
            send_courier(session, course_destination(course_id), now=now)


def send_courier(session: Session, destination: str, *, now: datetime) -> bool:
    """A courier for the destination, unless one is on the way, or has to rest; whether a new one sets out."""
    courier = couriers.lock_courier(session, destination)
    if courier.job_id is not None or (courier.rests_until is not None and courier.rests_until > now):
        return False
    courier.job_id, courier.seen_at = queue.enqueue(session, destination), now
    session.flush()
    return True


def course_destination(course_id: int) -> str:
    """Who reads on in the log of a course, and notes who is to be told what."""
    return f"course:{course_id}"


def platform_destination(platform_id: int) -> str:
    """Who passes scores to a platform."""
    return f"platform:{platform_id}"


def webhook_destination(webhook_id: int) -> str:
    """Who tells the address of a webhook."""
    return f"webhook:{webhook_id}"


def roster_destination(context_id: int) -> str:
    """Who asks a platform who is in its course."""
    return f"roster:{context_id}"


def results_destination(link_id: int) -> str:
    """Who compares a platform's column with our marks."""
    return f"results:{link_id}"
