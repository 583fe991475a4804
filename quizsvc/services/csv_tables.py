"""Tables as CSV: read with the line of everything that is wrong, written so that no spreadsheet runs anything."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quizsvc.errors import Detail, Invalid

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Iterable, Iterator, Sequence
    from fractions import Fraction

MOST_ROWS = 20_000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet takes text that begins so for a formula, and runs it; some do that with wide signs, too."""

_FIRST_SEPARATOR = re.compile(r'\s*(?:"(?:[^"]|"")*")?[^",;\r\n]*(?P<separator>[,;])')
"""What parts the first heading from the second: behind it the other sign may be part of a heading."""


@dataclass(frozen=True, slots=True)
class CsvTable:
    """The headings as they stand, and the lines that are not empty: line number and fields."""

    heading: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_table(text: str, subject: str) -> CsvTable:
    """A table whose lines all have as many fields as the heading, parted by commas or semicolons.

    `subject` is what it is in complaints, such as "roster". Raises Invalid.
    """
    text = text.removeprefix("\ufeff")
    parted = _FIRST_SEPARATOR.match(text)
    separator = parted["separator"] if parted else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines = _readable(reader, subject)
    heading = tuple(name.strip() for name in next(lines, []))
    rows = []
    for number, fields in enumerate(lines, 1):
        if number > MOST_ROWS:
            message = f"The {subject} has more than {MOST_ROWS} lines; divide it."
            raise Invalid(message)
        if not any(field.strip() for field in fields):
            continue
        if len(fields) != len(heading):
            message = f"The {subject} was not imported: a line does not fit its heading."
            what = f"There are {len(fields)} fields where the heading has {len(heading)}."
            raise Invalid(message, [Detail(f"line {reader.line_num}", what)])
        rows.append((reader.line_num, tuple(fields)))
    return CsvTable(heading, tuple(rows))


def _readable(reader: Reader, subject: str) -> Iterator[list[str]]:
    """The fields of each line; raises Invalid at the first that is not CSV."""
    try:
        yield from reader
    except csv.Error as error:
        message = f"The {subject} was not imported: it is not CSV."
        raise Invalid(message, [Detail(f"line {reader.line_num}", f"This cannot be read: {error}.")]) from None


def write_table(heading: Sequence[str], rows: Iterable[Sequence[str | float]]) -> str:
    """The table as CSV; no text can be taken for a formula, and numbers have all their digits."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(map(defused, heading))
    for row in rows:
        writer.writerow([defused(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue()


def defused(text: str) -> str:
    """Text that a spreadsheet shows as it is."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def undefused(text: str) -> str:
    """The text as it was before it was defused."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def decimal(value: Fraction | None, places: int = 4) -> str:
    """Points as a decimal number with at most so many places; empty where there are none."""
    if value is None:
        return ""
    shown = f"{float(value):.{places}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
