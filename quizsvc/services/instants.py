"""Times as instructors write them: with an offset, or as clocks of a place show them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

FIRST_YEAR, LAST_YEAR = 1000, 9000
"""From and to these, hours can be added to every instant, and it can be written in every zone."""


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name; raises ValueError with the sentence that tells what is wrong."""
    try:
        if name in available_timezones():
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass  # said below, in the same words
    message = f"{name!r:.60} is no time zone; write one like Europe/Berlin, America/New_York or UTC."
    raise ValueError(message)


def instant_of(text: str, zone_name: str | None = None) -> datetime:
    """The instant in UTC; raises ValueError with the sentence that tells what is wrong.

    A time without an offset is what the clocks of the zone show. Where clocks go forward some times do not exist, and
    where they go back some happen twice: neither is guessed at.
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or _is_date(text):
        message = f"{text!r:.60} is no date and time; write it like 2026-11-23T18:00+01:00."
        raise ValueError(message)
    if read.tzinfo is None and zone_name is None:
        message = (
            f"{text} has no time zone; add the offset, like {_as_typed(read)}+01:00, or Z for UTC, or a field timezone "
            "such as Europe/Berlin."
        )
        raise ValueError(message)
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        message = f"{text!r:.60} is too far away; write a year from {FIRST_YEAR} to {LAST_YEAR}."
        raise ValueError(message)
    if zone_name is None or read.tzinfo is not None:
        return read.astimezone(UTC)
    return _on_clocks(read, zone_of(zone_name))


def _is_date(text: str) -> bool:
    """Whether it is a date alone: nobody means the first instant of the day on which something is due."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _as_typed(read: datetime) -> str:
    """The clock's time as people write it, without seconds that are none."""
    exact = read.second or read.microsecond
    return read.replace(tzinfo=None).isoformat(timespec="auto" if exact else "minutes")


def _on_clocks(read: datetime, zone: ZoneInfo) -> datetime:
    """The one instant at which the clocks of the zone show this; raises ValueError where there are none or two."""
    first, second = (read.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    exists, text = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == read, _as_typed(read)
    if exists:
        ways = " or ".join(f"{text}{_offset(one)}" for one in (first, second))
        message = f"Clocks in {zone.key} show {text} twice on that day; write {ways}."
    else:
        later = first.astimezone(UTC).astimezone(zone)
        message = f"Clocks in {zone.key} never show {text}: they go forward on that day. Write {_as_typed(later)}."
    raise ValueError(message)


def _offset(when: datetime) -> str:
    offset = when.utcoffset() or timedelta(0)
    sign, minutes = ("-" if offset < timedelta(0) else "+"), abs(offset) // timedelta(minutes=1)
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}"
