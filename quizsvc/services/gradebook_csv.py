"""The gradebook as CSV: ours, and the forms that Canvas and Moodle read and write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from quizsvc.errors import Detail, Invalid
from quizsvc.services.csv_tables import CsvTable, decimal, read_table, undefused, write_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quizsvc.services.gradebook import CourseGradebook, GradebookRow, SetGradebook

Form = Literal["plain", "canvas", "moodle"]
SUBJECT = "file of marks"
ADDRESSES = ("e-mail", "email", "email address", "sis login id")
"""How the column with the address is called: ours, Moodle's, Canvas's."""

DECIMALS = 4
ROUNDING = Fraction(1, 10**DECIMALS)
"""Files have four decimals: marks that differ by less are the same."""
NO_MARK = ("", "-", "'-")
"""What stands where there is no mark; Moodle writes a dash."""
MOST_COMPLAINTS = 20
_OF = re.compile(r"(?P<title>.*?)(?: \((?:real|\d+)\))?", re.IGNORECASE)
"""Moodle writes "Title (Real)", Canvas "Title (1234)", we "Total (30)"."""
_POINTS = re.compile(r"\d{1,6}(?:[.,]\d{1,6})?")


@dataclass(frozen=True, slots=True)
class StatedMark:
    """A line of a file: whose mark of the whole set is to be how many points."""

    line: int
    email: str
    points: Fraction


def set_csv(book: SetGradebook, form: Form = "plain") -> str:
    """A set's marks, in points with at most four decimals."""
    return {"plain": _plain, "canvas": _canvas, "moodle": _moodle}[form](book)


def _plain(book: SetGradebook) -> str:
    items = [f"{item.title} ({item.points})" for item in book.items]
    heading = ["Name", "E-mail", *items, f"Total ({book.max_points})", "Of", "Set by", "Late", "Last submission"]
    return write_table(heading, (_plain_row(book, row) for row in book.rows))


def _plain_row(book: SetGradebook, row: GradebookRow) -> list[str]:
    when = "" if row.submitted_at is None else row.submitted_at.isoformat(timespec="seconds")
    cells = [decimal(row.cell(item.key)) for item in book.items]
    late = "late" if row.late else ""
    total, possible = decimal(row.mark.earned), str(row.mark.max_points)
    return [row.name, row.email, *cells, total, possible, row.mark.source, late, when]


def _canvas(book: SetGradebook) -> str:
    heading = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", book.title]
    possible = ["    Points Possible", "", "", "", "", str(book.max_points)]
    rows = ([row.name, "", "", row.email, "", decimal(row.mark.earned)] for row in book.rows)
    return write_table(heading, [possible, *rows])


def _moodle(book: SetGradebook) -> str:
    heading = ["First name", "Last name", "ID number", "Email address", f"{book.title} (Real)"]
    names = ((row, row.name.rpartition(" ")) for row in book.rows)
    rows = ([first, last, "", row.email, decimal(row.mark.earned)] for row, (first, _space, last) in names)
    return write_table(heading, rows)


def course_csv(book: CourseGradebook) -> str:
    """A course's marks: points for every set, and what they come to in percent, with at most two decimals."""
    headings = ["Name", "E-mail", *(f"{one.title}" for one in book.sets), "Dropped", "Percent"]
    titles = {one.id: one.slug for one in book.sets}
    rows = (
        [
            row.name,
            row.email,
            *(decimal(row.marks[one.id].earned) if one.id in row.counted else "" for one in book.sets),
            " ".join(titles[one] for one in sorted(row.dropped)),
            "" if row.share is None else decimal(100 * row.share, 2),
        ]
        for row in book.rows
    )
    return write_table(headings, rows)


def read_marks(text: str, title: str) -> list[StatedMark]:
    """The marks in a file of our form, Canvas's or Moodle's: one column with addresses, one with the points of the set.

    The latter is called Total or Points, or as the set is. Empty cells say nothing. Points are rounded to
    four decimals. Raises Invalid.
    """
    table = read_table(text, SUBJECT)
    address, points = _column(table, ADDRESSES), _points_column(table, title)
    complaints, marks = list[Detail](), dict[str, StatedMark]()
    for line, fields in _of_people(table):
        stated, email = fields[points].strip(), undefused(fields[address].strip()).lower()
        if stated in NO_MARK:
            continue
        wrong = _wrong_with(stated, email, marks.get(email))
        if wrong:
            complaints.append(Detail(f"line {line}", wrong))
            continue
        marks[email] = StatedMark(line, email, round(Fraction(stated.replace(",", ".")), DECIMALS))
    if complaints:
        message = "No mark was imported: some lines are not right."
        raise Invalid(message, complaints[:MOST_COMPLAINTS])
    return list(marks.values())


def _wrong_with(stated: str, email: str, earlier: StatedMark | None) -> str:
    """What is wrong with a line; empty where nothing is."""
    if not _POINTS.fullmatch(stated):
        return f"{stated!r:.40} is no number of points; write one like 7.5."
    if not email:
        return "There are points and no address: nobody knows whose they are."
    return "" if earlier is None else f"{email} is in line {earlier.line} already; leave one of the two."


def _of_people(table: CsvTable) -> Iterable[tuple[int, tuple[str, ...]]]:
    """The lines of people: Canvas has one that tells how many points can be earned."""
    return (row for row in table.rows if row[1][0].strip() != "Points Possible")


def _points_column(table: CsvTable, title: str) -> int:
    """Where the points of the set stand; in our form that is before the column Of, whatever the problems are called."""
    headings = [heading.lower() for heading in table.heading]
    place = headings.index("of") - 1 if "of" in headings else -1
    if place >= 0 and re.fullmatch(r"total( \(\d+\))?", headings[place]):
        return place
    return _column(table, (title.lower(), "total", "points"), suffixed=True)


def _column(table: CsvTable, names: tuple[str, ...], *, suffixed: bool = False) -> int:
    """Where the column of one of these names stands; raises Invalid where there is none, or more than one."""
    found = []
    for place, heading in enumerate(table.heading):
        name = undefused(heading).lower()
        match = _OF.fullmatch(name) if suffixed else None
        if name in names or (match and match["title"] in names):
            found.append(place)
    if len(found) == 1:
        return found[0]
    count = "no column" if not found else "more than one column"
    message = f"No mark was imported: there is {count} called {' or '.join(dict.fromkeys(names))}."
    raise Invalid(message, [Detail("line 1", f"The columns are {', '.join(table.heading) or 'none'}.")])
