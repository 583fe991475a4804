"""The times of a set: what is in time, late or closed, to the millisecond, and on days on which clocks change."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizsvc.errors import Invalid
from quizsvc.services.instants import instant_of
from quizsvc.services.policy import Window, window_of
from quizsvc.services.set_files import read_set
from quizsvc.store.models import Attempt, Extension, ProblemSet

T = datetime(2026, 11, 10, 18, tzinfo=UTC)
MS, MINUTE, HOUR = timedelta(milliseconds=1), timedelta(minutes=1), timedelta(hours=1)
HALF = Fraction(1, 2)

CHANGES = {
    "Berlin in spring": ("Europe/Berlin", "2026-03-29T01:00Z", 60, 120),
    "Berlin in autumn": ("Europe/Berlin", "2026-10-25T01:00Z", 120, 60),
    "New York in spring": ("America/New_York", "2026-03-08T07:00Z", -300, -240),
    "New York in autumn": ("America/New_York", "2026-11-01T06:00Z", -240, -300),
    "Lord Howe in autumn": ("Australia/Lord_Howe", "2026-04-04T15:00Z", 660, 630),
    "Lord Howe in spring": ("Australia/Lord_Howe", "2026-10-03T15:30Z", 630, 660),
    "Santiago in autumn": ("America/Santiago", "2026-04-05T03:00Z", -180, -240),
    "Santiago in spring": ("America/Santiago", "2026-09-06T04:00Z", -240, -180),
}
"""Zone, when its clocks change, and how many minutes they are ahead of UTC before and after: published figures."""
every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


def policy(**stated):
    plain = {"late_minutes": 0, "late_credit": Fraction(0), "grace_seconds": 0}
    return ProblemSet(**plain | stated)


def window(problem_set, *, factor=1, extension=None, begun=None):
    attempt = None if begun is None else Attempt(started_at=begun)
    return window_of(problem_set, time_factor=Fraction(factor), extension=extension, attempt=attempt)


def set_with(zone, **fields):
    lines = [f"{name}: {value}" for name, value in {"timezone": zone, **fields}.items()]
    return read_set("\n".join(["title: T", "items: [{family: dying-relu}]", *lines, ""]))


def window_of_file(spec):
    names = ("opens", "due", "late_minutes", "late_credit", "grace_seconds", "time_limit_minutes")
    return window(ProblemSet(**{name: getattr(spec, name) for name in names}))


@pytest.mark.parametrize(
    ("after", "state", "credit"),
    [(-MS, "open", 1), (0 * MS, "open", 1), (MS, "closed", 0), (HOUR, "closed", 0)],
)
def test_what_arrives_at_the_instant_it_is_due_is_in_time_and_a_millisecond_later_is_not(after, state, credit):
    due = window(policy(due=T))
    assert (due.state(T + after), due.state_at_arrival(T + after), due.time_credit(T + after)) == (state, state, credit)


@pytest.mark.parametrize(("after", "state"), [(0 * MS, "open"), (30_000 * MS, "open"), (30_001 * MS, "closed")])
def test_what_arrives_within_the_grace_is_treated_as_if_it_had_come_at_the_end(after, state):
    due = window(policy(due=T, grace_seconds=30))
    assert due.state_at_arrival(T + after) == state
    assert due.time_credit(T + after) == (state == "open")
    assert due.state(T + MS) == "closed"


@pytest.mark.parametrize(
    ("after", "state", "credit"),
    [
        (0 * MS, "open", Fraction(1)),
        (MS, "late", HALF),
        (48 * HOUR, "late", HALF),
        (48 * HOUR + MS, "closed", Fraction(0)),
    ],
)
def test_late_work_gets_its_share_until_the_time_for_it_is_over(after, state, credit):
    late = window(policy(due=T, late_minutes=48 * 60, late_credit=HALF))
    assert (late.state(T + after), late.time_credit(T + after)) == (state, credit)
    assert (late.in_time_until, late.ends) == (T, T + 48 * HOUR)


def test_the_grace_is_added_to_the_due_time_to_the_late_time_and_to_the_time_limit():
    stated = policy(due=T, late_minutes=60, late_credit=HALF, grace_seconds=5)
    late = window(stated)
    grace = timedelta(seconds=5)
    for end, before, behind in ((T, 1, HALF), (T + HOUR, HALF, 0)):
        assert [late.time_credit(end + grace), late.time_credit(end + grace + MS)] == [before, behind]
    stated.time_limit_minutes = 30
    limited = window(stated, begun=T - HOUR)
    assert [limited.time_credit(T - HOUR / 2 + grace + past) for past in (0 * MS, MS)] == [1, 0]


def test_before_it_opens_nothing_is_worth_anything_and_the_grace_does_not_open_it_earlier():
    opened = window(policy(opens=T, due=T + HOUR, grace_seconds=3600))
    assert [opened.state_at_arrival(T + past) for past in (-MS, 0 * MS, MS)] == ["not-open", "open", "open"]
    assert [opened.time_credit(T + past) for past in (-MS, 0 * MS)] == [0, 1]


@given(st.integers(1, 600), st.fractions(1, 10, max_denominator=100))
def test_a_time_limit_runs_from_the_start_so_many_times_as_long_as_the_student_has(minutes, factor):
    limited = window(policy(due=None, time_limit_minutes=minutes), factor=factor, begun=T)
    assert abs((limited.ends - T).total_seconds() - 60 * minutes * factor) <= HALF
    assert (limited.state(limited.ends), limited.state(limited.ends + MS)) == ("open", "closed")
    assert window(policy(due=None, time_limit_minutes=minutes), factor=factor).ends is None


def test_a_time_limit_does_not_outlast_the_set_and_an_extension_of_it_is_never_shorter_than_the_students_own():
    stated = policy(due=T, time_limit_minutes=60)
    assert window(stated, begun=T - MINUTE).ends == T
    for own, extended, counts in ((1, 2, 2), (3, 2, 3), (Fraction(5, 4), None, Fraction(5, 4))):
        more = Extension(time_factor=None if extended is None else Fraction(extended))
        assert (
            window(stated, factor=own, extension=more, begun=T - 9 * HOUR).ends == T - 9 * HOUR + float(counts) * HOUR
        )


@given(st.integers(-5, 5), st.integers(0, 100))
def test_an_extension_moves_the_due_time_and_the_late_time_with_it_and_never_forward(days, late_minutes):
    stated = policy(due=T, late_minutes=late_minutes, late_credit=HALF)
    extended = window(stated, extension=Extension(due=T + timedelta(days=days)))
    assert extended.due == T + max(0, days) * 24 * HOUR
    assert extended.late_until - extended.due == late_minutes * MINUTE
    assert window(policy(due=None), extension=Extension(due=T)).due is None


def test_a_closed_set_takes_nothing_whatever_is_due_when():
    closed = window(policy(due=T + 9 * HOUR, closed_at=T, time_limit_minutes=600), begun=T - HOUR)
    assert [closed.state(T + past) for past in (0 * MS, MS)] == ["open", "closed"]
    assert (closed.ends, closed.in_time_until, closed.time_credit(T + MS)) == (T, T, 0)


seconds = st.integers(0, 8).map(lambda number: T + timedelta(seconds=number))
perhaps = st.none() | seconds


@st.composite
def windows(draw):
    due = draw(perhaps)
    return Window(
        opens=draw(perhaps),
        due=due,
        late_until=None if due is None else due + timedelta(seconds=draw(st.integers(0, 4))),
        late_credit=Fraction(draw(st.integers(0, 4)), 4),
        limit=draw(perhaps),
        closed=draw(perhaps),
        grace=timedelta(seconds=draw(st.integers(0, 3))),
    )


moments = st.builds(lambda half, past: T + half * 500 * MS + past * MS, st.integers(-2, 32), st.integers(-1, 1))


@given(windows(), moments)
def test_states_and_credits_tell_the_same(one, arrived):
    state, credit = one.state_at_arrival(arrived), one.time_credit(arrived)
    assert credit == {"not-open": 0, "open": 1, "late": one.late_credit, "closed": 0}[state]
    assert (state == "not-open") == (one.state(arrived) == "not-open") == bool(one.opens and arrived < one.opens)
    if state == "late":
        assert one.due + one.grace < arrived <= one.late_until + one.grace


@given(windows(), moments, moments)
def test_who_comes_later_never_gets_more(one, earlier, later):
    earlier, later = sorted([earlier, later])
    if one.opens is None or earlier >= one.opens:
        assert one.time_credit(earlier) >= one.time_credit(later)


@given(windows(), moments)
def test_grace_never_makes_anything_worse(one, arrived):
    strict = replace(one, grace=timedelta(0))
    assert one.time_credit(arrived) >= strict.time_credit(arrived)
    if strict.ends is not None and arrived > strict.ends + one.grace:
        assert one.time_credit(arrived) == 0


@given(windows(), moments, moments, perhaps)
def test_once_it_is_over_for_all_nothing_that_arrives_is_worth_anything(one, now, arrived, limit):
    if one.is_over_for_all_times(now):
        assert replace(one, limit=limit).time_credit(max(now, arrived)) == 0


@given(windows())
def test_all_ends_are_the_last_instants_that_they_say_they_are(one):
    opened = replace(one, opens=None)
    if one.ends is not None:
        assert opened.state(one.ends) != "closed" == opened.state(one.ends + MS)
    if one.in_time_until is not None:
        assert opened.state(one.in_time_until) == "open" != opened.state(one.in_time_until + MS)


@every_change
def test_the_published_changes_of_clocks_are_those_of_this_machine(change):
    zone, at, before, after = change
    moment = instant_of(at)
    offsets = [one.astimezone(ZoneInfo(zone)).utcoffset() // MINUTE for one in (moment - MS, moment)]
    assert offsets == [before, after]


@every_change
@given(minutes=st.integers(-36 * 60, 36 * 60))
def test_local_times_around_a_change_are_the_right_instants_or_are_refused(change, minutes):
    zone, at, before, after = change
    moment = instant_of(at)
    true = moment + minutes * MINUTE
    offset = before if minutes < 0 else after
    local = (true + offset * MINUTE).strftime("%Y-%m-%dT%H:%M")
    twice = -max(before - after, 0) <= minutes < max(before - after, 0)
    if twice:
        with pytest.raises(ValueError, match=f"Clocks in {zone} show {local} twice on that day"):
            instant_of(local, zone)
    else:
        assert instant_of(local, zone) == true


@every_change
def test_times_that_do_not_exist_or_happen_twice_are_refused_with_what_would_be_right(change):
    zone, at, before, after = change
    moment = instant_of(at)
    middle = moment + (min(before, after) * MINUTE + abs(after - before) * MINUTE / 2)
    local = middle.strftime("%Y-%m-%dT%H:%M")
    with pytest.raises(Invalid) as refused:
        set_with(zone, due=local)
    [complaint] = refused.value.details
    assert complaint.where == "line 4, due"
    _stated, *remedies = re.findall(r"\d{4}-\d\d-\d\dT[\d:]+(?:[+-]\d\d:\d\d)?", complaint.message)
    half = abs(after - before) * MINUTE / 2
    right = [moment - half, moment + half] if after < before else [moment + half]
    assert [set_with(zone, due=remedy).due for remedy in remedies] == right


@every_change
def test_a_due_time_on_such_a_day_decides_to_the_millisecond(change):
    zone, at, before, after = change
    noon = (instant_of(at) + max(before, after) * MINUTE).replace(hour=12, minute=0)
    spec = set_with(zone, due=noon.strftime("%Y-%m-%dT%H:%M"))
    assert spec.due == noon - after * MINUTE
    due = window_of_file(spec)
    assert [due.state(spec.due + past) for past in (-MS, 0 * MS, MS)] == ["open", "open", "closed"]


@every_change
@pytest.mark.parametrize("hours", [24, 48])
def test_hours_for_late_work_are_real_hours_across_a_change(change, hours):
    zone, at, before, after = change
    eve = (instant_of(at) + before * MINUTE - 24 * HOUR).replace(hour=21, minute=0)
    late = window_of_file(set_with(zone, due=eve.strftime("%Y-%m-%dT%H:%M"), late=f"{{hours: {hours}, credit: 1/2}}"))
    assert late.due == eve - before * MINUTE
    assert late.late_until - late.due == hours * HOUR
    assert (late.state(late.due + hours * HOUR), late.state(late.due + hours * HOUR + MS)) == ("late", "closed")
    clock = late.late_until.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert clock - late.due.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == hours * HOUR + (after - before) * MINUTE


@pytest.mark.parametrize("text", ["2026-11-10T18:00", "2026-11-10 18:00:30", "20261110T1800", "2026-11-10T18:00:00.5"])
def test_a_time_without_an_offset_is_refused_with_one_that_is_right(text):
    with pytest.raises(ValueError, match="has no time zone; add the offset, like") as refused:
        instant_of(text)
    [remedy] = re.findall(r"like (\S+),", str(refused.value))
    assert instant_of(remedy) == instant_of(text, "Africa/Lagos") == instant_of(text, "UTC") - HOUR


@pytest.mark.parametrize("text", ["2026-11-10", "18:00", "2026-W46-2", "10.11.2026 18:00", "2026-11-10T25:00", ""])
def test_a_date_alone_and_what_is_none_at_all_are_no_times(text):
    with pytest.raises(ValueError, match="no date and time; write it like"):
        instant_of(text, "Europe/Berlin")


@pytest.mark.parametrize("text", ["0001-01-01T00:00+14:00", "0999-06-01T00:00Z", "9999-12-31T23:59-14:00"])
def test_years_beyond_which_no_hours_can_be_added_are_refused(text):
    with pytest.raises(ValueError, match="is too far away; write a year from 1000 to 9000"):
        instant_of(text)


@pytest.mark.parametrize("zone", ["Europe/Berlín", "CET+1", "../etc/passwd", "", "a\0b", "Europe", "europe/berlin"])
def test_what_is_no_zone_is_told_with_some_that_are(zone):
    with pytest.raises(ValueError, match="is no time zone; write one like Europe/Berlin"):
        instant_of("2026-11-10T18:00", zone)
