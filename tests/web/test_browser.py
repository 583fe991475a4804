"""The whole way in a real Chromium, with JavaScript and without, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import begin, begin_lecture, log_in, press
from playwright.sync_api import expect

from quizsvc.services.demo import PRACTICE
from quizsvc.services.set_files import read_set

pytestmark = pytest.mark.browser

LECTURE = {
    "z1": "0.5", "a1": "0.62", "s1": "0.24", "z2": "0.31", "a2": "0.58", "s2": "0.24",
    "z3": "0.29", "a3": "0.57", "s3": "0.24", "product": "0.0138", "da_dx": "0.0017",
}  # fmt: skip
NEW_FAMILIES = [item.title for item in read_set(PRACTICE).items[4:]]
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def fill(page, answers):
    for name, text in answers.items():
        page.locator(f"[name={name}]").fill(text)


def step(page, name):
    """The row of a step, with its box and its verdict."""
    return page.locator(".step", has=page.locator(f"[name={name}]"))


def check(page):
    press(page, "Check my steps")
    expect(page.locator("#outcome")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_one_wrong_step_is_named_the_later_ones_are_carried_and_mending_it_earns_all(new_page, javascript):
    page = new_page(java_script_enabled=javascript)
    log_in(page)
    begin_lecture(page)
    fill(page, LECTURE | {"s1": "0.62", "product": "0.036", "da_dx": "0.0045"})
    page.get_by_role("radio", name="It vanishes").check()
    check(page)
    expect(step(page, "s1")).to_contain_text("A slip")
    expect(step(page, "s1")).to_contain_text("The activation itself stands where its derivative belongs: this is a₁.")
    expect(step(page, "product")).to_contain_text("follows from your own σ′(z₁) = 0.62")
    expect(step(page, "da_dx")).to_contain_text("Carried on")
    expect(step(page, "s2")).to_contain_text("Right")
    expect(page.locator("#outcome")).to_contain_text("Begin here")
    expect(page.locator("[name=s1]")).to_have_value("0.62")
    expect(page.get_by_text("Worked solution")).to_have_count(0)
    fill(page, LECTURE)
    check(page)
    expect(page.get_by_role("heading", name="All right: 12 points of 12")).to_be_visible()
    page.get_by_text("Worked solution").click()
    expect(page.get_by_text("The size of the gradient in every layer, on a logarithmic scale.")).to_be_visible()
    page.goto("/courses/gradient-flow/results")
    expect(page.get_by_role("row", name="The lecture's sigmoid chain")).to_contain_text("100 %")


LARGE, SMALL = {"color_scheme": "light"}, {"color_scheme": "dark"} | PHONE | {"viewport": {"width": 320, "height": 640}}


def fits(page):
    """Whether the page scrolls up and down only."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("options", [LARGE, SMALL], ids=["large and light", "small and dark"])
@pytest.mark.parametrize("name", ["ada", "instructor"])
def test_axe_finds_nothing_and_nothing_runs_over_the_edge(new_page, options, name):
    page, axe, found = new_page(**options), Axe(), {}

    def look(where):
        found[where] = [rule["id"] for rule in axe.run(page).response["violations"]]
        found[where] += [] if fits(page) else ["runs over the edge"]

    page.goto("/login")
    look("/login")
    log_in(page, name)
    begin_lecture(page)
    look("new problem")
    fill(page, {"z1": "0.5", "a1": "0.6", "s1": "0.62", "z2": "many", "a2": "7"})
    check(page)
    look("judged")
    fill(page, LECTURE)
    page.get_by_role("radio", name="It vanishes").check()
    check(page)
    page.get_by_text("Worked solution").click()
    look("solved")
    begin(page, "Which units are dead?")
    check(page)
    look("vectors")
    paths = ["/courses", "/sets/1", "/sets/2", "/courses/gradient-flow/results", "/nowhere"]
    for path in [*paths, "/sets/1/results"] if name == "instructor" else paths:
        page.goto(path)
        look(path)
    assert {where: rules for where, rules in found.items() if rules} == {}


@pytest.mark.parametrize("options", [LARGE, SMALL], ids=["large and light", "small and dark"])
def test_the_page_of_every_family_passes_axe_new_judged_and_solved(new_page, options):
    page, axe, found = new_page(**options), Axe(), {}

    def look(where):
        found[where] = [rule["id"] for rule in axe.run(page).response["violations"]]
        found[where] += [] if fits(page) else ["runs over the edge"]

    log_in(page, "instructor")
    for title in NEW_FAMILIES:
        begin(page, title)
        look(title)
        for box in page.locator("input.box").all()[:3]:
            box.fill("0.5")
        check(page)
        page.get_by_text("Worked solution").click()
        look(f"{title}, judged")
    for path in ("/families", "/mistakes"):
        page.goto(path)
        for summary in page.locator("summary").all():
            summary.click()
        look(path)
    assert {where: rules for where, rules in found.items() if rules} == {}


@pytest.mark.parametrize(
    "pasted", ["1\t2\n3\t4\n5\t6\n", "[[1, 2], [3, 4], [5, 6]]", "1.0,2,3,4,5,6", "(1 2; 3 4; 5 6)"]
)
def test_a_matrix_is_filled_by_paste_and_judged_entry_by_entry(new_page, pasted):
    page = new_page()
    log_in(page)
    begin(page, "A batch, normalised")
    first = page.locator("[name='x_hat.0.0']")
    first.evaluate(
        """(box, text) => {
            const data = new DataTransfer();
            data.setData("text", text);
            box.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        pasted,
    )
    expect(page.locator("[name='x_hat.2.1']")).to_have_value("6")
    page.locator("[name='mean.0']").fill("99")
    check(page)
    begun = page.locator(".step", has=page.locator("[name='mean.0']"))
    expect(begun.locator(".entry-mark")).to_have_count(2)
    group = page.get_by_role("group", name="Normalised values")
    expect(group.locator(".entry-mark")).to_have_count(6)
    expect(group.get_by_label("row 3, column 2")).to_have_attribute("aria-invalid", "true")


def test_vectors_are_filled_in_by_keyboard_and_by_paste_and_judged_entry_by_entry(new_page):
    page = new_page()
    log_in(page)
    begin(page, "Which units are dead?")
    first = page.locator("[name='a.0']")
    first.focus()
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(page.locator("[name='a.1']")).to_be_focused()
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData("text", "0 0 0 0 999");
            document.querySelector("[name='a.0']").dispatchEvent(
                new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    expect(page.locator("[name='a.4']")).to_have_value("999")
    page.locator("[name='dead[]']").first.check()
    check(page)
    marks = page.locator(".step", has=first).locator(".entry-mark")
    expect(marks).to_have_count(5)
    expect(marks.last).not_to_contain_text("Right")


def test_what_is_typed_survives_a_reload_and_is_forgotten_once_it_has_arrived(new_page):
    page = new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    log_in(page)
    begin_lecture(page)
    page.locator("[name=z1]").fill("0.5")
    page.reload()
    expect(page.locator("[name=z1]")).to_have_value("0.5")
    expect(page.get_by_text("what you typed here was not sent yet")).to_be_visible()
    check(page)
    page.reload()
    expect(page.get_by_text("what you typed here was not sent yet")).to_have_count(0)


def test_a_word_in_a_box_is_questioned_while_it_is_typed_and_the_next_click_still_hits(new_page):
    page = new_page()
    log_in(page)
    begin_lecture(page)
    box = page.locator("[name=da_dx]")
    box.press_sequentially("sqrt(2")
    expect(page.get_by_text("Is this a number?")).to_have_count(0)
    box.press_sequentially(") or so")
    expect(page.get_by_text("Is this a number?")).to_be_visible()
    page.get_by_role("radio", name="It vanishes").check()
    box.fill("0.0018")
    expect(page.get_by_text("Is this a number?")).to_have_count(0)


def test_a_new_variant_shows_other_numbers(new_page):
    page = new_page()
    log_in(page)
    begin(page, "A sigmoid chain of your own")
    before = page.locator(".given-table").inner_text()
    press(page, "New variant")
    expect(page.get_by_text("variant 2")).to_be_visible()
    assert page.locator(".given-table").inner_text() != before


def test_an_instructor_sees_the_results_and_a_students_work(new_page):
    student = new_page()
    log_in(student)
    begin_lecture(student)
    fill(student, {"z1": "0.5"})
    check(student)
    page = new_page()
    log_in(page, "instructor")
    page.goto("/sets/1/results")
    row = page.get_by_role("row", name="Ada Brandt")
    expect(row).to_contain_text("0.83")
    row.get_by_role("link", name="for The lecture's sigmoid chain").click()
    expect(page.locator("[name=z1]")).to_have_value("0.5")
    expect(page.locator(".worksheet-foot")).to_contain_text("This is the work of Ada Brandt.")


def test_the_page_of_the_api_works_without_internet(new_page):
    page = new_page()
    page.goto("/api/v1/docs")
    expect(page.get_by_text("Judge answers, step by step.")).to_be_visible()
