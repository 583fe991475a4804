"""What a refusal looks like, and tests of what does not depend on the database."""

from __future__ import annotations

import pytest

ON_ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For tests of one thing in many forms, where the database makes no difference."""


def refused(response, status, said="", where=None):
    """The problem details, after a look at their form."""
    assert response.status_code == status, response.text
    assert response.content_type == "application/problem+json"
    body = response.json
    assert (body["status"], said in body["detail"] + str(body["errors"])) == (status, True), body
    assert where is None or where in [error["where"] for error in body["errors"]], body
    assert "Traceback" not in response.text
    return body
