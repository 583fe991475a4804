"""How things are named on the command line."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

import rich_click as click

from quizsvc.services.instants import instant_of

LONGEST_DAYS = 3650


class SetName(NamedTuple):
    """A set, by its course and its own short name."""

    course: str
    slug: str

    def __str__(self) -> str:
        return f"{self.course}/{self.slug}"


class SetNameType(click.ParamType[SetName]):
    """COURSE/SET."""

    name = "COURSE/SET"

    def convert(self, value: Any, parameter: Any, context: Any) -> SetName:  # noqa: ANN401 - as click has it
        """Both names."""
        course, slash, slug = str(value).partition("/")
        if not slash or not course or not slug:
            self.fail(f"{value!r} names no set; write course/set, like deep-learning-1/week-3.", parameter, context)
        return SetName(course, slug)


class InstantType(click.ParamType[datetime]):
    """A date and time with a time zone."""

    name = "TIME"

    def convert(self, value: Any, parameter: Any, context: Any) -> datetime:  # noqa: ANN401 - as click has it
        """The instant in UTC."""
        try:
            return instant_of(str(value))
        except ValueError as error:
            self.fail(str(error), parameter, context)


class FractionType(click.ParamType[Fraction]):
    """A number, kept exactly: 1.25 or 5/4."""

    name = "NUMBER"

    def convert(self, value: Any, parameter: Any, context: Any) -> Fraction:  # noqa: ANN401 - as click has it
        """The exact number."""
        try:
            return Fraction(str(value).strip())
        except (ValueError, ZeroDivisionError):
            self.fail(f"{value!r} is no number; write one like 1.25 or 5/4.", parameter, context)


class DaysType(click.ParamType[timedelta]):
    """90d."""

    name = "days"

    def convert(self, value: Any, parameter: Any, context: Any) -> timedelta:  # noqa: ANN401 - as click has it
        """So many days."""
        match = re.fullmatch(r"([1-9]\d{0,4})d?", str(value))
        if match is None or int(match[1]) > LONGEST_DAYS:
            self.fail(f"{value!r} is no number of days; write 1d to {LONGEST_DAYS}d.", parameter, context)
        return timedelta(days=int(match[1]))


INSTANT, FRACTION, DAYS = InstantType(), FractionType(), DaysType()

a_set = click.argument("name", type=SetNameType())
