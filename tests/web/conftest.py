"""The pages over a fresh database with the demo course: for a test client, and for a real Chromium."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime

import pytest
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from quizsvc import create_app
from quizsvc.config import Settings
from quizsvc.services.demo import PASSWORD, load_demo
from quizsvc.store.database import transaction

NOW = datetime(2026, 11, 3, 18, tzinfo=UTC)
CHROMIUM = "/usr/bin/chromium"


def demo_app(url, now=lambda: NOW):
    app = create_app(Settings(database_url=url, secret_key="k" * 40), clock=now, draw_seed=iter(range(1, 999)).__next__)
    with transaction(app.extensions["engine"]) as session:
        load_demo(session, now=NOW)
    return app


class Visitor:
    """A test client that fills in forms as a browser does: with the token that stands in the page."""

    def __init__(self, app):
        self.client = app.test_client()

    def get(self, path):
        return self.client.get(path)

    def post(self, path, data=None, *, page="/courses", **options):
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.client.get(page).text)
        return self.client.post(path, data={"csrf_token": token and token[1], **(data or {})}, **options)

    def log_in(self, email, password=PASSWORD):
        return self.post("/login", {"email": email, "password": password}, page="/login")


@pytest.fixture
def clock():
    """What time it is; a test may change clock[0]."""
    return [NOW]


@pytest.fixture
def app(database_url, clock):
    app = demo_app(database_url, lambda: clock[0])
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture
def visit(app):
    """visit("ada") is logged in, visit() is nobody."""

    def visit(name=None):
        visitor = Visitor(app)
        if name:
            assert visitor.log_in(f"{name}@example.org").status_code == 303
        return visitor

    return visit


@pytest.fixture
def address(sqlite_url):
    """Where the pages are served to a browser."""
    app = demo_app(sqlite_url)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["engine"].dispose()


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium, address):
    """A page of a fresh browser; whatever it asks for, and whatever it complains of, is looked at in the end."""
    contexts, asked, complaints = [], [], []

    def new(**options):
        context = chromium.new_context(base_url=address, **options)
        context.set_default_timeout(20_000)
        context.on("request", lambda request: asked.append(request.url))
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append((message.text, message.location["url"])))
        page.on("pageerror", lambda error: complaints.append((str(error), page.url)))
        return page

    yield new
    for context in contexts:
        context.close()
    assert [text for text, url in complaints if not url.endswith(("/nowhere", "/draft"))] == []  # these fail on purpose
    assert {url for url in asked if not url.startswith(f"{address}/")} == set()
