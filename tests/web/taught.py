"""The demo course with a class in it, for tests of the pages for who teaches."""

from __future__ import annotations

from sqlalchemy import select

from quizsvc.services import accounts, attempts, demo, set_files, sets, submitting
from quizsvc.services.set_files import read_set
from quizsvc.store import people
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import Membership

PRACTICE, EXAM = "/sets/1", "/sets/2"
FIRST = len(read_set(demo.PRACTICE).items) + 1
"""The first problem of the exam: a chain with tanh."""
INES, ADA, BAO = 1, 2, 3
STUDENT = f"{EXAM}/students/{ADA}"
TIMED = """
title: Midterm
due: 2026-11-03T22:00Z
time_limit: 60
submissions: 2
items:
  - {id: chain, family: vanishing-gradient, points: 12, options: {depth: 2}}
"""


def send(engine, clock, person, answers, item=FIRST):
    """A submission of that person; the problem's number."""
    with transaction(engine) as session:
        issued = attempts.open_problem(session, user_id=person, item_id=item, now=clock[0], seed=person)
        command = submitting.SubmitSteps(person, issued.id, answers)
        submitting.submit_steps(session, command, now=clock[0])
        return issued.id


def enrol(engine, clock, count, name="Student {}"):
    """Students more in the demo course."""
    with transaction(engine) as session:
        course = people.get_course(session, demo.COURSE)
        users = [
            accounts.create_user(session, email=f"s{n}@example.org", name=name.format(n), now=clock[0])
            for n in range(count)
        ]
        session.add_all(Membership(user_id=user.id, course_id=course.id, role="student") for user in users)
        return [user.id for user in users]


def a_set(engine, clock, text, *, publish=True):
    """The address of another set in the demo course."""
    with transaction(engine) as session:
        made = sets.create_set(session, course_slug=demo.COURSE, spec=set_files.read_set(text), now=clock[0])
        if publish:
            sets.publish_set(session, problem_set=made, now=clock[0], seed=1)
        return f"/sets/{made.id}"


def rows_of(engine, table):
    with reading(engine) as session:
        return session.scalars(select(table).order_by(table.id)).all()
