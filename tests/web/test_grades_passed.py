"""The page on which instructors see what platforms have of a set's grades, and have them sent again."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from linked import link_set
from sqlalchemy import select
from taught import ADA, BAO, EXAM

from quizsvc.store.api_models import Courier
from quizsvc.store.database import reading, transaction
from quizsvc.store.lms_models import ScorePassed
from quizsvc.store.models import User
from quizsvc.store.sets import get_set

PAGE = f"{EXAM}/grades-passed"
SET_ID = int(EXAM.rsplit("/", 1)[-1])


@pytest.fixture
def engine(app):
    return app.extensions["engine"]


@pytest.fixture
def teacher(visit):
    return visit("instructor")


@pytest.fixture
def linked(engine, clock):
    with reading(engine) as session:
        course_id = get_set(session, SET_ID).course_id
    return link_set(engine, course_id=course_id, set_id=SET_ID, students=[ADA, BAO], now=clock[0])


def pass_score(engine, linked, clock, user_id, **more):
    values = {"share": Fraction(1, 2), "wanted": 1, "wanted_at": clock[0], "sent": 0, "tries": 0, "reason": ""} | more
    with transaction(engine) as session:
        session.add(ScorePassed(link_id=linked.link, user_id=user_id, **values))


def test_without_a_link_there_is_nothing_to_see_and_nothing_that_leads_there(teacher):
    assert "No learning platform links to this set" in teacher.get(PAGE).text
    assert PAGE not in teacher.get(f"{EXAM}/dashboard").text


@pytest.mark.usefixtures("linked")
def test_a_link_without_grades_is_told(teacher):
    assert f'href="{PAGE}"' in teacher.get(f"{EXAM}/dashboard").text
    text = teacher.get(PAGE).text
    assert "There is no grade to pass yet" in text
    assert "0 passed, 0 waiting, 0 failed" in text


def test_what_failed_comes_first_with_its_reason_and_a_button(engine, linked, clock, teacher):
    now = clock[0]
    pass_score(engine, linked, clock, ADA, sent=1, sent_share=Fraction(1, 2), sent_at=now)
    pass_score(engine, linked, clock, BAO, failed_at=now, reason="lms.example.org answered 400 <b>Bad</b>")
    text = teacher.get(PAGE).text
    assert text.index("Bao") < text.index("Ada")
    assert "answered 400 &lt;b&gt;Bad" in text
    assert "1 passed, 0 waiting, 1 failed" in text
    assert text.count("Send again<span") == 1
    assert teacher.post(f"{PAGE}/again", {"student": str(BAO)}).status_code == 303
    row = linked.scores()[BAO]
    assert (row.failed_at, row.next_try_at) == (None, now)
    assert "1 grade will be sent again" in teacher.get(PAGE).text
    with reading(engine) as session:
        assert session.scalars(select(Courier.destination)).all() == [f"platform:{linked.platform}"]


def test_what_waits_is_tried_at_once(engine, linked, clock, teacher):
    pass_score(engine, linked, clock, ADA, next_try_at=clock[0] + timedelta(minutes=10), reason="503")
    assert "next try" in teacher.get(PAGE).text
    teacher.post(f"{PAGE}/again", {})
    assert linked.scores()[ADA].next_try_at == clock[0]


@pytest.mark.parametrize("student", ["0", "-1", "x", str(10**30), "999"])
def test_who_is_nobody_is_sent_nothing(engine, linked, clock, teacher, student):
    pass_score(engine, linked, clock, ADA, failed_at=clock[0])
    assert teacher.post(f"{PAGE}/again", {"student": student}).status_code == 303
    assert linked.scores()[ADA].failed_at == clock[0]


def test_columns_are_compared_on_demand(engine, linked, teacher):
    assert teacher.post(f"{PAGE}/compare", {}).status_code == 303
    assert "1 gradebook will be compared" in teacher.get(PAGE).text
    with reading(engine) as session:
        assert session.scalars(select(Courier.destination)).all() == [f"results:{linked.link}"]


def test_names_are_no_markup(engine, linked, clock, teacher):
    with transaction(engine) as session:
        session.get(User, ADA).name = "<script>alert(1)</script>"
    pass_score(engine, linked, clock, ADA, failed_at=clock[0], reason="x")
    assert "<script>alert" not in teacher.get(PAGE).text
