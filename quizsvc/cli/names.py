"""How things are named on the command line."""

from __future__ import annotations

from typing import Any, NamedTuple

import rich_click as click


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


a_set = click.argument("name", type=SetNameType())
