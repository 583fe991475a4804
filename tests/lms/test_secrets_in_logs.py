"""What must not be known stays out of the log, at any level: a day of the service, with all that can go wrong."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from urllib.parse import quote, urlencode

import pytest
from desk import Desk, a_set, right
from house import BOTH_KINDS, House, forms_of
from post_office import PostOffice
from sqlalchemy.orm import undefer

from quizsvc.services import accounts
from quizsvc.services.lms import arriving, invitations
from quizsvc.services.tokens import SCOPES, create_token
from quizsvc.store.api_models import WebhookMessage
from quizsvc.store.database import reading, transaction
from quizsvc.store.lms_models import ScorePassed, ToolKey

INVITATION = "invitation-that-nobody-guesses"
PASSWORD = "a password to look for"
CODE = "open-sesame-4711"
DATA = "data-of-the-platform-0815"
TYPED = "0.5000001234"
LONGEST_PART = 40


class Receiver:
    """An address that is told of what happens, and what it answers; the house asks it as one more platform."""

    issuer = "https://app.example.org"

    def __init__(self):
        self.status, self.signatures = "200 OK", []

    def __call__(self, environ, start_response):
        self.signatures += [value for name, value in environ.items() if "SIGNATURE" in name]
        start_response(self.status, [])
        return [b"so it is"]


@pytest.fixture(autouse=True)
def log(caplog):
    """All that is logged, from the very beginning."""
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.fixture
def receiver():
    return Receiver()


@pytest.fixture
def house(classroom, moodle, receiver):
    house = House(classroom, moodle, receiver)
    yield house
    house.close()


class Day:
    """What happens, and the secrets that come up: what each is -> what it reads."""

    def __init__(self, house, moodle):
        self.house, self.moodle = house, moodle
        self.secrets = {"invitation": INVITATION, "password": PASSWORD, "data": DATA, "typed": TYPED, "code": CODE}
        self.desk = Desk(house.room, a_set("feedback: immediately", "submissions: 20", f"access_code: {CODE}"))
        self.office = PostOffice(house.engine, [house.now], outside=house.app.extensions["outside"])

    def note(self, what, value):
        assert len(value) >= 10, what
        self.secrets[f"{what} {len(self.secrets)}"] = value

    def register(self):
        house = self.house
        with transaction(house.engine) as session:
            lasts = timedelta(days=1)
            invitations.invite(session, name="Ours", secret=INVITATION, lasts=lasts, now=house.now, course_slug="deep")
        query = self.moodle.registration_query()
        self.note("registration token", query["registration_token"])
        for token in ("foreign", query["registration_token"], query["registration_token"]):
            house.browser().get(f"/lti/register/{INVITATION}?{urlencode(query | {'registration_token': token})}")
        assert len(self.moodle.tools) == 1

    def launch(self, form, *, expected=303):
        """A launch, sent twice."""
        browser = self.house.browser()
        begun = browser.begin(form)
        answered = self.moodle.auth(begun)
        for what in ("state", "nonce"):
            self.note(what, begun[what])
        self.note("id_token", answered.form.fields["id_token"])
        for cookie in browser.client._cookies.values():  # noqa: SLF001 - whatever it is called
            self.note("cookie", cookie.value)
        answer = browser.send(answered.form)
        assert answer.status_code == expected
        assert browser.send(answered.form).status_code in (401, expected)
        for cookie in browser.client._cookies.values():  # noqa: SLF001 - the session
            self.note("cookie", cookie.value)
        return browser, answer

    def choose(self):
        """An instructor chooses; the answer is taken to the platform."""
        browser, answer = self.launch(self.moodle.deep_link_form(data=DATA))
        path, _ = browser.follow(answer)
        page = browser.post(path, {"set": str(self.desk.set_id)}, page=path).text
        [fields] = [fields for fields in forms_of(page).values() if "JWT" in fields]
        self.note("answer", fields["JWT"])

    def log_in(self):
        with transaction(self.house.engine) as session:
            ada = self.house.room.ada
            hashed = accounts.hash_password(PASSWORD)
            accounts.set_password(session, email="ada@example.org", password_hash=hashed, now=self.house.now)
        for password, status in ((PASSWORD[1:], 422), (PASSWORD, 303)):
            fields = {"email": "ada@example.org", "password": password}
            assert self.house.browser().post("/login", fields, page="/login").status_code == status
        return ada

    def hook(self):
        """A program has itself told, with a token, and tries others."""
        with transaction(self.house.engine) as session:
            token = create_token(session, name="all", scopes=SCOPES, now=self.house.now)[1]
        self.note("token", token)
        body = {"course": "deep", "url": f"{Receiver.issuer}/hook", "events": ["score.changed"]}
        client = self.house.app.test_client()
        for one, status in ((f"{token}x", 401), (token, 201)):
            answer = client.post("/api/v1/webhooks", json=body, headers={"Authorization": f"Bearer {one}"})
            assert answer.status_code == status, answer.text
        self.note("webhook secret", answer.json["secret"])

    def carry(self):
        for _ in range(3):
            self.office.run()

    def keys(self):
        """Our private keys, in every part of them that is secret."""
        with reading(self.house.engine) as session:
            for key in session.query(ToolKey).options(undefer(ToolKey.private_key)):
                lines = self.house.seal.open(key.private_key).splitlines()
                for line in lines:
                    if len(line) > LONGEST_PART and "KEY" not in line:
                        self.note("private key", line)


@pytest.mark.parametrize(("database_url", "moodle"), BOTH_KINDS, indirect=True)
def test_a_day_leaves_no_secret_in_the_log(house, moodle, receiver, log, monkeypatch):
    day = Day(house, moodle)
    day.register()
    day.choose()
    link = moodle.add_link(custom={"set": "units"})
    student, _ = day.launch(moodle.login_form("student5", link))
    day.hook()
    student.post(f"/sets/{day.desk.set_id}/start", {"access_code": CODE}, page=f"/sets/{day.desk.set_id}")
    opened = student.post("/items/3/open", page=f"/sets/{day.desk.set_id}")
    student.post(f"{opened.location}/steps", right(2) | {"s1": TYPED}, page=opened.location)
    day.carry()
    assert [row.sent for row in house.rows(ScorePassed)] == [1]
    assert all(message.sent_at for message in house.rows(WebhookMessage))

    receiver.status, moodle.allowed_scopes = "500 No", set()
    student.post(f"{opened.location}/steps", right(3), page=opened.location)
    day.carry()
    day.log_in()

    def fail(*_args, **_options):
        message = "internals"
        raise KeyError(message)

    monkeypatch.setattr(arriving, "arrive", fail)
    day.launch(moodle.login_form("student5", link), expected=500)

    for token in moodle.tokens:
        day.note("access token", token)
    for signature in receiver.signatures:
        day.note("signature", signature)
    for asked in moodle.log:
        for assertion in re.findall(rb"client_assertion=([\w.%-]+)", asked.body):
            day.note("assertion", assertion.decode())
    day.keys()
    kinds = {what.rpartition(" ")[0] for what in day.secrets}
    assert kinds >= {"state", "id_token", "cookie", "answer", "access token", "assertion", "signature", "private key"}
    assert "internals" in log.text
    leaked = [what for what, value in day.secrets.items() if value in log.text or quote(value, safe="") in log.text]
    assert leaked == []
