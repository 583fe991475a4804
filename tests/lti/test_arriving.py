"""Who arrives is known here from then on, in the course and the role that the platform tells."""

from __future__ import annotations

import threading

import pytest
from signing_platform import DEPLOYMENT, INSTRUCTOR, ISSUER, LAUNCH, LEARNER, later, quiz_of

from quizsvc.services import accounts, courses, privacy, set_files, sets
from quizsvc.store import people
from quizsvc.store.database import reading, transaction
from quizsvc.store.lms_models import Context, ContextMember, DeepLinkRequest, Deployment, PlatformUser, ResourceLink
from quizsvc.store.lti_vocabulary import DEEP_LINKING_SETTINGS, ENDPOINT, NAMES_AND_ROLES
from quizsvc.store.models import Course, Membership, User

ITEMS = f"{ISSUER}/items?type_id=1"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"


def membership(quiz, subject="student-1"):
    """The membership of a platform's person in its only course."""
    with reading(quiz.engine) as session:
        known = session.query(PlatformUser).filter_by(subject=subject).one()
        [found] = people.memberships_of(session, known.user_id, even_left=True)
        return found


def user(quiz, subject="student-1"):
    with reading(quiz.engine) as session:
        return session.query(PlatformUser).filter_by(subject=subject).one().user


def test_whoever_is_new_gets_an_account_that_only_the_platform_can_log_in_to(quiz, browser):
    browser.arrive()
    ada = user(quiz)
    assert ada.name == "Ada Lovelace"
    assert ada.email.startswith("lti-1-")
    assert ada.email.endswith("@users.invalid")
    assert ada.password_hash is None
    [known] = quiz.rows(PlatformUser)
    assert known.email == "ada@lms.example.org"
    assert membership(quiz).role == "student"


def test_who_comes_again_is_the_same_and_is_called_as_the_platform_calls_him_now(quiz, browser):
    browser.arrive()
    browser.arrive(name="Ada King", email=None)
    assert user(quiz).name == "Ada King"
    browser.arrive(name=None, given_name=None, family_name=None)
    assert user(quiz).name == "Ada King"
    assert quiz.count(PlatformUser) == 1
    assert quiz.count(ContextMember) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"name": None}, "Ada Lovelace"),
        ({"name": None, "family_name": None}, "Ada"),
        ({"name": "  Ada \t L.  "}, "Ada L."),
        ({"name": "n" * 300}, "n" * 200),
        ({"name": None, "given_name": None, "family_name": None}, "Student 5"),
        ({"name": None, "given_name": None, "family_name": None, "roles": [INSTRUCTOR]}, "Instructor 5"),
    ],
)
def test_names(quiz, browser, changes, name):
    browser.arrive(**changes)
    assert user(quiz).name == name


def test_an_address_that_the_platform_tells_opens_no_account(quiz, browser):
    browser.arrive(email="ines@example.org", roles=[INSTRUCTOR])
    assert user(quiz).id not in (quiz.classroom.instructor, quiz.classroom.ada)


def test_an_address_of_a_platform_that_is_trusted_does(classroom):
    with quiz_of(classroom, trust_emails=True) as quiz:
        quiz.browser().arrive(email="Ada@Example.org", name="Somebody else")
        assert user(quiz).id == classroom.ada
        assert user(quiz).name == "Ada"
        quiz.browser().arrive(sub="student-2", email="new@example.org")
        assert user(quiz, "student-2").email == "new@example.org"
        quiz.browser().arrive(sub="student-3", email=None)
        assert user(quiz, "student-3").email.endswith("@users.invalid")


def test_nobody_in_particular_is_let_in_only_where_that_is_allowed_and_never_teaches(classroom):
    with quiz_of(classroom, allow_anonymous=True) as quiz:
        for _ in range(2):
            browser = quiz.browser()
            assert browser.arrive(sub=None, roles=[INSTRUCTOR], name=None, given_name=None, family_name=None) == (
                f"/sets/{classroom.set_id}"
            )
        assert quiz.count(PlatformUser) == 0
        assert [one.name for one in quiz.rows(User)][4:] == ["Guest 5", "Guest 6"]
        assert quiz.count(Membership, Membership.role == "instructor") == 1


def test_a_course_of_the_platform_becomes_a_course_here(classroom):
    with quiz_of(classroom, course_slug=None) as quiz:
        browser = quiz.browser()
        path = browser.arrive()
        assert "not ready yet" in browser.client.get(path).text
        browser.arrive(context={"id": "course-8", "title": "Deep Learning I"})
        browser.arrive(context={"id": "course-9", "title": "深層学習"})
        browser.arrive(context={"id": "course-10", "label": "ML-10"})
        browser.arrive(context={"id": "course-11", "title": "x" * 250})
        browser.arrive(context=None)
        made = quiz.rows(Course)[1:]
        assert [course.slug for course in made[:1] + made[2:4]] == ["deep-learning-i", "course", "ml-10"]
        assert made[1].slug.startswith("deep-learning-i-")
        assert [course.title for course in made[2:]] == ["深層学習", "ML-10", "x" * 200, "Learning"]
        assert [context.context_id for context in quiz.rows(Context)][-1] == ""


def test_a_course_keeps_its_title_where_it_is_not_told_again(quiz, browser):
    browser.arrive()
    browser.arrive(context={"id": "course-7"})
    assert [one.title for one in quiz.rows(Context)] == ["Deep Learning I"]


def test_the_same_course_of_two_deployments_is_two(classroom):
    with quiz_of(classroom, deployments=(DEPLOYMENT, "2")) as quiz:
        quiz.browser().arrive()
        quiz.browser().arrive(deployment_id="2")
        assert [(one.deployment_id, one.context_id) for one in quiz.rows(Context)] == [
            (DEPLOYMENT, "course-7"),
            ("2", "course-7"),
        ]


def test_deployments_may_be_learnt_as_they_come(classroom):
    with quiz_of(classroom, deployments=(), open_deployments=True) as quiz:
        quiz.browser().arrive()
        quiz.browser().arrive()
        assert [one.deployment_id for one in quiz.rows(Deployment)] == [DEPLOYMENT]


def test_what_the_platform_tells_last_of_a_role_holds(quiz, browser):
    browser.arrive(roles=[INSTRUCTOR])
    assert membership(quiz).role == "instructor"
    browser.arrive(roles=[LEARNER])
    assert membership(quiz).role == "student"


def test_who_teaches_one_of_several_courses_that_are_one_here_teaches_it(quiz, browser):
    browser.arrive(roles=[INSTRUCTOR])
    browser.arrive(roles=[LEARNER], context={"id": "course-8"})
    assert membership(quiz).role == "instructor"


def test_who_had_left_is_back(quiz, browser):
    browser.arrive()
    with transaction(quiz.engine) as session:
        for one in (*session.query(Membership), *session.query(ContextMember)):
            one.left_at = quiz.now
    browser.arrive()
    assert membership(quiz).left_at is None
    assert [one.left_at for one in quiz.rows(ContextMember)] == [None]


def test_who_was_erased_is_somebody_new(quiz, browser):
    browser.arrive()
    first = user(quiz)
    with transaction(quiz.engine) as session:
        privacy.erase_person(session, first.email, now=quiz.now)
    browser.arrive()
    assert user(quiz).id != first.id


def test_the_addresses_of_services_are_kept_and_stay_when_they_are_not_told_again(quiz, browser):
    told = {
        ENDPOINT: {
            "scope": [SCORE, 7],
            "lineitems": f"{ISSUER}/items?type_id=1",
            "lineitem": f"{ISSUER}/items/2?type_id=1",
        },
        NAMES_AND_ROLES: {"context_memberships_url": f"{ISSUER}/members"},
    }
    for changes in (told, {}, {ENDPOINT: {"lineitems": ITEMS}}):
        browser.arrive(**changes)
        [context], [link] = quiz.rows(Context), quiz.rows(ResourceLink)
        assert context.memberships_url == f"{ISSUER}/members"
        assert context.line_items_url == ITEMS
        assert context.scopes == [SCORE]
        assert link.line_item_url == f"{ISSUER}/items/2?type_id=1"
    browser.arrive(**{ENDPOINT: {"scope": []}})
    assert quiz.rows(Context)[0].scopes == []


def other_set(quiz, *, slug="more", published=True, course="deep"):
    text = f"slug: {slug}\ntitle: More\nitems: [{{family: concepts}}]"
    with transaction(quiz.engine) as session:
        made = sets.create_set(session, course_slug=course, spec=set_files.read_set(text), now=quiz.now)
        if published:
            sets.publish_set(session, problem_set=made, now=quiz.now, seed=1)
        return made.id


def test_the_set_is_named_by_the_link_or_its_address_or_is_that_of_before(quiz, browser):
    more = other_set(quiz)
    chains = quiz.classroom.set_id
    assert browser.arrive(custom={"set": "more"}) == f"/sets/{more}"
    assert browser.arrive(custom=None) == f"/sets/{more}"
    assert browser.arrive(custom=None, target=f"{LAUNCH}?set=chains") == f"/sets/{chains}"
    assert browser.arrive(custom={"set": "more"}, target=f"{LAUNCH}?set=chains") == f"/sets/{more}"
    assert browser.arrive(custom={"set": "no-such"}) == f"/sets/{more}"
    assert browser.arrive(custom={"set": "$Quiz.set"}, target=f"{LAUNCH}?set=chains") == f"/sets/{chains}"


def test_a_set_of_another_course_cannot_be_named(quiz, browser):
    with transaction(quiz.engine) as session:
        courses.create_course(session, slug="other", title="Other", now=quiz.now)
    other_set(quiz, slug="secret", course="other")
    assert browser.arrive(custom={"set": "secret"}).startswith("/lti/links/")


def test_a_set_that_is_not_published_is_not_ready_for_students_alone(quiz, browser):
    draft = other_set(quiz, slug="draft", published=False)
    path = browser.arrive(custom={"set": "draft"})
    assert path == "/lti/links/1"
    page = browser.client.get(path)
    assert page.status_code == 200
    assert "still has to publish" in page.text
    assert quiz.browser().arrive(sub="t", roles=[INSTRUCTOR], custom={"set": "draft"}) == f"/sets/{draft}/dashboard"


WISHES = {"deep_link_return_url": f"{ISSUER}/return", "accept_types": ["ltiResourceLink"], "data": "ü & <x>"}


def choosing(**changes):
    return {
        "message_type": "LtiDeepLinkingRequest",
        "resource_link": None,
        "custom": None,
        DEEP_LINKING_SETTINGS: WISHES,
    } | changes


@pytest.mark.parametrize("target", [{}, {"target_link_uri": None}])
def test_an_instructor_is_sent_to_choose_a_set(quiz, browser, target):
    path = browser.arrive(**choosing(roles=[INSTRUCTOR]) | target)
    [request] = quiz.rows(DeepLinkRequest)
    assert path == f"/lti/deep-link/{request.id}"
    assert request.settings == WISHES
    assert request.user_id == user(quiz).id
    assert request.created_at == quiz.now
    assert browser.client.get(path).status_code == 200


def test_a_student_is_not(quiz, browser):
    answer = browser.launch(**choosing())
    assert answer.status_code == 403
    assert "Only instructors choose" in answer.text
    assert quiz.count(DeepLinkRequest) == quiz.logins == 0
    assert quiz.browser().arrive()  # and the log-in was not used up for nothing: a new one works


def test_twenty_first_launches_at_once_make_one_of_everything(classroom):
    with quiz_of(classroom, course_slug=None, deployments=(), open_deployments=True) as quiz:
        start, found = threading.Barrier(20), []

        def arrive(number):
            browser = quiz.browser()
            asked = browser.asked()
            token = browser.token(asked, sub=f"student-{number % 4}")
            start.wait()
            found.append(browser.answer(asked.state, token).status_code)

        threads = [threading.Thread(target=arrive, args=[number]) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == 20 * [303]
        counts = {
            table: quiz.count(table) for table in (Deployment, Context, ResourceLink, PlatformUser, ContextMember)
        }
        assert counts == {Deployment: 1, Context: 1, ResourceLink: 1, PlatformUser: 4, ContextMember: 4}
        assert quiz.count(Course) == 2
        assert quiz.count(Membership) == 3 + 4


def test_a_person_of_two_platforms_is_two(quiz):
    quiz.register(name="Second", client_id="second")
    quiz.browser().arrive()
    assert quiz.browser().launch_as("second").status_code == 303
    assert len({one.user_id for one in quiz.rows(PlatformUser)}) == 2


def test_an_account_that_the_platform_made_cannot_be_logged_in_to_by_a_password(quiz, browser):
    browser.arrive()
    with reading(quiz.engine) as session, pytest.raises(accounts.NotLoggedIn):
        accounts.authenticate(session, email=user(quiz).email, password="")


def test_a_launch_log_in_lasts_as_long_as_any(quiz, browser):
    path = browser.arrive()
    later(quiz, hours=2)
    assert browser.client.get(path).status_code == 200
    later(quiz, days=7)
    assert browser.client.get(path).status_code == 302
