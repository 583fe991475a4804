"""How often one may ask: exact over processes, told in headers, and no limit of one is that of another."""

from __future__ import annotations

import multiprocessing
import re
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused
from sqlalchemy import func, select, text

from quizsvc.jobs.forgetting import forget
from quizsvc.services import accounts, rates
from quizsvc.services.rates import Allowance
from quizsvc.store.api_models import RequestCount
from quizsvc.store.database import make_engine, reading, transaction

NOW = datetime(2026, 11, 3, 18, tzinfo=UTC)
PASSWORD = "a long password"
PROCESSES, EACH = 3, 40


def test_a_token_reads_and_writes_so_many_times_a_minute(new_app, asking, new_token, clock):
    app, token = new_app(rate_limit_reads=3, rate_limit_writes=2), new_token()
    ask, other = asking(token, app), asking(new_token(), app)
    left = [ask("GET", "/api/v1/token").headers["RateLimit-Remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    clock[0] += timedelta(seconds=17)
    stopped = ask("GET", "/api/v1/token")
    refused(stopped, 429, "At most 3 a minute")
    told = {name: stopped.headers[name] for name in ("Retry-After", "RateLimit-Limit", "RateLimit-Reset")}
    assert told == {"Retry-After": "43", "RateLimit-Limit": "3", "RateLimit-Reset": "43"}
    assert stopped.headers["X-RateLimit-Remaining"] == stopped.headers["RateLimit-Remaining"] == "0"
    problem = {"family": "dying-relu", "seed": 1}
    assert [ask("POST", "/api/v1/problems", problem).status_code for _ in range(3)] == [201, 201, 429]
    assert other("GET", "/api/v1/token").status_code == 200
    clock[0] += timedelta(seconds=43)
    assert ask("GET", "/api/v1/token").headers["RateLimit-Remaining"] == "2"


def test_who_guesses_tokens_is_held_up_and_who_has_one_is_not(new_app, asking, new_token):
    app, good = new_app(rate_limit_logins=5), new_token()
    answers = [asking(f"gfq_{number}", app)("GET", "/api/v1/token").status_code for number in range(10)]
    assert answers == [401] * 5 + [429] * 5
    assert asking(good, app)("GET", "/api/v1/token").status_code == 200


def test_what_cannot_be_counted_is_not_answered(app, asking, new_token):
    ask = asking(new_token())
    with app.extensions["engine"].begin() as connection:
        connection.execute(text("DROP TABLE request_counts"))
    answer = ask("GET", "/api/v1/token")
    assert answer.status_code in (500, 503)
    assert "request_counts" not in answer.text


def ask_often(url, start, granted):
    """In a process of its own: how many of its requests were taken."""
    engine = make_engine(url)
    start.wait()
    taken = 0
    for _ in range(EACH):
        with transaction(engine) as session:
            taken += rates.count(session, "token 1 writes", limit=50, now=NOW).remaining > 0
    granted.put(taken)
    engine.dispose()


def test_the_count_is_exact_over_three_processes(database_url):
    """Of 120 requests by three processes at once, with 50 allowed, 49 leave something and no number is told twice."""
    context = multiprocessing.get_context("spawn")
    start, granted = context.Event(), context.Queue()
    processes = [context.Process(target=ask_often, args=(database_url, start, granted)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    start.set()
    taken = [granted.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert sum(taken) == 49
    engine = make_engine(database_url)
    with reading(engine) as session:
        assert session.scalars(select(RequestCount.count)).all() == [PROCESSES * EACH]
    engine.dispose()


@given(steps=st.lists(st.integers(0, 40), max_size=30), limit=st.integers(1, 5))
@settings(max_examples=40)
def test_the_count_is_that_of_a_plain_model(counting, steps, limit):
    """Seconds between requests -> what is left of the limit in windows that begin with the first request of each."""
    key, now, began, used = counting.new_key(), NOW, None, 0
    for seconds in steps:
        now += timedelta(seconds=seconds)
        if began is None or now >= began + rates.WINDOW:
            began, used = now, 0
        used += 1
        with transaction(counting.engine) as session:
            found = rates.count(session, key, limit=limit, now=now)
        assert found == Allowance(limit, used, int((began + rates.WINDOW - now).total_seconds()))


class Counting:
    """A database, and keys that were never counted."""

    def __init__(self, engine):
        self.engine = engine
        self.keys = 0

    def new_key(self):
        self.keys += 1
        return f"key {self.keys}"


@pytest.fixture(scope="module")
def counting(sqlite_template, tmp_path_factory):
    path = tmp_path_factory.mktemp("counting") / "quiz.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    engine = make_engine(f"sqlite:///{path}")
    yield Counting(engine)
    engine.dispose()


def test_counts_that_are_over_are_removed(engine):
    with transaction(engine) as session:
        rates.count(session, "one", limit=3, now=NOW)
        rates.count(session, "two", limit=3, now=NOW + timedelta(seconds=30))
    forget(engine, now=NOW + timedelta(seconds=61))
    with reading(engine) as session:
        assert session.scalars(select(RequestCount.key)).all() == ["two"]


@pytest.fixture
def log_in(new_app, classroom, monkeypatch):
    """log_in("ada@example.org", "wrong"): the answer of the page."""
    app = new_app(rate_limit_logins=4, rate_limit_address=30)
    monkeypatch.setattr(accounts, "_HASHER", PasswordHasher(1, 8, 1))  # others take a fifth of a second
    accounts._nobodys_hash.cache_clear()  # noqa: SLF001 - made by that one
    with transaction(classroom.engine) as session:
        for email in ("ada@example.org", "bao@example.org"):
            accounts.set_password(
                session, email=email, password_hash=accounts.hash_password(PASSWORD), now=classroom.now
            )
    client = app.test_client()

    def log_in(email, password="a wrong one"):  # noqa: S107 - as it says
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)[1]
        return client.post("/login", data={"csrf_token": token, "email": email, "password": password})

    yield log_in
    accounts._nobodys_hash.cache_clear()  # noqa: SLF001 - the next is made as usual


def test_log_ins_are_limited_for_each_account_and_the_class_is_not_locked_out(log_in):
    tried = [log_in(" Ada@example.org" if odd else "ada@example.org").status_code for odd in (0, 1, 0, 1, 0)]
    assert tried == [422] * 4 + [429]
    stopped = log_in("ada@example.org", PASSWORD)
    assert (stopped.status_code, stopped.headers["Retry-After"]) == (429, "60")
    assert "At most 4 a minute are taken" in stopped.text
    assert log_in("bao@example.org", PASSWORD).status_code == 303


def test_one_address_tries_many_accounts_only_so_often(log_in):
    answers = [log_in(f"student{number}@example.org").status_code for number in range(32)]
    assert answers == [422] * 30 + [429] * 2


def test_no_address_is_in_the_table(log_in, classroom):
    log_in("ada@example.org")
    with reading(classroom.engine) as session:
        assert not any("ada" in key for key in session.scalars(select(RequestCount.key)))
        assert session.scalar(select(func.max(func.length(RequestCount.key)))) <= 255
