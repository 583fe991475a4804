"""A file of a set with another due time or slug: the rest of it stays to the letter."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizsvc.services.set_files import read_set, stored_set, with_due, with_field

DUE = datetime(2027, 1, 2, 3, 4, tzinfo=UTC)
BLOCK = """# Week 3, as it was in winter
title: "The week"   # quoted, and a comment far to the right

slug: 'week-3'
# what students read
text: |
  Keep three decimals.   # no comment

  And more.
opens: 2026-11-20T08:00:00+01:00
due: 2026-11-27T23:59:00Z    # a Friday
credit: {carried: 0.90, imprecise: "1/3", mistake: 0,
         entries: all}   # shares
items:
  - family:   vanishing-gradient   # the first
    title: 'A chain'
    options: {depth: 3..4, activation: sigmoid|tanh}

  # between the two
  - {family: dying-relu, points: 4}
# the end
"""
LONG = "title: T\ntext: " + "a very long line " * 290 + "\nitems:\n- family: dying-relu\n"
STYLES = {
    "block": BLOCK,
    "flow": "{title: T, due: 2026-11-27T23:59Z, items: [{family: dying-relu}, {family: dying-relu, points: 3}]} # all",
    "JSON": json.dumps({"title": "T", "due": "2026-11-27T23:59Z", "items": [{"family": "dying-relu"}]}, indent=2),
    "JSON without a due time": json.dumps({"title": "T", "items": [{"family": "dying-relu"}]}),
    "no indentation": "items:\n- pick: 1\n  of:\n  - family: dying-relu\n  - family: dying-relu\ntitle: T\n",
    "title in several lines": "# head\ntitle: >\n  A title\n  of two lines\n\n# then\nitems: [{family: dying-relu}]\n",
    "title last": "items: [{family: dying-relu}]\ntitle: 'T\n  and more'  # the title",
    "no end of line": "title: T\nitems: [{family: dying-relu}]\ndue: 2026-11-27T23:59Z",
    "Windows": "title: T\r\ndue: 2026-11-27T23:59Z # x\r\nitems:\r\n  - family: dying-relu\r\n",
    "document": "%YAML 1.2\n---\n  title: T\n  # here\n  items: [{family: dying-relu}]\n...\n",
    "byte order mark": "\ufefftitle: T\nitems: [{family: dying-relu}]\n",
    "due in a block": "title: T\ndue: >-\n  2026-11-27T23:59Z\nslug: |-\n  old\nitems: [{family: dying-relu}]\n",
    "anchors": "title: &t T\ndue: &d 2026-11-27T23:59Z\nitems: [{family: dying-relu}]\n",
    "explicit keys": "? title\n: T\n? items\n: [{family: dying-relu}]\n",
    "time zone": "title: T\ntimezone: Europe/Berlin\ndue: 2026-11-27T23:59\nitems: [{family: dying-relu}]\n",
    "long line": LONG,
}
every_style = pytest.mark.parametrize("source", STYLES.values(), ids=STYLES)


def apart_from(spec, *names):
    return replace(spec, source="", **dict.fromkeys(names))


@every_style
def test_the_file_has_the_new_due_time_and_says_all_else_as_before(source):
    after = with_due(source, DUE)
    assert read_set(after).due == DUE
    assert apart_from(read_set(after), "due") == apart_from(read_set(source), "due")


@every_style
def test_the_file_has_the_new_slug_and_says_all_else_as_before(source):
    after = with_field(source, "slug", "spring-term")
    assert read_set(after).slug == "spring-term"
    assert apart_from(read_set(after), "slug") == apart_from(read_set(source), "slug")


@every_style
def test_written_twice_it_is_what_it_is_written_once(source):
    once = with_due(source, DUE)
    assert with_due(once, DUE) == once
    assert with_due(with_due(source, DUE + timedelta(days=9)), DUE) == once


def test_comments_blanks_and_quotes_stay_where_they_are():
    assert with_due(BLOCK, DUE) == BLOCK.replace("2026-11-27T23:59:00Z", "2027-01-02T03:04Z")
    assert with_field(BLOCK, "slug", "autumn") == BLOCK.replace("'week-3'", "'autumn'")
    without = BLOCK.replace("slug: 'week-3'\n", "")
    headed = '# Week 3, as it was in winter\ntitle: "The week"   # quoted, and a comment far to the right\n'
    assert with_field(without, "slug", "autumn") == without.replace(headed, f'{headed}slug: "autumn"\n')


@pytest.mark.parametrize("exact", [timedelta(0), timedelta(seconds=30), timedelta(milliseconds=7)])
def test_a_due_time_is_written_in_utc_as_exactly_as_it_is(exact):
    local = (DUE + exact).astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert read_set(with_due(BLOCK, local)).due == DUE + exact


comments = st.sampled_from(["", "   # a note", "  # due: 2000-01-01T00:00Z"])
quotes = st.sampled_from(["{}", "'{}'", '"{}"'])
LINES = {
    "title": "The week",
    "slug": "week",
    "due": "2026-11-27T23:59Z",
    "opens": "2026-11-20T08:00:00+01:00",
    "feedback": "never",
    "access_code": "blue heron",
}
between = st.sampled_from(["", "\n", "# a comment\n", "\n# two\n# comments\n"])
items = st.sampled_from(
    ["items: [{family: dying-relu}]\n", "items:   # these\n  - family: dying-relu # one\n    points: 3\n"]
)


@given(
    st.permutations(list(LINES)), st.integers(1, 6), st.lists(st.tuples(quotes, comments, between), min_size=7), items
)
def test_any_order_of_quoted_and_commented_fields_is_kept(order, count, looks, last):
    names = dict.fromkeys(["title", *order[:count]])
    source = "".join(
        f"{gap}{name}: {quote.format(LINES[name])}{comment}\n"
        for name, (quote, comment, gap) in zip(names, looks, strict=False)
    )
    source += last
    after = with_due(source, DUE)
    assert apart_from(stored_set(after), "due") == apart_from(read_set(source), "due")
    assert stored_set(after).due == DUE
    assert [line for line in after.splitlines() if not line.startswith("due:")] == [
        line for line in source.splitlines() if not line.startswith("due:")
    ]
    if "due" in names:
        assert after == source.replace("2026-11-27T23:59Z", "2027-01-02T03:04Z")
