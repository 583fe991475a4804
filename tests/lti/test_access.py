"""Who may do what at the addresses for learning platforms: a route that is not in the table fails the test."""

from __future__ import annotations

import pytest
from everybody import WHO, everybody, filled, routes
from linked_course import linked, once

from quizsvc.store.database import transaction
from quizsvc.store.lms_models import DeepLinkRequest, ResourceLink

ALIKE = {
    ("GET", "/lti/login"): 400,
    ("POST", "/lti/login"): 400,
    ("GET", "/lti/login/check"): 400,
    ("POST", "/lti/login/check"): 400,
    ("POST", "/lti/launch"): 401,
    ("POST", "/lti/deep-link"): 401,
    ("GET", "/lti/jwks"): 200,
    ("GET", "/lti/register"): 403,
    ("GET", "/lti/register/<secret>"): 403,
}
"""What is answered to everybody who comes without a platform's word or an invitation."""

TABLE = {route: (status,) * len(WHO) for route, status in ALIKE.items()} | {
    ("GET", "/lti/deep-link/<id:request_id>"): (302, 404, 404, 404, 404, 200, 404),
    ("POST", "/lti/deep-link/<id:request_id>"): (401, 404, 404, 404, 404, 200, 404),
    ("GET", "/lti/links/<id:link_id>"): (302, 404, 302, 302, 404, 200, 404),
    ("POST", "/lti/links/<id:link_id>"): (401, 404, 403, 403, 404, 303, 404),
}


@pytest.fixture
def world(classroom):
    """Everybody, an instructor who was sent to choose, and a link to the set."""
    world = everybody(classroom)
    _, request_id = linked(classroom)
    with transaction(classroom.engine) as session:
        context_id = session.get(DeepLinkRequest, request_id).context_id
        told = {"context_id": context_id, "resource_link_id": "7", "title": "Week 3", "created_at": classroom.now}
        link = ResourceLink(set_id=classroom.set_id, **told)
        session.add(link)
        session.flush()
        world.places["owner"].update({"request_id": request_id, "link_id": link.id, "secret": "guessed"})
    yield world
    world.app.extensions["engine"].dispose()


@once
def test_every_route_is_in_the_table(world):
    assert routes(world.app, "/lti/") == set(TABLE)


@once
@pytest.mark.parametrize(("method", "rule"), sorted(TABLE), ids=lambda part: part)
def test_who_may_do_it(world, method, rule):
    path, form = filled(rule, world.places["owner"]), {"set": world.room.set_id}
    found = {who: world.send(who, method, path, form).status_code for who in WHO}
    assert found == dict(zip(WHO, TABLE[method, rule], strict=True))
