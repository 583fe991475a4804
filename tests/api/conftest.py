"""The application over a fresh database, and a client that has a token."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from quizsvc import create_app
from quizsvc.config import Settings
from quizsvc.services.tokens import SCOPES, create_token
from quizsvc.store.database import transaction

NOW = datetime(2026, 11, 3, 18, tzinfo=UTC)


@pytest.fixture
def app(database_url):
    app = create_app(
        Settings(database_url=database_url, secret_key="k" * 40), clock=lambda: NOW, draw_seed=lambda: 4711
    )
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture
def new_token(app):
    def new(*scopes, **wanted):
        with transaction(app.extensions["engine"]) as session:
            return create_token(session, name="test", scopes=scopes, now=NOW, **wanted)[1]

    return new


@pytest.fixture
def ask(app, new_token):
    """ask("POST", "/api/v1/grade", {...}) with a token for everything."""
    client, headers = app.test_client(), {"Authorization": f"Bearer {new_token(*SCOPES)}"}

    def ask(method, path, body=None, **options):
        options = {"headers": headers} | options
        return client.open(path, method=method, **({} if body is None else {"json": body}), **options)

    return ask
