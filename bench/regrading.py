"""A set that is graded again, its gradebook and its log, beside judging the same answers alone."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import problems
from bench.answers import right_answers
from bench.checking import require
from bench.tables import shown, table
from bench.timing import Work, in_turn
from quizsvc.services import accounts, attempts, courses, gradebook, ledger, regrading, set_files, sets, submitting
from quizsvc.store import migrate
from quizsvc.store import sets as stored
from quizsvc.store.database import make_engine, reading, transaction
from quizsvc.store.models import Membership

if TYPE_CHECKING:
    from sqlalchemy import Engine

NOW = datetime(2026, 11, 3, 18, tzinfo=UTC)
ITEMS = 5
FILE = "title: Bench\nitems:\n" + "  - {family: vanishing-gradient, options: {depth: 3}}\n" * ITEMS


@dataclass(frozen=True, slots=True)
class Reading:
    """Seconds that something takes over all submissions, and that over judging them alone."""

    what: str
    submissions: int
    seconds: float
    over_judging: float


def measure(*, quick: bool) -> list[Reading]:
    """A row for each reading; raises WrongNumbers where a regrade of nothing changed would change something."""
    students, rounds = (4, 2) if quick else (100, 5)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        migrate.upgrade(url)
        engine = make_engine(url)
        set_id, worked = _fill(engine, students)

        def plan() -> regrading.RegradePlan:
            with reading(engine) as session:
                return regrading.plan_regrade(session, stored.get_set(session, set_id))

        def book() -> gradebook.SetGradebook:
            with reading(engine) as session:
                return gradebook.gradebook_of(session, stored.get_set(session, set_id))

        def verify() -> ledger.Verification:
            with reading(engine) as session:
                return ledger.verify_course(session, "bench")

        require(plan().changes_nothing and not verify().faults, "A regrade of an unchanged set changes something.")
        judging = Work(lambda: [problems.grade(problem, answers) for problem, answers in worked])
        works = {"judging alone": judging, "regrade, as a plan": Work(plan)}
        works |= {"gradebook": Work(book), "log, replayed": Work(verify)}
        laps = in_turn(works, rounds=rounds, warm_up=1)
        engine.dispose()
    alone = laps["judging alone"]
    return [Reading(what, len(worked), lap.median, lap.over(alone)) for what, lap in laps.items()]


def _fill(engine: Engine, students: int) -> tuple[int, list[tuple[problems.Problem, dict[str, Any]]]]:
    """A course with so many students, who have answered every problem; the problems with their answers."""
    with transaction(engine) as session:
        course = courses.create_course(session, slug="bench", title="Bench", now=NOW)
        made = sets.create_set(session, course_slug="bench", spec=set_files.read_set(FILE), now=NOW)
        sets.publish_set(session, problem_set=made, now=NOW, seed=1)
        items = [item.id for item in made.items]
        worked = []
        for number in range(students):
            user = accounts.create_user(session, email=f"s{number}@example.org", name=f"S {number}", now=NOW)
            session.add(Membership(user_id=user.id, course_id=course.id, role="student"))
            session.flush()
            for item in items:
                issued = attempts.open_problem(session, user_id=user.id, item_id=item, now=NOW, seed=number)
                problem = problems.from_json(issued.problem)
                answers = right_answers(problem)
                submitting.submit_steps(session, submitting.SubmitSteps(user.id, issued.id, answers), now=NOW)
                worked.append((problem, answers))
        return made.id, worked


def show(rows: list[Reading]) -> str:
    """The table."""
    return table(
        f"A set of {rows[0].submissions:,} submissions, on SQLite",
        ("what", "seconds", "over judging"),
        [[row.what, shown(row.seconds), shown(row.over_judging)] for row in rows],
        "Judging alone: problems.grade of the same answers, without a database.",
    )
