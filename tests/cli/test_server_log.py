"""What gunicorn itself logs: failures, and no address that may hold a secret."""

from __future__ import annotations

import pytest
from gunicorn.config import Config

from quizsvc.cli.server import Logger


@pytest.fixture
def logged(caplog):
    """logged("%s is lost", 7) -> what the log says of a failure."""
    logger = Logger(Config())

    def logged(message, *words):
        caplog.clear()
        try:
            {}["inside"]
        except KeyError:
            logger.exception(message, *words)
        assert "KeyError" in caplog.text
        return caplog.records[0].getMessage()

    return logged


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Error handling request %s %s", ("GET", "/lti/register/a-secret?registration_token=another")),
        ("Error handling request %s", ("/lti/register/a-secret",)),
        ("Error handling request (no URI read)", ()),
    ],
)
def test_a_request_that_fails_is_logged_without_its_address(logged, message, words):
    assert logged(message, *words) == "Error handling request"


def test_other_failures_are_logged_as_they_are(logged):
    assert logged("Worker %s is lost", 7) == "Worker 7 is lost"
