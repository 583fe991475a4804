"""Whoever is to be told is told by the service as it is run: a worker of its own, or beside the requests."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from linked import link_set
from serving import MANAGE, environment, served

from quizsvc.services import adjusting
from quizsvc.store import sets
from quizsvc.store.database import transaction


def mark(desk, points):
    with transaction(desk.engine) as session:
        command = adjusting.SetMarkByHand(desk.ada, Fraction(points), "exam", None, desk.instructor)
        adjusting.set_mark_by_hand(session, sets.get_set(session, desk.set_id), command, now=datetime.now(UTC))


def link(desk, platform):
    link_set(
        desk.engine, course_id=desk.course_id, set_id=desk.set_id, students=[desk.ada], now=desk.start,
        base=platform.base, line_items_url=platform.line_items_url,
    )  # fmt: skip


def wait_for(platform, desk, share):
    ends = time.monotonic() + 60
    while platform.gradebook.get(f"s{desk.ada}", (None,))[0] != share:
        assert time.monotonic() < ends, platform.gradebook
        time.sleep(0.1)


@pytest.mark.slow
def test_a_worker_passes_scores_and_ends_when_it_is_told(desk, platform, database_url):
    link(desk, platform)
    mark(desk, 5)
    command = [sys.executable, str(MANAGE), "worker"]
    allowed = environment(database_url, OUTSIDE_ALLOW="127.0.0.0/8")
    with subprocess.Popen(command, env=allowed, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "Working (Ctrl-C ends it)\n"
            wait_for(platform, desk, 0.5)
            mark(desk, 10)
            wait_for(platform, desk, 1)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
    assert platform.violations == []


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_small_service_passes_scores_beside_its_requests(desk, platform, database_url, monkeypatch):
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")
    link(desk, platform)
    with served(database_url) as (process, _address):
        mark(desk, 5)
        wait_for(platform, desk, 0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
