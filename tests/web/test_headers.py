"""What protects every response, whoever makes it: a page, an answer for programs, an error, or a static file."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from everybody import everybody, filled, routes
from linked_course import app_of, client_of, linked, once, token_in
from sqlalchemy import event
from sqlalchemy.exc import ProgrammingError

from quizsvc.services.lms.registrations import disable, get_platform
from quizsvc.services.tokens import SCOPES, create_token
from quizsvc.store.database import transaction

PLATFORM = "https://moodle.example.org"
LOCKED = {"base-uri 'none'", "default-src 'none'"}
SPECIAL = {
    "/api/v1/docs": "'none'",  # nobody frames it
    "/lti/register": "*",  # who registers is not known yet, and there is nothing to click on
    "/lti/register/<secret>": "*",
}
"""Pages with frame-ancestors of their own."""

ASKED = {
    "openid_configuration": f"{PLATFORM}/configuration",
    "iss": PLATFORM,
    "login_hint": "8",
    "target_link_uri": "http://localhost/lti/launch",
}


@pytest.fixture
def world(classroom):
    world = everybody(classroom, max_body_bytes=10_000)
    platform_id, request_id = linked(classroom)
    others = {"request_id": request_id, "link_id": 1, "webhook_id": 1, "attempt_id": 1}
    world.places["owner"].update(others | {"secret": "guessed", "name": "docs.js", "platform_id": platform_id})
    yield world
    world.app.extensions["engine"].dispose()


def require_headers(answer, ancestors, where, *, https=False):
    """All of them, and `ancestors` alone may frame a page; what is no page is framed by this site alone."""
    headers = answer.headers
    policy = headers["Content-Security-Policy"].split("; ")
    assert set(policy) >= LOCKED, where
    is_page = answer.mimetype == "text/html"
    assert "frame-ancestors " + (ancestors if is_page else "'self'") in policy, where
    assert "script-src 'self'" in policy, where
    assert len(headers.getlist("Content-Security-Policy")) == 1, where
    assert headers["X-Content-Type-Options"] == "nosniff", where
    assert headers["Referrer-Policy"] == "same-origin", where
    assert "Permissions-Policy" in headers, where
    assert headers["Cache-Control"], where
    assert headers.get("Strict-Transport-Security") == ("max-age=31536000" if https else None), where


@once
@pytest.mark.parametrize("https", [False, True], ids=["http", "https"])
def test_every_route_answers_with_all_of_them(world, https):
    room = world.room
    with transaction(room.engine) as session:
        token = create_token(session, name="all", scopes=SCOPES, now=room.now)[1]
    everything = routes(world.app, None)
    paths = [(rule, filled(rule, world.places["owner"])) for rule in sorted({rule for _, rule in everything})]
    clients = [world.client(who) for who in ("nobody", "owner", "teaches")]
    statuses = set()
    for rule, path in paths:
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
            for client in clients:
                for options in ({}, {"headers": {"Authorization": f"Bearer {token}"}}) if "/api/" in rule else ({},):
                    url = {"base_url": "https://localhost"} if https else {}
                    with client.open(path, method=method, **url, **options) as answer:
                        statuses.add(answer.status_code)
                        usual = f"'self' {PLATFORM}"
                        expected = SPECIAL.get(rule, usual) if method == "GET" else usual
                        require_headers(answer, expected, rule, https=https)
    assert statuses >= {200, 302, 400, 401, 403, 404, 405}


def test_errors_too_have_all_of_them(world, monkeypatch):
    client, ours = world.client("owner"), f"'self' {PLATFORM}"
    page = client.get("/login", follow_redirects=True).text
    [style] = re.findall(r'href="(/static/css/theme\.[^"]+)"', page)
    with client.get(style) as found:
        assert found.status_code == 200
        require_headers(found, ours, style)
    with transaction(world.room.engine) as session:
        token = create_token(session, name="all", scopes=SCOPES, now=world.room.now)[1]
    bearer = {"Authorization": f"Bearer {token}"}
    for path, status, options in (
        ("/static/css/theme.css", 404, {}),
        ("/nowhere", 404, {}),
        ("/%00", 404, {}),
        ("/api/v1/nowhere", 404, {}),
        ("/lti/nowhere", 404, {}),
        ("/problems/1/steps", 413, {"method": "POST", "data": {"z1": "1" * 20_000}}),
        ("/lti/launch", 413, {"method": "POST", "data": {"id_token": "1" * 20_000}}),
        ("/api/v1/grade", 413, {"method": "POST", "data": "1" * 20_000, "headers": bearer}),
        ("/api/v1/grade", 415, {"method": "POST", "data": "1", "headers": bearer}),
        ("/api/v1/courses", 401, {}),
        ("/lti/launch", 401, {"method": "POST"}),
        ("/lti/login", 400, {}),
    ):
        answer = client.open(path, **options)
        assert answer.status_code == status, path
        require_headers(answer, ours, path)

    def fail(*_args, **_options):
        message = "internals"
        raise KeyError(message)

    for name in (
        "attempts.view_set",
        "webhooks.list_webhooks",
        "lms.launching.find_launch_request",
        "lms.tool_keys.public_keys",
    ):
        monkeypatch.setattr(f"quizsvc.services.{name}", fail)
    for path, options in (
        ("/sets/1", {}),
        ("/api/v1/webhooks", {"headers": bearer}),
        ("/lti/launch", {"method": "POST", "data": {"state": "s", "id_token": "t"}}),
        ("/lti/jwks", {}),
    ):
        answer = client.open(path, **options)
        assert (answer.status_code, "internals" in answer.text) == (500, False), path
        require_headers(answer, ours, path)


@once
def test_a_fault_anywhere_shows_nothing_of_the_inside(world):
    """The first query of every view fails, once it is known who asks."""
    known = re.compile(r"\b(logins|users|api_tokens|request_counts)\b")

    def fail(_connection, _cursor, statement, *_rest):
        if not known.search(statement) and not statement.startswith(("BEGIN", "PRAGMA")):
            raise ProgrammingError(statement, {"inside": "internals"}, KeyError("internals"))

    room, place = world.room, world.places["owner"]
    with transaction(room.engine) as session:
        token = create_token(session, name="all", scopes=SCOPES, now=room.now)[1]
    client = world.client("teaches")
    form = {"csrf_token": token_in(client.get("/courses").text), "set": "1", "state": "s", "id_token": "t"}
    event.listen(world.app.extensions["engine"], "before_cursor_execute", fail)
    failed = []
    for method, rule in sorted(routes(world.app, None)):
        sent = {"data": form} if method == "POST" else {"query_string": ASKED}
        if rule.startswith("/api/"):
            sent = {"json": {}, "headers": {"Authorization": f"Bearer {token}"}}
        with client.open(filled(rule, place), method=method, **sent) as answer:
            if answer.status_code >= 500:
                failed.append(rule)
                assert rule == "/readyz" or re.search(r"Reference: (<code>)?[0-9a-f]{8}", answer.text), rule
                assert not re.search(r"internals|SELECT|sqlalchemy|Traceback|quizsvc", answer.text), rule
    assert len(failed) > 40


@once
def test_only_platforms_in_use_may_frame_pages(world, classroom):
    with transaction(classroom.engine) as session:
        disable(get_platform(session, world.places["owner"]["platform_id"]), now=classroom.now)
    app = app_of(classroom)
    answer = client_of(app, classroom, classroom.ada).get("/courses")
    require_headers(answer, "'self'", "/courses")
    app.extensions["engine"].dispose()


@once
def test_cookies_are_bound_to_this_host_and_kept_from_scripts(world):
    app = app_of(world.room, session_cookie_secure=True)
    world = replace(world, app=app)
    for headers, name, site in (
        ({}, "__Host-quiz", "Lax"),
        ({"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}, "__Host-quiz-framed", "None"),
    ):
        answer = world.client("nobody").get("/login", base_url="https://localhost", headers=headers)
        [cookie] = answer.headers.getlist("Set-Cookie")
        words = cookie.split("; ")
        assert words[0].startswith(f"{name}=")
        assert {"Secure", "HttpOnly", "Path=/", f"SameSite={site}"} <= set(words)
        assert not any(word.startswith("Domain") for word in words)
        assert ("Partitioned" in words) is (site == "None")
    app.extensions["engine"].dispose()
