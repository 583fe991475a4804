"""What a page of another site could have a browser do: nothing changes but by a form of ours, and never by looking."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from everybody import everybody, filled, routes
from linked_course import app_of, linked, once, token_in
from sqlalchemy import select

from quizsvc import lti
from quizsvc.services import webhooks
from quizsvc.services.tokens import SCOPES, create_token
from quizsvc.store import people
from quizsvc.store.database import transaction
from quizsvc.store.lms_models import DeepLinkRequest, ResourceLink
from quizsvc.store.models import Base

COUNTED = "request_counts"
"""How often somebody asks is counted wherever it is limited."""

LEAD_ELSEWHERE = {
    "/",
    "/login",
    "/lti/login",
    "/lti/login/check",
    "/lti/register",
    "/lti/register/<secret>",
    "/api/v1/families/<slug>",
}
"""They lead on, or want more than there is in the place of somebody."""


def dump(engine):
    """Table -> all of its rows, of the whole database."""
    with engine.connect() as connection:
        return {
            table.name: connection.execute(select(table).order_by(table.c.id)).all()
            for table in Base.metadata.sorted_tables
            if table.name != COUNTED
        }


@pytest.fixture
def world(classroom):
    """Everybody, a platform whose instructor has been sent to choose a set, and a webhook."""
    world = everybody(classroom)
    engine, now = classroom.engine, classroom.now
    _, request_id = linked(classroom)
    with transaction(engine) as session:
        context_id = session.get(DeepLinkRequest, request_id).context_id
        link = ResourceLink(context_id=context_id, resource_link_id="7", title="Week 3", created_at=now)
        session.add(link)
        course = people.get_course(session, "deep")
        wanted = webhooks.NewWebhook(course.id, "https://a.example.org", ["score.changed"], "s")
        hook = webhooks.create_webhook(session, wanted, seal=world.app.extensions["seal"], nonce=bytes(12), now=now)
        session.flush()
        more = {"request_id": request_id, "link_id": link.id, "webhook_id": hook.id, "attempt_id": 1}
    world.places["owner"].update(more | {"secret": "guessed", "name": "docs.js"})
    yield world
    world.app.extensions["engine"].dispose()


def addresses(app, method, place, *prefixes):
    """Every address that is asked in that way, filled in, with its rule."""
    return sorted((filled(rule, place), rule) for asked, rule in routes(app, *prefixes) if asked == method)


@once
def test_nothing_is_changed_without_a_form_of_ours_nor_by_one_that_another_site_has_sent(world):
    by_platforms = {view.__name__ for view in lti.POSTED_BY_PLATFORMS}
    views = world.app.view_functions
    posts = [
        (filled(rule.rule, world.places["owner"]), rule.endpoint)
        for rule in world.app.url_map.iter_rules()
        if "POST" in rule.methods and not rule.rule.startswith("/api/")
    ]
    forms = [path for path, endpoint in posts if views[endpoint] not in lti.POSTED_BY_PLATFORMS]
    assert by_platforms == {"log_in", "check_cookies", "launch"}
    assert len(forms) > 12
    before = dump(world.room.engine)
    for who in ("owner", "teaches"):
        client = world.client(who)
        token = token_in(client.get("/courses").text)
        logged_in = dump(world.room.engine)
        for path in forms:
            for sent in ({}, {"csrf_token": ""}, {"csrf_token": "guessed"}, {"csrf_token": token[:-1]}):
                assert client.post(path, data=sent).status_code == 403, (path, sent)
            for headers in (
                {"Origin": "https://evil.example"},
                {"Origin": "null"},
                {"Origin": "http://localhost.evil.example"},
                {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
                {"Sec-Fetch-Site": "same-site"},
            ):
                answer = client.post(path, data={"csrf_token": token}, headers=headers)
                assert answer.status_code == 403, (path, headers)
        assert dump(world.room.engine) == logged_in
    assert {name for name, rows in dump(world.room.engine).items() if rows != before[name]} == {"logins"}


@once
def test_a_token_of_another_log_in_is_none(world):
    theirs = token_in(world.client("classmate").get("/courses").text)
    answer = world.client("owner").post(
        filled("/sets/<id:set_id>/start", world.places["owner"]), data={"csrf_token": theirs}
    )
    assert answer.status_code == 403


@once
def test_the_api_takes_no_cookies(world):
    client = world.client("teaches")
    before = dump(world.room.engine)
    for method in ("POST", "PUT", "DELETE"):
        for path, _ in addresses(world.app, method, world.places["owner"], "/api/"):
            assert client.open(path, method=method, json={}).status_code == 401, path
    assert dump(world.room.engine) == before


@once
@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=30)], ids=["now", "when all is over"])
def test_looking_changes_nothing(world, later):
    room = replace(world.room, now=world.room.now + later)
    app = app_of(room)
    world = replace(world, room=room, app=app)
    with transaction(room.engine) as session:
        secret = create_token(session, name="all", scopes=SCOPES, now=room.now)[1]
    answered = set()
    for who in ("owner", "teaches"):
        client = world.client(who)
        before = dump(room.engine)
        for path, rule in addresses(app, "GET", world.places["owner"], None, "/api/"):
            for method in ("GET", "HEAD"):
                with client.open(path, method=method) as answer:
                    assert answer.status_code < 500, path
                    answered |= {rule} if answer.status_code < 300 else set()
        for path, rule in addresses(app, "GET", world.places["owner"], "/api/"):
            with client.get(path, headers={"Authorization": f"Bearer {secret}"}) as answer:
                answered |= {rule} if answer.status_code < 300 else set()
        assert dump(room.engine) == before, who
    unseen = {rule for method, rule in routes(app, None) if method == "GET"} - answered - LEAD_ELSEWHERE
    assert unseen == ({"/lti/deep-link/<id:request_id>"} if later else set())
    app.extensions["engine"].dispose()


@once
def test_a_log_in_that_begins_with_get_notes_itself_and_nothing_else(world):
    before = dump(world.room.engine)
    query = urlencode(
        {
            "iss": "https://moodle.example.org",
            "login_hint": "8",
            "target_link_uri": "http://localhost/lti/launch",
            "client_id": "qZ81",
        }
    )
    assert world.client("nobody").get(f"/lti/login?{query}").status_code == 302
    assert {name for name, rows in dump(world.room.engine).items() if rows != before[name]} == {"launch_requests"}
