"""Grades always arrive: through faults of every kind, and a worker that is killed again and again; once, in order."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from desk import Desk, a_set
from fault_platform import FaultPlatform
from linked import KEY, link_set
from sqlalchemy import func, select

from quizsvc.services import adjusting
from quizsvc.store import sets
from quizsvc.store.api_models import Courier
from quizsvc.store.database import reading, transaction
from quizsvc.store.lms_models import ScorePassed

WORKER = Path(__file__).with_name("killed_worker.py")
POINTS = 10


@contextmanager
def worker(url):
    """A worker's process, killed in the end."""
    roots = [str(WORKER.parents[2]), str(WORKER.parents[1])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(roots)}
    command = [sys.executable, str(WORKER), url, KEY]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "working\n"
            yield process
        finally:
            process.kill()


def grade(desk, people, points):
    """Give everybody a mark, in portions, as an instructor does."""
    now = datetime.now(UTC)
    for start in range(0, len(people), 50):
        with transaction(desk.engine) as session:
            problem_set = sets.get_set(session, desk.set_id)
            for person in people[start : start + 50]:
                command = adjusting.SetMarkByHand(person, points(person), "exam", None, desk.instructor)
                adjusting.set_mark_by_hand(session, problem_set, command, now=now)


def open_scores(engine):
    """How many scores wait, and how many couriers are on their way."""
    with reading(engine) as session:
        waiting = select(func.count()).where(ScorePassed.next_try_at.is_not(None))
        return session.scalar(waiting), session.scalar(select(func.count()).where(Courier.job_id.is_not(None)))


def wait_until_all_is_sent(engine, *, wanted, seconds):
    ends = time.monotonic() + seconds
    while True:
        with reading(engine) as session:
            sent = session.scalar(select(func.count()).where(ScorePassed.sent == ScorePassed.wanted))
        if sent == wanted and open_scores(engine) == (0, 0):
            return
        assert time.monotonic() < ends, f"{sent} of {wanted} are sent, {open_scores(engine)} wait"
        time.sleep(0.2)


def points_of(person):
    return Fraction(person % (3 * POINTS + 1), 3)


def prove(desk, database_url, *, grades, kills, seconds):
    """All marks arrive through the faults and the kills; figures."""
    people = desk.enrol(grades)
    platform = FaultPlatform(share_of_faults=0.3, latency=0.02, hang=0.5)
    with platform.serve():
        platform.add_column()
        link_set(
            desk.engine, course_id=desk.course_id, set_id=desk.set_id, students=people, now=desk.start,
            base=platform.base, line_items_url=platform.line_items_url,
        )  # fmt: skip
        began = time.monotonic()
        grade(desk, people, lambda _person: Fraction(1))
        for number in range(kills):
            with worker(database_url):
                before = platform.counts["scores"]
                while platform.counts["scores"] < before + max(grades // (2 * kills), 5):
                    time.sleep(0.01)
                    if open_scores(desk.engine) == (0, 0) and platform.counts["scores"]:
                        break
            if number == kills // 2:
                grade(desk, people, points_of)
        with worker(database_url):
            wait_until_all_is_sent(desk.engine, wanted=grades, seconds=seconds)
        took = time.monotonic() - began
    wrong = [
        person
        for person in people
        if platform.share(f"s{person}") != pytest.approx(float(min(points_of(person), POINTS) / POINTS), abs=1e-6)
    ]
    assert wrong == []
    assert platform.violations == []
    assert platform.most_in_flight == 1
    assert len(platform.gradebook) == grades
    return f"{grades} grades, {kills} kills, {took:.1f} s, {dict(platform.counts)}, at once {platform.most_at_once}"


@pytest.fixture
def desk(classroom):
    return Desk(classroom, a_set("feedback: immediately"))


@pytest.mark.slow
def test_every_grade_arrives_through_faults_and_kills(desk, database_url):
    prove(desk, database_url, grades=40, kills=2, seconds=120)


@pytest.mark.soak
def test_a_thousand_grades_arrive_through_faults_and_twenty_kills(desk, database_url, capsys):
    figures = prove(desk, database_url, grades=1_000, kills=20, seconds=300)
    with capsys.disabled():
        print(f"\n{figures}")  # noqa: T201 - figures are what a soak is for


@pytest.mark.soak
def test_a_thousand_scores_are_passed_within_a_minute_to_a_platform_that_takes_its_time(desk, database_url, capsys):
    people = desk.enrol(1_000)
    platform = FaultPlatform(latency=0.2)
    with platform.serve():
        platform.add_column()
        link_set(
            desk.engine, course_id=desk.course_id, set_id=desk.set_id, students=people, now=desk.start,
            base=platform.base, line_items_url=platform.line_items_url,
        )  # fmt: skip
        grade(desk, people, points_of)
        began = time.monotonic()
        with worker(database_url):
            wait_until_all_is_sent(desk.engine, wanted=1_000, seconds=120)
        took = time.monotonic() - began
    with capsys.disabled():
        print(f"\n1,000 scores: {took:.1f} s, {platform.most_at_once} at once, {platform.counts['tokens']} tokens")  # noqa: T201 - the same
    assert platform.most_at_once <= 8
    assert took < 60
