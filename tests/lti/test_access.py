"""Who may do what at the addresses for learning platforms: a route that is not in the table fails the test."""

from __future__ import annotations

import pytest
from linked_course import app_of, client_of, linked, token_in

from quizsvc.store.database import transaction
from quizsvc.store.lms_models import DeepLinkRequest, ResourceLink

WHO = ("nobody", "stranger", "student", "instructor")
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
    ("GET", "/lti/deep-link/<id:request_id>"): (302, 404, 404, 200),
    ("POST", "/lti/deep-link/<id:request_id>"): (401, 404, 404, 200),
    ("GET", "/lti/links/<id:link_id>"): (302, 404, 302, 200),
    ("POST", "/lti/links/<id:link_id>"): (401, 404, 403, 303),
}


@pytest.fixture
def app(classroom):
    app = app_of(classroom)
    yield app
    app.extensions["engine"].dispose()


def routes(app):
    """Every way to ask an address for platforms."""
    rules = (rule for rule in app.url_map.iter_rules() if str(rule).startswith("/lti/"))
    return {(method, str(rule)) for rule in rules for method in rule.methods - {"HEAD", "OPTIONS"}}


def test_every_route_is_in_the_table(app):
    assert routes(app) == set(TABLE)


@pytest.mark.parametrize(("method", "rule"), sorted(TABLE), ids=lambda part: part)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_may_do_it(classroom, app, method, rule):
    _, request_id = linked(classroom)
    with transaction(classroom.engine) as session:
        context_id = session.get(DeepLinkRequest, request_id).context_id
        told = {"context_id": context_id, "resource_link_id": "7", "title": "Week 3", "created_at": classroom.now}
        link = ResourceLink(set_id=classroom.set_id, **told)
        session.add(link)
        session.flush()
        path = rule.replace("<id:request_id>", str(request_id)).replace("<id:link_id>", str(link.id))
    people = (None, classroom.stranger, classroom.ada, classroom.instructor)
    answered = []
    for person in people:
        client = client_of(app, classroom, person)
        # Of a form of ours, so that it is who asks that decides; nobody has only the one of the log-in.
        form = {"csrf_token": token_in(client.get("/courses", follow_redirects=True).text), "set": classroom.set_id}
        answered.append(client.open(path, method=method, data=form if method == "POST" else None).status_code)
    assert dict(zip(WHO, answered, strict=True)) == dict(zip(WHO, TABLE[method, rule], strict=True))
