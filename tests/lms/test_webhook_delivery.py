"""Messages to webhooks: signed, in order, tried again for days, and never to addresses of our own network."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta

import httpx
import pytest
from desk import right
from linked import SEAL
from linked_course import once
from post_office import PostOffice
from sqlalchemy import select

from quizsvc.services import webhooks
from quizsvc.services.outside import Outside
from quizsvc.store.api_models import Webhook, WebhookMessage
from quizsvc.store.database import reading, transaction

SECRET = "whsec-1"
URL = "https://app.example.org/hook"


class Receiver:
    """An address that is told, by what it answers: the newest in `answers` counts."""

    def __init__(self):
        self.answers, self.requests = [200], []

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers[-1]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(answer, text="so it is")


@pytest.fixture
def receiver():
    return Receiver()


@pytest.fixture
def office(desk, receiver):
    office = PostOffice(desk.engine, [desk.at(2)], outside=Outside(transport=httpx.MockTransport(receiver)))
    yield office
    office.close()


@pytest.fixture
def hook(desk):
    return add_hook(desk)


def add_hook(desk, url=URL):
    with transaction(desk.engine) as session:
        events = ["attempt.finished", "score.changed"]
        wanted = webhooks.NewWebhook(desk.course_id, url, events, SECRET)
        return webhooks.create_webhook(session, wanted, seal=SEAL, nonce=b"0" * 12, now=desk.start).id


def hand_in(desk, count=3, at=1):
    desk.submit(desk.ada, desk.open(desk.ada), right(count), at=at)


def messages(desk):
    with reading(desk.engine) as session:
        return session.scalars(select(WebhookMessage).order_by(WebhookMessage.id)).all()


@once
@pytest.mark.usefixtures("hook")
def test_a_message_is_signed_and_tells_what_happened(desk, receiver, office):
    hand_in(desk)
    office.run()
    [request] = receiver.requests
    assert (str(request.url), request.method, request.headers["Content-Type"]) == (URL, "POST", "application/json")
    told = json.loads(request.content)
    [message] = messages(desk)
    assert told == {
        "id": message.message_id,
        "event": "score.changed",
        "created_at": "2026-11-03T18:02:00.000+00:00",
        "course": "deep",
        "problem_set": desk.set_id,
        "user": desk.ada,
        "score": {"points": "5", "max_points": 10, "share": "1/2"},
    }
    parts = dict(part.split("=") for part in request.headers["Quiz-Signature"].split(","))
    assert parts["t"] == str(int(desk.at(2).timestamp()))
    signed = parts["t"].encode() + b"." + request.content
    assert parts["v1"] == hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert (message.sent_at, message.next_try_at) == (desk.at(2), None)


@pytest.mark.usefixtures("hook")
def test_messages_come_once_and_in_order(desk, receiver, office):
    hand_in(desk)
    desk.finish(desk.ada, at=2)
    office.run()
    office.run()
    events = [json.loads(request.content)["event"] for request in receiver.requests]
    assert events == ["attempt.finished", "score.changed"]


@once
@pytest.mark.usefixtures("hook")
@pytest.mark.parametrize("answer", [500, 404, 400, 302, httpx.ConnectError("refused")])
def test_an_address_that_does_not_take_it_is_tried_again(desk, receiver, office, answer):
    receiver.answers.append(answer)
    hand_in(desk)
    office.run()
    [message] = messages(desk)
    assert (message.tries, message.sent_at, message.failed_at) == (1, None, None)
    assert message.reason
    receiver.answers.append(204)
    office.clock[0] += timedelta(minutes=1)
    office.run()
    [message] = messages(desk)
    assert (message.sent_at, message.reason) == (office.clock[0], "")
    bodies = {request.content for request in receiver.requests}
    assert len(bodies) == 1


@once
@pytest.mark.usefixtures("hook")
def test_an_address_that_wants_to_be_left_alone_is(desk, receiver, office):
    receiver.answers.append(httpx.Response(429, headers={"Retry-After": "600"}))
    hand_in(desk)
    desk.finish(desk.ada, at=2)
    office.run()
    assert len(receiver.requests) == 1
    receiver.answers.append(200)
    office.clock[0] += timedelta(minutes=9)
    office.run()
    assert len(receiver.requests) == 1
    office.clock[0] += timedelta(minutes=2)
    office.run()
    assert len(receiver.requests) == 3


@pytest.mark.usefixtures("hook")
def test_after_three_days_it_is_given_up(desk, receiver, office):
    receiver.answers.append(500)
    hand_in(desk)
    office.run()
    office.clock[0] += timedelta(days=3, minutes=1)
    office.run()
    [message] = messages(desk)
    assert (message.failed_at, message.next_try_at) == (office.clock[0], None)


@once
def test_an_address_in_our_own_network_is_not_asked(desk):
    add_hook(desk, "https://127.0.0.1/hook")
    office = PostOffice(desk.engine, [desk.at(2)], outside=Outside())
    hand_in(desk)
    office.run()
    [message] = messages(desk)
    assert "private network" in message.reason
    assert message.failed_at is not None
    office.close()


@once
def test_an_address_that_was_removed_is_told_nothing(desk, receiver, office, hook):
    receiver.answers.append(500)
    hand_in(desk)
    office.run()
    with transaction(desk.engine) as session:
        webhooks.remove_webhook(session.get(Webhook, hook), now=office.clock[0])
    office.clock[0] += timedelta(hours=1)
    office.run()
    assert len(receiver.requests) == 1


@pytest.mark.usefixtures("hook")
def test_a_whole_class_is_told_of_without_asking_much(desk, receiver, office):
    for person in desk.enrol(30):
        desk.submit(person, desk.open(person), right(2))
    office.run()
    assert len(receiver.requests) == 30
    assert len({json.loads(request.content)["id"] for request in receiver.requests}) == 30
