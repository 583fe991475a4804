"""The Moodle of these tests answers as the recorded ones did: everything that was asked of them is asked of it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from moodle_answers import VERSIONS, recorded_issuer, recording
from moodle_double import MoodleDouble

NEXT_ITEM = {"4.3": 7, "4.5": 10}
TOOL_PORT = {"4.3": 9001, "4.5": 9002}
KEY = RSAKey.generate_key(2048, {"kid": "ours"})
RESULT = re.compile(r'"userId":"(\d+)","resultScore":([\d.]+).*?"timestamp":"([^"]+)"')
LONGEST = 6000
"""A recorded body ends there."""
SCORED = "9"
"""Who gets all the recorded scores."""
LOADED = 150
"""How many students the recorded 4.5 had besides; all on the pages that were read are there."""


class Replay:
    """A double in the state in which the Moodle was when it was recorded, and the recording."""

    def __init__(self, version):
        self.recording = recording(version)
        self.now = datetime.fromisoformat(json.loads(self.recording["score: ok"]["request"]["body"])["timestamp"])
        self.moodle = moodle = MoodleDouble(version, clock=lambda: self.now)
        self.client = httpx.Client(transport=moodle.transport())
        tool = f"http://127.0.0.1:{TOOL_PORT[version]}"
        keys = KeySet([KEY]).as_dict(private=False)
        moodle.add_tool(f"{tool}/login", f"{tool}/launch", keys=keys)
        moodle.add_link("Quiz via LTI", custom={"quiz": "42"})
        moodle.add_link("Deep-linked quiz é&", graded=False)
        for label, maximum, resource, tag, link in [
            ("Essay", 60, "r1", "essay", "1"),
            ("Essay", 60, "r1", "essay", "1"),
            ("Deep-linked quiz é&", 40, "r77", "", "2"),
        ]:
            moodle.add_line_item(label, maximum, resource_id=resource, tag=tag, link_id=link)
        if version == "4.5":
            moodle.line_item_ids = iter((8, 9, *range(NEXT_ITEM[version], 100)))
            moodle.add_line_item("Rec2", 70, resource_id="rr", tag="tt", link_id="1")
            moodle.add_line_item("z", 0)
            for number in range(1, LOADED):
                moodle.add_person(f"load{number}", "L", str(number))
        moodle.line_item_ids = iter(range(NEXT_ITEM[version], 100))
        for user, score, stamp in RESULT.findall(self.recording["results"]["response"]["body"]):
            last = self.now - timedelta(days=1) if user == SCORED else datetime.fromisoformat(stamp)
            moodle.gradebook[2, user] = {"raw": float(score), "final": float(score), "timestamp": last}
        self.token = self.new_token()
        self.score_token = self.new_token("https://purl.imsglobal.org/spec/lti-ags/scope/score")

    def assertion(self, **claims):
        now = int(self.now.timestamp())
        client = self.moodle.client_id
        told = {"iss": client, "sub": client, "aud": self.moodle.token_url, "iat": now, "exp": now + 60, "jti": "j"}
        return jwt.encode({"alg": "RS256", "kid": "ours"}, told | claims, KEY)

    def new_token(self, scope=None):
        asked = {name: values[0] for name, values in parse_qs(self.recording["token"]["request"]["body"]).items()}
        asked |= {"client_assertion": self.assertion()} | ({"scope": scope} if scope else {})
        return self.client.post(self.moodle.token_url, data=asked).json()["access_token"]

    def ask(self, step):
        """Ask again what was asked then; what was left out of the recording is put in its place."""
        request = self.recording[step]["request"]
        headers = dict(request["headers"])
        if "Authorization" in headers:
            token = {"lineitems with score-only token": self.score_token, "bad bearer": "bad"}.get(step, self.token)
            headers["Authorization"] = f"Bearer {token}"
        body = request["body"]
        if body and "ASSERTION" in body:
            body = body.replace("ASSERTION", self.assertion(**self.told(step)))
        elif body and "timestamp" in body:
            stamp = datetime.fromisoformat(json.loads(body)["timestamp"]).replace(tzinfo=UTC)
            if stamp - self.now < timedelta(seconds=2):  # others were stamped ahead of their time
                self.now = max(self.now, stamp)
        return self.client.request(request["method"], request["url"], headers=headers, content=body)

    def told(self, step):
        now = int(self.now.timestamp())
        return {
            "token: wrong aud": {"aud": "https://elsewhere.example"},
            "token: expired": {"iat": now - 600, "exp": now - 300},
            "token: iat 20s ahead": {"iat": now + 20, "exp": now + 80},
            "token: unknown client": {"iss": "nobody", "sub": "nobody"},
        }.get(step, {})


@pytest.fixture(params=VERSIONS)
def replay(request):
    return Replay(request.param)


CHANCE = {
    "access_token": r'"access_token" : "\w+"',
    "iat": r"prior to [-\d:T]+",
    "key": r'"(kid|n)": "[-\w]+"',
    "outcome": r'launchid\\+":\d+|hash\\+":\\+"\w+',
}
"""What is another one each time."""


def plain(text):
    for name, pattern in CHANCE.items():
        text = re.sub(pattern, name, text)
    return text


def test_every_recorded_answer_is_given_again_word_for_word(replay):
    for step, exchange in replay.recording.items():
        if "response" not in exchange:
            continue
        expected, found = exchange["response"], replay.ask(step)
        assert (found.status_code, found.reason_phrase) == (expected["status"], expected["reason"]), step
        for name, value in expected["headers"].items():
            assert found.headers[name] == value.encode("latin-1").decode(), step
        assert ("Link" in found.headers) == ("Link" in expected["headers"]), step
        body, recorded = plain(found.text), plain(expected["body"])
        if len(expected["body"]) == LONGEST:
            known = min(len(body) - 1, len(recorded))
            assert known > LONGEST - 300
            body, recorded = body[:known], recorded[:known]
        assert body == recorded, step


@pytest.mark.parametrize("name", ["student5", "teacher1"])
def test_a_launch_is_what_was_recorded(replay, name):
    begun = replay.recording[f"{name}: login initiation form"]
    form = replay.moodle.login_form(name)
    assert form.action == begun["action"]
    hint = json.loads(form.fields.pop("lti_message_hint"))
    recorded_hint = json.loads(begun["fields"]["lti_message_hint"])
    assert form.fields == {key: value for key, value in begun["fields"].items() if key != "lti_message_hint"}
    assert hint.keys() == recorded_hint.keys()
    assert hint["cmid"] == recorded_hint["cmid"]

    sent = replay.recording[f"{name}: auth response form"]
    answered = replay.moodle.auth(login(replay, name, nonce=sent["claims"]["nonce"]))
    assert answered.status == 200
    assert answered.form.action == sent["action"]
    assert answered.form.fields["state"] == "s"
    token = jwt.decode(
        answered.form.fields["id_token"], KeySet.import_key_set(replay.moodle.jwks), algorithms=["RS256"]
    )
    assert token.header | {"kid": sent["header"]["kid"]} == sent["header"]
    assert token.claims["exp"] - token.claims["iat"] == sent["claims"]["exp"] - sent["claims"]["iat"]
    assert comparable(token.claims) == comparable(sent["claims"])


def comparable(claims):
    text = plain(json.dumps(claims, sort_keys=True))
    return re.sub(r'"(iat|exp)": \d+|sesskey=\w+', "", text)


def login(replay, name="student5", **changes):
    """What a tool asks the address of authentication with."""
    form = replay.moodle.login_form(name)
    asked = {name: form.fields[name] for name in ("login_hint", "lti_message_hint", "client_id")}
    asked |= {"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"}
    asked |= {"redirect_uri": form.fields["target_link_uri"], "state": "s", "nonce": "n"} | changes
    return {key: value for key, value in asked.items() if value is not None}


@pytest.mark.parametrize(
    ("step", "changes"),
    [
        ("unregistered redirect_uri", {"redirect_uri": "https://elsewhere.example/"}),
        ("wrong client_id", {"client_id": "nobody"}),
        ("wrong login_hint", {"login_hint": "99"}),
        ("response_type=code", {"response_type": "code"}),
        ("no nonce", {"nonce": None}),
    ],
)
def test_what_a_moodle_does_not_authenticate_is_refused_as_recorded(replay, step, changes):
    expected = replay.recording[f"auth error: {step}"]
    found = replay.moodle.auth(login(replay, **changes))
    assert found.status == expected["status"]
    if expected["posted_to_tool"] is None:
        assert found.form is None
    else:
        assert found.form.action == expected["action"]
        assert found.form.fields == expected["posted_to_tool"] | {"state": "s"}


def test_the_issuer_is_where_it_is_served():
    moodle = MoodleDouble("4.5")
    assert moodle.issuer == recorded_issuer("4.5")
    with moodle.serve() as served:
        answer = httpx.get(served.configuration_url, trust_env=False)
    assert answer.json()["issuer"] == served.issuer != recorded_issuer("4.5")
    assert [asked.path for asked in moodle.log] == ["/mod/lti/openid-configuration.php"]
