"""What a platform gets when an instructor has chosen: signed, once, as it was asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import KeySet
from linked_course import OURS, RETURN_URL, SEAL, linked, once

from quizsvc.errors import Closed, Conflict, Invalid, NotAllowed, NotFound
from quizsvc.services import set_files, sets
from quizsvc.services.lms import deep_linking, registrations, tool_keys
from quizsvc.services.lms.deep_linking import ChooseSets
from quizsvc.store.database import reading, transaction
from quizsvc.store.lms_models import Context, DeepLinkRequest, Platform
from quizsvc.store.models import Membership

NOW = datetime(2026, 11, 3, 18, tzinfo=UTC)
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


def answer(room, request_id, *set_ids, user=None, later=timedelta(0)):
    command = ChooseSets(user or room.instructor, request_id, set_ids)
    with transaction(room.engine) as session:
        return deep_linking.answer_request(session, command, ours=OURS, seal=SEAL, nonce="n-1", now=room.now + later)


def read(room, token):
    """The claims of what was signed, as the platform reads them with our keys."""
    with reading(room.engine) as session:
        keys = KeySet.import_key_set(tool_keys.public_keys(session, now=room.now))
    decoded = jwt.decode(token, keys, algorithms=["RS256"])
    assert set(decoded.header) == {"alg", "kid", "typ"}
    return decoded.claims


def add_set(room, text):
    with transaction(room.engine) as session:
        return sets.create_set(session, course_slug="deep", spec=set_files.read_set(text), now=room.now).id


def choosing(room, request_id, user=None, later=timedelta(0)):
    with reading(room.engine) as session:
        return deep_linking.find_choosing(
            session, request_id=request_id, user_id=user or room.instructor, now=room.now + later
        )


def test_the_answer_is_what_the_specification_asks_for(classroom):
    _, request_id = linked(classroom, data="a b+c=%20&é")
    sent = answer(classroom, request_id, classroom.set_id)
    assert sent.return_url == RETURN_URL
    claims = read(classroom, sent.token)
    now = int(classroom.now.timestamp())
    assert (claims["iss"], claims["aud"], claims["nonce"]) == ("qZ81", "https://moodle.example.org", "n-1")
    assert claims["iat"] == now - 60
    assert now < claims["exp"] <= claims["iat"] + 300
    assert claims[f"{LTI}deployment_id"] == "1"
    assert claims[f"{LTI}message_type"] == "LtiDeepLinkingResponse"
    assert claims[f"{LTI}version"] == "1.3.0"
    assert claims[f"{DL}data"] == "a b+c=%20&é"
    assert claims[f"{DL}content_items"] == [
        {
            "type": "ltiResourceLink",
            "title": "Chains",
            "url": "https://quiz.example.org/lti/launch?set=chains",
            "custom": {"set": "chains"},
            "iframe": {"height": 900},
            "window": {"targetName": "_blank"},
            "lineItem": {
                "label": "Chains",
                "scoreMaximum": 30,
                "resourceId": f"set-{classroom.set_id}",
                "tag": "quiz",
            },
        }
    ]


@once
@pytest.mark.parametrize(
    ("wishes", "missing"),
    [
        ({"accept_lineitem": False}, {"lineItem"}),
        ({"accept_presentation_document_targets": ["window"]}, {"iframe"}),
        ({"accept_presentation_document_targets": ["iframe"]}, {"window"}),
        ({"accept_presentation_document_targets": None}, {"iframe", "window"}),
        ({"accept_presentation_document_targets": "iframe"}, {"window"}),
        ({"accept_lineitem": None}, set()),
    ],
)
def test_what_the_platform_does_not_take_is_left_out(classroom, wishes, missing):
    _, request_id = linked(classroom, **wishes)
    claims = read(classroom, answer(classroom, request_id, classroom.set_id).token)
    [item] = claims[f"{DL}content_items"]
    assert {"lineItem", "iframe", "window"} - set(item) == missing
    assert f"{DL}data" not in claims


def test_a_set_for_practice_gets_no_column_in_the_gradebook(classroom):
    practice = add_set(classroom, "title: Warm up\nmode: practice\nitems: [{family: dying-relu}]")
    _, request_id = linked(classroom)
    claims = read(classroom, answer(classroom, request_id, practice).token)
    assert "lineItem" not in claims[f"{DL}content_items"][0]


def test_titles_arrive_as_they_are(classroom):
    title = "Größen é <b>&amp;</b> & \"quotes\" 'single' 勾配 ∂"
    other = add_set(classroom, f"title: {json.dumps(title)}\nslug: other\nitems: [{{family: dying-relu}}]")
    _, request_id = linked(classroom)
    [item] = read(classroom, answer(classroom, request_id, other).token)[f"{DL}content_items"]
    assert (item["title"], item["lineItem"]["label"]) == (title, title)


@given(data=st.text(st.characters(exclude_categories=["Cs"])))
def test_data_comes_back_byte_for_byte(data):
    request = DeepLinkRequest(settings=json.loads(json.dumps({"data": data})))
    request.context = Context(deployment_id="1")
    request.context.platform = Platform(issuer="i", client_id="c")
    claims = deep_linking._claims(request, nonce="n", now=NOW)  # noqa: SLF001 - what is signed
    assert claims[f"{DL}data"].encode() == data.encode()


def test_several_sets_are_taken_where_the_platform_takes_several(classroom):
    second = add_set(classroom, "title: Second\nitems: [{family: dying-relu}]")
    _, request_id = linked(classroom)
    items = read(classroom, answer(classroom, request_id, second, classroom.set_id).token)[f"{DL}content_items"]
    assert [item["custom"]["set"] for item in items] == ["chains", "second"]


@once
@pytest.mark.parametrize("wish", [False, None])
def test_only_one_set_is_taken_where_the_platform_takes_one(classroom, wish):
    second = add_set(classroom, "title: Second\nitems: [{family: dying-relu}]")
    _, request_id = linked(classroom, accept_multiple=wish)
    assert not choosing(classroom, request_id).several
    with pytest.raises(Invalid, match="one set at a time"):
        answer(classroom, request_id, second, classroom.set_id)
    assert answer(classroom, request_id, second)


def test_nothing_can_be_chosen(classroom):
    _, request_id = linked(classroom)
    assert read(classroom, answer(classroom, request_id).token)[f"{DL}content_items"] == []


def test_a_request_is_answered_once_and_within_the_hour(classroom):
    _, request_id = linked(classroom)
    with pytest.raises(Closed, match="more than an hour"):
        answer(classroom, request_id, classroom.set_id, later=timedelta(minutes=61))
    assert answer(classroom, request_id, classroom.set_id, later=timedelta(minutes=59))
    with pytest.raises(Closed, match="chosen already"):
        answer(classroom, request_id, classroom.set_id)
    with pytest.raises(Closed, match="chosen already"):
        choosing(classroom, request_id)


def test_of_two_answers_at_once_one_is_signed(classroom):
    _, request_id = linked(classroom)
    with transaction(classroom.engine) as session:
        request = session.get(DeepLinkRequest, request_id)
        deep_linking._take(session, request, classroom.now)  # noqa: SLF001 - as the other one has just done
        with pytest.raises(Closed, match="chosen already"):
            deep_linking._take(session, request, classroom.now)  # noqa: SLF001 - the second


def test_only_the_instructor_who_was_sent_here_chooses(classroom):
    _, request_id = linked(classroom)
    for user in (classroom.ada, classroom.stranger):
        with pytest.raises(NotFound):
            choosing(classroom, request_id, user)
    with pytest.raises(NotFound):
        choosing(classroom, request_id + 1)
    with transaction(classroom.engine) as session:
        member = session.query(Membership).filter_by(user_id=classroom.instructor).one()
        member.role = "student"
    with pytest.raises(NotAllowed, match="Only instructors"):
        choosing(classroom, request_id)


def test_what_links_cannot_answer_is_explained(classroom):
    _, request_id = linked(classroom, accept_types=["file", "html"])
    with pytest.raises(Conflict, match="Moodle asks for something else than a link"):
        choosing(classroom, request_id)


@once
@pytest.mark.parametrize("url", ["javascript:alert(1)", "//elsewhere", "", None, "https://u:p@lms.example.org/"])
def test_an_answer_goes_to_addresses_of_the_web_alone(classroom, url):
    _, request_id = linked(classroom, deep_link_return_url=url)
    with pytest.raises(Invalid, match="is no address"):
        choosing(classroom, request_id)


def test_a_platform_that_is_out_of_use_gets_nothing(classroom):
    platform_id, request_id = linked(classroom)
    with transaction(classroom.engine) as session:
        registrations.disable(registrations.get_platform(session, platform_id), now=classroom.now)
    with pytest.raises(Closed, match="no longer in use"):
        choosing(classroom, request_id)


def test_a_set_of_another_course_cannot_be_chosen(classroom):
    _, request_id = linked(classroom)
    with pytest.raises(Invalid, match="not in this course"):
        answer(classroom, request_id, classroom.set_id, classroom.set_id + 1)
