"""What a Moodle does that a tool has to survive, each as it was measured on 4.3 and 4.5."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from moodle_answers import VERSIONS
from moodle_double import InProcess, MoodleDouble
from moodle_launches import CLAIM, DEEP_LINKING
from moodle_registration import CONFIGURATION
from moodle_services import ITEM, ITEMS, MEMBERS, RESULTS, SCORES
from moodle_tokens import ASSERTION_TYPE, SCOPES

KEY = RSAKey.generate_key(2048, {"kid": "ours"})
TOOL = "https://quiz.example"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
STUDENT = "4"


class Tool:
    """A tool that is nothing but a key, with a token for everything."""

    def __init__(self, version):
        self.now = datetime(2026, 11, 3, 18, tzinfo=UTC)
        self.moodle = MoodleDouble(version, clock=lambda: self.now)
        self.client = httpx.Client(transport=self.moodle.transport())
        keys = KeySet([KEY]).as_dict(private=False)
        self.moodle.add_tool(f"{TOOL}/login", f"{TOOL}/launch", keys=keys)
        self.link = self.moodle.add_link()
        answer = self.ask_token(iat=self.seconds())
        self.bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def seconds(self):
        return int(self.now.timestamp())

    def ask_token(self, *, key=KEY, **claims):
        client = self.moodle.client_id
        told = {"iss": client, "sub": client, "aud": self.moodle.token_url, "exp": self.seconds() + 60, "jti": "j"}
        assertion = jwt.encode({"alg": "RS256", "kid": key.kid}, told | claims, key)
        asked = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
        asked |= {"client_assertion": assertion, "scope": " ".join(SCOPES)}
        return self.client.post(self.moodle.token_url, data=asked)

    def get(self, url, media_type):
        return self.client.get(url, headers=self.bearer | {"Accept": media_type})

    def post(self, url, media_type, body):
        headers = self.bearer | {"Content-Type": media_type}
        return self.client.post(url, headers=headers, content=json.dumps(body))

    def column(self):
        return self.moodle.line_items[0]

    def score(self, given=7, maximum=10, *, user=STUDENT, seconds=0.0, progress="FullyGraded", column=None):
        item = column or self.column()
        stamp = self.now + timedelta(seconds=seconds)
        body = {"userId": user, "scoreGiven": given, "scoreMaximum": maximum, "timestamp": stamp.isoformat()}
        body |= {"activityProgress": "Completed", "gradingProgress": progress}
        url = self.moodle.line_item_url(item).replace("/lineitem?", "/lineitem/scores?")
        return self.post(url, SCORES, body).status_code

    def grade(self, column=None):
        return self.moodle.grade("student1", column)

    def launched(self, form):
        """The claims that arrive at the tool."""
        asked = {name: form.fields[name] for name in ("login_hint", "lti_message_hint", "client_id")}
        asked |= {"scope": "openid", "response_type": "id_token", "response_mode": "form_post"}
        asked |= {"redirect_uri": f"{TOOL}/launch", "state": "s", "nonce": "n"}
        token = self.moodle.auth(asked).form.fields["id_token"]
        return jwt.decode(token, KeySet.import_key_set(self.moodle.jwks), algorithms=["RS256"]).claims


@pytest.fixture(params=VERSIONS)
def tool(request):
    return Tool(request.param)


def test_of_two_scores_in_a_second_the_later_is_refused(tool):
    assert [tool.score(7), tool.score(8, seconds=0.9), tool.score(9, seconds=1)] == [200, 409, 200]
    assert tool.grade()["final"] == 90


def test_a_coupled_column_of_4_3_keeps_the_servers_time(tool):
    assert tool.score(7, seconds=3600) == 200
    kept = tool.now if tool.moodle.version == "4.3" else tool.now + timedelta(hours=1)
    assert tool.grade()["timestamp"] == kept
    assert tool.score(8, seconds=60) == (200 if tool.moodle.version == "4.3" else 409)


def test_a_column_that_the_tool_has_made_keeps_the_scores_time(tool):
    own = tool.moodle.add_line_item("Own", 10)
    assert tool.score(7, seconds=3600, column=own) == 200
    assert tool.score(8, seconds=60, column=own) == 409


def test_what_is_not_fully_graded_clears_the_grade(tool):
    assert tool.score(7) == 200
    assert tool.score(7, seconds=1, progress="PendingManual") == 200
    assert tool.grade()["final"] is None
    results = tool.moodle.line_item_url(tool.column()).replace("/lineitem?", "/lineitem/results?")
    assert tool.get(results, RESULTS).json() == []


@pytest.mark.parametrize(
    ("given", "maximum", "raw", "final"),
    [
        (2 / 3, 1, 66.667, 66.667),
        (66.66667, 100, 66.66667, 66.66667),
        (11, 10, 110, 100),
        (-1, 10, -10, 0),
        ("7.5", 10, 75, 75),
    ],
)
def test_scores_are_rounded_before_they_are_scaled_and_bounded_after(tool, given, maximum, raw, final):
    assert tool.score(given, maximum) == 200
    assert (tool.grade()["raw"], tool.grade()["final"]) == (raw, final)


@pytest.mark.parametrize("user", ["3", "99999"])
def test_only_students_get_scores(tool, user):
    assert tool.score(user=user) == 400


def test_who_has_left_the_course_gets_no_score(tool):
    tool.moodle.users["student1"].enrolled = False
    assert tool.score() == 400


def test_a_launch_tells_of_a_column_only_while_there_is_one(tool):
    form = tool.moodle.login_form("student1")
    assert tool.launched(form)[AGS]["lineitem"] == tool.moodle.line_item_url(tool.column())
    body = {"scoreMaximum": 5, "label": "Second", "resourceLinkId": tool.link.id, "tag": "t"}
    assert tool.post(tool.moodle.line_items_url, ITEM, body).status_code == 201
    assert "lineitem" not in tool.launched(tool.moodle.login_form("student1"))[AGS]


def test_the_same_column_is_made_twice_where_it_is_asked_for_twice(tool):
    body = {"scoreMaximum": 5, "label": "Same", "resourceId": "r"}
    assert [tool.post(tool.moodle.line_items_url, ITEM, body).status_code for _ in range(2)] == [201, 201]
    found = tool.get(f"{tool.moodle.line_items_url}&resource_id=r", ITEMS).json()
    assert len(found) == 2


def test_pages_of_columns_are_linked_in_a_way_that_nobody_reads(tool):
    for number in range(4):
        tool.moodle.add_line_item(f"Column {number}", 10)
    tool.moodle.largest_page = 2
    answer = tool.get(tool.moodle.line_items_url, ITEMS)
    assert len(answer.json()) == 2
    assert "next" not in answer.links
    assert "&amp;limit=2&amp;from=2>; rel=“next”" in answer.headers["Link"]
    last = tool.get(f"{tool.moodle.line_items_url}&limit=2&from=4", ITEMS)
    assert len(last.json()) == 1
    assert "next" not in last.headers["Link"]


def test_a_full_page_of_members_has_a_next_one_with_nobody_on_it(tool):
    url = f"{tool.moodle.memberships_url()}?limit=13"
    pages = []
    while url:
        answer = tool.get(url, MEMBERS)
        pages.append(len(answer.json()["members"]))
        url = answer.links.get("next", {}).get("url")
    assert pages == [13, 13, 0]


def test_what_was_signed_ahead_of_its_time_or_by_another_gets_no_token(tool):
    assert tool.ask_token(iat=tool.seconds() + 1).status_code == 400
    assert tool.ask_token(nbf=tool.seconds() + 1).status_code == 400
    assert tool.ask_token(key=RSAKey.generate_key(2048, {"kid": "ours"})).status_code == 400
    assert tool.ask_token(key=RSAKey.generate_key(2048, {"kid": "unknown"})).status_code == 400
    assert tool.ask_token().headers["Content-Type"].startswith("text/html")


def test_a_token_ends_after_an_hour(tool):
    assert tool.get(tool.moodle.line_items_url, ITEMS).status_code == 200
    tool.now += timedelta(hours=1)
    assert tool.get(tool.moodle.line_items_url, ITEMS).status_code == 401


def test_keys_are_fetched_again_for_one_that_is_unknown(tool):
    new, fetched = RSAKey.generate_key(2048, {"kid": "new"}), []
    tool.moodle.tools[0].jwks_url = f"{TOOL}/keys"
    tool.moodle.fetch = lambda url: fetched.append(url) or KeySet([KEY, new]).as_dict(private=False)
    assert [tool.ask_token(key=key).status_code for key in (KEY, new, new, KEY)] == [200] * 4
    assert fetched == [f"{TOOL}/keys"]


def chosen(tool, form, *items, **claims):
    """Answer with these items; the page that a Moodle shows then."""
    settings = tool.launched(form)[f"{DEEP_LINKING}/deep_linking_settings"]
    told = {
        "iss": tool.moodle.client_id,
        "aud": tool.moodle.issuer,
        "iat": tool.seconds(),
        "exp": tool.seconds() + 60,
        "nonce": "once",
        f"{CLAIM}/deployment_id": "1",
        f"{CLAIM}/message_type": "LtiDeepLinkingResponse",
        f"{CLAIM}/version": "1.3.0",
        f"{DEEP_LINKING}/content_items": list(items),
    } | ({f"{DEEP_LINKING}/data": settings["data"]} if "data" in settings else {})
    answer = {"JWT": jwt.encode({"alg": "RS256", "kid": "ours"}, told | claims, KEY)}
    return tool.client.post(settings["deep_link_return_url"], data=answer)


ITEM_CHOSEN = {
    "type": "ltiResourceLink",
    "title": "Chains é<>&",
    "url": f"{TOOL}/launch?set=chains",
    "custom": {"set": "chains"},
    "lineItem": {"label": "Chains", "scoreMaximum": 40, "resourceId": "set-1", "tag": "grade"},
}


def test_what_a_teacher_has_chosen_becomes_an_activity_with_its_column(tool):
    page = chosen(tool, tool.moodle.deep_link_form(data="x=1&é"), ITEM_CHOSEN)
    assert page.status_code == 200
    link = tool.moodle.links[-1]
    assert (link.title, link.custom["set"]) == ("Chains é<>&", "chains")
    claims = tool.launched(tool.moodle.login_form("student1", link))
    assert claims[f"{CLAIM}/target_link_uri"] == f"{TOOL}/launch?set=chains"
    assert claims[f"{CLAIM}/custom"]["set"] == "chains"
    column = tool.get(claims[AGS]["lineitem"], ITEM).json()
    assert (column["scoreMaximum"], column["resourceId"], column["tag"]) == (40, "set-1", "grade")


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "other"},
        {"aud": "other"},
        {"nonce": ""},
        {"iat": 1},
        {"exp": 2_000_000_000},
        {f"{CLAIM}/deployment_id": "2"},
        {f"{CLAIM}/version": "1.1"},
        {f"{CLAIM}/message_type": "LtiResourceLinkRequest"},
        {f"{DEEP_LINKING}/data": "other"},
    ],
)
def test_a_choice_that_does_not_obey_is_refused(tool, claims):
    page = chosen(tool, tool.moodle.deep_link_form(data="d"), ITEM_CHOSEN, **claims)
    assert page.status_code == 400
    assert len(tool.moodle.deep_link_refusals) == 1
    assert len(tool.moodle.links) == 1


def test_several_are_refused_where_one_was_asked_for(tool):
    page = chosen(tool, tool.moodle.deep_link_form(accept_multiple=False), ITEM_CHOSEN, ITEM_CHOSEN)
    assert page.status_code == 400


REGISTRATION = {
    "application_type": "web",
    "response_types": ["id_token"],
    "grant_types": ["implicit", "client_credentials"],
    "initiate_login_uri": "https://quiz.example/lti/login",
    "redirect_uris": ["https://quiz.example/lti/launch"],
    "client_name": "Quiz",
    "jwks_uri": "https://quiz.example/lti/jwks",
    "token_endpoint_auth_method": "private_key_jwt",
    "scope": " ".join(SCOPES),
    CONFIGURATION: {
        "domain": "quiz.example",
        "target_link_uri": "https://quiz.example/lti/launch",
        "claims": ["iss", "sub"],
        "messages": [{"type": "LtiDeepLinkingRequest"}],
    },
}


def register(tool, token, body=REGISTRATION):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return tool.client.post(tool.moodle.registration_url, headers=headers, content=json.dumps(body))


def test_a_tool_registers_itself_once(tool):
    token = tool.moodle.registration_query()["registration_token"]
    answer = register(tool, token).json()
    assert answer["client_id"] == tool.moodle.tools[1].client_id != tool.moodle.client_id
    assert answer[CONFIGURATION]["deployment_id"] == "2"
    assert register(tool, token).status_code == 401
    assert register(tool, "foreign").status_code == 401


def test_an_invitation_ends_after_an_hour(tool):
    token = tool.moodle.registration_query()["registration_token"]
    tool.now += timedelta(hours=1)
    assert register(tool, token).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"jwks_uri": "https://elsewhere.example/keys"},
        {"redirect_uris": ["https://elsewhere.example/launch"]},
        {"initiate_login_uri": ""},
        {"response_types": ["code"]},
        {"token_endpoint_auth_method": "none"},
        {CONFIGURATION: {"target_link_uri": "https://quiz.example/"}},
    ],
)
def test_a_registration_that_a_moodle_would_not_take_is_refused(tool, change):
    token = tool.moodle.registration_query()["registration_token"]
    assert register(tool, token, REGISTRATION | change).status_code == 400
    assert len(tool.moodle.tools) == 1


def test_several_moodles_are_asked_by_their_origins():
    moodles = [MoodleDouble(version) for version in VERSIONS]
    client = httpx.Client(transport=InProcess({moodle.issuer: moodle for moodle in moodles}))
    assert [client.get(moodle.configuration_url).json()["issuer"] for moodle in moodles] == [
        "http://127.0.0.1:8043",
        "http://127.0.0.1:8045",
    ]
    with pytest.raises(httpx.ConnectError, match="nobody is at"):
        client.get("http://127.0.0.1:1/")
