"""What was acknowledged is there, whatever is killed: kill -9 in the middle of submissions, on both databases."""

from __future__ import annotations

import os
import queue
import re
import signal
import threading
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from http.client import HTTPException
from http.cookiejar import CookieJar
from itertools import count
from pathlib import Path

import pytest
from serving import served
from sqlalchemy import select, text

from quizsvc.services import accounts, courses, set_files, sets
from quizsvc.store.database import make_engine, reading, transaction
from quizsvc.store.models import IssuedProblem, Membership, Submission

NOW = datetime(2026, 11, 3, 18, tzinfo=UTC)
NAMES = ("ada", "bao", "chidi")
PASSWORD = "a long password"
KILLS, BETWEEN = 4, 10
"""How often the worker is killed, and after how many more acknowledged submissions."""


class Browser:
    """A student's browser."""

    def __init__(self, address, name):
        self.address = address
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.post("/login", {"email": f"{name}@example.org", "password": PASSWORD}, page="/login")

    def open(self, path, body=None):
        """Where it led to, and the page."""
        with self.opener.open(self.address + path, body, timeout=30) as answer:
            return urllib.parse.urlsplit(answer.geturl()).path, answer.read().decode()

    def post(self, path, fields, page="/courses"):
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.open(page)[1])[1]
        return self.open(path, urllib.parse.urlencode({"csrf_token": token, **fields}).encode())[0]


@pytest.fixture
def engine(database_url):
    """A database with a published set for three students, who may submit as often as they like."""
    engine, hashed = make_engine(database_url), accounts.hash_password(PASSWORD)
    with transaction(engine) as session:
        course = courses.create_course(session, slug="deep", title="Deep learning", now=NOW)
        for name in NAMES:
            user = accounts.create_user(session, email=f"{name}@example.org", name=name, password_hash=hashed, now=NOW)
            session.add(Membership(user_id=user.id, course_id=course.id, role="student"))
        spec = set_files.read_set("title: Chains\nitems: [{family: vanishing-gradient}]")
        made = sets.create_set(session, course_slug="deep", spec=spec, now=NOW)
        sets.publish_set(session, problem_set=made, now=NOW, seed=0)
    yield engine
    engine.dispose()


def work(address, name, stop, acknowledged):
    """Submit one number after another; what was answered is noted."""
    browser = Browser(address, name)
    problem = browser.post("/items/1/open", {})
    for number in count(1):
        if stop.is_set():
            return
        typed = f"0.{number:04}"
        try:
            browser.post(f"{problem}/steps", {"z1": typed})
        except (OSError, HTTPException):
            continue  # the worker was killed over it: nothing was promised
        acknowledged.put((problem, typed))


def kill_children_of(pid):
    """How many were killed."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    return len(children)


def test_no_acknowledged_submission_is_lost_or_doubled(engine, database_url):
    stop, acknowledged, seen = threading.Event(), queue.Queue(), []
    with served(database_url) as (process, address):
        clients = [threading.Thread(target=work, args=(address, name, stop, acknowledged)) for name in NAMES]
        for client in clients:
            client.start()
        try:
            for _ in range(KILLS):
                seen += [acknowledged.get(timeout=60) for _ in range(BETWEEN)]
                assert kill_children_of(process.pid) == 1
            seen += [acknowledged.get(timeout=60) for _ in range(BETWEEN)]  # it came back by itself
        finally:
            stop.set()
            for client in clients:
                client.join()
            kill_children_of(process.pid)
    while not acknowledged.empty():
        seen.append(acknowledged.get())
    with reading(engine) as session:
        rows = session.execute(
            select(IssuedProblem.id, Submission.number, Submission.answers)
            .join(Submission.issued_problem)
            .order_by(IssuedProblem.id, Submission.number)
        ).all()
        intact = session.execute(text("PRAGMA integrity_check")).scalar() if engine.dialect.name == "sqlite" else "ok"
    stored = [(f"/problems/{problem}", answers["z1"]) for problem, _number, answers in rows]
    assert set(seen) <= set(stored)
    assert len(stored) == len(set(stored))
    for problem in {problem for problem, _, _ in rows}:
        numbers = [number for of, number, _ in rows if of == problem]
        assert numbers == list(range(1, len(numbers) + 1))
    assert intact == "ok"
