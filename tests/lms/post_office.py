"""Couriers without a queue, for tests: whoever is sent is run at once, in this very thread, until nobody is sent."""

from __future__ import annotations

from itertools import count

from linked import SEAL
from sqlalchemy import select

from quizsvc.jobs.couriers import Couriers, Equipment
from quizsvc.jobs.looking import look
from quizsvc.services.outside import Outside
from quizsvc.services.patience import Patience
from quizsvc.store.api_models import Courier
from quizsvc.store.database import reading

LOOPBACK = ["127.0.0.0/8"]
MOST_ROUNDS = 50


class PostOffice:
    """`clock` is a list of one time, which tests change; `run` does all that there is to do at that time."""

    def __init__(self, engine, clock, *, outside=None, patience=None):
        self.engine, self.clock = engine, clock
        self.outside = outside or Outside(LOOPBACK)
        numbers = count(1)
        self.equipment = Equipment(
            engine=engine,
            outside=self.outside,
            seal=SEAL,
            clock=lambda: self.clock[0],
            chance=lambda: 0.0,
            new_id=lambda: f"id-{next(numbers)}",
            patience=patience or Patience(),
        )
        self.couriers = Couriers(self.equipment)

    def sent(self):
        with reading(self.engine) as session:
            query = select(Courier.destination, Courier.job_id).where(Courier.job_id.is_not(None))
            return session.execute(query.order_by(Courier.id)).all()

    def run(self):
        for _ in range(MOST_ROUNDS):
            look(self.engine, now=self.clock[0], patience=self.equipment.patience)
            sent = self.sent()
            if not sent:
                return
            for destination, job_id in sent:
                self.couriers.run(destination, job_id)
        message = f"There is no end to it: {self.sent()}"
        raise AssertionError(message)

    def close(self):
        self.outside.close()
