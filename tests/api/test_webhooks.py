"""Addresses that are told what happens: who may be one, and what is shown of them."""

from __future__ import annotations

import pytest
from refusals import ON_ONE_DATABASE, refused
from sqlalchemy.orm import undefer

from quizsvc.services.webhooks import MOST_IN_A_COURSE
from quizsvc.store.api_models import Webhook, WebhookMessage
from quizsvc.store.database import reading, transaction

PATH = "/api/v1/webhooks"
BODY = {"course": "deep", "url": "https://portal.example.org/quiz", "events": ["score.changed", "attempt.finished"]}

pytestmark = pytest.mark.usefixtures("classroom")


def test_a_webhook_is_made_shown_and_removed_and_its_secret_is_shown_once(ask, app):
    answer = ask("POST", PATH, BODY)
    assert answer.status_code == 201
    made = dict(answer.json)
    secret, path = made.pop("secret"), f"{PATH}/{made['id']}"
    assert secret.startswith("whsec_")
    assert ask("GET", path).json == made
    assert made["events"] == ["attempt.finished", "score.changed"]
    assert ask("GET", PATH).json["items"] == [made]
    with reading(app.extensions["engine"]) as session:
        stored = session.get(Webhook, made["id"], options=[undefer(Webhook.secret)]).secret
    assert secret not in stored
    assert app.extensions["seal"].open(stored) == secret
    removed = ask("DELETE", path)
    assert (removed.status_code, removed.data) == (204, b"")
    for method in ("GET", "DELETE"):
        refused(ask(method, path), 404)
    assert ask("GET", PATH).json["items"] == []


def test_two_webhooks_have_two_secrets(ask):
    assert ask("POST", PATH, BODY).json["secret"] != ask("POST", PATH, BODY).json["secret"]


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"url": "https://inside.example.org/"}, 422, "private network"),
        ({"url": "https://v6.example.org/"}, 422, "private network"),
        ({"url": "https://127.0.0.1/"}, 502, "There is no server"),  # names alone are looked up here
        ({"url": "https://nowhere.example.org/"}, 502, "There is no server"),
        ({"url": "http://portal.example.org/"}, 422, "begin with https"),
        ({"url": "https://portal.example.org:8443/"}, 422, "only port 443"),
        ({"url": "https://portal.example.org:0/"}, 422, "only port 443"),
        ({"url": "https://user:secret@portal.example.org/"}, 422, "without a password"),
        ({"url": "file:///etc/passwd"}, 422, "write an address like"),
        ({"url": "gopher://portal.example.org/"}, 422, "write an address like"),
        ({"url": "https://[::1"}, 422, "no address"),
        ({"url": ""}, 422, "at least 1 character"),
        ({"url": "https://portal.example.org/" + "x" * 1000}, 422, "at most 1000"),
        ({"events": []}, 422, "at least 1 item"),
        ({"events": ["everything"]}, 422, "score.changed"),
        ({"course": "nothing"}, 404, "no such thing"),
        ({"secret": "mine"}, 422, "Extra inputs"),
    ],
)
def test_who_cannot_be_told(ask, change, status, said):
    refused(ask("POST", PATH, BODY | change), status, said)
    assert ask("GET", PATH).json["items"] == []


def test_a_course_has_so_many_at_most(ask):
    for _ in range(MOST_IN_A_COURSE):
        assert ask("POST", PATH, BODY).status_code == 201
    refused(ask("POST", PATH, BODY), 409, "at most 20")


def test_what_it_was_told_and_what_it_did_not_take(ask, app, clock):
    webhook = ask("POST", PATH, BODY).json["id"]
    with transaction(app.extensions["engine"]) as session:
        for number, (sent, failed, reason) in enumerate([(clock[0], None, ""), (None, clock[0], "HTTP 410")]):
            session.add(
                WebhookMessage(
                    webhook_id=webhook,
                    message_id=f"m{number}",
                    event="score.changed",
                    subject=f"user {number}",
                    body={"user": number},
                    created_at=clock[0],
                    tries=number + 1,
                    sent_at=sent,
                    failed_at=failed,
                    reason=reason,
                )
            )
    first = ask("GET", f"{PATH}/{webhook}/messages?limit=1").json
    second = ask("GET", f"{PATH}/{webhook}/messages?cursor={first['next']}").json
    [sent], [failed] = first["items"], second["items"]
    assert (sent["id"], sent["body"], sent["failed_at"]) == ("m0", {"user": 0}, None)
    assert (failed["tries"], failed["sent_at"], failed["reason"], second["next"]) == (2, None, "HTTP 410", None)
