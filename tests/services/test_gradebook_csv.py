"""The gradebook as CSV: what is written is read back, nothing in it is a formula, and others' files are understood."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from desk import ONE, RIGHT, Desk, a_set, right
from hypothesis import assume, given
from hypothesis import strategies as st

from quizsvc.errors import Invalid
from quizsvc.services import gradebook
from quizsvc.services.gradebook import GradebookRow, SetGradebook
from quizsvc.services.gradebook_csv import ROUNDING, StatedMark, course_csv, read_marks, set_csv
from quizsvc.services.marks import ItemMark, SetMark
from quizsvc.services.seats import Seat
from quizsvc.store.database import reading
from quizsvc.store.models import Course, Item, Membership, ProblemSet, User

FORMS = ("plain", "canvas", "moodle")
every_form = pytest.mark.parametrize("form", FORMS)
DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")
"""What a field must not begin with, as the advice against CSV injection lists it."""

TITLES = [
    "Chains",
    "Exam (2026)",
    "Week 3 (Real)",
    "=HYPERLINK(1)",
    "-1+1",
    "'Tis the season",
    "A;B;C;D;E;F;G;H",
    'Quoted "words", and a comma',
    "Total",
    "Total (10)",
    "Points",
    "E-mail",
    "Of",
    "Late",
    "İstanbul",
]
titles = st.sampled_from(TITLES) | st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1)
addresses = st.sampled_from(
    ["ada@x.example", "+a@x.example", "=cmd|'/c'!a1@x.example", "o'neil@x.example", "-1@x.example"]
)
OWN = ("student", "id", "sis user id", "sis login id", "section", "e-mail", "email", "email address")
"""Who calls a set so has two columns of that name in Canvas's form: that is told, and not guessed at."""
points = st.fractions(0, 30, max_denominator=999)


def a_row(problem_set, items, name, email, earned):
    membership = Membership(user=User(name=name, email=email), user_id=1)
    marks = tuple(ItemMark(item.key, Fraction(0), earned / len(items), item.points, "work") for item in items)
    seat, when = Seat(problem_set, membership), datetime(2026, 11, 3, 18, tzinfo=UTC)
    return GradebookRow(seat, SetMark(marks, earned, 30), {}, when, late=True)


@st.composite
def books(draw):
    problem_set = ProblemSet(title=draw(titles))
    items = tuple(
        Item(key=str(number), title=draw(titles), points=draw(st.integers(1, 10)))
        for number in range(draw(st.integers(1, 3)))
    )
    people = draw(st.lists(st.tuples(titles, addresses, points), max_size=4, unique_by=lambda one: one[1]))
    rows = tuple(a_row(problem_set, items, *person) for person in people)
    return SetGradebook(problem_set, Course(title="Deep"), items, 30, rows)


def cells(text):
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@every_form
@given(books())
def test_what_is_written_is_read_back_whatever_sets_problems_and_people_are_called(form, book):
    text = set_csv(book, form)
    assume(form != "canvas" or book.title.lower() not in OWN)
    stated = read_marks(text, book.title)
    assert [one.email for one in stated] == [row.email for row in book.rows]
    assert all(abs(one.points - row.mark.earned) < ROUNDING for one, row in zip(stated, book.rows, strict=True))


@every_form
@given(books())
def test_no_cell_is_a_formula_and_all_lines_have_as_many_fields_as_the_heading(form, book):
    table = cells(set_csv(book, form))
    assert {len(row) for row in table} == {len(table[0])}
    assert not [cell for row in table for cell in row if cell.startswith(DANGEROUS)]


@every_form
@given(books())
def test_a_spreadsheet_that_parts_by_semicolons_and_writes_commas_is_understood(form, book):
    table = cells(set_csv(book, form))
    assume(form != "canvas" or book.title.lower() not in OWN)
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(
        [cell.replace(".", ",") if cell.replace(".", "").isdecimal() else cell for cell in row] for row in table
    )
    assert read_marks("\ufeff" + text.getvalue(), book.title) == read_marks(set_csv(book, form), book.title)


@pytest.fixture
def desk(classroom):
    """A set in which Ada has a third of one problem, and Bao nothing."""
    desk = Desk(classroom, a_set(items=(ONE.replace("id: one", "id: one, title: 'Units, the first'"),)))
    desk.submit(desk.ada, desk.open(desk.ada), right(2), at=70)
    desk.submit(desk.ada, desk.open(desk.ada), RIGHT | {"z1": "3"}, at=50)
    desk.submit(desk.ada, desk.open(desk.ada), right(2), at=51)
    return desk


def exported(desk, form="plain"):
    with reading(desk.engine) as session:
        return set_csv(gradebook.gradebook_of(session, desk.set(session)), form)


def test_our_form_has_every_problem_the_sum_and_where_it_comes_from(desk):
    desk.by_hand(desk.bao, Fraction(15, 2))
    [heading, ada, bao] = cells(exported(desk))
    assert heading == [
        *("Name", "E-mail", "Units, the first (10)", "Total (10)", "Of", "Set by", "Late", "Last submission"),
    ]
    earned = f"{float(desk.mark(desk.ada).earned):.4f}".rstrip("0").rstrip(".")
    assert ada == ["Ada", "ada@example.org", earned, earned, "10", "sum", "late", "2026-11-03T19:10:00+00:00"]
    assert bao == ["Bao", "bao@example.org", "", "7.5", "10", "hand", "", ""]


def test_canvas_and_moodle_get_the_columns_that_they_import(desk):
    desk.by_hand(desk.ada, Fraction(5))
    canvas = cells(exported(desk, "canvas"))
    assert canvas[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Units"]
    assert canvas[1] == ["    Points Possible", "", "", "", "", "10"]
    assert canvas[2] == ["Ada", "", "", "ada@example.org", "", "5"]
    moodle = cells(exported(desk, "moodle"))
    assert moodle[0] == ["First name", "Last name", "ID number", "Email address", "Units (Real)"]
    assert moodle[1] == ["", "Ada", "", "ada@example.org", "5"]


@every_form
def test_a_file_that_nobody_changed_changes_no_mark_and_a_changed_line_that_one_alone(desk, form):
    with reading(desk.engine) as session:
        now = {row.email: row.mark.earned for row in gradebook.gradebook_of(session, desk.set(session)).rows}
    text = exported(desk, form)
    assert [one for one in read_marks(text, "Units") if abs(now[one.email] - one.points) >= ROUNDING] == []
    table = cells(text)
    place = table[0].index({"plain": "Total (10)", "canvas": "Units", "moodle": "Units (Real)"}[form])
    table[-1][place] = "0,0001"
    changed = io.StringIO(newline="")
    csv.writer(changed).writerows(table)
    different = [one for one in read_marks(changed.getvalue(), "Units") if abs(now[one.email] - one.points) >= ROUNDING]
    assert different == [StatedMark(len(table), "bao@example.org", Fraction(1, 10_000))]


def test_the_table_of_a_course_has_the_sets_that_count_and_what_they_come_to(desk):
    with reading(desk.engine) as session:
        book = gradebook.course_gradebook(session, course_slug="deep", now=desk.at(100))
    [heading, ada, bao] = cells(course_csv(book))
    assert heading == ["Name", "E-mail", "Chains", "Units", "Dropped", "Percent"]
    share = desk.mark(desk.ada).share
    assert ada == ["Ada", "ada@example.org", "", ada[3], "", f"{float(100 * share):.2f}".rstrip("0").rstrip(".")]
    assert Fraction(ada[3]) / 10 == pytest.approx(share, abs=1e-5)
    assert bao == ["Bao", "bao@example.org", "", "0", "", "0"]


THEIRS = {
    "Canvas": "Student,ID,SIS User ID,SIS Login ID,Section,Units (4711),Final Score\n"
    "    Points Possible,,,,,10,(read only)\n"
    '"Brandt, Ada",17,99,Ada@example.org,1,7.5,75\n'
    '"Nguyen, Bao",18,98,bao@example.org,1,,0\n',
    "Moodle": "\ufeffFirst name;Last name;ID number;Email address;Units (Real);Course total (Real)\n"
    "Ada;Brandt;;ada@example.org;7,50000;75,00\n"
    "Bao;Nguyen;;bao@example.org;-;-\n",
    "by hand": "Points,e-mail\r\n\r\n7.50, ADA@example.org \r\n,bao@example.org\r\n",
}


@pytest.mark.parametrize("text", THEIRS.values(), ids=THEIRS)
def test_files_of_others_are_understood_and_where_there_is_no_mark_nothing_is_said(text):
    assert [(one.email, one.points) for one in read_marks(text, "Units")] == [("ada@example.org", Fraction(15, 2))]


def test_points_are_rounded_to_the_decimals_that_are_kept():
    [mark] = read_marks("e-mail,points\na@x.example,3.33335\n", "Units")
    assert abs(mark.points - Fraction("3.33335")) <= ROUNDING / 2
    assert ROUNDING.denominator % mark.points.denominator == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: The columns are none."),
        ("name,points\nAda,5\n", "line 1: The columns are name, points."),
        ("e-mail,mark\na@x.example,5\n", "line 1: The columns are e-mail, mark."),
        ("e-mail,email,points\na@x.example,b@x.example,5\n", "line 1: The columns are e-mail, email, points."),
        ("e-mail,points,Units (12)\na@x.example,4,5\n", "line 1: The columns are e-mail, points, Units (12)."),
        ("e-mail,total,Total (10)\na@x.example,4,5\n", "line 1: The columns are e-mail, total, Total (10)."),
        ("e-mail,points\na@x.example,five\n", "line 2: 'five' is no number of points; write one like 7.5."),
        ("e-mail,points\na@x.example,-5\n", "line 2: '-5' is no number of points; write one like 7.5."),
        ("e-mail,points\na@x.example,1e3\n", "line 2: '1e3' is no number of points; write one like 7.5."),
        ("e-mail,points\na@x.example,nan\n", "line 2: 'nan' is no number of points; write one like 7.5."),
        ("e-mail,points\n\n,5\n", "line 3: There are points and no address: nobody knows whose they are."),
        ("e-mail,points\na@x.example,5\nA@x.example,6\n", "line 3: a@x.example is in line 2 already; leave one of the"),
        ("e-mail,points\na@x.example,5,6\n", "line 2: There are 3 fields where the heading has 2."),
        ('e-mail,points\n"a@x.example,5\n', "line 2: This cannot be read: "),
    ],
)
def test_what_is_not_clear_is_told_with_its_line_and_nothing_is_taken(text, said):
    with pytest.raises(Invalid) as refused:
        read_marks(text, "Units")
    assert any(str(detail).startswith(said) for detail in refused.value.details), refused.value.details


@given(st.text(max_size=80), st.sampled_from(["", "e-mail,points\n", "e-mail;Total\n"]))
def test_no_file_makes_it_crash(text, heading):
    try:
        read_marks(heading + text, "Units")
    except Invalid as error:
        assert error.message  # noqa: PT017 - either outcome is right, a crash is not
