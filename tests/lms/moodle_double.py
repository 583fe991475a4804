"""A Moodle that answers as the recorded ones did: what it is, who is in its course, and how it is asked."""

from __future__ import annotations

import json
import secrets
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import moodle_launches
import moodle_registration
import moodle_services
import moodle_tokens
from joserfc.jwk import KeySet, RSAKey
from moodle_answers import COURSE, JSON, answer, not_found, page, recorded_body, recorded_issuer, recording
from werkzeug.serving import make_server
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Request

COUPLED_MAXIMUM = 100
STUDENTS = range(1, 26)
FIRST_STUDENT = 4
"""The id of student1; teacher1 comes right before."""


def utc_now():
    return datetime.now(UTC)


@dataclass
class Person:
    """Somebody in the course, or (with `enrolled` False) not in it."""

    sub: str
    username: str
    given_name: str
    family_name: str
    role: str = "Learner"
    enrolled: bool = True
    status: str = "Active"

    @property
    def email(self):
        return f"{self.username}@example.invalid"

    @property
    def name(self):
        return f"{self.given_name} {self.family_name}"


@dataclass
class Tool:
    """A tool as an administrator has registered it: a client and a deployment, which for a Moodle is its type's id."""

    type_id: str
    client_id: str
    login_url: str
    launch_url: str
    redirect_urls: tuple[str, ...]
    jwks_url: str | None
    keys: KeySet | None = None
    name: str = "Tool"

    @property
    def deployment_id(self):
        return self.type_id


@dataclass
class Link:
    """An activity in the course that leads to a tool."""

    id: str
    tool: Tool
    title: str
    url: str
    description: str = ""
    custom: dict = field(default_factory=dict)

    @property
    def cmid(self):
        return int(self.id) + 1


@dataclass
class LineItem:
    """A column of the gradebook; a coupled one was made with its activity, others by the tool."""

    id: int
    label: str
    maximum: float
    tool: Tool
    resource_id: str = ""
    tag: str = ""
    link_id: str | None = None
    coupled: bool = False


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    method: str
    path: str
    query: dict
    headers: dict
    body: bytes
    status: int


class MoodleDouble:
    """One Moodle with one course; a WSGI application, asked over `serve()` or in this process over `transport()`.

    `largest_page` bounds the lists of its services where nobody asks for a limit. `fetch` gets a tool's key set;
    `allowed_scopes` is what its tools may have. `gradebook` maps (id of the column, id of the person) to raw, final and
    timestamp.
    """

    def __init__(self, version="4.5", *, issuer=None, clock=utc_now):
        first = recording(version)["student5: login initiation form"]["fields"]
        self.version, self.clock = version, clock
        self.issuer = issuer or recorded_issuer(version)
        self.client_id, self.deployment_id = first["client_id"], first["lti_deployment_id"]
        self.keys = [_new_key()]
        self.users = {person.username: person for person in _people()}
        self.tools, self.links, self.line_items = [], [], []
        self.gradebook, self.comments = {}, {}
        self.launches, self.tokens, self.invitations = {}, {}, {}
        self.deep_link_sessions, self.nonces = {}, set()
        self.assertions, self.deep_links, self.deep_link_refusals, self.registrations = [], [], [], []
        self.log = []
        self.allowed_scopes = set(moodle_tokens.SCOPES)
        self.largest_page = None
        self.fetch = fetch_keys
        self.line_item_ids = iter(range(2, 1_000_000))  # 1 is the course's own total
        self._lock = threading.RLock()

    # Its addresses

    @property
    def auth_url(self):
        return f"{self.issuer}/mod/lti/auth.php"

    @property
    def token_url(self):
        return f"{self.issuer}/mod/lti/token.php"

    @property
    def jwks_url(self):
        return f"{self.issuer}/mod/lti/certs.php"

    @property
    def configuration_url(self):
        return f"{self.issuer}/mod/lti/openid-configuration.php"

    @property
    def registration_url(self):
        return f"{self.issuer}/mod/lti/openid-registration.php"

    @property
    def line_items_url(self):
        return self.line_items_url_for(self.tools[0])

    def line_items_url_for(self, tool):
        return f"{self.issuer}/mod/lti/services.php/{COURSE}/lineitems?type_id={tool.type_id}"

    def line_item_url(self, item):
        return f"{self.issuer}/mod/lti/services.php/{COURSE}/lineitems/{item.id}/lineitem?type_id={item.tool.type_id}"

    def memberships_url(self, tool=None):
        tool = tool or self.tools[0]
        return f"{self.issuer}/mod/lti/services.php/CourseSection/{COURSE}/bindings/{tool.type_id}/memberships"

    # What an administrator and a teacher do

    def add_tool(self, login_url, launch_url, *, jwks_url=None, keys=None, redirect_urls=()):
        """Register a tool by hand, with the address of its keys or the keys; the first one is `client_id`."""
        number = len(self.tools) + 1
        client = self.client_id if number == 1 else secrets.token_hex(8)[:15]
        told = redirect_urls or (launch_url,)
        tool = Tool(str(number), client, login_url, launch_url, told, jwks_url, keys and KeySet.import_key_set(keys))
        self.tools.append(tool)
        return tool

    def add_link(self, title="Quiz via LTI", *, tool=None, url=None, custom=None, graded=True):
        """Make an activity; with `graded` it has its column, as Moodle makes one."""
        tool = tool or self.tools[0]
        link = Link(str(len(self.links) + 1), tool, title, url or tool.launch_url, custom=dict(custom or {}))
        self.links.append(link)
        if graded:
            self.add_line_item(title, COUPLED_MAXIMUM, tool=tool, link_id=link.id, coupled=True)
        return link

    def add_line_item(self, label, maximum, **values):
        """Make a column."""
        item = LineItem(next(self.line_item_ids), label, maximum, values.pop("tool", self.tools[0]), **values)
        self.line_items.append(item)
        return item

    def add_person(self, username, given_name, family_name, **values):
        sub = str(max(int(person.sub) for person in self.users.values()) + 1)
        self.users[username] = Person(sub, username, given_name, family_name, **values)
        return self.users[username]

    def person(self, sub):
        """Who has that id, or None."""
        return next((person for person in self.users.values() if person.sub == sub), None)

    def rotate_key(self, *, keep_old=False):
        """Sign with a new key; without `keep_old` the old one is gone at once, as in a Moodle."""
        self.keys = [_new_key(), *(self.keys if keep_old else [])]

    def grade(self, username, item=None):
        """What the gradebook holds of a person in a column: raw, final, timestamp; None where nothing."""
        column = item or self.line_items[0]
        return self.gradebook.get((column.id, self.users[username].sub))

    # What it does when people come

    def login_form(self, username, link=None, *, target_link_uri=None):
        """The form that a browser sends to the tool at the beginning of a launch: its action and fields."""
        return moodle_launches.login_form(self, self.users[username], link or self.links[0], target_link_uri)

    def deep_link_form(self, username="teacher1", tool=None, **settings):
        """The same form, for a teacher who adds an activity; `settings` change what the tool is asked for."""
        return moodle_launches.deep_link_form(self, self.users[username], tool or self.tools[0], settings)

    def auth(self, params):
        """What the address of authentication answers: status, and the form that a browser then sends to the tool."""
        return moodle_launches.authenticate(self, params)

    def id_token(self, claims, **header):
        """These claims, signed by the newest key."""
        return moodle_launches.sign(self, claims, **header)

    def registration_query(self):
        """What a tool's page of registration is opened with."""
        return moodle_registration.invite(self)

    # How it is asked

    @property
    def jwks(self):
        return _published(self.keys)

    def __call__(self, environ, start_response):
        """Answer as a WSGI application."""
        request = Request(environ)
        request.get_data(cache=True)
        with self._lock:
            response = self._answer(request)
            self.log.append(
                Asked(
                    request.method,
                    request.path,
                    request.args.to_dict(),
                    dict(request.headers),
                    request.get_data(),
                    response.status_code,
                )
            )
        return response(environ, start_response)

    def _answer(self, request):
        if request.path.startswith(moodle_services.PATH):
            return moodle_services.serve(self, request)
        pages = {
            "/mod/lti/certs.php": lambda _: answer(json.dumps(self.jwks, indent=4), JSON),
            "/mod/lti/openid-configuration.php": lambda _: answer(
                recorded_body(self.version, "openid-configuration", self.issuer), JSON
            ),
            "/mod/lti/token.php": lambda asked: moodle_tokens.give(self, asked),
            "/mod/lti/auth.php": lambda asked: moodle_launches.auth_page(self, asked),
            "/mod/lti/launch.php": lambda asked: moodle_launches.launch_page(self, asked),
            "/mod/lti/view.php": moodle_launches.view_page,
            "/mod/lti/contentitem_return.php": lambda asked: moodle_launches.take_deep_links(self, asked),
            "/mod/lti/openid-registration.php": lambda asked: moodle_registration.register(self, asked),
            "/mod/lti/return.php": lambda _: page("Course: Acceptance 1", "<body><h1>Acceptance 1</h1></body>"),
        }
        return pages.get(request.path, lambda _: not_found())(request)

    @contextmanager
    def serve(self, host="127.0.0.1"):
        """Answer at a free port of this machine; the issuer is that address, from then on."""
        server = make_server(host, 0, self, threaded=True)
        self.issuer = f"http://{host}:{server.port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def transport(self):
        """What asks this Moodle, whatever the address, without a network."""
        return InProcess({"": self})


class InProcess(httpx.BaseTransport):
    """Asks WSGI applications by their origin ("" for any other); reasons of refusals come through."""

    def __init__(self, applications):
        self.applications = applications

    def handle_request(self, request):
        url = request.url
        origin = f"{url.scheme}://{url.netloc.decode()}"
        application = self.applications.get(origin) or self.applications.get("")
        if application is None:
            message = f"nobody is at {origin}"
            raise httpx.ConnectError(message, request=request)
        builder = EnvironBuilder(
            path=url.path,
            query_string=url.query.decode(),
            base_url=origin,
            method=request.method,
            headers=list(request.headers.items()),
            data=request.read(),
        )
        body, status, headers = run_wsgi_app(application, builder.get_environ(), buffered=True)
        code, _, reason = status.partition(" ")
        return httpx.Response(
            int(code),
            headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            content=b"".join(body),
            extensions={"reason_phrase": reason.encode("latin-1", "replace")},
        )


def fetch_keys(url):
    """A tool's key set, as it is published."""
    response = httpx.get(url, trust_env=False)
    response.raise_for_status()
    return response.json()


def _new_key():
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(10)})


def _people():
    yield Person(str(FIRST_STUDENT - 1), "teacher1", "Tea", "Løngname", role="Instructor")
    for number in STUDENTS:
        yield Person(str(FIRST_STUDENT - 1 + number), f"student{number}", f"Stu{number}", "Løngname")


def _published(keys):
    """A key set with its members in the order in which they were recorded."""
    told = [key.as_dict(private=False, alg="RS256", use="sig") for key in keys]
    return {"keys": [{name: key[name] for name in ("kty", "alg", "kid", "e", "n", "use")} for key in told]}
