"""Somebody comes from a platform, and ends where the link leads; in no way twice."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from signing_platform import IN_FRAME, INSTRUCTOR, ISSUER, LAUNCH, later, query_of, quiz_of

from quizsvc.services.lms.registrations import disable, get_platform
from quizsvc.store.database import transaction
from quizsvc.store.lms_models import LaunchRequest
from quizsvc.store.models import Login


def refused(answer, why):
    assert answer.status_code == 401, answer.text
    assert why in answer.text
    return answer


def test_a_student_ends_at_the_set_and_an_instructor_at_its_dashboard(quiz):
    student, instructor = quiz.browser(), quiz.browser()
    assert student.arrive() == f"/sets/{quiz.classroom.set_id}"
    page = student.client.get(f"/sets/{quiz.classroom.set_id}")
    assert page.status_code == 200
    assert "Ada Lovelace" in page.text
    assert instructor.arrive(sub="teacher", roles=[INSTRUCTOR]) == f"/sets/{quiz.classroom.set_id}/dashboard"
    assert instructor.client.get(f"/sets/{quiz.classroom.set_id}/dashboard").status_code == 200


def test_the_browser_goes_straight_to_the_platform_with_what_openid_asks_for(browser):
    answer = browser.begin(lti_message_hint="{hint}", lti_deployment_id="1")
    assert answer.status_code == 302
    assert answer.location.startswith(f"{ISSUER}/auth?")
    asked = vars(query_of(answer.location))
    assert len(asked.pop("state")) >= 43  # 32 bytes
    assert len(asked.pop("nonce")) >= 43
    assert asked == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": "quiz-client",
        "redirect_uri": LAUNCH,
        "login_hint": "8",
        "lti_message_hint": "{hint}",
    }
    [cookie] = answer.headers.getlist("Set-Cookie")
    for mark in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/lti", "Max-Age=600"):
        assert mark in cookie


def test_a_log_in_may_begin_with_get(browser):
    assert browser.begin("GET").status_code == 302


def test_an_address_that_has_a_query_keeps_it(classroom):
    with quiz_of(classroom, auth_url=f"{ISSUER}/auth?type=1") as quiz:
        assert quiz.browser().begin().location.startswith(f"{ISSUER}/auth?type=1&scope=openid&")


WRONG_LOG_INS = [
    ({"iss": "https://other.example.org"}, "not registered here"),
    ({"iss": f"{ISSUER}/"}, "not registered here"),
    ({"iss": "https://LMS.example.org"}, "not registered here"),
    ({"iss": "a\0b"}, "not registered here"),
    ({"iss": None}, "did not send iss"),
    ({"iss": "x" * 256}, "more than 255 characters"),
    ({"client_id": "somebody"}, "not registered here as client"),
    ({"client_id": "�\x7f"}, "not registered here as client"),
    ({"login_hint": None}, "did not send login_hint"),
    ({"login_hint": "x" * 4001}, "more than 4000 characters"),
    ({"lti_message_hint": "x" * 4001}, "more than 4000 characters"),
    ({"lti_storage_target": "x" * 256}, "more than 255 characters"),
    ({"target_link_uri": None}, "did not send target_link_uri"),
    ({"target_link_uri": "https://evil.example.org/lti/launch"}, "none of our addresses"),
    ({"target_link_uri": "http://localhost.evil.example.org/"}, "none of our addresses"),
    ({"target_link_uri": "http://localhost@evil.example.org/"}, "none of our addresses"),
    ({"target_link_uri": "https://localhost/lti/launch"}, "none of our addresses"),
    ({"target_link_uri": "//localhost/lti/launch"}, "none of our addresses"),
    ({"target_link_uri": "javascript:alert(1)"}, "none of our addresses"),
    ({"target_link_uri": f"{LAUNCH}?{'x' * 1000}"}, "more than 1000 characters"),
]


def test_a_log_in_that_is_not_right_goes_nowhere(quiz, browser):
    for changes, why in WRONG_LOG_INS:
        for method, headers in (("GET", None), ("POST", None), ("GET", IN_FRAME), ("POST", IN_FRAME)):
            answer = browser.begin(method, headers, **changes)
            assert (answer.status_code, why in answer.text) == (400, True), (changes, method)
            assert "Location" not in answer.headers
    assert quiz.count(LaunchRequest) == 0


def test_of_several_clients_of_one_issuer_the_platform_has_to_name_one(quiz, browser):
    quiz.register(name="Second", client_id="second")
    answer = browser.begin(client_id=None)
    assert answer.status_code == 400
    assert "has to send a client_id" in answer.text
    assert query_of(browser.begin(client_id="second").location).client_id == "second"


def test_the_only_client_of_an_issuer_needs_no_name(browser):
    assert browser.asked(client_id=None).client_id == "quiz-client"


def test_a_platform_that_is_out_of_use_is_not_known(quiz, browser):
    asked = browser.asked()
    with transaction(quiz.engine) as session:
        disable(get_platform(session, 1), now=quiz.now)
    assert browser.begin().status_code == 400
    refused(browser.answer(asked.state, browser.token(asked)), "no longer in use")


def test_a_launch_is_posted(browser):
    assert browser.client.get("/lti/launch").status_code == 405


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("login_required", "not logged in at your learning platform"),
        ("access_denied", "does not let you open this link"),
        ("unauthorized_client", "does not know this service"),
        ("<script>", "could not log you in"),
    ],
)
def test_an_error_of_the_platform_is_told_in_our_own_words(quiz, browser, code, words):
    form = {"error": code, "error_description": "Call 555-1234 <b>now</b>", "state": browser.asked().state}
    answer = refused(browser.client.post("/lti/launch", data=form), words)
    assert "555" not in answer.text
    assert quiz.logins == 0


@pytest.mark.parametrize("left", ["state", "id_token"])
def test_a_launch_needs_a_state_and_a_token(browser, left):
    asked = browser.asked()
    form = {"state": asked.state, "id_token": browser.token(asked)}
    refused(browser.client.post("/lti/launch", data={**form, left: ""}), "no id_token with a state")


def test_two_tabs_both_succeed(browser):
    first, second = browser.asked(), browser.asked()
    assert browser.answer(first.state, browser.token(first)).status_code == 303
    assert browser.answer(second.state, browser.token(second)).status_code == 303


def test_a_log_in_that_another_browser_began_is_refused(quiz, browser):
    asked = browser.asked()
    other = quiz.browser()
    refused(other.answer(asked.state, browser.token(asked)), "did not begin this log-in")
    other.asked()
    other.client.set_cookie(asked.cookie[0], "guessed", path="/lti")
    refused(other.answer(asked.state, browser.token(asked)), "Another browser")
    assert quiz.logins == 0


def test_a_state_that_nobody_began_is_refused(browser):
    asked = browser.asked()
    refused(browser.answer("made-up", browser.token(asked)), "Nobody has begun this log-in")


def test_the_token_of_one_log_in_does_not_answer_another(browser):
    first, second = browser.asked(), browser.asked()
    refused(browser.answer(second.state, browser.token(first)), "nonce")


def test_a_log_in_waits_ten_minutes_and_not_longer(quiz, browser):
    asked = browser.asked()
    later(quiz, minutes=10)
    assert browser.answer(asked.state, browser.token(asked)).status_code == 303
    asked = browser.asked()
    later(quiz, minutes=10, seconds=1)
    refused(browser.answer(asked.state, browser.token(asked)), "more than ten minutes ago")


def test_a_launch_is_not_used_twice(quiz, browser):
    asked = browser.asked()
    token = browser.token(asked)
    assert browser.answer(asked.state, token).status_code == 303
    refused(browser.answer(asked.state, token), "used already")
    assert quiz.logins == 1


def test_of_fifty_replays_at_once_one_is_let_in(quiz, browser):
    asked = browser.asked()
    token = browser.token(asked)
    start, answers = threading.Barrier(50), []

    def replay():
        other = quiz.browser()
        other.take_cookie(asked)
        start.wait()
        answers.append(other.answer(asked.state, token).status_code)

    threads = [threading.Thread(target=replay) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303] + 49 * [401]
    assert quiz.logins == 1


def test_a_log_in_that_one_process_began_ends_in_another(browser, classroom):
    asked = browser.asked()
    token = browser.token(asked)
    with quiz_of(classroom, name="Other", client_id="other") as other:
        elsewhere = other.browser()
        elsewhere.take_cookie(asked)
        assert elsewhere.answer(asked.state, token).status_code == 303
    assert browser.answer(asked.state, token).status_code == 401


def test_old_log_ins_are_forgotten(quiz, browser):
    for _ in range(3):
        browser.asked()
    later(quiz, minutes=21)
    browser.asked()
    assert quiz.count(LaunchRequest) == 1


def test_a_launch_ends_the_log_in_before_it(quiz, browser):
    browser.arrive()
    later(quiz, minutes=1)
    browser.arrive()
    first, second = quiz.rows(Login)
    assert first.ended_at == quiz.now
    assert second.ended_at is None
    assert second.began_at - first.began_at == timedelta(minutes=1)


def test_no_secret_is_in_the_log(browser, caplog):
    caplog.set_level("DEBUG")
    asked = browser.asked()
    token = browser.token(asked)
    browser.answer(asked.state, token)
    browser.answer(asked.state, token)
    forged = browser.asked()
    browser.answer(forged.state, browser.token(forged, aud="other"))
    text = caplog.text
    assert "/lti/launch refused: This launch has been used already (state)." in text
    assert "it is for somebody else (aud)" in text
    for secret in (token, token.split(".")[1], asked.state, asked.nonce, "ada@", "Lovelace"):
        assert secret not in text
