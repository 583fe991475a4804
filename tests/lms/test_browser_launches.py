"""A real Chromium comes from a platform on another site, in a frame whose cookies it blocks or keeps apart."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from moodle_double import MoodleDouble
from openedx import STUDENT, TEACHER, registration_of
from playwright.sync_api import expect, sync_playwright
from served_house import OUR_HOST, THEIR_HOST, served
from storing_platform import StoringPlatform

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

CHROMIUM = "/usr/bin/chromium"
ONE_PROCESS = ("--disable-site-isolation-trials", "--disable-features=IsolateOrigins,site-per-process")
"""All frames in one process: with one for each site, these tests sometimes stood still, and why is not known."""
NO_THIRD_PARTY_COOKIES = "--test-third-party-cookie-phaseout"
VIEW = "/mod/lti/view.php?id=2&user={}"
SET = {"set": "chains"}
PATIENCE = 20_000
WITH_OTHERS = ("foreign", "liar")
"""Manners of a platform on whose page there is one of another origin."""


@pytest.fixture
def place(classroom):
    """What begins servers and browsers, and ends them."""
    with ExitStack() as stack:
        place = Place(stack, classroom)
        yield place
    assert place.complaints == []


class Place:
    """A platform and the service on two sites, and somebody at a browser."""

    def __init__(self, stack, room):
        self.stack, self.room, self.complaints = stack, room, []
        self.playwright = stack.enter_context(sync_playwright())

    def house(self, moodle, **values):
        """The service; the Moodle, served on another site, has an activity that leads to the set."""
        house = self.stack.enter_context(served(self.room, **values))
        self.stack.enter_context(moodle.serve(THEIR_HOST))
        house.connect(moodle)
        moodle.add_link(custom=SET)
        return house

    def page(self, *flags, **options):
        browser = self.playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *flags])
        self.stack.callback(browser.close)
        context = browser.new_context(**options)
        context.on("weberror", lambda event: self.complaints.append(str(event.error)))
        context.on("console", self.listen)
        context.set_default_timeout(PATIENCE)
        return context.new_page()

    def listen(self, message):
        """Keep what the browser complains of, but for the platform's own pages and answers that are no success."""
        where = message.location["url"]
        if message.type == "error" and f"//{OUR_HOST}" in where and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def look(self, page, name):
        """Keep a picture for people who run a test by hand, where LOOK names a folder."""
        if folder := os.environ.get("LOOK"):
            page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def in_frame(page):
    return page.frame_locator("iframe[src*='launch.php']")


@pytest.mark.parametrize("flags", [(), (NO_THIRD_PARTY_COOKIES,)])
def test_in_a_frame_of_another_site_a_student_works_for_an_hour(place, flags):
    moodle = MoodleDouble("4.5")
    house = place.house(moodle)
    page = place.page(*flags)
    page.goto(moodle.issuer + VIEW.format("student5"))
    frame = in_frame(page)
    expect(frame.get_by_role("heading", name="Chains")).to_be_visible()
    frame.get_by_role("button", name="Begin The lecture").click()
    frame.locator("[name=z1]").fill("0.4")
    expect(frame.get_by_text("Saved at")).to_be_visible(timeout=PATIENCE)
    check(frame, z1="0.5")
    house.ahead = timedelta(minutes=60)
    check(frame, a1="0.62")
    expect(frame.locator(".step", has=frame.locator("[name=a1]"))).to_contain_text("Right")
    place.look(page, "framed")


def check(frame, **answers):
    for name, text in answers.items():
        frame.locator(f"[name={name}]").fill(text)
    frame.get_by_role("button", name="Check my steps").click()
    expect(frame.locator("#outcome")).to_be_visible()


def test_a_teacher_arrives_at_the_dashboard_in_a_frame(place):
    moodle = MoodleDouble("4.5")
    place.house(moodle)
    page = place.page()
    page.goto(moodle.issuer + VIEW.format("teacher1"))
    frame = in_frame(page)
    expect(frame.get_by_role("heading", name="Dashboard")).to_be_visible()
    expect(frame.get_by_text("Live: it follows the class")).to_be_visible(timeout=PATIENCE)  # once it was answered
    place.look(page, "dashboard")


def test_a_teacher_chooses_a_set_in_a_frame(place):
    moodle = MoodleDouble("4.5")
    place.house(moodle)
    page = place.page()
    page.goto(f"{moodle.issuer}/mod/lti/view.php?user=teacher1")
    frame = in_frame(page)
    expect(frame.get_by_role("heading", name="Which set")).to_be_visible()
    place.look(page, "choice")
    frame.get_by_role("radio", name="Chains").or_(frame.get_by_role("checkbox", name="Chains")).check()
    frame.get_by_role("button", name="Link to it").click()
    expect(frame.locator("#added")).to_have_text("1: Chains")
    assert moodle.deep_link_refusals == []
    page.goto(moodle.issuer + f"/mod/lti/view.php?id={moodle.links[-1].cmid}&user=student5")
    expect(in_frame(page).get_by_role("heading", name="Chains")).to_be_visible()


def test_a_window_of_its_own_works(place):
    moodle = MoodleDouble("4.5")
    place.house(moodle)
    page = place.page()
    page.goto(f"{moodle.issuer}/mod/lti/return.php")
    with page.expect_popup() as opened:
        page.evaluate("window.open('/mod/lti/launch.php?id=2&user=student5', '_blank', 'width=900,height=700')")
    popup = opened.value
    expect(popup.get_by_role("heading", name="Chains")).to_be_visible()
    popup.get_by_role("button", name="Begin The lecture").click()
    check(popup, z1="0.5")
    place.look(popup, "popup")


def test_only_platforms_that_are_registered_show_our_pages_in_a_frame(place):
    moodle, stranger = MoodleDouble("4.5"), MoodleDouble("4.3")
    house = place.house(moodle)
    place.stack.enter_context(stranger.serve(THEIR_HOST))
    page, url = place.page(), f"{house.base}/lti/login"

    def show_in(platform):
        page.goto(f"{platform.issuer}/mod/lti/return.php")
        page.evaluate("(url) => { document.body.innerHTML = `<iframe src='${url}'></iframe>` }", url)

    show_in(moodle)
    expect(page.frame_locator("iframe").get_by_role("heading", name="You could not be let in")).to_be_visible()
    with page.expect_event("requestfailed", lambda request: request.url == url) as refused:
        show_in(stranger)
    assert refused.value.failure == "net::ERR_BLOCKED_BY_RESPONSE"


def test_open_edx_leads_a_browser_to_us(place, edx):
    house = place.stack.enter_context(served(place.room, began=datetime.now(UTC)))
    tool = edx.add_tool(f"{house.base}/lti/login", f"{house.base}/lti/launch", f"{house.base}/lti/jwks")
    house.register(registration_of(tool, course_slug="deep"))
    page = place.page()
    page.goto(tool.begin(TEACHER, deep=True))
    expect(page.get_by_role("heading", name="Which set")).to_be_visible()
    page.get_by_label("Chains").check()
    page.get_by_role("button", name="Link to it").click()
    page.wait_for_url(f"{tool.origin}/**")
    assert [item["title"] for item in tool.state()["chosen"]] == ["Chains"]
    page.goto(tool.begin(STUDENT))
    expect(page.get_by_role("heading", name="Chains")).to_be_visible()


def test_who_logs_out_in_a_frame_is_logged_out_there(place):
    moodle = MoodleDouble("4.5")
    place.house(moodle)
    page = place.page()
    page.goto(moodle.issuer + VIEW.format("student5"))
    frame = in_frame(page)
    frame.get_by_role("button", name="Log out").or_(frame.get_by_role("link", name="Log out")).click()
    expect(frame.get_by_role("heading", name="Log in")).to_be_visible()
    page.goto(moodle.issuer + VIEW.format("student5"))
    expect(frame.get_by_role("heading", name="Chains")).to_be_visible()
    place.complaints = [text for text in place.complaints if "autofocus" not in text]


# A browser without cookies for frames


def without_cookies(place, manners="honest", frame=None):
    """A platform that may keep data, for a browser that keeps no cookies in frames, and a page of that browser."""
    moodle = StoringPlatform("4.5", manners=manners, frame=frame)
    if manners in WITH_OTHERS:
        other = StoringPlatform("4.3")
        moodle.elsewhere = place.stack.enter_context(other.serve(THEIR_HOST)).issuer
    place.house(moodle, forgetful=True)
    page = place.page(*ONE_PROCESS)
    page.goto(moodle.issuer + VIEW.format("student5"))
    return page


def work_in_a_new_tab(place, page, name):
    """The button leads to a tab in which everything works."""
    button = in_frame(page).get_by_text("Open in a new tab", exact=True)
    expect(button).to_be_visible(timeout=5_000)
    place.look(page, name)
    with page.context.expect_page() as opened:
        button.click()
    tab = opened.value
    expect(tab.get_by_role("heading", name="Chains")).to_be_visible()
    tab.get_by_role("button", name="Begin The lecture").click()
    check(tab, z1="0.5")


@pytest.mark.parametrize("frame", [None, "storage"])
@pytest.mark.parametrize("manners", ["honest", "foreign"])
def test_without_cookies_the_platform_keeps_the_secret(place, frame, manners):
    page = without_cookies(place, manners, frame)
    expect(in_frame(page).get_by_role("heading", name="Your quiz is ready")).to_be_visible()
    work_in_a_new_tab(place, page, f"kept-{manners}-{frame}")


@pytest.mark.parametrize("manners", ["silent", "late", "wrong-id", "liar"])
def test_a_platform_that_does_not_help_is_not_waited_for(place, manners):
    page = without_cookies(place, manners)
    expect(in_frame(page).get_by_role("heading", name="Open the quiz in a new tab")).to_be_visible(timeout=5_000)
    work_in_a_new_tab(place, page, f"silent-{manners}")


def test_a_platform_that_keeps_nothing_lets_the_quiz_open_in_a_new_tab(place):
    moodle = MoodleDouble("4.5")
    place.house(moodle, forgetful=True)
    page = place.page()
    page.goto(moodle.issuer + VIEW.format("student5"))
    work_in_a_new_tab(place, page, "moodle-without-cookies")


def test_a_browser_that_keeps_nothing_of_ours_at_all_is_told_so(place, tmp_path):
    """Even a tab of its own does not help: somebody has forbidden us all cookies in the settings."""
    moodle = MoodleDouble("4.5")
    place.house(moodle)
    forbidden = {"profile": {"content_settings": {"exceptions": {"cookies": {"localhost,*": {"setting": 2}}}}}}
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(forbidden))
    context = place.playwright.chromium.launch_persistent_context(
        tmp_path, executable_path=CHROMIUM, args=["--no-sandbox"]
    )
    place.stack.callback(context.close)
    page = context.new_page()
    page.goto(moodle.issuer + VIEW.format("student5"))
    with context.expect_page() as opened:
        in_frame(page).get_by_text("Open in a new tab", exact=True).click()
    expect(opened.value.get_by_text("it keeps no cookies")).to_be_visible(timeout=PATIENCE)


# How the pages look


SIZES = {
    "desk": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
}


@pytest.mark.parametrize("size", SIZES)
def test_the_pages_of_a_launch_can_be_read_by_everybody(place, size):
    moodle = StoringPlatform("4.5")
    house = place.house(moodle)
    empty = moodle.add_link("Not chosen yet")
    page, axe, found = place.page(**SIZES[size]), Axe(), {}

    def look(name, url):
        page.goto(url)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        found[name] = [rule["id"] for rule in axe.run(page).response["violations"]]
        if not page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"):
            found[name].append("runs over the edge")
        place.look(page, f"{size}-{name}")

    begin = f"{moodle.issuer}/mod/lti/launch.php"
    form = moodle.login_form("student5").fields
    plain = {name: value for name, value in form.items() if name != "lti_storage_target"}
    look("not-ready", f"{begin}?id={empty.cmid}&user=student5")
    look("choice-for-a-link", f"{begin}?id={empty.cmid}&user=teacher1")
    look("choice", f"{begin}?user=teacher1")
    look("refused", f"{house.base}/lti/login?iss=https://unknown.example&login_hint=1&target_link_uri={house.base}/")
    page.context.clear_cookies()
    look("new-tab", f"{house.base}/lti/login/check?{urlencode(plain)}")
    look("no-storage", f"{house.base}/lti/login/check?{urlencode(form)}")
    look("register", f"{house.base}/lti/register/unknown?openid_configuration=x")
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert len(found) == 7
