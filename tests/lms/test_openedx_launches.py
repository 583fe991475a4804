"""People come from Open edX: it begins by GET, names its links late, and tells of its services less often."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from click.testing import CliRunner
from house import KEY, Browser, forms_of
from openedx import ASSISTANT, STUDENT, TEACHER, registration_of
from served_house import served

from quizsvc.cli import main
from quizsvc.store.lms_models import Context, ContextMember, PlatformUser, ResourceLink


@pytest.fixture
def house(classroom):
    with served(classroom, began=datetime.now(UTC)) as house:
        yield house


@pytest.fixture
def tool(edx, house):
    """The service as it is registered with Open edX, which is registered here."""
    tool = edx.add_tool(f"{house.base}/lti/login", f"{house.base}/lti/launch", f"{house.base}/lti/jwks")
    house.register(registration_of(tool, course_slug="deep"))
    return tool


def launch(house, tool, user, *, deep=False, browser=None):
    """All the way from Open edX to our answer."""
    browser = browser or Browser(house)
    begun = browser.client.get(tool.begin(user, deep=deep))
    assert begun.status_code == 302, begun.text
    return browser.send(tool.auth(begun.location))


def test_a_teacher_chooses_a_set_and_a_student_arrives_there(house, tool):
    teacher = Browser(house)
    path, page = teacher.follow(launch(house, tool, TEACHER, deep=True, browser=teacher))
    assert "Chains" in page
    answer = teacher.post(path, {"set": str(house.room.set_id)}, page=path)
    [(action, fields)] = [form for form in forms_of(answer.text).items() if form[0].startswith(tool.origin)]
    saved = httpx.post(action, data=fields, trust_env=False)
    assert saved.status_code == 200, saved.text
    [chosen] = tool.state()["chosen"]
    assert (chosen["title"], chosen["custom"]) == ("Chains", {"set": "chains"})
    assert chosen["lineItem"]["scoreMaximum"] == 30

    student = Browser(house)
    path, page = student.follow(launch(house, tool, STUDENT, browser=student))
    assert path == f"/sets/{house.room.set_id}"
    assert "Stu1 Løngname" in page
    [context], [link] = house.rows(Context), house.rows(ResourceLink)
    assert context.memberships_url
    assert link.line_item_url
    assert link.set_id == house.room.set_id


def test_everybody_is_what_open_edx_says(house, tool):
    for user in (TEACHER, STUDENT, ASSISTANT):
        assert launch(house, tool, user).status_code == 303
    assert len(house.rows(PlatformUser)) == 3
    assert [member.role for member in house.rows(ContextMember)] == ["instructor", "student", "student"]


def test_open_edx_may_change_its_key(house, tool):
    assert launch(house, tool, STUDENT).status_code == 303
    tool.rotate_key()
    assert launch(house, tool, STUDENT).status_code == 303


def test_a_student_of_open_edx_does_not_choose(house, tool):
    """Open edX itself refuses; the page that it shows holds no form for us."""
    begun = Browser(house).client.get(tool.begin(STUDENT, deep=True))
    assert httpx.get(begun.location, trust_env=False).status_code == 403


def test_lti_check_finds_nothing_wrong_with_open_edx(house, tool, monkeypatch):
    environment = {"DATABASE_URL": house.engine.url.render_as_string(hide_password=False), "SECRET_KEY": KEY}
    for name, value in (environment | {"PUBLIC_URL": house.base, "OUTSIDE_ALLOW": "127.0.0.0/8"}).items():
        monkeypatch.setenv(name, value)
    assert launch(house, tool, STUDENT).status_code == 303
    result = CliRunner().invoke(main, ["lti", "check", "Open edX"])
    assert result.exit_code == 0, result.output
