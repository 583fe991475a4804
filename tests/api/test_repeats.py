"""A submission that is sent twice with one key is kept once and answered alike: at once, later, and after a restart."""

from __future__ import annotations

import json
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from refusals import ON_ONE_DATABASE, refused
from serving import served
from sqlalchemy import func, select

from quizsvc.jobs.forgetting import forget
from quizsvc.store.api_models import AnsweredRequest
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import Extension, ProblemSet, Submission

PAIRS = 50


@pytest.fixture
def send(ask, begun):
    """send("a key", z1="0.5"): Ada's answer, with a key."""

    def send(key, ask=ask, **answers):
        body = {"problem": begun.problem, "answers": answers}
        return ask("POST", f"{begun.path}/submissions", body, headers={"Idempotency-Key": key})

    return send


def kept(classroom, table=Submission):
    with reading(classroom.engine) as session:
        return session.scalar(select(func.count()).select_from(table))


def test_the_same_key_and_body_get_the_same_answer_and_another_body_none(send, classroom):
    first = send("k1", z1="0.5")
    again = send("k1", z1="0.5")
    assert (again.status_code, again.data) == (first.status_code, first.data) == (201, first.data)
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    refused(send("k1", z1="0.6"), 422, "came with another request", "Idempotency-Key")
    assert kept(classroom) == 1
    assert send("k2", z1="0.6").json["number"] == 2


def test_how_the_json_is_written_does_not_matter(ask, begun, classroom):
    texts = ('{"problem": %d, "answers": {"z1": "1", "a1": "2"}}', '{"answers":{"a1":"2","z1":"1"},"problem":%d}')
    answers = [
        ask(
            "POST",
            f"{begun.path}/submissions",
            data=text % begun.problem,
            content_type="application/json",
            headers={"Idempotency-Key": "k"},
        ).data
        for text in texts
    ]
    assert answers[0] == answers[1]
    assert kept(classroom) == 1


@ON_ONE_DATABASE
@pytest.mark.parametrize("key", ["", "k" * 256, "k\x7f", "schlüssel", "k\t"])
def test_a_key_that_is_none(send, classroom, key):
    refused(send(key, z1="0.5"), 400, "1 to 255 printable", "Idempotency-Key")
    assert kept(classroom) == 0


def test_the_longest_key_and_strange_ones(send):
    for key in ("k" * 255, " ", "'; DROP TABLE answered_requests; --", "%00"):
        assert send(f"x{key}"[:255], z1="0.5").status_code == 201


def test_a_key_of_another_token_is_another_key(send, asking, new_token, classroom):
    send("k1", z1="0.5")
    other = send("k1", ask=asking(new_token()), z1="0.6")
    assert (other.status_code, other.json["number"], other.json["answers"]) == (201, 2, {"z1": "0.6"})
    assert kept(classroom) == 2


def test_a_key_is_good_for_one_operation(send, ask, classroom):
    send("k1", z1="0.5")
    body = {"problem_set": classroom.set_id, "user": classroom.ada, "reason": "ill", "more_submissions": 2}
    key = {"Idempotency-Key": "k1"}
    refused(ask("POST", "/api/v1/extensions", body, headers=key), 422, "another request")
    first, again = (ask("POST", "/api/v1/extensions", body, headers={"Idempotency-Key": "k2"}) for _ in range(2))
    assert (first.status_code, again.data, kept(classroom, Extension)) == (201, first.data, 1)


def test_what_was_refused_did_nothing_and_may_come_again(send, classroom):
    refused(send("k1", nothing="1"), 422)
    assert kept(classroom, AnsweredRequest) == 0
    assert send("k1", z1="0.5").status_code == 201


def test_answers_are_kept_for_48_hours(send, classroom, clock):
    first = send("k1", z1="0.5")
    clock[0] += timedelta(hours=47, minutes=59)
    forget(classroom.engine, now=clock[0])
    assert send("k1", z1="0.5").data == first.data
    clock[0] += timedelta(minutes=1)
    later = send("k1", z1="0.7")
    assert (later.json["number"], kept(classroom)) == (2, 2)
    clock[0] += timedelta(hours=48)
    forget(classroom.engine, now=clock[0])
    assert kept(classroom, AnsweredRequest) == 0


def test_a_hundred_retries_make_one_row(send, classroom):
    assert len({send("k1", z1="0.5").data for _ in range(100)}) == 1
    assert kept(classroom) == 1


@pytest.mark.parametrize("pairs", [PAIRS, pytest.param(1_000, marks=pytest.mark.soak)])
def test_pairs_that_arrive_at_once_are_kept_once_and_answered_alike(
    new_app, asking, new_token, open_everywhere, classroom, pairs
):
    """Two threads, each with an application of its own, begin at the same instant, many times."""
    token, apps = new_token(), [new_app(rate_limit_writes=10_000) for _ in range(2)]
    barrier = threading.Barrier(2)

    def send(app, place, key):
        path, problem, step = place
        barrier.wait(timeout=30)
        body = {"problem": problem, "answers": {step: key}}
        return asking(token, app)("POST", f"{path}/submissions", body, headers={"Idempotency-Key": key})

    with ThreadPoolExecutor(2) as pool:
        for number in range(pairs):
            place = open_everywhere[number % len(open_everywhere)]
            one, other = pool.map(send, apps, [place] * 2, [f"0.{number:03}"] * 2)
            assert (one.status_code, other.status_code) == (201, 201), (one.text, other.text)
            assert one.data == other.data
            assert ["Idempotency-Replayed" in answer.headers for answer in (one, other)].count(True) == 1
    with reading(classroom.engine) as session:
        stored = [next(iter(one.values())) for one in session.scalars(select(Submission.answers))]
    assert sorted(stored) == [f"0.{number:03}" for number in range(pairs)]


@pytest.fixture
def open_everywhere(classroom, ask):
    """Path, problem and a step of both problems of both students, who may submit as often as they like."""
    with transaction(classroom.engine) as session:
        session.get(ProblemSet, classroom.set_id).submissions_per_variant = None
    found = []
    for user in (classroom.ada, classroom.bao):
        attempt = ask("POST", "/api/v1/attempts", {"problem_set": classroom.set_id, "user": user}).json
        path = f"/api/v1/attempts/{attempt['id']}"
        for item in ("vanishing-gradient", "exploding-gradient"):
            opened = ask("POST", f"{path}/problems", {"item": item}).json["opened"]
            found.append((path, opened["id"], "z1"))
    return found


def test_an_answer_survives_a_restart(database_url, new_token, begun, classroom, asking, clock):
    """What this process has answered is answered by another one, started afterwards, to the letter."""
    token = new_token()
    clock[0] = datetime.now(UTC)  # as the other process will have it
    first = asking(token)(
        "POST",
        f"{begun.path}/submissions",
        {"problem": begun.problem, "answers": {"z1": "0.5"}},
        headers={"Idempotency-Key": "before"},
    )
    body = json.dumps({"answers": {"z1": "0.5"}, "problem": begun.problem}).encode()
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": "before",
    }
    for _ in range(2):
        with served(database_url) as (_process, address):
            request = urllib.request.Request(f"{address}{begun.path}/submissions", body, headers)
            with urllib.request.urlopen(request) as answer:
                assert (answer.status, answer.read()) == (201, first.data)
    assert kept(classroom) == 1
