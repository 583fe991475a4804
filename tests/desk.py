"""A set on the desk of a small class, for tests: what is done with it, each deed in a transaction of its own."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import selectinload, undefer, undefer_group

from quizsvc.services import (
    adjusting,
    attempts,
    extensions,
    gradebook,
    ledger,
    regrading,
    results,
    set_files,
    sets,
    submitting,
)
from quizsvc.services.courses import STUDENT
from quizsvc.services.seats import seat_of
from quizsvc.store import sets as stored
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import (
    Attempt,
    AuditEntry,
    Draft,
    IssuedProblem,
    Item,
    Membership,
    Rejudgement,
    Submission,
    User,
)

DUE = 60
"""Minutes after its start at which a set of `a_set` is due."""

UNIT = "family: vanishing-gradient, given: {w: [0.5], x: 1}, options: {decimals: 2, sigfigs: 2}"
ONE = f"- {{id: one, {UNIT}}}"
RIGHT = {"z1": "0.5", "a1": "0.62", "s1": "0.24", "product": "0.24", "da_dx": "0.12", "diagnosis": "keeps-size"}
"""What is right for a unit: six steps, a sixth of its marks each."""


def right(count):
    """The first so many steps done right, the others left blank: worth so many sixths."""
    return dict(list(RIGHT.items())[:count])


def sixths(count):
    return Fraction(count, 6)


def a_set(*policy, items=(ONE,)):
    """The file of a set that is due an hour after everything begins."""
    lines = ["title: Units", "due: 2026-11-03T19:00Z", *policy, "items:", *(f"  {item}" for item in items)]
    return "\n".join(lines)


class Desk:
    """A published set in the course of the classroom. Times are minutes after its start; `person` is a user's id."""

    def __init__(self, classroom, text):
        self.engine, self.ada, self.bao = classroom.engine, classroom.ada, classroom.bao
        self.instructor, self.start = classroom.instructor, classroom.now
        with transaction(self.engine) as session:
            made = sets.create_set(session, course_slug="deep", spec=set_files.read_set(text), now=self.start)
            sets.publish_set(session, problem_set=made, now=self.start, seed=1)
            self.set_id, self.course_id = made.id, made.course_id

    def at(self, minutes):
        return self.start + timedelta(minutes=float(minutes))

    def due(self, minutes=DUE):
        return self.at(minutes)

    def set(self, session):
        return stored.get_set(session, self.set_id)

    # What students do

    def enrol(self, count):
        """More students."""
        with transaction(self.engine) as session:
            users = [
                User(email=f"more{number}@example.org", name=f"More {number}", created_at=self.start)
                for number in range(count)
            ]
            session.add_all(users)
            session.flush()
            session.add_all(Membership(user_id=one.id, course_id=self.course_id, role=STUDENT) for one in users)
            return [one.id for one in users]

    def begin(self, person, at=0, **more):
        with transaction(self.engine) as session:
            command = attempts.StartAttempt(person, self.set_id, **more)
            return attempts.start_attempt(session, command, now=self.at(at), seed=person).id

    def open(self, person, key="one", at=0):
        with transaction(self.engine) as session:
            query = select(Item.id).where(Item.set_id == self.set_id, Item.key == key, Item.place.is_not(None))
            item_id = session.scalars(query).one()
            return attempts.open_problem(
                session, user_id=person, item_id=item_id, now=self.at(at), seed=1000 * person + item_id
            ).id

    def redraw(self, person, problem, at=0):
        with transaction(self.engine) as session:
            return attempts.new_variant(
                session, user_id=person, problem_id=problem, now=self.at(at), seed=77 * problem
            ).id

    def submit(self, person, problem, answers, at=1):
        with transaction(self.engine) as session:
            command = submitting.SubmitSteps(person, problem, answers)
            return submitting.submit_steps(session, command, now=self.at(at))

    def save(self, person, problem, answers, base=0, at=1):
        """The revision of the draft."""
        with transaction(self.engine) as session:
            command = submitting.SaveDraft(person, problem, answers, base)
            return submitting.save_draft(session, command, now=self.at(at)).revision

    def finish(self, person, at=1):
        with transaction(self.engine) as session:
            attempts.finish_attempt(session, user_id=person, set_id=self.set_id, now=self.at(at))

    # What instructors do

    def update(self, text, at=1):
        with transaction(self.engine) as session:
            spec = set_files.read_set(text)
            return sets.update_set(session, problem_set=self.set(session), spec=spec, now=self.at(at), seed=2)

    def extend(self, person, *, at=1, reason="ill", **more):
        with transaction(self.engine) as session:
            command = extensions.GrantExtension(person, reason, actor_id=self.instructor, **more)
            return extensions.grant_extension(session, self.set(session), command, now=self.at(at))

    def by_hand(self, person, points, key=None, at=1, reason="oral exam"):
        with transaction(self.engine) as session:
            command = adjusting.SetMarkByHand(person, points, reason, key, self.instructor)
            return adjusting.set_mark_by_hand(session, self.set(session), command, now=self.at(at))

    def plan(self, **options):
        with reading(self.engine) as session:
            return regrading.plan_regrade(session, self.set(session), regrading.RegradeOptions(**options))

    def apply(self, plan, token=None, at=100):
        with transaction(self.engine) as session:
            regrading.apply_regrade(session, plan, token=token or plan.token, now=self.at(at))

    def regrade(self, at=100, **options):
        """Plan it, and do it."""
        plan = self.plan(**options)
        self.apply(plan, at=at)
        return plan

    # What is seen

    def view(self, person, problem, at=1):
        with reading(self.engine) as session:
            return attempts.view_problem(session, user_id=person, problem_id=problem, now=self.at(at))

    def progress(self, person, at=1):
        """What the person's own results say of the set."""
        with reading(self.engine) as session:
            mine = results.my_results(session, user_id=person, course_slug="deep", now=self.at(at))
        [found] = [one for one in mine.sets if one.set.id == self.set_id]
        return found

    def window(self, person):
        with reading(self.engine) as session:
            return seat_of(session, self.set(session), person).window

    def marks(self):
        """Person -> mark, as the gradebook has it."""
        with reading(self.engine) as session:
            return {row.user_id: row.mark for row in gradebook.gradebook_of(session, self.set(session)).rows}

    def mark(self, person):
        return self.marks()[person]

    def kinds(self, person=None):
        """What the log tells of the set, or of one person in it."""
        return [entry.kind for entry in self.entries(person)]

    def entries(self, person=None):
        with reading(self.engine) as session:
            query = select(AuditEntry).where(AuditEntry.set_id == self.set_id).order_by(AuditEntry.number)
            found = session.scalars(query).all()
        return [entry for entry in found if person in (None, entry.user_id)]

    def verify(self, expected=None):
        with reading(self.engine) as session:
            return ledger.verify_course(session, "deep", expected=expected)

    def submissions(self, problem):
        """All of what was submitted to it, with all judgements."""
        judged = selectinload(Submission.rejudgements).options(undefer(Rejudgement.grade))
        query = select(Submission).where(Submission.issued_problem_id == problem).order_by(Submission.number)
        with reading(self.engine) as session:
            return session.scalars(query.options(undefer_group("content"), judged)).all()

    def draft(self, problem):
        with reading(self.engine) as session:
            return session.scalars(select(Draft).where(Draft.issued_problem_id == problem)).one_or_none()

    def attempt(self, person):
        with reading(self.engine) as session:
            query = select(Attempt).where(Attempt.set_id == self.set_id, Attempt.user_id == person)
            return session.scalars(query).one_or_none()

    def problems_of(self, person):
        """The person's problems, in the order in which they were drawn."""
        with reading(self.engine) as session:
            query = select(IssuedProblem.id).join(IssuedProblem.attempt)
            query = query.where(Attempt.set_id == self.set_id, Attempt.user_id == person)
            return session.scalars(query.order_by(IssuedProblem.id)).all()
