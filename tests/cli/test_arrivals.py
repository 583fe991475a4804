"""Whether an answer is in time is decided by when it arrives, however late a thread comes to it."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from serving import environment
from sqlalchemy import select

from quizsvc import create_app
from quizsvc.config import Settings
from quizsvc.services import accounts, courses, set_files, sets
from quizsvc.store.database import make_engine, reading, transaction
from quizsvc.store.models import Membership, Submission
from quizsvc.store.sets import get_set

START = datetime(2026, 11, 10, 17, tzinfo=UTC)
DUE = START + timedelta(hours=1)
BEFORE, AFTER = DUE - timedelta(milliseconds=1), DUE + timedelta(seconds=30)
STUDENTS, EACH = 60, 5

SERVER = """
import pathlib, sys, threading
from datetime import datetime
from quizsvc import create_app
from quizsvc.cli.server import Server, configure_logs
from quizsvc.config import read_settings

folder = pathlib.Path(sys.argv[1])

def clock():
    main = threading.current_thread() is threading.main_thread()  # it notes what arrives, the others when they begin
    with (folder / ("arrived" if main else "begun")).open("ab") as file:
        file.write(b".")
    return datetime.fromisoformat((folder / "clock").read_text())

settings = read_settings()
configure_logs("error")
Server(create_app(settings, clock=clock), settings).run()
"""
"""The service with a clock that the test sets, and a dot in a file for each time that it is looked at."""


class Room:
    """A set that is due, with students who have begun it: cookies and tokens to send their answers with."""

    def __init__(self, url, folder):
        self.url, self.folder, self.engine = url, folder, make_engine(url)
        self.set_clock(START)
        app = create_app(Settings(database_url=url, secret_key="k" * 40), clock=lambda: START)
        self.set_id, items, secrets = self._enrol()
        self.requests = [request for secret in secrets for request in self._begin(app, secret, items)]
        app.extensions["engine"].dispose()

    def _enrol(self):
        with transaction(self.engine) as session:
            course = courses.create_course(session, slug="deep", title="Deep learning", now=START)
            secrets = []
            for number in range(STUDENTS):
                email = f"s{number}@example.org"
                user = accounts.create_user(session, email=email, name=f"S {number}", now=START)
                session.add(Membership(user_id=user.id, course_id=course.id, role="student"))
                secrets.append(accounts.begin_login(session, user_id=user.id, now=START))
            items = "\n".join(["  - {family: activation-values, options: {units: 1}}"] * EACH)
            spec = set_files.read_set(f"title: Exam\ndue: {DUE.isoformat()}\nitems:\n{items}")
            exam = sets.create_set(session, course_slug="deep", spec=spec, now=START)
            sets.publish_set(session, problem_set=exam, now=START, seed=1)
            return exam.id, [item.id for item in exam.items], secrets

    def _begin(self, app, secret, items):
        """What the student will send for every problem: all of an HTTP request."""
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = secret, True
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/courses").text)[1]
        for item in items:
            problem = client.post(f"/items/{item}/open", data={"csrf_token": token}).headers["Location"]
            body = urlencode({"csrf_token": token, "a.0": "0.5"})
            cookie = client.get_cookie("quiz").value
            yield (
                f"POST {problem}/steps HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: quiz={cookie}\r\nConnection: close\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
            ).encode()

    def set_clock(self, when):
        fresh = self.folder / "fresh-clock"
        fresh.write_text(when.isoformat())
        fresh.replace(self.folder / "clock")

    def wait_for(self, what, count):
        """Until so many requests have arrived, though no thread has looked at most of them; or have been begun."""
        file, waiting = self.folder / what, threading.Event()
        for _ in range(6_000):
            if file.exists() and file.stat().st_size >= count:
                return
            waiting.wait(0.01)
        pytest.fail(f"{count} requests have not {what} within a minute")

    @contextmanager
    def served(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-c", SERVER, str(self.folder)]
        environ = environment(self.url, PORT=str(port), PYTHONPATH=str(Path.cwd()))
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert "Serving" in process.stdout.readline()
                yield port
            finally:
                process.kill()


@pytest.fixture
def room(database_url, tmp_path):
    room = Room(database_url, tmp_path)
    yield room
    room.engine.dispose()


def send(port, request):
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall(request)
    return connection


def answer(connection):
    with connection:
        return connection.makefile("rb").readline()


def test_300_answers_that_arrive_before_the_end_and_are_judged_after_it_are_all_in_time(room):
    room.set_clock(BEFORE)
    with room.served() as port:
        with transaction(room.engine) as session:
            get_set(session, room.set_id, lock="alone")  # nobody's answer can be kept now
            connections = [send(port, request) for request in room.requests]
            room.wait_for("arrived", len(connections))
            room.set_clock(AFTER)
        assert {answer(connection) for connection in connections} == {b"HTTP/1.1 303 SEE OTHER\r\n"}
        too_late = room.requests[0].replace(b"a.0=0.5", b"a.0=0.6")
        assert answer(send(port, too_late)) == b"HTTP/1.1 303 SEE OTHER\r\n"
    with reading(room.engine) as session:
        kept = session.execute(
            select(Submission.arrived_at, Submission.late, Submission.time_credit).order_by(Submission.id)
        ).all()
    assert len(kept) == STUDENTS * EACH + 1
    assert set(kept[:-1]) == {(BEFORE, False, 1)}
    assert kept[-1] == (AFTER, True, 0)


def test_who_sends_slowly_wins_no_time(room, monkeypatch):
    monkeypatch.setenv("JOBS", "elsewhere")
    request, last = room.requests[0], 10
    room.set_clock(BEFORE)
    with room.served() as port:
        connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        connection.sendall(request[:-last])
        room.wait_for("begun", 1)
        room.set_clock(AFTER + timedelta(seconds=1))
        connection.sendall(request[-last:])
        assert answer(connection) == b"HTTP/1.1 303 SEE OTHER\r\n"
    with reading(room.engine) as session:
        [kept] = session.scalars(select(Submission)).all()
    assert kept.late
    assert DUE < kept.arrived_at <= AFTER + timedelta(seconds=1)
