"""Whatever names, titles, reasons and addresses hold is text on every page and in every file, and makes no fault."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from urllib.parse import quote

import pytest
from everybody import everybody, filled
from hostile import NAMES, SENDABLE, STRINGS, require_text_only
from linked_course import once
from markupsafe import escape
from sqlalchemy import select

from quizsvc.errors import QuizError
from quizsvc.services import roster, set_files
from quizsvc.services.csv_tables import FORMULA_STARTS
from quizsvc.services.importing import set_in_export
from quizsvc.store.database import transaction
from quizsvc.store.models import Course, Extension, Item, Membership, ProblemSet, User
from quizsvc.web.login import safe_target

PAGES = (
    "/courses",
    "/courses/<slug>/results",
    "/courses/<slug>/gradebook",
    "/sets/<id:set_id>",
    "/sets/<id:set_id>/results",
    "/sets/<id:set_id>/dashboard",
    "/sets/<id:set_id>/dashboard/rows",
    "/sets/<id:set_id>/statistics",
    "/sets/<id:set_id>/students/<id:student_id>",
    "/sets/<id:set_id>/grades-passed",
    "/problems/<id:problem_id>",
)
FILES = (
    "/courses/<slug>/gradebook.csv",
    "/sets/<id:set_id>/results.csv",
    "/sets/<id:set_id>/statistics-<any(items, steps, mistakes):table>.csv",
)


@pytest.fixture
def world(classroom):
    world = everybody(classroom)
    yield world
    world.app.extensions["engine"].dispose()


def enrol(world):
    """As many students more as there are names, and as many extensions."""
    place, now = world.places["owner"], world.room.now
    with transaction(world.room.engine) as session:
        course_id = session.get(ProblemSet, place["set_id"]).course_id
        for number in range(len(NAMES)):
            user = User(email=f"more-{number}@example.org", name="More", created_at=now)
            extension = Extension(set_id=place["set_id"], user_id=place["student_id"], reason="ill", made_at=now)
            session.add_all([user, Membership(user=user, course_id=course_id, role="student"), extension])


def rename(world, texts):
    """Call everything so that people name."""
    with transaction(world.room.engine) as session:
        named = [(row, "name") for row in session.scalars(select(User).where(User.email.like("more-%")))]
        named += [(row, "reason") for row in session.scalars(select(Extension))]
        named += [(row, field) for row in session.scalars(select(ProblemSet)) for field in ("title", "text")]
        named += [(row, "title") for table in (Course, Item) for row in session.scalars(select(table))]
        for number, (row, field) in enumerate(named):
            setattr(row, field, texts[number % len(texts)])


def seen(world):
    """(who, rule) -> the page."""
    place = world.places["owner"]
    found = {}
    for who in ("owner", "teaches"):
        client = world.client(who)
        found |= {(who, rule): client.get(filled(rule, place)).text for rule in PAGES}
    return found


@once
def test_names_titles_and_reasons_are_text_on_every_page(world):
    enrol(world)
    rename(world, ["Plain"])
    plain = seen(world)
    rename(world, NAMES)
    found = seen(world)
    for (who, rule), page in found.items():
        require_text_only(page, plain[who, rule], (who, rule))
    dashboard = found["teaches", "/sets/<id:set_id>/dashboard"]
    assert [text for text in NAMES if escape(text) not in dashboard] == []


@once
def test_no_file_holds_a_formula(world):
    enrol(world)
    rename(world, NAMES)
    client = world.client("teaches")
    for rule in FILES:
        answer = client.get(filled(rule, world.places["owner"]))
        assert answer.status_code == 200
        assert "\n" not in answer.headers["Content-Disposition"]
        rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        assert [cell for row in rows for cell in row if cell.startswith(FORMULA_STARTS)] == [], rule
    told = client.get(filled("/sets/<id:set_id>/results.csv", world.places["owner"])).text
    assert all(text.replace('"', '""') in told for text in NAMES)


@once
def test_addresses_lead_nowhere_else(world):
    client = world.client("owner")
    plain = client.get("/courses/nowhere/results").text
    for text in SENDABLE:
        for path in (f"/courses/{quote(text, safe='')}/results", f"/{quote(text)}"):
            answer = client.get(path)
            assert answer.status_code in (200, 302, 308, 404), path
            if path.startswith("/courses/") and answer.status_code == 404:
                require_text_only(answer.text, plain, path)
        location = client.get("/login", query_string={"next": text}).location
        assert location.startswith("/"), text
        assert not location.startswith(("//", "/\\")), text
        asked = world.client("nobody").get("/courses", query_string={"x": text})
        assert asked.location.startswith("/login?next="), text
    with world.app.test_request_context():
        assert all(safe_target(text).startswith("/") and safe_target(text)[1:2] not in ("/", "\\") for text in STRINGS)


def test_files_that_are_imported_are_taken_as_text_or_refused():
    record = {"set": {"slug": "s", "title": "t"}, "item": "i", "title": "t", "points": 1, "variant": 1, "problem": {}}
    for text in STRINGS:
        rows = [["name", "email", "role"], [text, "a@example.org", "student"], ["A", text, text]]
        sheet = io.StringIO()
        csv.writer(sheet).writerows(rows)
        files = [
            (roster.read_roster, f"name,email\n{text},a@example.org\n"),
            (roster.read_roster, sheet.getvalue()),
            (roster.read_roster, text),
            (set_files.read_set, text),
            (set_files.read_set, f"title: {text}\nitems: [{{family: concepts}}]"),
            (set_files.read_set, f"title: {json.dumps(text)}\nitems: [{{family: {json.dumps(text)}}}]"),
            (set_files.read_set, f"title: T\ndue: {json.dumps(text)}\nitems: [{{family: concepts, title: {text}}}]"),
            (set_in_export, text.encode(errors="replace")),
            (set_in_export, json.dumps(record | {"title": text, "item": text}).encode()),
        ]
        for read, content in files:
            require_taken_or_refused(read, content)


def require_taken_or_refused(read, content):
    """It may be a file after all; whatever else is raised than a refusal is a fault."""
    with suppress(QuizError):
        read(content)
