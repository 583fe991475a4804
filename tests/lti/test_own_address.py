"""What learning platforms are told is where we are."""

from __future__ import annotations

import pytest
from linked_course import app_of

from quizsvc.services.lms.our_addresses import OurAddresses


@pytest.fixture
def app(classroom):
    app = app_of(classroom)
    yield app
    app.extensions["engine"].dispose()


def test_our_addresses_are_those_that_are_served(app):
    ours = OurAddresses("http://localhost")
    with app.test_request_context():
        served = {str(rule) for rule in app.url_map.iter_rules()}
    for address in (ours.login, ours.launch, ours.jwks, ours.deep_link):
        path = address.removeprefix("http://localhost")
        assert path in served, path
    assert "/lti/register/<secret>" in served
    assert ours.register("s") == "http://localhost/lti/register/s"
    assert ours.launch_of("a&b") == "http://localhost/lti/launch?set=a%26b"
    assert ours.domain == "localhost"


def test_who_is_sent_to_choose_arrives_as_at_any_launch(app):
    client = app.test_client()
    assert client.get("/lti/deep-link").status_code == 405
    refused = client.post("/lti/deep-link", data={"state": "unknown", "id_token": "a.b.c"})
    assert (refused.status_code, "csrf" in refused.text.lower()) == (401, False)
