"""The log of a course read on: which scores platforms are to have now, and what the addresses of webhooks are told.

Read first and written afterwards, so that nobody waits for the reading. Nothing is noted twice: who writes moves the
mark in the log in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quizsvc.services.lms.passing import want_scores
from quizsvc.services.outbox import platform_destination, send_courier, webhook_destination
from quizsvc.services.standings import Standing, standings_at
from quizsvc.services.webhook_messages import tell_changed, tell_finished
from quizsvc.store import couriers, sets
from quizsvc.store import webhook_messages as messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.store.couriers import Entry
    from quizsvc.store.models import ProblemSet

OF_ONE = frozenset(("adjusted", "extended", "finished", "rejudged", "reopened", "submitted"))
"""Entries that may change the mark of one student in one set."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new in the log of a course between two of its numbers.

    `standings` are those that may have changed since, by set and person; `of_links` those of the whole class at fresh
    links, which are told with the sets that they lead to; `finished` are the entries of attempts that ended.
    """

    course_id: int
    after: int
    up_to: int
    standings: Mapping[tuple[int, int], Standing]
    of_links: Mapping[tuple[int, int], Standing]
    fresh: Mapping[int, int | None]
    finished: tuple[Entry, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to note."""
        return self.up_to == self.after and not self.fresh


def read_changes(session: Session, course_id: int) -> Changes:
    """What has happened in a course since its log was last read."""
    after = couriers.read_up_to(session, course_id)
    entries = couriers.entries_after(session, course_id, after)
    graded = {one.id: one for one in sets.sets_of(session, course_id, published=True) if one.mode == "graded"}
    fresh = {link.id: link.set_id for link in couriers.links_of_course(session, course_id, fresh=True)}
    touched = _touched(entries, graded)
    return Changes(
        course_id=course_id,
        after=after,
        up_to=entries[-1].number if entries else after,
        standings=_by_set_and_person(session, graded, touched),
        of_links=_by_set_and_person(session, graded, dict.fromkeys(graded.keys() & fresh.values())),
        fresh=fresh,
        finished=tuple(entry for entry in entries if entry.kind == "finished"),
    )


def _touched(entries: Iterable[Entry], graded: Mapping[int, ProblemSet]) -> dict[int, set[int] | None]:
    """Set -> whose marks may have changed; None: everybody's."""
    touched: dict[int, set[int] | None] = {}
    for entry in entries:
        everywhere = entry.kind == "time-factor"
        for set_id in (one for one in graded if everywhere or one == entry.set_id):
            if entry.kind == "graded-by":
                touched[set_id] = None
            elif entry.user_id is not None and (everywhere or entry.kind in OF_ONE):
                known = touched.setdefault(set_id, set())
                if known is not None:
                    known.add(entry.user_id)
    return touched


def _by_set_and_person(
    session: Session, graded: Mapping[int, ProblemSet], wanted: Mapping[int, set[int] | None]
) -> dict[tuple[int, int], Standing]:
    found = {}
    for set_id, user_ids in wanted.items():
        for one in standings_at(session, graded[set_id], user_ids):
            found[one.set_id, one.user_id] = one
    return found


def keep_changes(session: Session, changes: Changes, *, now: datetime) -> bool:
    """Note who is to be told what, and send for them; False where somebody else has read on in between."""
    reader = couriers.lock_reader(session, changes.course_id)
    if reader.number != changes.after:
        return False
    reader.number = changes.up_to
    _note_scores(session, changes, now=now)
    for webhook in messages.webhooks_of(session, changes.course_id):
        told = tell_finished(session, webhook, changes.finished, changes.standings)
        told += tell_changed(session, webhook, changes.standings.values(), number=changes.up_to, now=now)
        if told:
            send_courier(session, webhook_destination(webhook.id), now=now)
    session.flush()
    return True


def _note_scores(session: Session, changes: Changes, *, now: datetime) -> None:
    for link in couriers.links_of_course(session, changes.course_id):
        told = {**changes.standings}
        if link.id in changes.fresh and changes.fresh[link.id] == link.set_id:
            link.noted_set_id, told = link.set_id, {**told, **changes.of_links}
        if want_scores(session, link, [one for one in told.values() if one.set_id == link.set_id], now=now):
            send_courier(session, platform_destination(link.context.platform_id), now=now)
