"""What people do in a browser."""

from __future__ import annotations

from playwright.sync_api import expect

from quizsvc.services.demo import PASSWORD


def press(page, name):
    """Press a button that sends a form; the page that answers is there, its scripts too."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def log_in(page, name="ada"):
    page.goto("/")
    page.get_by_label("E-mail").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Log in")
    expect(page.get_by_role("heading", name="My courses")).to_be_visible()


def begin(page, title):
    page.goto("/sets/1")
    press(page, f"Begin {title}")
    expect(page.get_by_role("heading", name=title)).to_be_visible()


def begin_lecture(page):
    begin(page, "The lecture's sigmoid chain")
