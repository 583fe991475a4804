"""A worker of the queue as a process of its own, in a hurry, so that a test can kill it often."""

from __future__ import annotations

import random
import sys
import threading
import uuid
from datetime import UTC, datetime, timedelta

from quizsvc.jobs.couriers import Equipment
from quizsvc.jobs.looking import run_couriers
from quizsvc.services.outside import Outside
from quizsvc.services.patience import Patience
from quizsvc.services.sealing import Seal
from quizsvc.store.database import make_engine

HURRY = Patience(
    first=timedelta(seconds=0.1),
    longest=timedelta(seconds=0.5),
    lent=timedelta(seconds=10),
    silent=timedelta(seconds=5),
    look=timedelta(seconds=0.25),
)


def main(url, key):
    engine, outside = make_engine(url), Outside(["127.0.0.0/8"])
    equipment = Equipment(
        engine=engine,
        outside=outside,
        seal=Seal(key),
        clock=lambda: datetime.now(UTC),
        chance=random.random,
        new_id=lambda: uuid.uuid4().hex,
        patience=HURRY,
        stop=threading.Event(),
    )
    print("working", flush=True)  # noqa: T201 - what the test waits for
    run_couriers(equipment, url, poll_seconds=0.1)


if __name__ == "__main__":
    main(*sys.argv[1:])
