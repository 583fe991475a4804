"""Work of students, whose scores go the way to a platform, for tests."""

from __future__ import annotations

from datetime import timedelta

from desk import right
from linked import link_set


def a_link(desk, platform, **more):
    """A link of the platform that leads to the set, with Ada and Bao in its course."""
    platform.add_column()
    return link_set(
        desk.engine, course_id=desk.course_id, set_id=desk.set_id, students=[desk.ada, desk.bao], now=desk.start,
        base=platform.base, **{"line_items_url": platform.line_items_url} | more,
    )  # fmt: skip


def hand_in(desk, person, count, at=1):
    """So many of six steps, done right."""
    desk.submit(person, desk.open(person), right(count), at=at)


def row(linked, desk):
    """What is passed of Ada."""
    return linked.scores()[desk.ada]


def later(office, **time):
    office.clock[0] += timedelta(**time)


def run_twice(office):
    """What finds the column being looked for comes a little later."""
    office.run()
    later(office, seconds=5)
    office.run()
