"""The pages for who teaches in a real Chromium: a class followed without reload, by keyboard, on a phone, at night."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import begin, begin_lecture, log_in, press
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

ADA = 2
START = datetime(2026, 11, 3, 18, tzinfo=UTC)
DASHBOARD, STUDENT = "/sets/1/dashboard", f"/sets/1/students/{ADA}"
GRADED = f"/sets/2/students/{ADA}"
PAGES = [DASHBOARD, "/sets/1/statistics", STUDENT, GRADED, "/courses/gradient-flow/gradebook", "/sets/1", "/courses"]
LARGE = {"color_scheme": "light"}
SMALL = {"color_scheme": "dark", "viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def student(new_page):
    """Somebody who has opened the lecture's problem, and sent nothing yet."""
    page = new_page()
    log_in(page)
    begin_lecture(page)
    return page


def watch(page):
    """The dashboard of the set, with a clock that only the test moves on."""
    page.clock.install(time=START)
    page.goto(DASHBOARD)
    page.clock.pause_at(START + timedelta(seconds=1))
    page.evaluate("window.sameDocument = true")
    return page


@pytest.fixture
def watched(new_page):
    page = new_page()
    log_in(page, "instructor")
    return watch(page)


@pytest.fixture
def quiet_page(new_page):
    """A page of an instructor where things will fail: what the browser complains of then is not looked at."""
    page = new_page()
    log_in(page, "instructor")
    return page.context.new_page()


def submit(student, **answers):
    for name, text in answers.items():
        student.locator(f"[name={name}]").fill(text)
    press(student, "Check my steps")


def row_of(page):
    return page.locator(f"#student-{ADA}")


def sums(page):
    return page.locator("#live-sums")


def settled(page):
    expect(page.locator("[data-live-rows]")).to_have_attribute("aria-busy", "false")


def pass_time(page, seconds):
    """Let the time pass for the page until it asks; the response, which is shown by then."""
    with page.expect_response("**/rows") as answered:
        page.clock.run_for(1_000 * seconds)
    settled(page)
    return answered.value


def word(page):
    return page.locator("[data-live-word]")


def test_the_table_follows_a_student_without_a_reload(watched, student):
    assert student.url
    pass_time(watched, 10)
    expect(row_of(watched)).to_contain_text("Working")
    expect(row_of(watched)).to_contain_text("0 of 15")
    expect(sums(watched)).to_contain_text(re.compile(r"Nothing sent yet\s*3"))
    submit(student, z1="0.5")
    pass_time(watched, 10)
    expect(row_of(watched)).to_contain_text("1 of 15")
    expect(row_of(watched)).to_contain_text("The lecture's sigmoid chain")
    expect(sums(watched)).to_contain_text(re.compile(r"Nothing sent yet\s*2"))
    expect(word(watched)).to_contain_text("Live")
    assert watched.evaluate("window.sameDocument")


def test_what_has_not_changed_is_not_sent_and_the_keyboard_stays_where_it_is(watched, student):
    pass_time(watched, 10)
    link = row_of(watched).get_by_role("link", name="Ada Brandt", exact=True)
    link.focus()
    assert pass_time(watched, 10).status == 304
    expect(link).to_be_focused()
    submit(student, z1="0.5")
    assert pass_time(watched, 10).status == 200
    expect(row_of(watched)).to_contain_text("1 of 15")
    expect(link).to_be_focused()
    watched.keyboard.press("Enter")
    expect(watched.get_by_role("heading", name="Ada Brandt")).to_be_visible()


def hide(page, *, hidden):
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_a_page_that_nobody_looks_at_asks_nothing_and_asks_at_once_when_it_is_seen_again(watched):
    asked = []
    watched.on("request", lambda request: asked.append(request.url))
    hide(watched, hidden=True)
    watched.clock.run_for(60_000)
    assert asked == []
    with watched.expect_response("**/rows"):
        hide(watched, hidden=False)
    settled(watched)
    pass_time(watched, 10)
    assert [url.rpartition("/")[2] for url in asked] == ["rows", "rows"]


def test_without_a_connection_it_says_so_asks_less_and_less_often_and_comes_back(quiet_page):
    page, asked = watch(quiet_page), []

    def fail(route):
        asked.append(route.request.url)
        route.abort()

    page.route("**/rows", fail)
    for wait, then in ((10, 20), (20, 40), (40, 80), (80, 160), (160, 160)):
        with page.expect_event("requestfailed"):
            page.clock.run_for(1_000 * wait)
        settled(page)
        expect(word(page)).to_contain_text("There is no connection.")
        expect(word(page)).to_contain_text(f"it is tried again in {then} seconds")
    assert len(asked) == 5
    page.unroute("**/rows")
    pass_time(page, 160)
    expect(word(page)).to_contain_text("Live: it follows the class every 10 seconds.")


def test_a_service_that_fails_is_told_and_asked_again(quiet_page):
    page = watch(quiet_page)
    page.route("**/rows", lambda route: route.fulfill(status=503, body="no"))
    pass_time(page, 10)
    expect(word(page)).to_contain_text("The service does not answer as it should.")
    page.unroute("**/rows")
    pass_time(page, 20)
    expect(word(page)).to_contain_text("Live")


def test_who_is_logged_out_is_told_and_follows_again_after_the_log_in(quiet_page):
    page, elsewhere = watch(quiet_page), quiet_page.context.new_page()
    elsewhere.goto("/courses")
    press(elsewhere, "Log out")
    pass_time(page, 10)
    expect(word(page)).to_contain_text("You are no longer logged in")
    log_in(elsewhere, "instructor")
    hide(page, hidden=False)
    expect(word(page)).to_contain_text("Live")


def test_without_javascript_a_link_brings_the_newest(new_page, student):
    page = new_page(java_script_enabled=False)
    log_in(page, "instructor")
    page.goto(DASHBOARD)
    expect(row_of(page)).to_contain_text("0 of 15")
    expect(page.get_by_text("As it was at 18:00 UTC.")).to_be_visible()
    submit(student, z1="0.5")
    with page.expect_navigation():
        page.get_by_role("link", name="Refresh").click()
    expect(row_of(page)).to_contain_text("1 of 15")


def fits(page):
    """Whether the page scrolls up and down only."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("options", [LARGE, SMALL], ids=["large and light", "small and dark"])
def test_axe_finds_nothing_and_nothing_runs_over_the_edge(new_page, student, options):
    submit(student, z1="0.5", a1="0.6", s1="0.62", z2="many", a2="7")
    begin(student, "Which units are dead?")
    submit(student)
    student.goto("/sets/2")
    press(student, "Begin The dying ReLU and its remedy")
    student.locator("[name='a.0']").fill("1")
    press(student, "Check my steps")
    page, axe, found = new_page(**options), Axe(), {}

    def look(where):
        found[where] = [rule["id"] for rule in axe.run(page).response["violations"]]
        found[where] += [] if fits(page) else ["runs over the edge"]

    log_in(page, "instructor")
    for path in PAGES:
        page.goto(path)
        look(path)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        look(f"{path}, opened")
    page = page.context.new_page()  # a refusal is no page that a browser likes, and it says so
    page.goto(GRADED)
    page.get_by_label("More submissions").fill("many")
    press(page, "Give more")
    look("a form refused")
    assert {where: rules for where, rules in found.items() if rules} == {}


def test_more_time_is_given_by_keyboard_alone_and_what_is_wrong_is_told_with_its_field(quiet_page):
    page = quiet_page
    page.goto(GRADED)
    page.get_by_label("More submissions").focus()
    page.keyboard.type("2")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    reason = page.get_by_label("Reason").first
    expect(reason).to_have_attribute("aria-invalid", "true")
    expect(reason).to_have_accessible_description("Say why: it is kept, and the student may ask.")
    expect(page.get_by_label("More submissions")).to_have_value("2")
    reason.focus()
    page.keyboard.type("ill, note seen")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text("The extension is granted.")).to_be_visible()
    expect(page.get_by_text("2 more submissions").first).to_be_visible()


def test_a_submission_is_unfolded_by_keyboard_and_shows_what_was_typed(new_page, student):
    submit(student, z1="0.5", a1="about a half")
    page = new_page()
    log_in(page, "instructor")
    page.goto(STUDENT)
    typed = page.get_by_text("about a half", exact=True)
    expect(typed).to_be_hidden()
    page.locator("summary", has_text="Submission 1").focus()
    page.keyboard.press("Enter")
    expect(typed).to_be_visible()
    expect(page.locator(".judged .is-unreadable")).to_contain_text("Not readable")
