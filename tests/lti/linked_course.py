"""A course that a learning platform links to, for tests of what its instructors and administrators do."""

from __future__ import annotations

import re

import pytest

from quizsvc import create_app
from quizsvc.config import Settings
from quizsvc.services import accounts
from quizsvc.services.lms import registrations
from quizsvc.services.lms.our_addresses import OurAddresses
from quizsvc.services.lms.registrations import Registration
from quizsvc.services.sealing import Seal
from quizsvc.store import people
from quizsvc.store.database import transaction
from quizsvc.store.lms_models import Context, DeepLinkRequest

once = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For tables of cases that no database decides: one kind is enough."""

KEY = "k" * 40
SEAL = Seal(KEY)
OURS = OurAddresses("https://quiz.example.org")
ISSUER = "https://moodle.example.org"
RETURN_URL = f"{ISSUER}/mod/lti/contentitem_return.php?course=2&id=1&sesskey=Ol45QI434h"
MOODLE = Registration(
    name="Moodle",
    issuer=ISSUER,
    client_id="qZ81",
    auth_url=f"{ISSUER}/mod/lti/auth.php",
    token_url=f"{ISSUER}/mod/lti/token.php",
    jwks_url=f"{ISSUER}/mod/lti/certs.php",
    deployments=("1",),
)
WISHES = {
    "accept_types": ["ltiResourceLink"],
    "accept_presentation_document_targets": ["frame", "iframe", "window"],
    "accept_multiple": True,
    "accept_lineitem": True,
    "auto_create": False,
    "deep_link_return_url": RETURN_URL,
    "title": "",
    "text": "",
}


def app_of(room, *, outside=None, **settings):
    """The application over the database of a classroom, at its time."""
    url = room.engine.url.render_as_string(hide_password=False)
    wanted = Settings(database_url=url, secret_key=KEY, **settings)
    return create_app(wanted, clock=lambda: room.now, outside=outside)


def linked(room, **wishes):
    """The ids of a platform and of a request to choose a set of the course, for its instructor."""
    with transaction(room.engine) as session:
        platform = registrations.register(session, MOODLE, seal=SEAL, now=room.now)
        course = people.get_course(session, "deep")
        context = Context(
            platform=platform, deployment_id="1", context_id="2", title="DL", course=course, created_at=room.now
        )
        settings = {name: wish for name, wish in (WISHES | wishes).items() if wish is not None}
        request = DeepLinkRequest(context=context, user_id=room.instructor, settings=settings, created_at=room.now)
        session.add_all([context, request])
        session.flush()
        return platform.id, request.id


def client_of(app, room, user_id):
    """A browser in which that person is logged in; nobody for None."""
    client = app.test_client()
    if user_id is not None:
        with transaction(room.engine) as session:
            secret = accounts.begin_login(session, user_id=user_id, now=room.now)
        with client.session_transaction() as cookie:
            cookie["_user_id"] = secret
    return client


def token_in(page):
    """The token against forged forms that stands in a page."""
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
