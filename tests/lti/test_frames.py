"""In frames of other sites browsers keep little or nothing: log-ins make do with it, or go on in a tab of their own."""

from __future__ import annotations

import re
from html import unescape

import pytest
from signing_platform import IN_FRAME, ISSUER, LAUNCH, later, query_of
from sqlalchemy.exc import SQLAlchemyError

from quizsvc.services.lms.registrations import disable, edit, get_platform
from quizsvc.store.database import transaction
from quizsvc.store.lms_models import LaunchRequest
from quizsvc.store.models import Attempt, Login
from quizsvc.store.sets import get_set
from quizsvc.web.frames import FrameAncestors

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGE = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin"}
OWN_FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"}
SCRIPT = {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"}
STORING = {"lti_storage_target": "_parent"}


def without_cookies(browser, method="POST", **changes):
    """The answer to a log-in in a frame whose cookies do not come back."""
    asked = browser.begin(method, IN_FRAME, **changes)
    assert asked.status_code == 307
    forgetful = browser.quiz.browser()
    form = {"iss": ISSUER, "login_hint": "8", "target_link_uri": LAUNCH, "client_id": "quiz-client"} | changes
    if method == "GET":
        assert query_of(asked.location).login_hint == "8"
        return forgetful.client.get(asked.location, headers=IN_FRAME)
    return forgetful.client.post(asked.location, data=form, headers=IN_FRAME)


def link_in(page):
    return unescape(re.search(r'<a class="btn btn-primary" href="([^"]+)" target="_blank"', page)[1])


def data_in(page):
    """What the script of the page is told."""
    return {name: unescape(value) for name, value in re.findall(r'data-([\w-]+)="([^"]*)"', page)}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_in_a_frame_the_cookie_has_to_come_back_first(browser, method):
    asked = browser.begin(method, IN_FRAME)
    assert asked.status_code == 307
    [cookie] = asked.headers.getlist("Set-Cookie")
    assert cookie.startswith("lti-probe=")
    for mark in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/lti"):
        assert mark in cookie
    form = {"iss": ISSUER, "login_hint": "8", "target_link_uri": LAUNCH}
    gone_on = browser.client.open(asked.location, method=method, data=form if method == "POST" else None)
    assert gone_on.status_code == 302
    assert gone_on.location.startswith(f"{ISSUER}/auth?")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_cookies_the_log_in_can_begin_again_in_a_tab_of_its_own(quiz, browser, method):
    page = without_cookies(browser, method, lti_message_hint='{"a": "<ü>"}')
    assert page.status_code == 200
    again = link_in(page.text)
    assert again.startswith("/lti/login?")
    assert quiz.count(LaunchRequest) == 0
    tab = quiz.browser()
    begun = tab.client.get(again, headers={"Sec-Fetch-Dest": "document"})
    assert begun.status_code == 302
    asked = query_of(begun.location)
    assert asked.lti_message_hint == '{"a": "<ü>"}'
    assert tab.answer(asked.state, tab.token(asked)).status_code == 303


def test_the_way_back_cannot_lead_elsewhere(browser):
    page = without_cookies(browser, "GET", _scheme="javascript", _external="1", _anchor="x")
    assert link_in(page.text).startswith("/lti/login?iss=")


def kept_by_platform(browser):
    """What the script hands to the platform, and what the platform is then asked."""
    told = data_in(without_cookies(browser, **STORING).text)
    assert told["platform-storage"] == ISSUER
    assert told["target"] == "_parent"
    asked = query_of(told["go-on"])
    assert told["go-on"].startswith(f"{ISSUER}/auth?")
    assert told["key"] == f"lti-{asked.state}"
    return asked, told["value"]


def test_without_cookies_the_platform_keeps_the_secret_and_a_new_tab_ends_at_the_set(quiz, browser):
    asked, secret = kept_by_platform(browser)
    assert [request.storage_target for request in quiz.rows(LaunchRequest)] == ["_parent"]
    frame = quiz.browser()
    token = frame.token(asked)
    page = frame.answer(asked.state, token, IN_FRAME)
    assert page.status_code == 200
    told = data_in(page.text)
    assert (told["platform-storage"], told["target"], told["key"]) == (ISSUER, "_parent", f"lti-{asked.state}")
    assert secret not in page.text
    assert f'name="id_token" value="{token}"' in page.text
    assert quiz.logins == 0
    tab = quiz.browser()
    arrived = tab.answer(asked.state, token, PAGE, browser_secret=secret)
    assert arrived.status_code == 303
    assert tab.client.get(arrived.location, headers=PAGE).status_code == 200
    assert tab.answer(asked.state, token, PAGE, browser_secret=secret).status_code == 401
    assert quiz.logins == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (PAGE, 303),
        ({"Origin": "http://localhost"}, 303),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 401),
        ({"Sec-Fetch-Site": "same-site"}, 401),
        ({"Sec-Fetch-Site": "none"}, 401),
        ({"Origin": "https://evil.example.org"}, 401),
        ({"Origin": "null"}, 401),
        ({}, 401),
    ],
)
def test_no_other_site_can_send_the_secret_that_a_platform_keeps(browser, headers, status):
    asked, secret = kept_by_platform(browser)
    assert browser.answer(asked.state, browser.token(asked), headers, browser_secret=secret).status_code == status


def test_a_secret_that_the_platform_does_not_keep_is_refused(quiz, browser):
    asked, _ = kept_by_platform(browser)
    answer = browser.answer(asked.state, browser.token(asked), PAGE, browser_secret="guessed")
    assert answer.status_code == 401
    with_cookie = browser.asked()
    other = quiz.browser()
    secret = with_cookie.cookie[1]
    answer = other.answer(with_cookie.state, other.token(with_cookie), PAGE, browser_secret=secret)
    assert answer.status_code == 401


def test_where_cookies_come_back_the_platform_keeps_nothing(quiz, browser):
    asked = browser.begin(**STORING)
    form = {"iss": ISSUER, "login_hint": "8", "target_link_uri": LAUNCH, **STORING}
    assert browser.client.post(asked.location, data=form).status_code == 302
    assert [request.storage_target for request in quiz.rows(LaunchRequest)] == [None]


# Sessions


def framed(browser, **changes):
    """Launch in a frame; where it leads."""
    begun = browser.begin(headers=IN_FRAME)
    form = {"iss": ISSUER, "login_hint": "8", "target_link_uri": LAUNCH}
    asked = query_of(browser.client.post(begun.location, data=form, headers=IN_FRAME).location)
    answer = browser.answer(asked.state, browser.token(asked, **changes), IN_FRAME)
    assert answer.status_code == 303
    cookies = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("quiz")]
    return answer.location, cookies


def name_on(page):
    found = re.search(r'<span class="visitor">([^<]*)</span>', page.text)
    return found and found[1]


def test_a_frame_has_a_session_of_its_own(quiz, browser):
    path, [cookie] = framed(browser)
    assert cookie.startswith("quiz-framed=")
    for mark in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"):
        assert mark in cookie
    assert name_on(browser.client.get(path, headers=OWN_FRAME)) == "Ada Lovelace"
    assert browser.client.get(path, headers=PAGE).status_code == 302
    later(quiz, minutes=60)
    assert browser.client.get(path, headers=OWN_FRAME).status_code == 200


def test_a_tab_of_its_own_keeps_the_stricter_cookie(browser):
    answer = browser.launch()
    cookies = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("quiz")]
    assert len(cookies) == 1
    assert "SameSite=Lax" in cookies[0]
    assert "Partitioned" not in cookies[0]


def test_frame_and_tab_of_one_browser_do_not_disturb_each_other(quiz, browser):
    path, _ = framed(browser)
    browser.arrive(headers={"Sec-Fetch-Dest": "document"}, sub="student-2", name="Bao")
    assert name_on(browser.client.get(path, headers=OWN_FRAME)) == "Ada Lovelace"
    assert name_on(browser.client.get(path, headers=PAGE)) == "Bao"
    assert name_on(browser.client.get(path, headers=SCRIPT | {"Quiz-Framed": "true"})) == "Ada Lovelace"
    assert name_on(browser.client.get(path, headers=SCRIPT | {"Quiz-Framed": "false"})) == "Bao"
    assert name_on(browser.client.get(path)) == "Bao"
    assert quiz.count(Login, Login.ended_at.is_(None)) == 2


def test_a_browser_that_does_not_tell_where_it_is_gets_the_session_that_it_has(browser):
    path, _ = framed(browser)
    assert name_on(browser.client.get(path)) == "Ada Lovelace"


def test_neither_cookie_passes_for_the_other(quiz, browser):
    path, [cookie] = framed(browser)
    other = quiz.browser()
    other.client.set_cookie("quiz", cookie.partition(";")[0].partition("=")[2])
    assert other.client.get(path, headers=PAGE).status_code == 302


def test_forms_in_a_frame_need_their_token_as_all_do(quiz, browser):
    path, _ = framed(browser)
    with transaction(quiz.engine) as session:
        get_set(session, quiz.classroom.set_id).time_limit_minutes = 30
    page = browser.client.get(path, headers=OWN_FRAME).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    assert browser.client.post(f"{path}/start", headers=OWN_FRAME).status_code == 403
    assert browser.client.post(f"{path}/start", data={"csrf_token": token}, headers=IN_FRAME).status_code == 403
    assert browser.client.post(f"{path}/start", data={"csrf_token": token}, headers=OWN_FRAME).status_code == 303
    assert quiz.count(Attempt) == 1


def test_a_launch_in_a_frame_ends_the_log_in_that_was_there(quiz, browser):
    framed(browser)
    framed(browser, sub="student-2")
    assert [login.ended_at is None for login in quiz.rows(Login)] == [False, True]


def test_logging_out_in_a_frame_takes_the_cookie_back(browser):
    path, _ = framed(browser)
    page = browser.client.get(path, headers=OWN_FRAME).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    browser.client.post("/logout", data={"csrf_token": token}, headers=OWN_FRAME)
    assert browser.client.get(path, headers=OWN_FRAME).status_code == 302


# Who may show our pages in a frame


def ancestors(answer):
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    return policy["frame-ancestors"]


def test_pages_may_be_framed_by_platforms_in_use_and_by_nobody_else(quiz, browser):
    quiz.register(
        name="Second",
        issuer="https://canvas.instructure.com",
        auth_url="https://sso.canvaslms.com/auth",
        frame_origins=("https://school.example.edu",),
    )
    ours = f"'self' https://canvas.instructure.com {ISSUER} https://school.example.edu https://sso.canvaslms.com"
    assert ancestors(browser.client.get("/login")) == ours
    assert ancestors(browser.begin("GET", iss="unknown")) == ours
    assert ancestors(browser.client.get("/healthz")) == "'self'"
    policy = browser.client.get("/login").headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'" in policy
    assert "unsafe" not in policy


def test_platforms_are_looked_up_again_every_few_seconds(quiz):
    seconds = [100.0]
    found = FrameAncestors(quiz.engine, "'none'", now=lambda: seconds[0])
    assert found() == ISSUER
    with transaction(quiz.engine) as session:
        edit(session, get_platform(session, 1), {"frame_origins": ["https://other.example.org"]})
    assert found() == ISSUER
    seconds[0] += 5
    assert found() == f"{ISSUER} https://other.example.org"
    with transaction(quiz.engine) as session:
        disable(get_platform(session, 1), now=quiz.now)
    seconds[0] += 5
    assert found() == "'none'"


def test_while_the_database_does_not_answer_it_stays_as_it_was(quiz, monkeypatch):
    seconds = [100.0]
    found = FrameAncestors(quiz.engine, "'self'", now=lambda: seconds[0])
    assert found() == f"'self' {ISSUER}"
    calls = []

    def fail(*_args):
        calls.append(1)
        raise SQLAlchemyError

    monkeypatch.setattr("quizsvc.web.frames.list_platforms", fail)
    seconds[0] += 5
    assert [found() for _ in range(3)] == 3 * [f"'self' {ISSUER}"]
    assert len(calls) == 1
