"""Open edX's platform stands: a tool that is nothing but a key gets launches, grades and members through."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from moodle_launches import CLAIM, DEEP_LINKING
from moodle_services import ITEMS, MEMBERS, RESULTS, SCORES
from moodle_tokens import ASSERTION_TYPE, LINE_ITEM_READ, MEMBERS_READ, RESULT_READ, SCORE
from openedx import STUDENT, TEACHER
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

KEY = RSAKey.generate_key(2048, {"kid": "ours", "alg": "RS256", "use": "sig"})
LAUNCH = "http://localhost:9/launch"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NAMES = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"


@pytest.fixture
def tool(edx):
    """A tool whose keys are served, registered."""
    keys = json.dumps(KeySet([KEY]).as_dict(private=False))
    server = make_server("127.0.0.1", 0, Response(keys, content_type="application/json"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield edx.add_tool("http://localhost:9/login", LAUNCH, f"http://127.0.0.1:{server.port}/keys")
    server.shutdown()
    thread.join()
    server.server_close()


def launched(tool, user, *, deep=False):
    """The claims that arrive at the tool."""
    begun = urlsplit(tool.begin(user, deep=deep))
    told = {name: values[0] for name, values in parse_qs(begun.query).items()}
    assert told["iss"] == tool.issuer
    asked = {name: told[name] for name in ("login_hint", "lti_message_hint", "client_id")}
    asked |= {"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"}
    asked |= {"redirect_uri": LAUNCH, "state": "s", "nonce": "n"}
    form = tool.auth(str(httpx.URL(tool.auth_url, params=asked)))
    assert (form.action, form.fields["state"]) == (LAUNCH, "s")
    keys = KeySet.import_key_set(httpx.get(tool.jwks_url, trust_env=False).json())
    return jwt.decode(form.fields["id_token"], keys, algorithms=["RS256"]).claims


def signed(claims):
    now = int(datetime.now(UTC).timestamp())
    return jwt.encode({"alg": "RS256", "kid": "ours"}, {"iat": now - 60, "exp": now + 60} | claims, KEY)


def token(tool, *scopes):
    assertion = signed({"iss": tool.client_id, "sub": tool.client_id, "aud": tool.token_url, "jti": "j"})
    asked = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
    asked |= {"client_assertion": assertion, "scope": " ".join(scopes)}
    return httpx.post(tool.token_url, data=asked, trust_env=False).json()["access_token"]


def test_a_student_arrives_and_a_grade_comes_back(tool):
    claims = launched(tool, STUDENT)
    assert claims["aud"] == claims["azp"] == tool.client_id
    assert claims[f"{CLAIM}/message_type"] == "LtiResourceLinkRequest"
    column = claims[AGS]["lineitem"]
    bearer = {"Authorization": f"Bearer {token(tool, SCORE, RESULT_READ, LINE_ITEM_READ, MEMBERS_READ)}"}

    listed = httpx.get(claims[AGS]["lineitems"], headers=bearer | {"Accept": ITEMS}, trust_env=False)
    assert [(item["id"], item["scoreMaximum"]) for item in listed.json()] == [(column, 10)]

    score = {"userId": claims["sub"], "scoreGiven": 7.5, "scoreMaximum": 10, "timestamp": "2026-11-23T14:47:27.3Z"}
    score |= {"activityProgress": "Completed", "gradingProgress": "FullyGraded"}
    headers = bearer | {"Content-Type": SCORES}
    sent = httpx.post(f"{column}/scores", headers=headers, content=json.dumps(score), trust_env=False)
    assert sent.status_code == 201
    assert tool.state()["grades"] == {claims["sub"]: {"score": 0.75, "maximum": 10, "comment": None}}
    results = httpx.get(f"{column}/results", headers=bearer | {"Accept": RESULTS}, trust_env=False).json()
    assert [(result["userId"], result["resultScore"]) for result in results] == [(claims["sub"], 7.5)]

    members = httpx.get(
        claims[NAMES]["context_memberships_url"], headers=bearer | {"Accept": MEMBERS}, trust_env=False
    ).json()["members"]
    assert len(members) == 4
    assert {member["name"] for member in members} >= {"Tea Løngname", "Stu1 Løngname"}


def test_a_teacher_chooses(tool):
    claims = launched(tool, TEACHER, deep=True)
    back = claims[f"{DEEP_LINKING}/deep_linking_settings"]["deep_link_return_url"]
    item = {"type": "ltiResourceLink", "title": "é<>&", "url": f"{LAUNCH}?set=x", "custom": {"set": "x"}}
    answer = {
        "iss": tool.client_id,
        "aud": tool.issuer,
        f"{CLAIM}/message_type": "LtiDeepLinkingResponse",
        f"{DEEP_LINKING}/content_items": [item],
    }
    saved = httpx.post(back, data={"JWT": signed(answer)}, trust_env=False)
    assert saved.status_code == 200
    assert [chosen["title"] for chosen in tool.state()["chosen"]] == ["é<>&"]
    assert launched_target(tool) == f"{LAUNCH}?set=x"


def launched_target(tool):
    return launched(tool, STUDENT)[f"{CLAIM}/target_link_uri"]


def test_a_key_is_replaced(tool):
    kids = {key["kid"] for key in httpx.get(tool.jwks_url, trust_env=False).json()["keys"]}
    assert tool.rotate_key() not in kids
    launched(tool, STUDENT)
