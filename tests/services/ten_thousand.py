"""A set with thousands of submissions, put into a database in bulk."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import numpy as np
from students import honest_answers

import problems
from quizsvc.services import accounts, courses, set_files, sets
from quizsvc.services.audit import record_all
from quizsvc.services.scoring import scheme_of, share_of
from quizsvc.services.seats import Seat
from quizsvc.services.submitting import submitted_body
from quizsvc.store.database import transaction
from quizsvc.store.models import Attempt, IssuedProblem, Membership, Submission

NOW = datetime(2026, 11, 3, 18, tzinfo=UTC)
ITEMS = 10
FILE = "title: Large\nitems:\n" + "  - {family: vanishing-gradient, options: {depth: 3}}\n" * ITEMS


def fill(engine, students):
    """A course `large` with a set `large`: so many students, each with ten submissions; every third has a slip."""
    drawn = problems.draw_class("vanishing-gradient", students * ITEMS, 1, depth=3).problems
    with transaction(engine) as session:
        course = courses.create_course(session, slug="large", title="Large", now=NOW)
        made = sets.create_set(session, course_slug="large", spec=set_files.read_set(FILE), now=NOW)
        sets.publish_set(session, problem_set=made, now=NOW, seed=1)
        scheme, events = scheme_of(made), []
        for student in range(students):
            user = accounts.create_user(session, email=f"s{student}@example.org", name=f"S {student}", now=NOW)
            membership = Membership(user_id=user.id, course_id=course.id, role="student", time_factor=Fraction(1))
            attempt = Attempt(
                set_id=made.id, user_id=user.id, item_ids=[item.id for item in made.items], started_at=NOW
            )
            session.add_all([membership, attempt])
            session.flush()
            seat = Seat(made, membership, None, attempt)
            keys = [item.key for item in made.items]
            events.append(seat.event("started", {"attempt": attempt.id, "items": keys}))
            for place, item in enumerate(made.items):
                problem = drawn[student * ITEMS + place]
                issued = IssuedProblem(
                    attempt=attempt,
                    item=item,
                    variant=1,
                    family=problem.family,
                    family_version=problem.version,
                    problem=problems.to_json(problem),
                    fingerprint=problems.fingerprint(problem),
                    issued_at=NOW,
                )
                answers = honest_answers(problem, np.random.default_rng(student))
                if (student + place) % 3 == 0:
                    answers["s1"] = answers["a1"]
                grade = problems.grade(problem, answers, scheme)
                submission = Submission(
                    issued_problem=issued,
                    number=1,
                    answers=answers,
                    grade=grade.to_dict(),
                    score=share_of(grade),
                    counted=True,
                    family_version=problem.version,
                    grader_version=grade.version,
                    late=False,
                    time_credit=Fraction(1),
                    origin="typed",
                    arrived_at=NOW,
                )
                session.add(submission)
                session.flush()
                events.append(seat.event("submitted", submitted_body(submission)))
        record_all(session, events, now=NOW)
        return made.id
