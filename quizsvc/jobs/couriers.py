"""What a courier does when its turn has come: read a log, pass scores, tell a webhook, ask who is there, compare.

What waits stands in rows, lent one by one for a while to who does it. So a courier may die at any time: what it had is
lent to another when that while is over, and not before.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from quizsvc.errors import NotReached, QuizError
from quizsvc.jobs.asking import ask_roster, compare_column
from quizsvc.services import noting, webhook_delivery
from quizsvc.services.lms import lending, tool_keys
from quizsvc.services.lms.access_tokens import AccessTokens
from quizsvc.services.lms.platform_services import PlatformServices
from quizsvc.services.lms.registrations import get_platform
from quizsvc.services.lms.scores import ScoreSender
from quizsvc.services.patience import Patience
from quizsvc.store import couriers, rosters, scores_passed
from quizsvc.store.database import reading, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from quizsvc.services.answers import Answer
    from quizsvc.services.lms.line_items import Column
    from quizsvc.services.lms.scores import Delivery
    from quizsvc.services.outside import Outside
    from quizsvc.services.sealing import Seal
    from quizsvc.store.api_models import Courier as CourierRow

SIGNS_OF_LIFE = 4
"""So many are given in the time after which a courier without any is held to be dead."""

MOST_MISSES = 16
"""After so many failures in a row, a platform is left alone for a while: it is down."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Equipment:
    """What couriers need: the database, the way outside, secrets, time and chance; `stop` ends what they do."""

    engine: Engine
    outside: Outside
    seal: Seal
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    new_id: Callable[[], str]
    patience: Patience = field(default_factory=Patience)
    stop: threading.Event = field(default_factory=threading.Event)

    def sign(self, platform_id: int, claims: Mapping[str, Any]) -> str:
        """Claims, signed for a platform."""
        with reading(self.engine) as session:
            return tool_keys.sign(session, get_platform(session, platform_id), claims, seal=self.seal, now=self.clock())


class Couriers:
    """Does what the couriers of this process have to do, and keeps the tokens that platforms have given it."""

    def __init__(self, equipment: Equipment) -> None:
        self._equipment = equipment
        tokens = AccessTokens(equipment.outside, sign=equipment.sign, clock=equipment.clock, new_id=equipment.new_id)
        self.services = PlatformServices(equipment.outside, tokens, clock=equipment.clock)
        self._scores = ScoreSender(self.services, Journal(equipment), clock=equipment.clock)
        self._errands: Mapping[str, Errand] = {
            "course": Errand(self._read_log, couriers.is_behind),
            "platform": Errand(self._pass_scores, couriers.has_scores_waiting),
            "webhook": Errand(self._tell, couriers.has_messages_waiting),
            "roster": Errand(self._ask_roster, _done_at_once),
            "results": Errand(self._compare, _done_at_once),
        }

    def run(self, destination: str, job_id: str) -> None:
        """Do all that waits for the destination, unless that is another job's by now."""
        kind, _, number = destination.partition(":")
        errand, turn = self._errands[kind], Turn(self._equipment, destination, job_id)
        while turn.goes_on():
            rest = errand.do(int(number), turn)
            if not turn.has_more(rest, lambda session, now: errand.waits(session, int(number), now)):
                return
        turn.ends()

    def _read_log(self, course_id: int, turn: Turn) -> Rest | None:
        """Note who is to be told what, a portion of the log at a time."""
        engine = self._equipment.engine
        while turn.goes_on():
            with reading(engine) as session:
                changes = noting.read_changes(session, course_id)
            if changes.is_nothing:
                return None
            with transaction(engine) as session:
                noting.keep_changes(session, changes, now=self._equipment.clock())
        return None

    def _pass_scores(self, platform_id: int, turn: Turn) -> Rest | None:
        """Pass all scores whose time has come, several at once; how long the platform is then to be left alone."""
        equipment, misses = self._equipment, Misses()
        with reading(equipment.engine) as session:
            most = equipment.patience.at_once
            several = scores_passed.count_to_pass(session, platform_id, equipment.clock(), most=most)
        with ThreadPoolExecutor(max(several, 1), thread_name_prefix="scores") as pool:
            passing = [pool.submit(self._pass_one_by_one, platform_id, misses) for _ in range(several)]
            while wait(passing, timeout=turn.beat_seconds).not_done:
                if not turn.goes_on():
                    misses.give_in()
        for one in passing:
            one.result()
        return misses.rest

    def _pass_one_by_one(self, platform_id: int, misses: Misses) -> None:
        equipment = self._equipment
        while misses.rest is None and not equipment.stop.is_set():
            with transaction(equipment.engine) as session:
                now, patience = equipment.clock(), equipment.patience
                delivery = lending.lend(session, platform_id, now=now, patience=patience)
            if delivery is None:
                return
            outcome = self._scores.deliver(delivery)
            with transaction(equipment.engine) as session:
                now, chance = equipment.clock(), equipment.chance()
                lending.record(session, delivery, outcome, now=now, patience=patience, chance=chance)
            misses.note(outcome.answer)
            if outcome.stops:
                misses.give_in(outcome.answer.wait)

    def _tell(self, webhook_id: int, turn: Turn) -> Rest | None:
        """Tell an address all that waits for it, in its order; how long it is then to be left alone."""
        equipment, misses = self._equipment, Misses()
        while misses.rest is None and turn.goes_on():
            with transaction(equipment.engine) as session:
                now, patience = equipment.clock(), equipment.patience
                message = webhook_delivery.lend_message(
                    session, webhook_id, seal=equipment.seal, now=now, patience=patience
                )
            if message is None:
                return None
            answer = webhook_delivery.send_message(equipment.outside, message, now=equipment.clock())
            with transaction(equipment.engine) as session:
                now, chance = equipment.clock(), equipment.chance()
                webhook_delivery.record_message(session, message, answer, now=now, patience=patience, chance=chance)
            misses.note(answer)
            if answer.wait is not None:
                misses.give_in(answer.wait)
        return misses.rest

    def _ask_roster(self, context_id: int, turn: Turn) -> Rest | None:
        """Take over who is in a platform's course; where the platform refuses, not before the next night again."""
        equipment = self._equipment
        try:
            ask_roster(equipment.engine, self.services, context_id, clock=equipment.clock, goes_on=turn.goes_on)
        except NotReached as error:
            log.warning("The roster of context %d could not be asked for: %s", context_id, error.message)
            return Rest(timedelta(0), moved=False)
        except QuizError as error:
            log.warning("The roster of context %d is not told: %s", context_id, error.message)
            with transaction(equipment.engine) as session:
                rosters.get_context(session, context_id).roster_at = equipment.clock()
        return None

    def _compare(self, link_id: int, _turn: Turn) -> Rest | None:
        """Compare a platform's column with our marks; where the platform refuses, not before the next night again."""
        equipment = self._equipment
        try:
            compare_column(equipment.engine, self.services, link_id, clock=equipment.clock)
        except NotReached as error:
            log.warning("The column of link %d could not be looked at: %s", link_id, error.message)
            return Rest(timedelta(0), moved=False)
        except QuizError as error:
            log.warning("The column of link %d cannot be looked at: %s", link_id, error.message)
            with transaction(equipment.engine) as session:
                scores_passed.get_link(session, link_id).reconciled_at = equipment.clock()
        return None


def _done_at_once(_session: Session, _number: int, _now: datetime) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Errand:
    """How something is done, and whether there is more of it; what is done tells how long to rest after a failure."""

    do: Callable[[int, Turn], Rest | None]
    waits: Callable[[Session, int, datetime], bool]


@dataclass(frozen=True, slots=True)
class Rest:
    """How long a destination is to be left alone at least; `moved` where something was taken before that."""

    at_least: timedelta
    moved: bool


class Turn:
    """One job on its way to one destination, as long as no other has taken over."""

    def __init__(self, equipment: Equipment, destination: str, job_id: str) -> None:
        self._equipment = equipment
        self._destination = destination
        self._job_id = job_id
        self.beat_seconds = equipment.patience.silent.total_seconds() / SIGNS_OF_LIFE
        self._seen_at: datetime | None = None

    def goes_on(self) -> bool:
        """Give a sign of life, where it is time for one; whether this job is to go on."""
        now = self._equipment.clock()
        if self._seen_at is not None and (now - self._seen_at).total_seconds() < self.beat_seconds:
            return not self._equipment.stop.is_set()
        with transaction(self._equipment.engine) as session:
            courier = couriers.lock_courier(session, self._destination)
            if not self._is_ours(courier):
                return False
            courier.seen_at = self._seen_at = now
        return not self._equipment.stop.is_set()

    def _is_ours(self, courier: CourierRow) -> bool:
        """Whether nobody else has the job, or does the same job, because this one was held to be dead."""
        return courier.job_id == self._job_id and self._seen_at in (None, courier.seen_at)

    def has_more(self, rest: Rest | None, waits: Callable[[Session, datetime], bool]) -> bool:
        """Whether more has come meanwhile; where not, the job is over, and whatever comes next sends another.

        After a failure nobody sets out for a while, longer each time, and `rest` at least.
        """
        equipment, now = self._equipment, self._equipment.clock()
        with transaction(equipment.engine) as session:
            courier = couriers.lock_courier(session, self._destination)
            if not self._is_ours(courier):
                return False
            courier.tries = 0 if rest is None else 1 if rest.moved else courier.tries + 1
            pause = equipment.patience.pause(courier.tries, equipment.chance())
            courier.rests_until = None if rest is None else now + max(rest.at_least, pause)
            if rest is None and not equipment.stop.is_set() and waits(session, now):
                return True
            courier.job_id = None
            return False

    def ends(self) -> None:
        """The process is stopped: let another go on at once."""
        with transaction(self._equipment.engine) as session:
            courier = couriers.lock_courier(session, self._destination)
            if self._is_ours(courier):
                courier.job_id = None


class Misses:
    """Failures in a row, of all that is sent to one destination; `rest` is there once it is to be left alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._moved = False
        self.rest: Rest | None = None

    def note(self, answer: Answer) -> None:
        """One more answer."""
        with self._lock:
            self._moved = self._moved or answer.kind == "taken"
            self._in_a_row = self._in_a_row + 1 if answer.kind == "again" else 0
            given_in = self._in_a_row >= MOST_MISSES
        if given_in:
            self.give_in()

    def give_in(self, wait: timedelta | None = None) -> None:
        """Leave the destination alone, for so long at least."""
        with self._lock:
            before = timedelta(0) if self.rest is None else self.rest.at_least
            self.rest = Rest(max(before, wait or before), moved=self._moved)


class Journal:
    """What a score's way is written down in: short transactions, between which others are asked."""

    def __init__(self, equipment: Equipment) -> None:
        self._equipment = equipment

    def stamp(self, delivery: Delivery, not_before: datetime) -> datetime:
        """See `scores.Journal`."""
        equipment = self._equipment
        with transaction(equipment.engine) as session:
            return lending.stamp_again(session, delivery, not_before, now=equipment.clock())

    def column(self, delivery: Delivery, find: Callable[[], Column]) -> Column:
        """See `scores.Journal`."""
        equipment = self._equipment
        with transaction(equipment.engine) as session:
            now, patience = equipment.clock(), equipment.patience
            known = lending.take_column(session, delivery, now=now, patience=patience)
        if known is not None:
            return known
        found = None
        try:
            found = find()
        finally:
            with transaction(equipment.engine) as session:
                lending.keep_column(session, delivery, found)
        return found

    def forget_column(self, delivery: Delivery, column: Column) -> None:
        """See `scores.Journal`."""
        with transaction(self._equipment.engine) as session:
            lending.forget_column(session, delivery, column)
