"""Enrolling people from a CSV file: all of it, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from quizsvc.errors import Detail, Invalid
from quizsvc.services.accounts import check_password, create_user, hash_password, read_email, read_name
from quizsvc.services.courses import INSTRUCTOR, STUDENT
from quizsvc.services.csv_tables import read_table
from quizsvc.store import people
from quizsvc.store.models import Membership

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

NEEDED = ("name", "email")
COLUMNS = (*NEEDED, "role", "password")
MOST_COMPLAINTS = 20


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One line of the file; an account that is made for it without a hash cannot log in by a password."""

    line: int
    name: str
    email: str
    role: str
    password: str | None
    password_hash: str | None = None


@dataclass(frozen=True, slots=True)
class RosterReport:
    """What an import did: accounts made, people enrolled (again, or in another role), and people there already."""

    created: int
    enrolled: int
    unchanged: int
    rows: int


def prepare_roster(
    session: Session,
    *,
    course_slug: str,
    rows: Sequence[RosterRow],
    progress: Callable[[int], None] = lambda _done: None,
) -> list[RosterRow]:
    """The rows, with a hash where a password is given for an account that is still to be made.

    A hash takes a fifth of a second, so this comes before the transaction that writes; `progress` is told how many rows
    are done. Raises NotFound for the course.
    """
    people.get_course(session, course_slug)
    known = people.users_by_email(session, [row.email for row in rows])
    hashed = []
    for done, row in enumerate(rows, 1):
        if row.password is not None and row.email not in known:
            hashed.append(replace(row, password_hash=hash_password(row.password)))
        else:
            hashed.append(row)
        progress(done)
    return hashed


def import_roster(session: Session, *, course_slug: str, rows: Sequence[RosterRow], now: datetime) -> RosterReport:
    """Enrol everybody in these rows; raises NotFound for the course.

    Who has an account keeps its name and password: a file of one course does not change what holds in all.
    """
    course = people.get_course(session, course_slug)
    known = people.users_by_email(session, [row.email for row in rows])
    enrolled = {membership.user_id: membership for membership in people.members(session, course.id)}
    created = changed = 0
    for row in rows:
        user = known.get(row.email)
        if user is None:
            user = create_user(session, email=row.email, name=row.name, password_hash=row.password_hash, now=now)
            created += 1
        membership = enrolled.get(user.id)
        if membership is None:
            session.add(Membership(user_id=user.id, course_id=course.id, role=row.role))
            changed += 1
        elif membership.role != row.role or membership.left_at is not None:
            membership.role, membership.left_at = row.role, None
            changed += 1
    session.flush()
    return RosterReport(created, changed, len(rows) - changed, len(rows))


def people_of(session: Session, course_slug: str) -> Sequence[Membership]:
    """Who is in a course, by name; raises NotFound."""
    return people.members(session, people.get_course(session, course_slug).id)


def read_roster(text: str) -> list[RosterRow]:
    """The rows of a CSV file with the columns name, email and, if wanted, role and password; raises Invalid."""
    complaints: list[Detail] = []
    rows: list[RosterRow] = []
    lines_of: dict[str, int] = {}
    for line, record in _records(text):
        row = _row(line, record, complaints)
        if row is None:
            continue
        if row.email in lines_of:
            message = f"{row.email} is in line {lines_of[row.email]} already; keep one of them."
            complaints.append(Detail(f"line {line}, column email", message))
        lines_of.setdefault(row.email, line)
        rows.append(row)
    if complaints:
        count = len(complaints)
        message = f"The roster was not imported: {count} {'entry is' if count == 1 else 'entries are'} not right."
        raise Invalid(message, complaints[:MOST_COMPLAINTS])
    if not rows:
        message = "The roster has no line below its heading; nothing was imported."
        raise Invalid(message, [Detail("line 2", "Write one line for each person.")])
    return rows


def _records(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and column -> text, for every line that is not empty."""
    table = read_table(text, "roster")
    heading = [name.lower() for name in table.heading]
    _check_heading(heading)
    for line, fields in table.rows:
        yield line, dict(zip(heading, fields, strict=True))


def _check_heading(heading: list[str]) -> None:
    complaints = [Detail("line 1", f"The column {name} is missing.") for name in NEEDED if name not in heading]
    complaints += [
        Detail("line 1", f"{name!r:.60} is no column of a roster; the columns are {', '.join(COLUMNS)}.")
        for name in heading
        if name not in COLUMNS
    ]
    complaints += [
        Detail("line 1", f"The column {name} is there twice.") for name in COLUMNS if heading.count(name) > 1
    ]
    if complaints:
        message = "The roster was not imported: its heading is not right."
        raise Invalid(message, complaints[:MOST_COMPLAINTS])


def _row(line: int, record: dict[str, str], complaints: list[Detail]) -> RosterRow | None:
    """The record as a row; what is not right is added to the complaints."""
    before = len(complaints)

    def note(column: str, message: str) -> None:
        complaints.append(Detail(f"line {line}, column {column}", message))

    name = email = ""
    try:
        name = read_name(record["name"])
    except Invalid as error:
        note("name", error.message)
    try:
        email = read_email(record["email"])
    except Invalid as error:
        note("email", error.message)
    role = record.get("role", "").strip().lower() or STUDENT
    if role not in (STUDENT, INSTRUCTOR):
        note("role", f"{role!r:.60} is no role; write student or instructor.")
    password = record.get("password") or None
    if password is not None:
        try:
            check_password(password)
        except Invalid as error:
            note("password", error.message)
    return RosterRow(line, name, email, role, password) if len(complaints) == before else None
