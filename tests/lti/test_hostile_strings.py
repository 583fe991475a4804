"""What platforms tell is text: whatever it holds, pages show it as it is, and nobody sees a fault."""

from __future__ import annotations

import json
import logging
import re
from base64 import urlsafe_b64decode

from hostile import SENDABLE, STRINGS, require_text_only
from linked_course import RETURN_URL, app_of, client_of, linked, once, token_in
from signing_platform import INSTRUCTOR, ISSUER, LEARNER, quiz_of

from quizsvc.store.database import transaction
from quizsvc.store.lms_models import DeepLinkRequest
from quizsvc.store.lti_vocabulary import DEEP_LINKING_SETTINGS, ENDPOINT, NAMES_AND_ROLES
from quizsvc.store.models import Course, User

DATA = "https://purl.imsglobal.org/spec/lti-dl/claim/data"


def texts(text):
    """The claims that are text, or choose by text."""
    return {
        "name": text,
        "given_name": text,
        "family_name": text,
        "email": text,
        "locale": text,
        "roles": [LEARNER, text],
        "custom": {"set": text, text: text},
        "https://purl.imsglobal.org/spec/lti/claim/tool_platform": {"name": text, "guid": text},
        "https://purl.imsglobal.org/spec/lti/claim/launch_presentation": {"return_url": text, "locale": text},
        text: text,
    }


@once
def test_names_titles_roles_and_ids(classroom, caplog):
    caplog.set_level(logging.INFO)
    with quiz_of(classroom, course_slug=None) as quiz:
        pages, refusals = [], 0
        for number, text in enumerate(["Plain", *STRINGS]):
            place = {"title": text, "label": text}
            told = texts(text) | {"context": place | {"id": text}, "resource_link": place | {"id": text}, "sub": text}
            browser = quiz.browser()
            answer = browser.launch(**told)
            if answer.status_code != 303:  # what is no id is refused; as a title it is let in
                assert (answer.status_code, "is no id of 1 to 255" in answer.text) == (401, True), text
                refusals += 1
                place["id"], told["sub"] = f"link-{number}", f"student-{number}"
                answer = browser.launch(**told | {"context": place, "resource_link": place})
            assert (answer.status_code, re.fullmatch(r"/lti/links/\d+", answer.location)[0]) == (303, answer.location)
            pages.append(browser.client.get(answer.location))
        assert 10 < refusals < len(STRINGS) / 2
        for text, page in zip(STRINGS, pages[1:], strict=True):
            assert page.status_code == 200
            require_text_only(page.text, pages[0].text, text)
        for course in quiz.rows(Course):
            assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", course.slug)
        assert all(user.name.isprintable() and user.name.strip() for user in quiz.rows(User))
    assert [record for record in caplog.records if "\n" in record.getMessage()] == []


@once
def test_what_is_told_of_services_and_of_the_log_in_itself(quiz):
    plain = quiz.browser().begin(iss="plain").text
    for text in SENDABLE:
        browser = quiz.browser()
        hints = {"login_hint": text, "lti_message_hint": text, "lti_storage_target": text}
        for asked in ({"iss": text}, {"client_id": text}, {"target_link_uri": text}, hints):
            answer = browser.begin("GET", **asked)
            if answer.status_code in (302, 307):
                assert answer.location.startswith((f"{ISSUER}/auth?", "/lti/login/check?")), asked
            else:
                assert answer.status_code == 400, asked
                require_text_only(answer.text, plain, text)
        services = {"lineitems": text, "lineitem": text, "scope": text}
        for changes in (
            {ENDPOINT: services, NAMES_AND_ROLES: {"context_memberships_url": text}},
            {"deployment_id": text},
            {"message_type": "LtiDeepLinkingRequest", DEEP_LINKING_SETTINGS: {"deep_link_return_url": text}},
        ):
            answer = browser.launch(**changes | {"roles": [INSTRUCTOR]})
            if answer.status_code != 303:
                assert answer.status_code == 401, (changes, answer.text)
                require_text_only(answer.text, plain, text)
            else:
                assert text.startswith(("http://", "https://")), changes
        answer = browser.client.post("/lti/launch", data={"error": text, "error_description": text, "state": text})
        require_text_only(answer.text, plain, text)


@once
def test_what_a_platform_wishes_of_links_comes_back_to_it_alone(classroom):
    app, everything = app_of(classroom), "".join(STRINGS)
    client = client_of(app, classroom, classroom.instructor)
    _, plain = linked(classroom)
    with transaction(classroom.engine) as session:
        kept = session.get(DeepLinkRequest, plain)
        settings = kept.settings | dict.fromkeys(("title", "text", "data"), everything)
        told = DeepLinkRequest(
            context_id=kept.context_id, user_id=kept.user_id, settings=settings, created_at=kept.created_at
        )
        session.add(told)
        session.flush()
        numbers = plain, told.id
    pages = [client.get(f"/lti/deep-link/{number}").text for number in numbers]
    require_text_only(pages[1], pages[0], "the choice")
    form = {"csrf_token": token_in(pages[0]), "set": classroom.set_id}
    answers = [client.post(f"/lti/deep-link/{number}", data=form).text for number in numbers]
    require_text_only(answers[1], answers[0], "the answer", outside=RETURN_URL)
    assert claims_in(answers[1])[DATA] == everything
    app.extensions["engine"].dispose()


def claims_in(page):
    """What the token says that a page takes to the platform."""
    payload = re.search(r'name="JWT" value="[^".]+\.([^".]+)\.', page)[1]
    return json.loads(urlsafe_b64decode(payload + "=="))
