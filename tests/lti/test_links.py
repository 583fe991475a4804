"""A link that leads nowhere yet: its instructor chooses where to, once for all."""

from __future__ import annotations

import re

import pytest
from signing_platform import INSTRUCTOR, LEARNER
from test_arriving import other_set

from quizsvc.store.database import transaction
from quizsvc.store.lms_models import ResourceLink
from quizsvc.store.models import ProblemSet

NOWHERE = {"custom": None, "roles": [INSTRUCTOR], "sub": "teacher"}


def choose(browser, path, set_id):
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.client.get(path).text)[1]
    return browser.client.post(path, data={"csrf_token": token, "set": set_id})


def test_the_instructor_chooses_and_students_end_there_from_then_on(quiz, browser):
    path = browser.arrive(**NOWHERE)
    assert path == "/lti/links/1"
    page = browser.client.get(path).text
    assert "Which set shall this link in Learning lead to?" in page
    assert "Chains" in page
    student = quiz.browser()
    assert student.arrive(custom=None) == path
    assert "still has to choose" in student.client.get(path).text
    more = other_set(quiz, published=False)
    assert choose(browser, path, more).location == f"/sets/{more}/dashboard"
    assert quiz.rows(ResourceLink)[0].set_id == more
    assert "still has to publish" in student.client.get(path).text
    assert choose(browser, path, quiz.classroom.set_id).status_code == 303
    assert student.client.get(path).location == f"/sets/{quiz.classroom.set_id}"
    assert student.arrive(custom=None) == f"/sets/{quiz.classroom.set_id}"
    assert browser.arrive(**NOWHERE) == f"/sets/{quiz.classroom.set_id}/dashboard"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("chosen", ["", "x", "99999999999", "9999", "²"])
def test_only_a_set_of_the_course_can_be_chosen(quiz, browser, chosen):
    assert choose(browser, browser.arrive(**NOWHERE), chosen).status_code == 422
    assert quiz.rows(ResourceLink)[0].set_id is None


def test_only_instructors_of_the_course_choose(quiz, browser):
    path = browser.arrive(**NOWHERE)
    student, stranger = quiz.browser(), quiz.browser()
    assert quiz.browser().client.get(path).status_code == 302
    student.arrive(custom=None, roles=[LEARNER])
    token = re.search(r'name="csrf_token" value="([^"]+)"', student.client.get(path).text)[1]
    form = {"csrf_token": token, "set": quiz.classroom.set_id}
    assert student.client.post(path, data=form).status_code == 403
    assert student.client.post(path, data={"set": quiz.classroom.set_id}).status_code == 403
    quiz.register(name="Other", client_id="other", course_slug=None)
    answer = stranger.launch_as("other")
    assert answer.status_code == 303
    assert stranger.client.get(path).status_code == 404
    assert stranger.client.get("/lti/links/77").status_code == 404
    assert quiz.rows(ResourceLink)[0].set_id is None


def test_a_course_without_sets_says_how_one_is_made(quiz, browser):
    path = browser.arrive(**NOWHERE)
    with transaction(quiz.engine) as session:
        for one in session.query(ProblemSet):
            for kept in (*one.versions, *one.all_items):
                session.delete(kept)
            session.delete(one)
    assert "This course has no set yet" in browser.client.get(path).text


def test_our_keys_are_published(quiz, browser):
    answer = browser.client.get("/lti/jwks")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert [key["kty"] for key in answer.json["keys"]] == ["RSA"]
    assert "d" not in answer.json["keys"][0]
    quiz.register(name="Second", client_id="second")
    assert len(browser.client.get("/lti/jwks").json["keys"]) == 2
