"""More time, and marks by hand, on the page of a student: what is given, and what is refused at which field."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from taught import ADA, INES, PRACTICE, STUDENT, TIMED, a_set, rows_of, send

from quizsvc.services import gradebook
from quizsvc.store import sets as stored
from quizsvc.store.database import reading
from quizsvc.store.models import Adjustment, AuditEntry, Extension


@pytest.fixture
def engine(app):
    return app.extensions["engine"]


@pytest.fixture
def teacher(visit):
    return visit("instructor")


def value_of(text, name):
    """What stands in a box of a page."""
    [box] = re.findall(rf'<input[^>]*name="{name}"[^>]*>', text)
    return re.search(r'value="([^"]*)"', box)[1]


def errors_at(text, name):
    """What a page says is wrong with a box; empty where nothing is."""
    found = re.search(rf'<p class="invalid-feedback d-block" id="{name}-errors">([^<]*)</p>', text)
    return found[1] if found else ""


def more(**fields):
    return {f"extension-{name}": value for name, value in {"reason": "ill, note seen", **fields}.items()}


def mark(**fields):
    return {f"mark-{name}": value for name, value in {"reason": "seen on paper", **fields}.items()}


def test_more_time_is_given_by_the_clocks_of_a_place_and_in_the_name_of_who_gives_it(engine, teacher):
    fields = more(due="2026-12-24T18:00", zone="Europe/Berlin", more_submissions="2")
    response = teacher.post(f"{STUDENT}/extension", fields)
    assert (response.status_code, response.headers["Location"]) == (303, STUDENT)
    [granted] = rows_of(engine, Extension)
    assert granted.due.isoformat() == "2026-12-24T17:00:00+00:00"
    assert (granted.more_submissions, granted.time_factor, granted.reason) == (2, None, "ill, note seen")
    assert (granted.made_by, granted.user_id) == (INES, ADA)
    assert [entry.actor_id for entry in rows_of(engine, AuditEntry) if entry.kind == "extended"] == [INES]
    text = teacher.get(STUDENT).text
    assert "The extension is granted." in text
    assert "Thu 24 Dec 2026, 17:00 UTC" in text
    assert "2 more submissions" in text


def test_without_a_place_it_is_utc_unless_the_offset_stands_in_the_time(engine, teacher):
    assert 'value="UTC"' in teacher.get(STUDENT).text
    for due in ("2026-12-24T18:00", "2026-12-24T21:00+03:00", "2026-12-24 18:00Z"):
        assert teacher.post(f"{STUDENT}/extension", more(due=due, zone="UTC")).status_code == 303
    assert {one.due.isoformat() for one in rows_of(engine, Extension)} == {"2026-12-24T18:00:00+00:00"}


def test_a_factor_makes_the_time_longer_and_is_written_as_one_likes(engine, clock, teacher):
    page = a_set(engine, clock, TIMED)
    for factor in ("1.5", "1,5", "3/2"):
        assert teacher.post(f"{page}/students/{ADA}/extension", more(time_factor=factor)).status_code == 303
    assert [one.time_factor for one in rows_of(engine, Extension)] == [Fraction(3, 2)] * 3
    assert "1.5 times the time" in teacher.get(f"{page}/students/{ADA}").text


REFUSED = [
    (more(), "", "An extension gives something"),
    (more(reason=" ", more_submissions="1"), "reason", "Say why"),
    (more(reason="x" * 501, more_submissions="1"), "reason", "1 to 500 printable characters"),
    (more(reason="\u202eill", more_submissions="1"), "reason", "printable"),
    (more(due="tomorrow", zone="UTC"), "due", "is no date and time"),
    (more(due="2026-11-04T00:00", zone="UTC"), "due", "write a later time"),
    (more(due="9999-12-31T23:00", zone="UTC"), "due", "too far away"),
    (more(due="0001-01-01T00:00", zone="Asia/Tokyo"), "due", "too far away"),
    (more(due="2027-03-28T02:30", zone="Europe/Berlin"), "due", "never show"),
    (more(due="2027-10-31T02:30", zone="Europe/Berlin"), "due", "twice"),
    (more(due="2026-12-24T18:00", zone="Mars"), "zone", "is no time zone"),
    (more(due="2026-12-24T18:00", zone=""), "due", "has no time zone"),
    (more(more_submissions="-1"), "more_submissions", "is no whole number"),
    (more(more_submissions="1.5"), "more_submissions", "is no whole number"),
    (more(more_submissions="101"), "more_submissions", "0 to 100"),
]


def test_what_does_not_fit_is_told_at_its_field_and_what_was_typed_stays(engine, teacher):
    for fields, name, words in REFUSED:
        response = teacher.post(f"{STUDENT}/extension", fields)
        assert response.status_code == 422
        assert words in (errors_at(response.text, f"extension-{name}") if name else response.text)
        assert {field: value_of(response.text, field) for field in fields} == fields
    assert rows_of(engine, Extension) == []


TIMED_REFUSED = [
    (more(time_factor="0.5"), "from 1 to 10"),
    (more(time_factor="11"), "from 1 to 10"),
    (more(time_factor="1/0"), "is no number"),
    (more(time_factor="1e999999999"), "is no number"),
    (more(time_factor="twice"), "is no number"),
    (more(time_factor="٣"), "is no number"),
]


def test_a_factor_that_is_none_is_told_at_its_field(engine, clock, teacher):
    page = a_set(engine, clock, TIMED)
    for fields, words in TIMED_REFUSED:
        response = teacher.post(f"{page}/students/{ADA}/extension", fields)
        assert response.status_code == 422
        assert words in errors_at(response.text, "extension-time_factor")
    assert rows_of(engine, Extension) == []


def test_everything_that_does_not_fit_is_told_at_once(teacher):
    fields = more(due="soon", zone="UTC", more_submissions="many", reason="")
    text = teacher.post(f"{STUDENT}/extension", fields).text
    assert all(errors_at(text, f"extension-{name}") for name in ("due", "more_submissions", "reason"))
    assert 'type="text" id="extension-due"' in text


def test_a_mark_is_set_by_hand_and_taken_back(engine, clock, teacher):
    send(engine, clock, ADA, {"z1": "1"})
    with reading(engine) as session:
        item = stored.get_set(session, 2).items[0]

    def earned():
        with reading(engine) as session:
            [row] = [row for row in gradebook.set_gradebook(session, set_id=2).rows if row.user_id == ADA]
            return row.mark.earned, row.mark.source, row.cell(item.key)

    before = earned()
    for fields, after in [
        (mark(item_key=item.key, points="9.5"), (Fraction("9.5"), "sum", Fraction("9.5"))),
        (mark(item_key="", points="77/3"), (Fraction(77, 3), "hand", Fraction("9.5"))),
        (mark(item_key="", as_earned="y"), (Fraction("9.5"), "sum", Fraction("9.5"))),
        (mark(item_key=item.key, as_earned="y"), before),
    ]:
        response = teacher.post(f"{STUDENT}/mark", fields)
        assert (response.status_code, response.headers.get("Location")) == (303, STUDENT), response.text
        assert earned() == after
    assert [one.made_by for one in rows_of(engine, Adjustment)] == [INES] * 4
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", teacher.get(STUDENT).text))
    assert "The mark of the set was set to 25.67 by hand. seen on paper By Ines Ortega." in told
    assert f"The mark of “{item.title}” is again what the work earned." in told


MARKS_REFUSED = [
    (mark(points="35"), "points", "write 0 to 34"),
    (mark(points="-1"), "points", "is no number"),
    (mark(points="1/99999"), "points", "four decimals"),
    (mark(points="all"), "points", "is no number"),
    (mark(), "points", "Write the points"),
    (mark(points="3", as_earned="y"), "points", "leave this empty"),
    (mark(points="3", item_key="nothing"), "item_key", "no such problem"),
    (mark(as_earned="y", item_key="x" * 70), "item_key", "no such problem"),
    (mark(points="3", reason=""), "reason", "Say why"),
]


def test_a_mark_that_cannot_be_set_is_told_at_its_field_and_what_was_typed_stays(engine, teacher):
    for fields, name, words in MARKS_REFUSED:
        response = teacher.post(f"{STUDENT}/mark", fields)
        assert response.status_code == 422
        assert words in errors_at(response.text, f"mark-{name}")
        assert value_of(response.text, "mark-points") == fields.get("mark-points", "")
        assert value_of(response.text, "mark-reason") == fields["mark-reason"]
        assert (" checked>" in response.text) == ("mark-as_earned" in fields)
    assert rows_of(engine, Adjustment) == []


def test_a_set_for_practice_has_work_and_no_marks_to_set(engine, clock, teacher):
    send(engine, clock, ADA, {"z1": "1"}, 2)
    text = teacher.get(f"{PRACTICE}/students/{ADA}").text
    assert "Submission 1" in text
    assert "Set a mark by hand" not in text
    assert "History" not in text
    assert teacher.post(f"{PRACTICE}/students/{ADA}/mark", mark(points="1")).status_code == 409
    assert rows_of(engine, Adjustment) == []


def test_a_set_without_limits_has_nothing_to_extend_and_one_that_is_not_published_no_forms(engine, clock, teacher):
    endless = a_set(engine, clock, "title: Endless\nitems:\n  - {family: dying-relu}")
    assert "there is nothing to extend" in teacher.get(f"{endless}/students/{ADA}").text
    hidden = a_set(engine, clock, TIMED, publish=False)
    text = teacher.get(f"{hidden}/students/{ADA}").text
    assert "Give more" not in text
    assert teacher.post(f"{hidden}/students/{ADA}/extension", more(more_submissions="1")).status_code == 404
