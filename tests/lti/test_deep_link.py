"""The page on which an instructor chooses, and the one that takes the choice to the platform."""

from __future__ import annotations

import re
from html import unescape

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from linked_course import RETURN_URL, app_of, client_of, linked, once, token_in

from quizsvc.services.lms import tool_keys
from quizsvc.store.database import reading

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


@pytest.fixture
def app(classroom):
    app = app_of(classroom)
    yield app
    app.extensions["engine"].dispose()


def choose(client, request_id, **form):
    page = client.get(f"/lti/deep-link/{request_id}")
    assert page.status_code == 200, page.text
    return client.post(f"/lti/deep-link/{request_id}", data={"csrf_token": token_in(page.text), **form})


def test_an_instructor_chooses_and_the_browser_takes_it_to_the_platform(classroom, app):
    _, request_id = linked(classroom, data="opaque<&>")
    client = client_of(app, classroom, classroom.instructor)
    page = client.get(f"/lti/deep-link/{request_id}").text
    assert "Which set shall Moodle link to?" in page
    assert "Chains" in page
    sent = choose(client, request_id, set=classroom.set_id)
    assert sent.status_code == 200
    assert unescape(re.search(r'<form method="post" action="([^"]+)"', sent.text)[1]) == RETURN_URL
    token = re.search(r'name="JWT" value="([^"]+)"', sent.text)[1]
    with reading(classroom.engine) as session:
        keys = KeySet.import_key_set(tool_keys.public_keys(session, now=classroom.now))
    claims = jwt.decode(token, keys, algorithms=["RS256"]).claims
    assert claims[f"{DL}data"] == "opaque<&>"
    assert claims[f"{DL}content_items"][0]["url"] == "http://localhost/lti/launch?set=chains"
    assert len(claims["nonce"]) >= 22
    policy = dict(part.split(" ", 1) for part in sent.headers["Content-Security-Policy"].split("; "))
    assert policy["form-action"] == "https://moodle.example.org"
    assert policy["frame-ancestors"] == "'self' https://moodle.example.org"
    again = client.get(f"/lti/deep-link/{request_id}")
    assert (again.status_code, "chosen already" in again.text) == (409, True)


def test_the_address_that_others_see_stands_in_the_link(classroom):
    app = app_of(classroom, public_url="https://quiz.example.org")
    _, request_id = linked(classroom)
    client = client_of(app, classroom, classroom.instructor)
    sent = choose(client, request_id, set=classroom.set_id)
    token = re.search(r'name="JWT" value="([^"]+)"', sent.text)[1]
    with reading(classroom.engine) as session:
        keys = KeySet.import_key_set(tool_keys.public_keys(session, now=classroom.now))
    [item] = jwt.decode(token, keys, algorithms=["RS256"]).claims[f"{DL}content_items"]
    assert item["url"] == "https://quiz.example.org/lti/launch?set=chains"
    app.extensions["engine"].dispose()


def test_several_are_boxes_to_tick_and_one_is_a_round_one(classroom, app):
    _, request_id = linked(classroom)
    client = client_of(app, classroom, classroom.instructor)
    assert 'type="checkbox" name="set"' in client.get(f"/lti/deep-link/{request_id}").text


@once
@pytest.mark.parametrize("form", [{}, {"set": "x"}, {"set": "99999999999"}, {"set": "77"}, {"set": "²"}])
def test_what_cannot_be_chosen_is_told_on_the_page(classroom, app, form):
    _, request_id = linked(classroom, accept_multiple=False)
    client = client_of(app, classroom, classroom.instructor)
    assert 'type="radio" name="set"' in client.get(f"/lti/deep-link/{request_id}").text
    refused = choose(client, request_id, **form)
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert choose(client, request_id, set=classroom.set_id).status_code == 200


def test_nothing_can_be_linked(classroom, app):
    _, request_id = linked(classroom)
    client = client_of(app, classroom, classroom.instructor)
    assert 'name="JWT"' in choose(client, request_id, nothing="y").text


def test_others_find_nothing_and_nobody_is_asked_to_log_in(classroom, app):
    _, request_id = linked(classroom)
    for user in (classroom.ada, classroom.stranger):
        assert client_of(app, classroom, user).get(f"/lti/deep-link/{request_id}").status_code == 404
    assert client_of(app, classroom, None).get(f"/lti/deep-link/{request_id}").status_code == 302
    assert client_of(app, classroom, None).post(f"/lti/deep-link/{request_id}").status_code in (401, 403)
    instructor = client_of(app, classroom, classroom.instructor)
    assert instructor.post(f"/lti/deep-link/{request_id}", data={"set": classroom.set_id}).status_code == 403


def test_a_request_that_links_cannot_answer_is_explained(classroom, app):
    _, request_id = linked(classroom, accept_types=["file"])
    page = client_of(app, classroom, classroom.instructor).get(f"/lti/deep-link/{request_id}")
    assert (page.status_code, "asks for something else than a link" in page.text) == (409, True)
