"""What is typed is saved while one types: said to be saved only once the server has it."""

from __future__ import annotations

import pytest
from browsing import begin_lecture, log_in, press
from playwright.sync_api import expect
from sqlalchemy import select

from quizsvc.store.database import make_engine, reading
from quizsvc.store.models import Draft

pytestmark = pytest.mark.browser


@pytest.fixture
def drafts(sqlite_url):
    """What the database has been given to keep."""
    engine = make_engine(sqlite_url)

    def drafts():
        with reading(engine) as session:
            return [draft.answers for draft in session.scalars(select(Draft))]

    yield drafts
    engine.dispose()


def notice(page):
    return page.locator("[data-draft-notice]")


def test_what_is_typed_is_saved_and_there_on_another_device(new_page, drafts):
    page = new_page()
    log_in(page)
    begin_lecture(page)
    page.locator("[name=z1]").fill("0.5")
    expect(notice(page)).to_contain_text("Saved at")
    assert drafts()[0]["z1"] == "0.5"
    other = new_page()
    log_in(other)
    other.goto(page.url)
    expect(other.locator("[name=z1]")).to_have_value("0.5")
    expect(notice(other)).to_contain_text("is not sent yet")
    press(other, "Check my steps")
    expect(other.locator("#outcome")).to_contain_text("1 right")


def test_without_a_connection_it_says_so_and_saves_when_it_is_back(new_page, drafts):
    page = new_page()
    log_in(page)
    begin_lecture(page)
    page.context.route("**/draft", lambda route: route.abort())
    page.locator("[name=z1]").fill("0.5")
    expect(notice(page)).to_contain_text("No connection")
    assert drafts() == []
    page.context.unroute("**/draft")
    page.locator("[name=a1]").fill("0.62")
    expect(notice(page)).to_contain_text("Saved at")
    assert (drafts()[0]["z1"], drafts()[0]["a1"]) == ("0.5", "0.62")


def test_two_tabs_do_not_overwrite_each_other(new_page, drafts):
    page = new_page()
    log_in(page)
    begin_lecture(page)
    other = page.context.new_page()
    other.goto(page.url)
    page.locator("[name=z1]").fill("0.5")
    expect(notice(page)).to_contain_text("Saved at")
    other.locator("[name=z1]").fill("0.7")
    expect(notice(other)).to_contain_text("changed in another tab")
    assert drafts()[0]["z1"] == "0.5"
