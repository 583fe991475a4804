"""A small platform that signs whatever it is told to, the service beside it, and a browser between them."""

from __future__ import annotations

import copy
import json
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jws
from joserfc.jwk import RSAKey
from sqlalchemy import func, select

from quizsvc import create_app
from quizsvc.config import Settings
from quizsvc.services.lms.registrations import Registration, register
from quizsvc.services.outside import Outside
from quizsvc.store.database import reading, transaction
from quizsvc.store.lti_vocabulary import LTI
from quizsvc.store.models import Login

ISSUER = "https://lms.example.org"
CLIENT_ID = "quiz-client"
DEPLOYMENT = "Deployment-1"
LAUNCH = "http://localhost/lti/launch"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
LEARNER, INSTRUCTOR = f"{MEMBERSHIP}#Learner", f"{MEMBERSHIP}#Instructor"
IN_FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}

KEY, OTHER_KEY = (RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}) for kid in ("one", "two"))


class SigningPlatform:
    """Publishes `keys` and counts how often it is asked for them; `broken` it answers nothing, or not before `wait`."""

    def __init__(self):
        self.keys, self.broken, self.fetches, self.cache_control = [KEY], False, 0, None
        self.wait = lambda: None

    def answer(self, request):
        self.fetches += 1
        assert str(request.url) == f"{ISSUER}/jwks"
        self.wait()
        if self.broken:
            message = "nobody is there"
            raise httpx.ConnectError(message)
        headers = {} if self.cache_control is None else {"Cache-Control": self.cache_control}
        return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys]}, headers=headers)

    def claims(self, nonce, now, /, **changes):
        """The claims of a student's launch; `changes` replace some, by their short names, None takes them away."""
        claims = {
            "iss": ISSUER,
            "aud": CLIENT_ID,
            "sub": "student-1",
            "exp": int(now.timestamp()) + 60,
            "iat": int(now.timestamp()),
            "nonce": nonce,
            "name": "Ada Lovelace",
            "given_name": "Ada",
            "family_name": "Lovelace",
            "email": "ada@lms.example.org",
            f"{LTI}version": "1.3.0",
            f"{LTI}message_type": "LtiResourceLinkRequest",
            f"{LTI}deployment_id": DEPLOYMENT,
            f"{LTI}target_link_uri": LAUNCH,
            f"{LTI}roles": [LEARNER],
            f"{LTI}context": {"id": "course-7", "label": "DL", "title": "Deep Learning I"},
            f"{LTI}resource_link": {"id": "link-1", "title": "Week 1"},
            f"{LTI}custom": {"set": "chains"},
        }
        for name, value in changes.items():
            full = next((known for known in claims if known in (name, f"{LTI}{name}")), name)
            if value is None:
                claims.pop(full, None)
            else:
                claims[full] = copy.deepcopy(value)
        return claims


def signed(claims, header=None, key=KEY):
    """The claims, or any text, as a token; a header that is not the usual one replaces it."""
    header = {"typ": "JWT", "alg": "RS256", "kid": "one"} if header is None else header
    text = claims if isinstance(claims, str | bytes) else json.dumps(claims)
    registry = jws.JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    registry.max_payload_length = 1_000_000
    return jws.serialize_compact(header, text, key, registry=registry)


class Quiz:
    """The service over a classroom's database, with the platform registered; `now` can be changed."""

    def __init__(self, classroom, app, platform):
        self.classroom, self.app, self.platform = classroom, app, platform
        self.now, self.engine = classroom.now, app.extensions["engine"]

    def register(self, **changes):
        """The platform, with other fields than usual; its number."""
        fields = {
            "name": "Learning",
            "issuer": ISSUER,
            "client_id": CLIENT_ID,
            "auth_url": f"{ISSUER}/auth",
            "token_url": f"{ISSUER}/token",
            "jwks_url": f"{ISSUER}/jwks",
            "deployments": (DEPLOYMENT,),
            "course_slug": "deep",
        }
        with transaction(self.engine) as session:
            registration = Registration(**(fields | changes))
            return register(session, registration, seal=self.app.extensions["seal"], now=self.now).id

    def browser(self):
        return Browser(self)

    def count(self, table, *conditions):
        with reading(self.engine) as session:
            return session.scalar(select(func.count()).select_from(table).where(*conditions))

    def rows(self, table):
        with reading(self.engine) as session:
            return session.scalars(select(table).order_by(table.id)).all()

    @property
    def logins(self):
        return self.count(Login)


@contextmanager
def quiz_of(classroom, **registration):
    """The service with its platform; without one where `registration` is None."""
    platform = SigningPlatform()
    outside = Outside(transport=httpx.MockTransport(platform.answer))
    url = classroom.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(database_url=url, secret_key="k" * 40), clock=lambda: quiz.now, outside=outside)
    quiz = Quiz(classroom, app, platform)
    quiz.register(**registration)
    yield quiz
    outside.close()
    app.extensions["engine"].dispose()


class Browser:
    """A browser with cookies of its own."""

    def __init__(self, quiz):
        self.quiz, self.client = quiz, quiz.app.test_client()

    def begin(self, method="POST", headers=None, **changes):
        """Begin a log-in as the platform does."""
        fields = {"iss": ISSUER, "login_hint": "8", "target_link_uri": LAUNCH, "client_id": CLIENT_ID}
        fields = {name: value for name, value in (fields | changes).items() if value is not None}
        where = {"data": fields} if method == "POST" else {"query_string": fields}
        return self.client.open("/lti/login", method=method, headers=headers, **where)

    def asked(self, headers=None, **changes):
        """What the platform is asked then."""
        answer = self.begin(headers=headers, **changes)
        assert answer.status_code == 302, answer.text
        asked = query_of(answer.location)
        [cookie] = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("lti-")]
        asked.cookie = cookie.partition(";")[0].split("=", 1)
        return asked

    def take_cookie(self, asked):
        """Have the secret that another browser keeps."""
        name, value = asked.cookie
        self.client.set_cookie(name, value, path="/lti")

    def token(self, asked, **changes):
        return signed(self.quiz.platform.claims(asked.nonce, self.quiz.now, **changes))

    def answer(self, state, token, headers=None, **more):
        """Send what the platform answers."""
        return self.client.post("/lti/launch", data={"state": state, "id_token": token} | more, headers=headers)

    def launch(self, headers=None, target=LAUNCH, **changes):
        """All the way."""
        asked = self.asked(headers, target_link_uri=target)
        return self.answer(asked.state, self.token(asked, **{"target_link_uri": target} | changes), headers)

    def launch_as(self, client_id):
        """All the way, sent by another client of the same issuer."""
        asked = self.asked(client_id=client_id)
        return self.answer(asked.state, self.token(asked, aud=client_id))

    def arrive(self, **changes):
        """All the way, to the address where somebody ends."""
        answer = self.launch(**changes)
        assert answer.status_code == 303, answer.text
        return answer.location


def query_of(url):
    return SimpleNamespace(**{name: values[0] for name, values in parse_qs(urlsplit(url).query).items()})


def later(quiz, **time):
    quiz.now += timedelta(**time)
