"""The application over a fresh database, and a client that has a token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from quizsvc import create_app
from quizsvc.config import Settings
from quizsvc.errors import NotReached
from quizsvc.services.outside import GuardedTransport, Outside, Rules
from quizsvc.services.tokens import SCOPES, create_token
from quizsvc.store.database import transaction

NOW = datetime(2026, 11, 3, 18, tzinfo=UTC)
KNOWN = {"portal.example.org": "93.184.215.14", "inside.example.org": "10.0.0.7", "v6.example.org": "fe80::1"}


def look_up(host, _port):
    """Where the names that tests ask of lead; no other leads anywhere."""
    if host not in KNOWN:
        message = f"There is no server {host}; check the address."
        raise NotReached(message)
    return [ip_address(KNOWN[host])]


@pytest.fixture
def clock():
    """What time it is; a test may change clock[0]."""
    return [NOW]


@pytest.fixture
def new_app(database_url, clock):
    """new_app(rate_limit_reads=3): the application over the database of the test."""
    made = []

    def new(**settings):
        outside = Outside(transport=GuardedTransport(Rules(), look_up))
        settings = Settings(database_url=database_url, secret_key="k" * 40, **settings)
        made.append(create_app(settings, clock=lambda: clock[0], draw_seed=lambda: 4711, outside=outside))
        return made[-1]

    yield new
    for app in made:
        app.extensions["engine"].dispose()
        app.extensions["outside"].close()


@pytest.fixture
def app(new_app):
    return new_app()


@pytest.fixture
def new_token(app):
    def new(*scopes, **wanted):
        scopes = scopes or SCOPES
        with transaction(app.extensions["engine"]) as session:
            return create_token(session, name="test", scopes=scopes, now=NOW, **wanted)[1]

    return new


@pytest.fixture
def asking(app):
    """asking(token)("POST", "/api/v1/grade", {...}); with `headers`, these as well."""

    def asking(token, app=app):
        def ask(method, path, body=None, *, headers=None, **options):
            headers = {"Authorization": f"Bearer {token}", **(headers or {})}
            body = {} if body is None else {"json": body}
            return app.test_client().open(path, method=method, headers=headers, **body, **options)

        return ask

    return asking


@pytest.fixture
def ask(asking, new_token):
    """ask("POST", "/api/v1/grade", {...}) with a token for everything."""
    return asking(new_token())


@pytest.fixture
def begun(classroom, ask):
    """Ada's attempt at the set of the classroom, with her first problem opened."""
    attempt = ask("POST", "/api/v1/attempts", {"problem_set": classroom.set_id, "user": classroom.ada}).json["id"]
    opened = ask("POST", f"/api/v1/attempts/{attempt}/problems", {"item": "vanishing-gradient"}).json["opened"]
    return Begun(f"/api/v1/attempts/{attempt}", attempt, opened["id"])


@dataclass(frozen=True)
class Begun:
    """An attempt by its path and id, and a problem of it."""

    path: str
    id: int
    problem: int
