"""Results and their CSV."""

from __future__ import annotations

import csv
import io

import pytest

from quizsvc.errors import NotAllowed, NotFound
from quizsvc.services import accounts, attempts, gradebook, gradebook_csv, results, submitting
from quizsvc.services.csv_tables import defused
from quizsvc.store import people
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import Membership


@pytest.fixture
def answered(classroom):
    with transaction(classroom.engine) as session:
        issued = attempts.open_problem(
            session, user_id=classroom.ada, item_id=classroom.items[0], now=classroom.now, seed=1
        )
        command = submitting.SubmitSteps(classroom.ada, issued.id, {"product": "0.0138"})
        submitting.submit_steps(session, command, now=classroom.now)
    return classroom


def test_the_table_has_every_student_and_no_instructor(answered):
    with reading(answered.engine) as session:
        table = gradebook.set_gradebook(session, set_id=answered.set_id, user_id=answered.instructor)
    assert [row.name for row in table.rows] == ["Ada", "Bao"]
    ada, bao = table.rows
    lecture, growing = (item.key for item in table.items)
    assert ada.cell(lecture) == ada.mark.earned > 0
    assert ada.cell(growing) is None
    assert ada.submitted_at == answered.now
    assert (bao.cell(lecture), bao.mark.earned, bao.mark.max_points, bao.submitted_at) == (None, 0, 30, None)


def test_what_instructors_try_is_in_no_table(answered):
    with transaction(answered.engine) as session:
        attempts.open_problem(session, user_id=answered.instructor, item_id=answered.items[0], now=answered.now, seed=1)
        table = gradebook.set_gradebook(session, set_id=answered.set_id, user_id=None)
    assert [row.name for row in table.rows] == ["Ada", "Bao"]


def test_only_instructors_of_the_course_see_it(answered):
    with reading(answered.engine) as session:
        with pytest.raises(NotAllowed):
            gradebook.set_gradebook(session, set_id=answered.set_id, user_id=answered.ada)
        with pytest.raises(NotFound):
            gradebook.set_gradebook(session, set_id=answered.set_id, user_id=answered.stranger)


def test_my_results_are_mine(answered):
    with reading(answered.engine) as session:
        [mine] = results.my_results(session, user_id=answered.ada, course_slug="deep", now=answered.now).sets
        [other] = results.my_results(session, user_id=answered.bao, course_slug="deep", now=answered.now).sets
        with pytest.raises(NotFound):
            results.my_results(session, user_id=answered.stranger, course_slug="deep", now=answered.now)
    assert mine.score > 0 == other.score


def test_the_csv_holds_the_table_and_no_formula(answered):
    with transaction(answered.engine) as session:
        user = accounts.create_user(session, email="evil@example.org", name="=HYPERLINK(1)", now=answered.now)
        session.add(Membership(user_id=user.id, course_id=people.get_course(session, "deep").id, role="student"))
    with reading(answered.engine) as session:
        text = gradebook_csv.set_csv(gradebook.set_gradebook(session, set_id=answered.set_id, user_id=None))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["Name"] for row in rows] == ["'=HYPERLINK(1)", "Ada", "Bao"]
    assert float(rows[1]["Total (30)"]) == float(rows[1]["The lecture (10)"]) > 0
    assert rows[2]["The lecture (10)"] == ""
    assert rows[1]["Last submission"] == "2026-11-03T18:00:00+00:00"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_formulas_are_defused(text):
    assert defused(text) == f"'{text}"
    assert defused("plain") == "plain"
