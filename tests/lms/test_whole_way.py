"""All as it is run: real processes, a real Chromium, a Moodle on another site. From the registration to the grade."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from desk import RIGHT, UNIT
from moodle_double import MoodleDouble
from moodle_tokens import SCORE
from playwright.sync_api import expect, sync_playwright
from served_house import THEIR_HOST
from serving import MANAGE, environment, served
from test_browser_launches import CHROMIUM, in_frame

from quizsvc.services import set_files, sets
from quizsvc.store.database import transaction

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

PATIENCE = 60
BOXES = {name: text for name, text in RIGHT.items() if name != "diagnosis"}


def waited_for(what):
    """Its value, as soon as it has one."""
    ends = time.monotonic() + PATIENCE
    while not (found := what()):
        assert time.monotonic() < ends
        time.sleep(0.1)
    return found


@pytest.fixture
def moodle():
    with MoodleDouble("4.5").serve(THEIR_HOST) as moodle:
        yield moodle


@pytest.fixture
def address(database_url, monkeypatch):
    """Where the service is, for browsers and for Moodles: on another site than they are."""
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")
    with served(database_url) as (_, address):
        yield address.replace("127.0.0.1", "localhost")


@pytest.fixture
def manage(database_url, address):
    """manage("lti", "show", "--json") -> what it prints, read where it is JSON; it must succeed."""

    def manage(*words):
        command = [sys.executable, str(MANAGE), *words]
        settings = environment(database_url, PUBLIC_URL=address)
        done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout) if "--json" in words else done.stdout

    return manage


@pytest.fixture
def course(classroom):
    """The classroom's course, with a set that is open for a day from now."""
    now = datetime.now(UTC)
    due = (now + timedelta(days=1)).isoformat(timespec="minutes")
    text = f"title: Units é<>&\ndue: {due}\nfeedback: immediately\nitems:\n  - {{id: one, points: 6, {UNIT}}}\n"
    with transaction(classroom.engine) as session:
        made = sets.create_set(session, course_slug="deep", spec=set_files.read_set(text), now=now)
        sets.publish_set(session, problem_set=made, now=now, seed=0)


@pytest.fixture
def page():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(20_000)
        yield page
        browser.close()


@pytest.mark.usefixtures("course")
def test_a_moodle_is_registered_a_teacher_links_a_student_works_and_the_grade_is_there(manage, moodle, page):
    ours = manage("lti", "show", "--json")["ours"]
    tool = moodle.add_tool(
        ours["login_url"], ours["launch_url"], jwks_url=ours["jwks_url"], redirect_urls=ours["redirect_urls"]
    )
    told = ("--client-id", tool.client_id, "--deployment", tool.deployment_id, "--course", "deep", "--name", "Moodle")
    manage("lti", "register", "--moodle", moodle.issuer, *told)
    manage("lti", "check", "Moodle")

    page.goto(f"{moodle.issuer}/mod/lti/view.php?user=teacher1")
    frame = in_frame(page)
    frame.get_by_label("Units é<>&").check()
    frame.get_by_role("button", name="Link to it").click()
    expect(frame.locator("#added")).to_have_text("1: Units é<>&")
    [link], [column] = moodle.links, moodle.line_items
    assert (link.title, column.maximum) == ("Units é<>&", 6)

    page.goto(f"{moodle.issuer}/mod/lti/view.php?id={link.cmid}&user=student5")
    frame.get_by_role("button", name="Begin").click()
    for name, text in BOXES.items():
        frame.locator(f"[name={name}]").fill(text)
    expect(frame.get_by_text("Saved at")).to_be_visible(timeout=20_000)
    frame.get_by_role("button", name="Check my steps").click()
    expect(frame.locator("#outcome")).to_be_visible()
    assert waited_for(lambda: moodle.grade("student5", column))["final"] == 5
    frame.get_by_role("radio", name="It keeps its size").check()
    frame.get_by_role("button", name="Check my steps").click()
    waited_for(lambda: moodle.grade("student5", column)["final"] == 6)
    assert [asked.status for asked in moodle.log if asked.path.endswith("/scores")] == [200, 200]
    manage("lti", "check", "Moodle")


@pytest.mark.usefixtures("course")
def test_a_moodle_registers_itself_and_is_right_at_once(manage, moodle, page):
    invited = manage("lti", "invite", "--name", "Moodle", "--course", "deep", "--json")
    url = f"{invited['url']}?" + "&".join(f"{name}={value}" for name, value in moodle.registration_query().items())
    page.goto(f"{moodle.issuer}/mod/lti/return.php")
    page.evaluate(
        """(url) => {
          addEventListener("message", ({ data }) => { document.title = data.subject; });
          document.body.innerHTML = `<iframe name="registering" src="${url}"></iframe>`;
        }""",
        url,
    )
    expect(page).to_have_title("org.imsglobal.lti.close")
    [told] = moodle.registrations
    assert SCORE in told["scope"]
    manage("lti", "check", "Moodle")
    page.goto(f"{moodle.issuer}/mod/lti/view.php?user=teacher1")
    expect(in_frame(page).get_by_label("Units é<>&")).to_be_visible()
