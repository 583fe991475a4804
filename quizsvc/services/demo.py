"""A course to try everything with: loaded where a database is empty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from quizsvc.services import accounts, courses, sets
from quizsvc.services.set_files import read_set
from quizsvc.store import people
from quizsvc.store.models import Membership

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

COURSE = "gradient-flow"
PASSWORD = "gradients-flow"  # noqa: S105 - the demo's, printed when it is loaded

PRACTICE = """
title: The lecture's own numbers, and yours
slug: practice
mode: practice
text: Every step is judged by what you wrote above it. Draw new numbers as often as you like.
feedback: immediately
submissions: 4
items:
  - title: The lecture's sigmoid chain
    family: vanishing-gradient
    points: 10
    given: {w: [0.5, 0.5, 0.5], x: 1}
    options: {activation: sigmoid, decimals: 2, sigfigs: 2}
  - title: A sigmoid chain of your own
    family: vanishing-gradient
    points: 10
    options: {depth: 3, activation: sigmoid, decimals: 3, sigfigs: 3}
  - title: When gradients grow
    family: exploding-gradient
    points: 10
    options: {depth: 3, activation: relu}
  - title: Which units are dead?
    family: dying-relu
    points: 10
    options: {units: 5}
  - title: Slopes, steep and flat
    family: activation-values
    options: {activation: tanh, units: 4}
  - title: What becomes of a negative input
    family: relu-variants
    options: {units: 3}
  - title: Softmax, and its simple gradient
    family: softmax-cross-entropy
    options: {classes: 3}
  - title: Back through a whole network
    family: mlp-backprop
    options: {sizes: 2-2-1, activations: sigmoid, update: true}
  - title: Is the learning rate too high?
    family: weight-update
    options: {form: descent, inputs: 2, steps: 2}
  - title: Back through time
    family: recurrent-gradient
    options: {steps: 3, clip_by: norm}
  - title: Ten layers deep
    family: depth-scaling
    options: {depth: 10}
  - title: How large to begin
    family: weight-init
    options: {scheme: he-normal, depth: 3}
  - title: A batch, normalised
    family: batch-norm
    options: {samples: 3, features: 2}
  - title: One remedy, before and after
    family: remedies
    options: {depth: 2, change: activation}
  - title: Which illness is it?
    family: concepts
    options: {subject: vanishing-gradient|exploding-gradient|dying-relu, aspect: cause, answers: several}
"""

EXAM = """
title: How deep can it learn?
slug: assignment-1
text: Graded. Everybody has numbers of their own; three submissions for each problem.
due: DUE
feedback: immediately
submissions: 3
credit: {carried: 1, imprecise: 0.5, mistake: 0}
items:
  - title: The vanishing gradient with tanh
    family: vanishing-gradient
    points: 12
    options: {depth: 3, activation: tanh}
  - title: The exploding gradient, leaky
    family: exploding-gradient
    points: 14
    options: {depth: 3, activation: leaky-relu}
  - title: The dying ReLU and its remedy
    family: dying-relu
    points: 8
"""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Somebody to log in as."""

    name: str
    email: str
    role: str
    password: str = PASSWORD


ACCOUNTS = (
    DemoAccount("Ines Ortega", "instructor@example.org", courses.INSTRUCTOR),
    DemoAccount("Ada Brandt", "ada@example.org", courses.STUDENT),
    DemoAccount("Bao Nguyen", "bao@example.org", courses.STUDENT),
    DemoAccount("Chidi Okafor", "chidi@example.org", courses.STUDENT),
)


@dataclass(frozen=True, slots=True)
class DemoReport:
    """Whether the course was made now, and who can log in; nobody, where the database holds something else."""

    created: bool
    accounts: tuple[DemoAccount, ...]


def load_demo(session: Session, *, now: datetime) -> DemoReport:
    """One instructor, three students and two published sets, where there is no course yet."""
    if people.find_course(session, COURSE) is not None:
        return DemoReport(created=False, accounts=ACCOUNTS)
    if people.courses(session):
        return DemoReport(created=False, accounts=())
    course = courses.create_course(session, slug=COURSE, title="How gradients flow", now=now)
    for account in ACCOUNTS:
        hashed = accounts.hash_password(PASSWORD)
        user = accounts.create_user(session, email=account.email, name=account.name, password_hash=hashed, now=now)
        session.add(Membership(user_id=user.id, course_id=course.id, role=account.role))
    due = (now + timedelta(days=14)).replace(hour=18, minute=0, second=0, microsecond=0)
    for text in (PRACTICE, EXAM.replace("DUE", due.isoformat())):
        problem_set = sets.create_set(session, course_slug=COURSE, spec=read_set(text), now=now)
        sets.publish_set(session, problem_set=problem_set, now=now, seed=0)
    return DemoReport(created=True, accounts=ACCOUNTS)
