"""manage.py lti: platforms are registered, shown, changed, checked, and their keys exchanged."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from linked_course import once

from quizsvc.cli import lti_setup_commands
from quizsvc.services import courses
from quizsvc.services.lms import tool_keys
from quizsvc.services.outside import Outside
from quizsvc.store.database import make_engine, reading, transaction
from quizsvc.store.lms_models import Context, LaunchRequest, Platform, ToolKey

ROOT = "https://moodle.example.org"
MOODLE = ("lti", "register", "--moodle", ROOT, "--client-id", "qZ81", "--deployment", "1", "--name", "Moodle")
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"


@pytest.fixture
def moodle(run):
    return run(*MOODLE)


@pytest.fixture
def engine(database_url):
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def test_a_moodle_is_registered_by_its_address(run, run_json):
    assert "Moodle is registered as number 1" in run(*MOODLE).stdout
    [platform] = run_json("lti", "list")
    assert platform["issuer"] == ROOT
    assert platform["auth_url"] == f"{ROOT}/mod/lti/auth.php"
    assert platform["token_url"] == f"{ROOT}/mod/lti/token.php"
    assert platform["jwks_url"] == f"{ROOT}/mod/lti/certs.php"
    assert platform["deployments"] == ["1"]
    listed = run("lti", "list").stdout
    assert "Moodle" in listed
    assert ROOT in listed


@once
@pytest.mark.parametrize(
    ("school", "issuer", "site"),
    [
        ("https://tu.instructure.com", "https://canvas.instructure.com", "https://sso.canvaslms.com"),
        ("https://tu.test.instructure.com", "https://canvas.test.instructure.com", "https://sso.test.canvaslms.com"),
        ("https://tu.beta.instructure.com/", "https://canvas.beta.instructure.com", "https://sso.beta.canvaslms.com"),
        ("https://canvas.tu.example", "https://canvas.instructure.com", "https://canvas.tu.example"),
    ],
)
def test_a_canvas_is_registered_by_the_address_of_the_school(run_json, school, issuer, site):
    found = run_json("lti", "register", "--canvas", school, "--client-id", "10000000000001", "--open-deployments")
    assert (found["issuer"], found["auth_url"]) == (issuer, f"{site}/api/lti/authorize_redirect")
    assert (found["token_url"], found["jwks_url"]) == (f"{site}/login/oauth2/token", f"{site}/api/lti/security/jwks")
    assert found["frame_origins"] == [school.rstrip("/")]
    assert found["open_deployments"] is True


def test_any_platform_is_registered_by_its_addresses(run, run_json):
    run("course", "create", "deep", "Deep learning")
    addresses = [
        part for kind in ("auth", "token", "jwks") for part in (f"--{kind}-url", f"https://lms.example.org/{kind}")
    ]
    found = run_json(
        *("lti", "register", "--issuer", "https://lms.example.org", "--client-id", "c", *addresses),
        *("--deployment", "a", "--deployment", "b", "--course", "deep", "--trust-emails", "--allow-anonymous"),
        *("--token-audience", "lms", "--frame-origin", "https://pages.example.org"),
    )
    assert (found["name"], found["course"], found["deployments"]) == ("lms.example.org", "deep", ["a", "b"])
    assert (found["trust_emails"], found["allow_anonymous"], found["token_audience"]) == (True, True, "lms")
    assert found["frame_origins"] == ["https://pages.example.org"]
    assert "deep" in run("lti", "list").stdout


@once
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--client-id", "c"), "--issuer, --auth-url, --token-url, --jwks-url"),
        (("--moodle", ROOT), "--client-id"),
        (("--moodle", ROOT, "--client-id", "c"), "--deployment"),
    ],
)
def test_what_is_missing_is_named(run, options, said):
    assert said in re.sub(r"[\s│]+", " ", run("lti", "register", *options, code=2).stderr)


@once
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--moodle", "moodle", "--client-id", "c", "--deployment", "1"), "is no address"),
        (("--canvas", "ftp://x", "--client-id", "c", "--deployment", "1"), "is no address"),
        (("--moodle", ROOT, "--client-id", "c", "--deployment", "1", "--course", "nope"), "There is no course"),
        (("--moodle", ROOT, "--client-id", "qZ81", "--deployment", "1"), "registered already"),
    ],
)
@pytest.mark.usefixtures("moodle")
def test_what_cannot_be_right_is_refused(run, options, said):
    assert said in run("lti", "register", *options, code=1).stderr


def test_what_to_paste_is_shown_before_anything_is_registered(run, run_json, monkeypatch):
    shown = run("lti", "show")
    assert "http://127.0.0.1:8000/lti/login" in shown.stdout
    assert "PUBLIC_URL is not set" in shown.stderr
    monkeypatch.setenv("PUBLIC_URL", "https://quiz.example.org/")
    shown = run("lti", "show")
    assert shown.stderr == ""
    assert "https://quiz.example.org/lti/deep-link" in shown.stdout
    data = run_json("lti", "show")
    assert data["platform"] is None
    assert data["ours"]["jwks_url"] == "https://quiz.example.org/lti/jwks"
    key = json.loads(run("lti", "canvas-key").stdout)
    assert key["oidc_initiation_url"] == "https://quiz.example.org/lti/login"
    assert key["extensions"][0]["settings"]["placements"][0]["target_link_uri"].endswith("/lti/deep-link")


@pytest.mark.usefixtures("moodle")
def test_the_public_key_of_a_platform_is_shown_and_the_private_one_never(run, run_json, engine):
    shown = run("lti", "show", "Moodle").stdout
    assert "BEGIN PUBLIC KEY" in shown
    assert "PRIVATE" not in shown
    assert "Client id            qZ81" in shown
    pem = run_json("lti", "show", 1)["ours"]["public_key"]
    with reading(engine) as session:
        [key] = session.query(ToolKey).all()
        assert RSAKey.import_key(pem).thumbprint() == key.kid


@pytest.mark.usefixtures("moodle")
def test_a_registration_is_changed(run, run_json):
    changed = run_json("lti", "edit", "Moodle", "--trust-emails", "--deployment", "2", "--token-audience", "aud")
    assert (changed["trust_emails"], changed["deployments"], changed["token_audience"]) == (True, ["1", "2"], "aud")
    options = ("--no-trust-emails", "--drop-deployment", "1", "--name", "M", "--token-audience", "")
    changed = run_json("lti", "edit", 1, *options)
    assert (changed["trust_emails"], changed["deployments"], changed["name"]) == (False, ["2"], "M")
    assert changed["token_audience"] is None
    run("course", "create", "deep", "Deep learning")
    assert run_json("lti", "edit", "M", "--course", "deep")["course"] == "deep"
    assert "each of its courses" in run("lti", "edit", "M", "--course", "").stdout
    assert "Say what to change" in run("lti", "edit", "M", code=2).stderr
    assert "has no deployment '9'" in run("lti", "edit", "M", "--drop-deployment", "9", code=1).stderr
    assert "there are M." in run("lti", "edit", "Moodle", "--trust-emails", code=1).stderr
    assert "lti list" in run("lti", "show", "77", code=1).stderr


def test_without_any_platform_it_is_said_how_to_make_one(run, run_json):
    assert "lti register makes one" in run("lti", "show", "Moodle", code=1).stderr
    assert run_json("lti", "list") == []


@pytest.mark.usefixtures("moodle")
def test_a_platform_is_taken_out_of_use_and_back(run, run_json):
    assert "Moodle is out of use" in run("lti", "disable", "Moodle").stdout
    assert run_json("lti", "list")[0]["disabled_at"]
    assert "Moodle is in use" in run("lti", "enable", "1").stdout
    assert run_json("lti", "list")[0]["disabled_at"] is None


@pytest.mark.usefixtures("moodle")
def test_keys_are_exchanged_and_what_was_signed_before_is_still_verified(run, run_json, engine, monkeypatch):
    now = datetime.now(UTC)
    seal = lti_setup_commands.seal()

    def signed(later):
        with reading(engine) as session:
            platform = session.get(Platform, 1)
            token = tool_keys.sign(session, platform, {"iss": "c"}, seal=seal, now=now + later)
            keys = KeySet.import_key_set(tool_keys.public_keys(session, now=now + later))
        return jwt.decode(token, keys, algorithms=["RS256"]).header["kid"]

    first = signed(timedelta(0))
    [row] = run_json("lti", "rotate-keys")
    assert signed(timedelta(minutes=30)) == first
    assert signed(timedelta(hours=2)) == row["kid"]
    assert datetime.fromisoformat(row["signs_from"]) >= now + timedelta(minutes=59)
    said = run("lti", "rotate-keys", "Moodle", "--now").stdout
    assert "Moodle: the key" in said
    assert signed(timedelta(minutes=1)) not in (first, row["kid"])
    monkeypatch.setenv("SECRET_KEY", "o" * 40)
    assert "lti list" in run("lti", "rotate-keys", "12", code=1).stderr


def test_an_invitation_is_an_address_that_is_shown_once(run, run_json, monkeypatch):
    monkeypatch.setenv("PUBLIC_URL", "https://quiz.example.org")
    said = run("lti", "invite", "--name", "Moodle")
    assert re.fullmatch(r"https://quiz\.example\.org/lti/register/[\w-]{43}\n", said.stdout)
    assert "works once" in said.stderr
    data = run_json("lti", "invite", "--name", "Canvas", "--expires", "1d")
    assert data["name"] == "Canvas"
    assert "no number of days" in run("lti", "invite", "--name", "X", "--expires", "0d", code=2).stderr
    run(*MOODLE)
    assert "choose another name" in run("lti", "invite", "--name", "Moodle", code=1).stderr
    assert "There is no course" in run("lti", "invite", "--name", "Y", "--course", "nope", code=1).stderr
    monkeypatch.delenv("PUBLIC_URL")
    assert "PUBLIC_URL is not set" in run("lti", "invite", "--name", "Z").stderr


class Answers:
    """The platform and our own service as `lti check` finds them; a test changes what is wrong."""

    def __init__(self, engine):
        self.engine = engine
        self.pair = RSAKey.generate_key(2048, {"kid": "p-1", "alg": "RS256", "use": "sig"})
        self.keyset = httpx.Response(200, json={"keys": [self.pair.as_dict(private=False)]})
        self.auth = httpx.Response(404)
        self.token = httpx.Response(200, json={"access_token": "t", "expires_in": 3600})
        self.skew = timedelta(0)
        self.assertions = []

    def __call__(self, request):
        if request.url.host == "quiz.example.org":
            with reading(self.engine) as session:
                return httpx.Response(200, json=tool_keys.public_keys(session, now=datetime.now(UTC)))
        response = {"/mod/lti/certs.php": self.keyset, "/mod/lti/auth.php": self.auth}.get(request.url.path, self.token)
        if request.method == "POST":
            self.assertions.append(dict(httpx.QueryParams(request.content.decode())))
        date = {} if self.skew is None else {"Date": format_datetime(datetime.now(UTC) + self.skew, usegmt=True)}
        return httpx.Response(response.status_code, headers=date, content=response.content)


@pytest.fixture
def answers(engine, monkeypatch):
    answers = Answers(engine)
    monkeypatch.setenv("PUBLIC_URL", "https://quiz.example.org")
    monkeypatch.setattr(lti_setup_commands, "Outside", lambda _allowed: Outside(transport=httpx.MockTransport(answers)))
    return answers


def context(engine, **told):
    with transaction(engine) as session:
        course = courses.create_course(session, slug="deep", title="Deep learning", now=datetime.now(UTC))
        fields = {"scopes": [SCORE], "memberships_url": f"{ROOT}/members", "title": "DL", "context_id": "2"} | told
        session.add(
            Context(platform_id=1, deployment_id="1", course_id=course.id, created_at=datetime.now(UTC), **fields)
        )


@pytest.mark.usefixtures("moodle")
def test_all_is_well(run, run_json, engine, answers):
    checks = {one["name"]: one for one in run_json("lti", "check", "Moodle")}
    assert all(one["ok"] for one in checks.values()), checks
    assert checks["launches"]["message"] == "Nobody has come yet."
    [form] = answers.assertions
    assert form["grant_type"] == "client_credentials"
    with transaction(engine) as session:
        now = datetime(2026, 11, 3, 18, tzinfo=UTC)
        secrets = {"state_hash": "s", "nonce_hash": "n", "browser_hash": "b"}
        session.add(LaunchRequest(platform_id=1, target_link_uri="x", created_at=now, used_at=now, **secrets))
    context(engine)
    said = run("lti", "check", "Moodle").stdout
    assert "FAIL" not in said
    assert "The last was 2026-11-03 18:00 UTC." in said
    assert "All its courses take grades." in said


def failed(run, name):
    """What is said to be wrong: this alone."""
    checks = json.loads(run("lti", "check", "Moodle", "--json", code=1).stdout)
    [wrong] = [one for one in checks if not one["ok"] and one["name"] == name]
    return wrong["message"]


@once
@pytest.mark.usefixtures("moodle")
def test_each_thing_that_is_wrong_is_told_in_words(run, answers):
    answers.keyset = httpx.Response(200, text="<html>404</html>")
    assert "no key set" in failed(run, "its keyset")
    answers.keyset = httpx.Response(200, json={"keys": []})
    assert "no key that can be used" in failed(run, "its keyset")
    answers.keyset = httpx.Response(200, json={"keys": [answers.pair.as_dict(private=False)]})
    answers.skew = timedelta(minutes=3)
    assert "seconds ahead of ours" in failed(run, "clocks")
    answers.skew = timedelta(minutes=-3)
    assert "seconds behind ours" in failed(run, "clocks")
    answers.skew = None
    answers.token = httpx.Response(400, json={"error": "invalid_client"})
    assert "no access to its services" in failed(run, "its tokens")
    answers.token = httpx.Response(200, json={"access_token": "t"})
    answers.auth = httpx.Response(502)
    assert "answers 502" in failed(run, "its log-in")
    said = run("lti", "check", "Moodle", code=1).stdout
    assert "FAIL  its log-in" in said
    assert "The platform does not tell the time." in said


@once
@pytest.mark.usefixtures("moodle", "answers")
def test_what_is_wrong_on_our_side_is_told_as_well(run, engine, monkeypatch):
    run("lti", "edit", "Moodle", "--drop-deployment", "1")
    assert "lti edit 1 --deployment ID" in failed(run, "deployments")
    run("lti", "edit", "Moodle", "--open-deployments")
    assert "learnt as they come" in run("lti", "check", "Moodle").stdout
    run("lti", "disable", "Moodle")
    assert "lti enable 1" in failed(run, "in use")
    run("lti", "enable", "Moodle")
    run("lti", "edit", "Moodle", "--auth-url", "http://moodle.example.org/mod/lti/auth.php")
    assert "--auth-url http://moodle.example.org" in failed(run, "https")
    run("lti", "edit", "Moodle", "--auth-url", f"{ROOT}/mod/lti/auth.php")
    context(engine, scopes=[], memberships_url=None)
    assert "No grades can be sent to DL" in failed(run, "grades")
    assert "names and roles are off" in run("lti", "check", "Moodle", code=1).stdout
    monkeypatch.setenv("SECRET_KEY", "o" * 40)
    assert "another SECRET_KEY" in failed(run, "our key")


@pytest.mark.usefixtures("moodle")
def test_a_keyset_of_ours_that_others_do_not_see_is_told(run, answers, monkeypatch):
    monkeypatch.setenv("PUBLIC_URL", "https://other.example.org")
    answers.token = httpx.Response(404)
    assert "does not show our key" in failed(run, "our keyset")


@pytest.mark.usefixtures("moodle")
def test_a_service_on_this_machine_cannot_ask_itself_and_says_so(run):
    said = run("lti", "check", "Moodle", "--json", code=1).stdout
    checks = {one["name"]: one for one in json.loads(said)}
    assert checks["our keyset"]["ok"]
    assert "cannot be asked from here" in checks["our keyset"]["message"]
    assert not checks["our address"]["ok"]
    assert "http://127.0.0.1:8000, which it cannot reach: set PUBLIC_URL" in checks["our address"]["message"]
