"""People come from Moodles to the service and find what their link leads to."""

from __future__ import annotations

import pytest
from house import BASE, BOTH_KINDS, House, forms_of
from moodle_double import MoodleDouble

from quizsvc.store.database import transaction
from quizsvc.store.lms_models import Context, ContextMember, DeepLinkRequest, Platform, PlatformUser, ResourceLink

pytestmark = pytest.mark.parametrize(("database_url", "moodle"), BOTH_KINDS, indirect=True)

SET = {"set": "chains"}


@pytest.fixture
def connected(house, moodle):
    """The service and the Moodle know each other; its course is the classroom's."""
    house.connect(moodle, course_slug="deep")
    return house


def test_a_student_arrives_at_the_set_of_the_link(connected, moodle):
    link = moodle.add_link(custom=SET)
    path, page = connected.browser().arrive(moodle, moodle.login_form("student5", link))
    assert path == f"/sets/{connected.room.set_id}"
    assert "Chains" in page
    assert "Stu5 Løngname" in page
    [known], [context], [kept] = (connected.rows(table) for table in (PlatformUser, Context, ResourceLink))
    assert (known.subject, known.email) == ("8", "student5@example.invalid")
    assert context.memberships_url == moodle.memberships_url()
    assert context.line_items_url == moodle.line_items_url
    assert (kept.resource_link_id, kept.set_id) == (link.id, connected.room.set_id)
    assert kept.line_item_url == moodle.line_item_url(moodle.line_items[0])


def test_a_link_may_name_its_set_in_its_address(connected, moodle):
    link = moodle.add_link(url=f"{BASE}/lti/launch?set=chains")
    path, _ = connected.browser().arrive(moodle, moodle.login_form("student5", link))
    assert path == f"/sets/{connected.room.set_id}"


def test_a_teacher_arrives_at_the_dashboard(connected, moodle):
    link = moodle.add_link(custom=SET)
    path, page = connected.browser().arrive(moodle, moodle.login_form("teacher1", link))
    assert path.startswith(f"/sets/{connected.room.set_id}/")
    assert "Chains" in page
    assert [member.role for member in connected.rows(ContextMember)] == ["instructor"]


def test_a_link_without_a_set_waits_for_the_teacher(connected, moodle):
    link = moodle.add_link()
    browser = connected.browser()
    answer = browser.launch(moodle, moodle.login_form("student5", link))
    while answer.status_code in (302, 303):
        answer = browser.get(answer.location.removeprefix(BASE))
    assert "not ready" in answer.text

    teacher = connected.browser()
    path, page = teacher.arrive(moodle, moodle.login_form("teacher1", link))
    [action] = [action for action in forms_of(page) if "/lti/" in action]
    answer = teacher.post(action, {"set": str(connected.room.set_id)}, page=path)
    assert answer.status_code == 303

    path, _ = connected.browser().arrive(moodle, moodle.login_form("student5", link))
    assert path == f"/sets/{connected.room.set_id}"


def test_somebody_who_comes_again_is_the_same_person(connected, moodle):
    link = moodle.add_link(custom=SET)
    for _ in range(2):
        connected.browser().arrive(moodle, moodle.login_form("student5", link))
    assert len(connected.rows(PlatformUser)) == len(connected.rows(ContextMember)) == 1


def test_two_tabs_both_arrive(connected, moodle):
    link = moodle.add_link(custom=SET)
    browser = connected.browser()
    asked = [browser.begin(moodle.login_form("student5", link)) for _ in range(2)]
    for form in [moodle.auth(question).form for question in asked]:
        assert browser.send(form).status_code == 303


def test_another_browser_does_not_arrive(connected, moodle):
    link = moodle.add_link(custom=SET)
    form = moodle.auth(connected.browser().begin(moodle.login_form("student5", link))).form
    assert connected.browser().send(form).status_code == 401


def test_what_a_moodle_refuses_is_told_on_a_page(connected, moodle):
    link = moodle.add_link(custom=SET)
    browser = connected.browser()
    form = moodle.auth(browser.begin(moodle.login_form("student5", link)) | {"login_hint": "99"}).form
    answer = browser.send(form)
    assert answer.status_code == 401
    assert "does not let you open this link" in answer.text


def test_a_moodle_may_change_its_key(connected, moodle):
    link = moodle.add_link(custom=SET)
    connected.browser().arrive(moodle, moodle.login_form("student5", link))
    moodle.rotate_key()
    connected.browser().arrive(moodle, moodle.login_form("student6", link))
    assert [asked.path for asked in moodle.log].count("/mod/lti/certs.php") == 2


def test_a_teacher_chooses_a_set_and_a_moodle_makes_an_activity_of_it(connected, moodle):
    path, page = (teacher := connected.browser()).arrive(moodle, moodle.deep_link_form())
    assert path.startswith("/lti/deep-link/")
    assert "Chains" in page
    answer = teacher.post(path, {"set": str(connected.room.set_id)}, page=path)
    assert answer.status_code == 200
    [(action, fields)] = [(a, f) for a, f in forms_of(answer.text).items() if a.startswith(moodle.issuer)]
    saved = connected.app.extensions["outside"].post(action, data=fields)
    assert (saved.status_code, moodle.deep_link_refusals) == (200, [])
    [link] = moodle.links
    assert link.title == "Chains"
    assert moodle.line_items[0].maximum == 30
    assert connected.rows(DeepLinkRequest)[0].answered_at is not None
    path, _ = connected.browser().arrive(moodle, moodle.login_form("student5", link))
    assert path == f"/sets/{connected.room.set_id}"


def test_a_student_does_not_choose(connected, moodle):
    answer = connected.browser().launch(moodle, moodle.deep_link_form("student1"))
    assert answer.status_code == 403


def test_several_clients_of_one_moodle_are_several_platforms(house, moodle):
    first, _ = house.connect(moodle, name="First", course_slug="deep")
    second, _ = house.connect(moodle, name="Second")
    links = [moodle.add_link(tool=tool, custom=SET) for tool in (first, second)]
    path, _ = house.browser().arrive(moodle, moodle.login_form("student5", links[0]))
    assert path == f"/sets/{house.room.set_id}"
    house.browser().launch(moodle, moodle.login_form("student5", links[1]))
    contexts = house.rows(Context)
    assert [context.platform_id for context in contexts] == [1, 2]
    assert contexts[0].course_id != contexts[1].course_id
    form = moodle.login_form("student5", links[0])
    del form.fields["client_id"]
    assert house.browser().send(form).status_code == 400


def test_several_moodles_have_their_own_people(classroom, moodle):
    other = MoodleDouble("4.3", issuer="https://other.example")
    house = House(classroom, moodle, other)
    for platform in (moodle, other):
        house.connect(platform, name=platform.issuer, course_slug="deep")
        link = platform.add_link(custom=SET)
        house.browser().arrive(platform, platform.login_form("student5", link))
    people = house.rows(PlatformUser)
    assert [person.subject for person in people] == ["8", "8"]
    assert people[0].user_id != people[1].user_id
    house.close()


def test_only_known_deployments_are_taken_unless_they_are_open(house, moodle):
    _, number = house.connect(moodle, course_slug="deep")
    link = moodle.add_link(custom=SET)
    moodle.tools[0].type_id = "7"
    assert house.browser().launch(moodle, moodle.login_form("student5", link)).status_code == 401
    with transaction(house.engine) as session:
        session.get(Platform, number).open_deployments = True
    assert house.browser().launch(moodle, moodle.login_form("student5", link)).status_code == 303
