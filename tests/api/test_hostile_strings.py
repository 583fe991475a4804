"""Whatever programs send in a body, a query or a header is text: it is taken as that or refused, and makes no fault."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from hostile import SENDABLE, STRINGS
from refusals import ON_ONE_DATABASE

from quizsvc.store.api_models import Webhook
from quizsvc.store.database import reading

V1 = "/api/v1"
DRAWN = {"family": "dying-relu", "seed": 1}


@pytest.fixture
def app(new_app):
    """Nobody is told to come again later."""
    return new_app(rate_limit_reads=1_000_000, rate_limit_writes=1_000_000)


def require_told(answer, where):
    """A success, or a refusal of the client's request, as JSON."""
    assert answer.status_code < 500 or answer.status_code == 502, (where, answer.text)  # 502: a name leads nowhere
    assert answer.mimetype in ("application/json", "application/problem+json"), where
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.json is not None, where


@ON_ONE_DATABASE
def test_only_the_host_that_stands_in_an_address_is_told(classroom, ask):
    for text in STRINGS:
        for url in (text, f"https://portal.example.org:{text}/", f"https://{text}@portal.example.org/"):
            answer = ask("POST", f"{V1}/webhooks", {"course": "deep", "url": url, "events": ["score.changed"]})
            require_told(answer, url)
            assert answer.status_code in (201, 409, 422, 502), url
    with reading(classroom.engine) as session:
        kept = [urlsplit(one.url) for one in session.query(Webhook)]
    assert {(one.scheme, one.netloc.rstrip(":")) for one in kept} <= {("https", "portal.example.org")}
    assert all(one.geturl().isprintable() for one in kept)


@ON_ONE_DATABASE
def test_problems_and_answers(ask):
    problem = {"family": "dying-relu", "seed": 1} | ask("POST", f"{V1}/problems", DRAWN).json
    for text in STRINGS:
        for path, body in (
            ("/problems", {"family": text}),
            ("/problems", DRAWN | {"options": {text: text, "decimals": text}}),
            ("/problems", {"family": "dying-relu", "given": {text: text, "z": text}}),
            ("/grade", {"problem": problem | {"given": {"z": [text]}}, "answers": {text: text}}),
            ("/grade", {"problem": problem, "answers": {"a": [text], "dead": text}}),
        ):
            require_told(ask("POST", V1 + path, body), (path, text))


def test_names_in_bodies(begun, classroom, ask):
    place = {"problem_set": classroom.set_id}
    for text in STRINGS:
        for path, body in (
            (f"/attempts/{begun.id}/problems", {"item": text}),
            ("/extensions", place | {"user": text, "reason": text}),
        ):
            require_told(ask("POST", V1 + path, body), (path, text))


def test_what_is_typed_and_why_more_is_given_comes_back_as_it_was(begun, classroom, ask):
    for number, text in enumerate(STRINGS):
        body = {"problem": begun.problem, "answers": {"z1": text, "a1": text}, "base": number}
        require_told(ask("PUT", f"{begun.path}/draft", body), text)
    for text in STRINGS:
        body = {"problem_set": classroom.set_id, "user": classroom.ada, "reason": text, "more_submissions": 1}
        answer = ask("POST", f"{V1}/extensions", body)
        require_told(answer, text)
        assert answer.status_code in (201, 422), text
        if answer.status_code == 201:
            assert answer.json["reason"] == " ".join(text.split()), text


@ON_ONE_DATABASE
def test_queries_and_headers(classroom, ask):
    for text in SENDABLE:
        for asked in (
            f"attempts?cursor={quote(text)}",
            f"attempts?user={quote(text)}",
            f"problem-sets?course={quote(text)}",
            f"webhooks?limit={quote(text)}&{quote(text)}={quote(text)}",
        ):
            require_told(ask("GET", f"{V1}/{asked}"), asked)
        if "\n" not in text and "\r" not in text and text.isascii():
            headers = {"Idempotency-Key": text, "If-None-Match": text}
            body = {"problem_set": classroom.set_id, "user": classroom.ada, "reason": "ill", "more_submissions": 1}
            require_told(ask("POST", f"{V1}/extensions", body, headers=headers), text)
