"""Who is in a platform's course comes over, page by page, from Moodles and from Open edX."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from house import BOTH_KINDS, Browser
from openedx import ASSISTANT, STUDENT, TEACHER, registration_of
from openedx_server import MEMBERS
from post_office import PostOffice
from served_house import served
from sqlalchemy import select

from quizsvc.store.database import reading
from quizsvc.store.lms_models import Context, ContextMember
from quizsvc.store.models import Membership, User

moodles = pytest.mark.parametrize(("database_url", "moodle"), BOTH_KINDS, indirect=True)
NIGHT = timedelta(days=1)


@pytest.fixture
def office(house, moodle):
    """Whoever carries things; a student has come from the Moodle's course, which is a course of its own here."""
    house.connect(moodle)
    house.browser().launch(moodle, moodle.login_form("student5", moodle.add_link()))
    office = PostOffice(house.engine, [house.now], outside=house.app.extensions["outside"])
    office.run()
    return office


def people(house):
    """Subject -> name, role, and whether the person is in the course."""
    with reading(house.engine) as session:
        query = select(ContextMember, User, Membership).join(User, User.id == ContextMember.user_id)
        query = query.join(Context, Context.id == ContextMember.context_id).join(
            Membership, (Membership.user_id == User.id) & (Membership.course_id == Context.course_id)
        )
        return {
            member.subject: (user.name, membership.role, member.left_at is None and membership.left_at is None)
            for member, user, membership in session.execute(query)
        }


def tonight(house, office):
    house.now = office.clock[0] = office.clock[0] + NIGHT
    office.run()


@moodles
def test_everybody_is_there_after_the_first_launch(house, moodle, office):
    found = people(house)
    assert len(found) == 26
    assert found["3"] == ("Tea Løngname", "instructor", True)
    assert found["8"] == ("Stu5 Løngname", "student", True)
    assert {role for _, role, _ in found.values()} == {"student", "instructor"}
    asked = [asked for asked in moodle.log if asked.path.endswith("/memberships")]
    assert len(asked) == 1
    assert office.sent() == []


@moodles
@pytest.mark.parametrize("size", [10, 13])
def test_pages_are_read_to_the_end(house, moodle, office, size):
    """Of 13 there are two full pages, after which a Moodle names a third one."""
    moodle.largest_page = size
    moodle.add_person("late", "Lou", "Late")
    moodle.users["student1"].enrolled = False
    tonight(house, office)
    found = people(house)
    assert len([name for name, _, here in found.values() if here]) == 26
    assert found["4"][2] is False
    assert found["29"] == ("Lou Late", "student", True)


@moodles
def test_who_leaves_and_comes_back_is_the_same_person(house, moodle, office):
    before = house.rows(ContextMember)
    moodle.users["student1"].enrolled = False
    moodle.users["student2"].status = "Inactive"
    tonight(house, office)
    assert [people(house)[subject][2] for subject in ("4", "5", "6")] == [False, False, True]
    moodle.users["student1"].enrolled = True
    moodle.users["student2"].status = "Active"
    tonight(house, office)
    assert [people(house)[subject][2] for subject in ("4", "5", "6")] == [True, True, True]
    assert [row.user_id for row in house.rows(ContextMember)] == [row.user_id for row in before]


@moodles
def test_who_becomes_a_teacher_teaches(house, moodle, office):
    moodle.users["student1"].role = "Instructor"
    tonight(house, office)
    assert people(house)["4"][1] == "instructor"


def test_the_roster_of_open_edx_comes_over(classroom, edx):
    with served(classroom, began=datetime.now(UTC)) as house:
        tool = edx.add_tool(f"{house.base}/lti/login", f"{house.base}/lti/launch", f"{house.base}/lti/jwks")
        house.register(registration_of(tool))
        browser = Browser(house)
        assert browser.send(tool.auth(browser.client.get(tool.begin(STUDENT)).location)).status_code == 303
        office = PostOffice(house.engine, [house.clock()])
        office.run()
        found = people(house)
        assert found.keys() == {outside for outside, *_ in MEMBERS.values()}
        assert found[MEMBERS[TEACHER][0]] == ("Tea Løngname", "instructor", True)
        assert found[MEMBERS[STUDENT][0]] == ("Stu1 Løngname", "student", True)
        assert found[MEMBERS[ASSISTANT][0]][0] == "Tia Løngname"
        office.close()
