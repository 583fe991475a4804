"""What a refusal looks like."""

from __future__ import annotations


def refused(response, status, said="", where=None):
    """The problem details, after a look at their form."""
    assert response.status_code == status, response.text
    assert response.content_type == "application/problem+json"
    body = response.json
    assert (body["status"], said in body["detail"] + str(body["errors"])) == (status, True), body
    assert where is None or where in [error["where"] for error in body["errors"]], body
    assert "Traceback" not in response.text
    return body
