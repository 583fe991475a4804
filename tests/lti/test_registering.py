"""Platforms register themselves: once for each invitation, and nobody else does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest
from linked_course import SEAL, app_of, once
from sqlalchemy import select

from quizsvc.services.lms import invitations, registrations, tool_keys
from quizsvc.services.lms.registrations import Registration
from quizsvc.services.outside import Outside
from quizsvc.store.database import reading, transaction
from quizsvc.store.lms_models import Invitation

PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
SECRET = "an-invitation-that-nobody-guesses"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"


@dataclass
class Newcomer:
    """A platform that wants to register itself: its configuration, and what it answers; what it was asked is kept."""

    host: str = "https://moodle.example.org"
    product: str = "moodle"
    placements: tuple = ("ContentArea",)
    told: dict = field(default_factory=dict)
    answer: object = None
    status: int = 200
    asked: list = field(default_factory=list)

    @property
    def configuration(self):
        return {
            "issuer": self.host,
            "token_endpoint": f"{self.host}/token",
            "jwks_uri": f"{self.host}/jwks",
            "authorization_endpoint": f"{self.host}/auth",
            "registration_endpoint": f"{self.host}/register",
            "scopes_supported": [f"{AGS}/lineitem", f"{AGS}/lineitem.readonly", f"{AGS}/score", NRPS, "openid"],
            "id_token_signing_alg_values_supported": ["RS256"],
            PLATFORM: {
                "product_family_code": self.product,
                "messages_supported": [
                    {"type": "LtiResourceLinkRequest"},
                    {"type": "LtiDeepLinkingRequest", "placements": list(self.placements)},
                ],
            },
        } | self.told

    def __call__(self, request):
        self.asked.append(request)
        if request.method == "GET":
            return httpx.Response(200, json={k: v for k, v in self.configuration.items() if v is not None})
        if request.headers.get("Authorization") != "Bearer platform-token":
            return httpx.Response(401, text="invalid_token")
        if self.answer is not None:
            return httpx.Response(self.status, text=self.answer)
        wanted = json.loads(request.content)
        return httpx.Response(200, json=wanted | {"client_id": "c-1", TOOL: wanted[TOOL] | {"deployment_id": "7"}})


@pytest.fixture
def open_as(classroom):
    """open_as(newcomer) opens the address of an invitation as the browser of that platform's administrator."""
    outsides, apps = [], []

    def open_as(newcomer, secret=SECRET, later=timedelta(0), **query):
        outside = Outside(transport=httpx.MockTransport(newcomer))
        app = app_of(classroom, outside=outside, public_url="https://quiz.example.org")
        outsides.append(outside)
        apps.append(app)
        wanted = {
            "openid_configuration": f"{newcomer.host}/.well-known/openid-configuration",
            "registration_token": "platform-token",
        } | query
        environ = {"quizsvc.arrived": classroom.now + later}
        return app.test_client().get(f"/lti/register/{secret}", query_string=wanted, environ_overrides=environ)

    yield open_as
    for outside in outsides:
        outside.close()
    for app in apps:
        app.extensions["engine"].dispose()


@pytest.fixture(autouse=True)
def invitation(classroom):
    with transaction(classroom.engine) as session:
        lasts = timedelta(days=2)
        invitations.invite(session, name="Moodle", secret=SECRET, lasts=lasts, course_slug="deep", now=classroom.now)


def platforms(room):
    with reading(room.engine) as session:
        found = registrations.list_platforms(session)
        return [(one, [d.deployment_id for d in one.deployments]) for one in found]


def test_both_know_each_other_afterwards(classroom, open_as):
    newcomer = Newcomer()
    page = open_as(newcomer)
    assert page.status_code == 200, page.text
    assert "Moodle and the quiz know each other" in page.text
    assert "js/registered." in page.text
    [(platform, deployments)] = platforms(classroom)
    assert (platform.issuer, platform.client_id, platform.course.slug) == ("https://moodle.example.org", "c-1", "deep")
    assert (platform.auth_url, platform.token_url, platform.jwks_url) == tuple(
        f"https://moodle.example.org/{path}" for path in ("auth", "token", "jwks")
    )
    assert (deployments, platform.open_deployments, platform.token_audience) == (["7"], False, None)
    with reading(classroom.engine) as session:
        assert tool_keys.signing_key(session, platform, now=classroom.now)


def test_what_the_platform_is_asked_for_is_what_the_specification_has(open_as):
    newcomer = Newcomer()
    open_as(newcomer)
    [configuration, registration] = newcomer.asked
    assert configuration.headers["Authorization"] == "Bearer platform-token"
    assert registration.headers["Content-Type"] == "application/json"
    wanted = json.loads(registration.content)
    assert wanted == {
        "application_type": "web",
        "client_name": "Gradient Flow Quiz",
        "client_uri": "https://quiz.example.org",
        "grant_types": ["client_credentials", "implicit"],
        "response_types": ["id_token"],
        "redirect_uris": ["https://quiz.example.org/lti/launch", "https://quiz.example.org/lti/deep-link"],
        "initiate_login_uri": "https://quiz.example.org/lti/login",
        "jwks_uri": "https://quiz.example.org/lti/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": f"{AGS}/lineitem {AGS}/score {NRPS}",
        TOOL: {
            "domain": "quiz.example.org",
            "description": "Quizzes on how gradients flow through networks, worked by hand and judged step by step.",
            "target_link_uri": "https://quiz.example.org/lti/launch",
            "claims": ["iss", "sub", "name", "given_name", "family_name", "email"],
            "messages": [
                {"type": "LtiResourceLinkRequest", "target_link_uri": "https://quiz.example.org/lti/launch"},
                {
                    "type": "LtiDeepLinkingRequest",
                    "target_link_uri": "https://quiz.example.org/lti/deep-link",
                    "label": "Gradient Flow Quiz",
                    "placements": ["ContentArea"],
                },
            ],
        },
    }


def test_canvas_makes_deployments_later_and_wants_to_know_where_it_may_show_us(classroom, open_as):
    canvas = Newcomer(
        host="https://canvas.example.org",
        product="canvas",
        placements=("assignment_selection", "wiki_page_menu", "link_selection"),
        told={"authorization_server": "canvas.example.org", "scopes_supported": None},
        answer='{"client_id": "10000000000001"}',
    )
    assert open_as(canvas).status_code == 200
    [(platform, deployments)] = platforms(classroom)
    assert (platform.open_deployments, deployments) == (True, [])
    assert platform.token_audience == "canvas.example.org"
    wanted = json.loads(canvas.asked[1].content)
    assert wanted["scope"].split() == [f"{AGS}/lineitem", f"{AGS}/result.readonly", f"{AGS}/score", NRPS]
    [message] = wanted[TOOL]["messages"]
    assert message["placements"] == ["assignment_selection", "link_selection"]
    assert wanted[TOOL]["https://canvas.instructure.com/lti/privacy_level"] == "public"


def test_all_schools_of_the_canvas_cloud_may_show_us_for_they_have_one_issuer(classroom, open_as):
    cloud = Newcomer(host="https://canvas.instructure.com", product="canvas", answer='{"client_id": "1"}')
    assert open_as(cloud).status_code == 200
    [(platform, _)] = platforms(classroom)
    assert registrations.frame_origins_of(platform) == ["https://*.instructure.com", "https://canvas.instructure.com"]


def test_a_platform_that_names_no_place_to_choose_at_is_asked_for_none(open_as):
    newcomer = Newcomer(told={PLATFORM: {"messages_supported": "LtiDeepLinkingRequest"}})
    assert open_as(newcomer).status_code == 200
    assert all("placements" not in one for one in json.loads(newcomer.asked[1].content)[TOOL]["messages"])


def test_the_page_may_be_framed_and_tells_who_opened_it(open_as):
    page = open_as(Newcomer())
    assert "frame-ancestors *" in page.headers["Content-Security-Policy"]
    assert page.headers["Cross-Origin-Opener-Policy"] == "unsafe-none"
    assert "<form" not in page.text


def test_an_invitation_is_used_once(classroom, open_as):
    assert open_as(Newcomer()).status_code == 200
    newcomer = Newcomer(host="https://other.example.org")
    again = open_as(newcomer)
    assert (again.status_code, "used already" in again.text) == (403, True)
    assert newcomer.asked == []
    assert len(platforms(classroom)) == 1


def test_late_foreign_and_empty_secrets_open_nothing(classroom, open_as):
    for secret, later, said in (
        (SECRET, timedelta(days=2), "no longer valid"),
        ("another", timedelta(0), "ask who runs this service"),
        (SECRET.upper(), timedelta(0), "ask who runs this service"),
        ("a%00b", timedelta(0), "ask who runs this service"),
    ):
        newcomer = Newcomer()
        page = open_as(newcomer, secret=secret, later=later)
        assert (page.status_code, said in page.text) == (403, True), secret
        assert newcomer.asked == []
    assert platforms(classroom) == []


def test_the_secret_may_be_a_parameter_and_is_nowhere_in_the_database(classroom):
    app = app_of(classroom)
    page = app.test_client().get(
        "/lti/register", query_string={"invitation": "nothing", "openid_configuration": "https://x.example/"}
    )
    assert (page.status_code, "ask who runs this service" in page.text) == (403, True)
    assert app.test_client().get("/lti/register").status_code == 403
    app.extensions["engine"].dispose()
    with reading(classroom.engine) as session:
        [stored] = session.scalars(select(Invitation)).all()
        assert SECRET not in " ".join(str(value) for value in vars(stored).values())


@once
@pytest.mark.parametrize(
    ("newcomer", "said"),
    [
        (Newcomer(told={"issuer": "https://elsewhere.example.org"}), "comes from another host"),
        (Newcomer(told={"issuer": None}), "did not tell its issuer"),
        (Newcomer(told={"jwks_uri": None}), "did not tell its jwks_uri"),
        (Newcomer(told={"jwks_uri": 5}), "did not tell its jwks_uri"),
        (Newcomer(told={"token_endpoint": "http://moodle.example.org/token"}), "https://"),
        (Newcomer(told={"registration_endpoint": "javascript:alert(1)"}), "is no address"),
        (Newcomer(told={"id_token_signing_alg_values_supported": ["HS256"]}), "does not sign with RS256"),
        (Newcomer(host="http://moodle.example.org"), "https://"),
        (Newcomer(answer="token_already_used", status=401), "answered 401 token_already_used"),
        (Newcomer(answer="<html>No</html>", status=500), "answered 500 Internal Server Error"),
        (Newcomer(answer="<html>Fine</html>"), "is no JSON object"),
        (Newcomer(answer="[]"), "is no JSON object"),
        (Newcomer(answer="{}"), "did not tell its client_id"),
    ],
)
def test_what_cannot_be_trusted_is_refused_and_the_invitation_is_kept(classroom, open_as, newcomer, said):
    page = open_as(newcomer)
    assert page.status_code in (422, 502)
    assert said in page.text
    assert SECRET not in page.text
    assert "platform-token" not in page.text
    assert platforms(classroom) == []
    assert open_as(Newcomer()).status_code == 200


def test_the_platforms_token_must_be_one(classroom, open_as):
    for token in ("a\nb", "é", "x" * 10_001):
        assert open_as(Newcomer(), registration_token=token).status_code == 422
    page = open_as(Newcomer(), registration_token="foreign")
    assert "answered 401 invalid_token" in page.text
    assert "answered 401" in open_as(Newcomer(), registration_token="").text
    assert platforms(classroom) == []


def test_who_opens_the_address_by_hand_is_told_what_it_is_for(open_as):
    page = open_as(Newcomer(), openid_configuration="")
    assert (page.status_code, "for your learning platform" in page.text) == (403, True)


def test_a_look_at_the_head_registers_nothing(classroom):
    app = app_of(classroom)
    query = {"openid_configuration": "https://moodle.example.org/c", "registration_token": "t"}
    assert app.test_client().head(f"/lti/register/{SECRET}", query_string=query).status_code == 200
    app.extensions["engine"].dispose()
    with reading(classroom.engine) as session:
        assert session.scalars(select(Invitation.used_at)).all() == [None]


def test_a_name_that_was_taken_since_gets_a_number(classroom, open_as):
    with transaction(classroom.engine) as session:
        for name in ("Moodle", "Moodle 2"):
            addresses = {kind: f"https://x.example/{kind}" for kind in ("auth_url", "token_url", "jwks_url")}
            registration = Registration(name=name, issuer="https://x.example", client_id=name, **addresses)
            registrations.register(session, registration, seal=SEAL, now=classroom.now)
    assert open_as(Newcomer()).status_code == 200
    assert platforms(classroom)[-1][0].name == "Moodle 3"


def test_a_client_that_is_known_already_is_not_registered_again(classroom, open_as):
    assert open_as(Newcomer()).status_code == 200
    with transaction(classroom.engine) as session:
        lasts = timedelta(days=1)
        invitations.invite(session, name="Again", secret="second", lasts=lasts, now=classroom.now)
    page = open_as(Newcomer(), secret="second")
    assert (page.status_code, "registered already" in page.text) == (409, True)
    assert len(platforms(classroom)) == 1
