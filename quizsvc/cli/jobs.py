"""The work that nobody waits for, side by side: ending attempts whose time is up, and telling others what happens."""

from __future__ import annotations

import random
import secrets
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from quizsvc.jobs.closing import run_closing
from quizsvc.jobs.couriers import Equipment
from quizsvc.jobs.looking import run_couriers

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Engine

    from quizsvc.services.outside import Outside
    from quizsvc.services.sealing import Seal


def equip(
    engine: Engine, outside: Outside, seal: Seal, *, clock: Callable[[], datetime], stop: threading.Event
) -> Equipment:
    """What couriers need, with real chance."""
    return Equipment(
        engine=engine,
        outside=outside,
        seal=seal,
        clock=clock,
        chance=random.random,
        new_id=lambda: secrets.token_hex(16),
        stop=stop,
    )


def run_jobs(equipment: Equipment, url: str) -> None:
    """Do it until `stop` is set; what breaks one of the two ends both, and is raised."""
    with ThreadPoolExecutor(2, thread_name_prefix="jobs") as pool:
        both = [
            pool.submit(run_closing, equipment.engine, equipment.clock, equipment.stop),
            pool.submit(run_couriers, equipment, url),
        ]
        wait(both, return_when=FIRST_EXCEPTION)
        equipment.stop.set()
    for one in both:
        one.result()
