"""The service among its platforms, without a network: what administrators do, and what browsers carry between them."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

from moodle_double import InProcess
from sqlalchemy import select

from quizsvc import create_app
from quizsvc.config import Settings
from quizsvc.services.lms.registrations import Registration, register
from quizsvc.services.outside import Outside
from quizsvc.store.database import reading, transaction

BASE = "https://quiz.example"
KEY = "k" * 40
BOTH_KINDS = [("sqlite", "4.3"), ("postgresql", "4.5")]
"""Each database with one of the Moodles: what they do does not depend on both together."""


class House:
    """The service over a classroom's database, and Moodles that it can ask; all have one clock, `now`."""

    base = BASE

    def __init__(self, room, *moodles):
        self.room, self.now, self.moodles = room, room.now, moodles
        for moodle in moodles:
            moodle.clock, moodle.fetch = self.clock, self.fetch_keys
        url = room.engine.url.render_as_string(hide_password=False)
        self.app = create_app(
            Settings(database_url=url, secret_key=KEY, public_url=BASE),
            clock=self.clock,
            outside=Outside(transport=InProcess({moodle.issuer: moodle for moodle in moodles})),
        )
        self.engine, self.seal = self.app.extensions["engine"], self.app.extensions["seal"]

    def clock(self):
        return self.now

    def close(self):
        self.engine.dispose()
        self.app.extensions["outside"].close()

    def fetch_keys(self, url):
        """A key set of ours, as platforms get it."""
        answer = self.app.test_client().get(url)
        assert answer.status_code == 200
        return answer.json

    def connect(self, moodle, *, name=None, **values):
        """Register the service there and the platform here; the tool, and the number of the platform."""
        tool = moodle.add_tool(f"{BASE}/lti/login", f"{BASE}/lti/launch", jwks_url=f"{BASE}/lti/jwks")
        registration = Registration(
            name=name or f"Moodle {moodle.version}",
            issuer=moodle.issuer,
            client_id=tool.client_id,
            auth_url=moodle.auth_url,
            token_url=moodle.token_url,
            jwks_url=moodle.jwks_url,
            deployments=(tool.deployment_id,),
            **values,
        )
        with transaction(self.engine) as session:
            return tool, register(session, registration, seal=self.seal, now=self.now).id

    def rows(self, table):
        with reading(self.engine) as session:
            return session.scalars(select(table).order_by(table.id)).all()

    def browser(self):
        return Browser(self)


class Browser:
    """A browser that carries forms between the service and a platform."""

    def __init__(self, house):
        self.base, self.client = house.base, house.app.test_client()

    def get(self, path):
        return self.client.get(f"{self.base}{path}")

    def post(self, path, fields=None, *, page):
        """Send a form of that page, with its token."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(page).text)
        sent = {"csrf_token": found[1]} | (fields or {})
        return self.client.post(f"{self.base}{path}", data=sent, headers={"Referer": f"{self.base}{page}"})

    def send(self, form):
        """Send a form to whichever of our addresses it names."""
        return self.client.post(form.action, data=form.fields)

    def begin(self, form):
        """Send the form of a log-in to us; what we then ask the platform."""
        begun = self.send(form)
        assert begun.status_code == 302, begun.text
        query = parse_qs(urlsplit(begun.location).query)
        return {name: values[0] for name, values in query.items()}

    def launch(self, moodle, form):
        """All the way from a form of the platform to our answer."""
        answered = moodle.auth(self.begin(form))
        assert answered.status == 200
        return self.send(answered.form)

    def arrive(self, moodle, form):
        """The page on which somebody arrives at last, and its path."""
        return self.follow(self.launch(moodle, form))

    def follow(self, answer):
        """The page that an answer leads to at last, and its path."""
        path = None
        while answer.status_code in (302, 303):
            path = answer.location.removeprefix(self.base)
            answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return path, answer.text


def forms_of(page):
    """The actions of the forms of a page, each with its fields."""
    found = {}
    for action, content in re.findall(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', page, re.DOTALL):
        inputs = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', content)
        found[unescape(action)] = {name: unescape(value) for name, value in inputs}
    return found
