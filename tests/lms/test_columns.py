"""The column of a platform's gradebook: the one that it names, one that is there, or one that is made."""

from __future__ import annotations

from fractions import Fraction

import pytest
from linked import SCOPES
from linked_course import once
from on_the_way import a_link, hand_in, later, row

from quizsvc.store.lms_models import Context


@once
def test_the_column_is_found_where_the_platform_does_not_name_it(desk, platform, office):
    platform.add_column(5, link="other")
    linked = a_link(desk, platform)
    hand_in(desk, desk.ada, 3)
    office.run()
    with_column = linked.scores()[desk.ada]
    assert with_column.sent == 1
    assert platform.counts["columns made"] == 0


@once
def test_a_column_is_made_where_there_is_none_and_never_two(desk, platform, office):
    a_link(desk, platform)
    platform.columns.clear()
    for person in (desk.ada, desk.bao):
        hand_in(desk, person, 3)
    office.run()
    later(office, minutes=1)
    office.run()
    assert platform.counts["columns made"] == 1
    assert len(platform.gradebook) == 2
    [column] = platform.columns.values()
    assert (column["resourceId"], column["scoreMaximum"]) == (f"set-{desk.set_id}", 10)


@once
@pytest.mark.usefixtures("linked")
def test_a_column_that_was_removed_is_made_anew(desk, platform, office):
    hand_in(desk, desk.ada, 3)
    office.run()
    platform.columns.clear()
    desk.by_hand(desk.ada, Fraction(10), at=2)
    office.run()
    assert platform.counts["columns made"] == 1
    assert platform.share(f"s{desk.ada}") == pytest.approx(1)


@once
def test_a_column_that_is_gone_and_cannot_be_made_is_told(desk, platform, office):
    linked = a_link(
        desk, platform, scopes=[one for one in SCOPES if not one.endswith("lineitem")],
        line_item_url=platform.line_item_url,
    )  # fmt: skip
    platform.columns.clear()
    hand_in(desk, desk.ada, 3)
    office.run()
    assert "404" in row(linked, desk).reason
    assert row(linked, desk).failed_at is not None


@once
def test_a_course_whose_scopes_do_not_let_us_is_told(desk, platform, office):
    linked = a_link(desk, platform, scopes=[])
    hand_in(desk, desk.ada, 3)
    office.run()
    assert "does not let us pass scores" in row(linked, desk).reason
    assert platform.counts["tokens"] == 0


@once
def test_scopes_that_come_later_are_used(desk, platform, office):
    linked = a_link(desk, platform, scopes=[])
    hand_in(desk, desk.ada, 3)
    office.run()
    linked.change(Context, linked.context, scopes=SCOPES)
    desk.by_hand(desk.ada, Fraction(10), at=2)
    office.run()
    assert platform.share(f"s{desk.ada}") == pytest.approx(1)


@once
def test_a_platform_that_names_no_column_and_shows_none_is_told(desk, platform, office):
    linked = a_link(desk, platform, scopes=[one for one in SCOPES if one.endswith("score")])
    hand_in(desk, desk.ada, 3)
    office.run()
    assert "names no column for this link" in row(linked, desk).reason
    assert row(linked, desk).failed_at is not None
