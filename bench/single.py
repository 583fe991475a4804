"""One problem: drawn, read back, judged, and worked out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import count

import numpy as np

import problems
from bench import by_hand
from bench.answers import right_answers, wrong_answers
from bench.checking import require
from bench.tables import shown, table
from bench.timing import Work, in_turn

SEED = 7
CHAINS = 100
YARDSTICK = f"yardstick: {CHAINS} sigmoid chains by hand"


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of one call, and the same in yardsticks."""

    task: str
    milliseconds: float
    over_yardstick: float


def measure(*, quick: bool) -> list[Timed]:
    """Every task on every family, with its default options; raises WrongNumbers where a judgement is not right."""
    works = {YARDSTICK: Work(_yardstick)}
    for family in problems.families():
        works |= _works(family.slug)
    laps = in_turn(works, rounds=5 if quick else 60)
    return [Timed(task, lap.median * 1e3, lap.over(laps[YARDSTICK])) for task, lap in laps.items()]


def _yardstick() -> None:
    for _chain in range(CHAINS):
        by_hand.sigmoid_chain((0.5, 0.5, 0.5), 1.0)


def _works(slug: str) -> dict[str, Work]:
    """What is done with a problem of this family."""
    seeds, problem = count(1), problems.draw(slug, seed=SEED)
    stored, right, wrong = problems.to_json(problem), right_answers(problem), wrong_answers(problem)
    require(problems.from_json(stored).given == problem.given, f"{slug}: JSON does not give the same problem back.")
    require(problems.grade(problem, right).score == 1, f"{slug}: right answers are not judged right.")
    judged = problems.grade(problem, wrong).steps
    numbers = [
        judged[name].verdict for name, step in problem.worksheet.steps.items() if step.asked and not step.choices
    ]
    require(not {"correct", "carried"} & set(numbers), f"{slug}: wrong answers are judged right.")
    size = sum(int(np.prod(step.shape)) for step in problem.worksheet.steps.values())
    return {
        f"draw, {slug}": Work(lambda: problems.draw(slug, seed=next(seeds))),
        f"from_json, {slug}": Work(partial(problems.from_json, stored)),
        f"ranges, {slug}": Work(partial(problems.ranges, problem)),
        f"grade, {slug}: {size} entries in {len(right)} steps, right": Work(partial(problems.grade, problem, right)),
        f"grade, {slug}: the same, wrong": Work(partial(problems.grade, problem, wrong)),
        f"worked_solution, {slug}": Work(partial(problems.worked_solution, problem)),
    }


def show(rows: list[Timed]) -> str:
    """The table."""
    return table(
        "One problem: milliseconds of one call",
        ("call", "ms", "yardsticks"),
        [(row.task, shown(row.milliseconds), shown(row.over_yardstick)) for row in rows],
        "Every draw has a seed of its own. Yardsticks: the same time as a multiple of the first line's.",
    )
