"""Bulk solving: `solve_many` against the limit, and against one instance at a time by hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import problems
from bench import by_hand
from bench.checking import require
from bench.limit import Limit
from bench.tables import shown, table
from bench.timing import Work, in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SEED = 20_261_103
AGREEMENT = 1e-9
"""Ours and by hand may differ by this share of a value."""


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of chain: who solves it by hand, and whether a unit needs an exp."""

    slug: str
    activation: str
    depth: int
    solve_by_hand: Callable[..., list[float]]
    needs_exp: bool

    def given(self, count: int) -> dict[str, Array]:
        """Given numbers of `count` instances, instance axis last, from where the family draws its own."""
        rng = np.random.default_rng(SEED)
        signs = rng.choice((-1.0, 1.0), size=(self.depth + 1, count))
        x = rng.uniform(0.5, 2.0, count)
        if self.needs_exp:
            return {"w": rng.uniform(0.2, 0.9, (self.depth, count)), "x": x}
        w, upstream = rng.uniform(1.5, 3.5, (self.depth, count)), rng.uniform(0.5, 2.0, count) * signs[0]
        if self.activation == "relu":
            return {"w": w, "x": x, "upstream": upstream}
        return {"w": w * signs[1:], "x": x, "upstream": upstream, "alpha": rng.uniform(0.1, 0.4, count)}


TASKS = (
    Task("vanishing-gradient", "sigmoid", 3, by_hand.sigmoid_chain, needs_exp=True),
    Task("vanishing-gradient", "sigmoid", 10, by_hand.sigmoid_chain, needs_exp=True),
    Task("vanishing-gradient", "tanh", 6, by_hand.tanh_chain, needs_exp=True),
    Task("exploding-gradient", "relu", 6, by_hand.relu_chain, needs_exp=False),
    Task("exploding-gradient", "leaky-relu", 6, by_hand.leaky_relu_chain, needs_exp=False),
)


@dataclass(frozen=True, slots=True)
class Solved:
    """Nanoseconds per instance, ours over the limit, and by hand over ours.

    `new_pages` tells how many pages of memory a call had to get from the system: where there are some, much of the time
    is theirs.
    """

    family: str
    activation: str
    depth: int
    steps: int
    instances: int
    sample: int
    ours_ns: float
    limit_ns: float
    by_hand_ns: float
    ours_over_limit: float
    by_hand_over_ours: float
    new_pages: float


def measure(*, quick: bool) -> list[Solved]:
    """Every task; raises WrongNumbers where ours and by hand differ."""
    count, sample, rounds = (10_000, 200, 5) if quick else (100_000, 2_000, 25)
    return [_solved(task, count, sample, rounds) for task in TASKS]


def _solved(task: Task, count: int, sample: int, rounds: int) -> Solved:
    given = task.given(count)
    ours = partial(problems.solve_many, task.slug, given, activation=task.activation)
    instances = _instances(given, sample)
    steps = _agreed(task, ours(), [task.solve_by_hand(*instance) for instance in instances])
    limit = Limit(given, outputs=steps, exponentials=task.depth if task.needs_exp else 0)

    def all_by_hand() -> None:
        for instance in instances:
            task.solve_by_hand(*instance)

    laps = in_turn({"ours": Work(ours), "limit": Work(limit.run), "by hand": Work(all_by_hand)}, rounds=rounds)
    return Solved(
        family=task.slug,
        activation=task.activation,
        depth=task.depth,
        steps=steps,
        instances=count,
        sample=sample,
        ours_ns=laps["ours"].median / count * 1e9,
        limit_ns=laps["limit"].median / count * 1e9,
        by_hand_ns=laps["by hand"].median / sample * 1e9,
        ours_over_limit=laps["ours"].over(laps["limit"]),
        by_hand_over_ours=laps["by hand"].over(laps["ours"]) * count / sample,
        new_pages=laps["ours"].new_pages,
    )


def _instances(given: Mapping[str, Array], sample: int) -> list[tuple[Any, ...]]:
    """The first instances as plain numbers and lists, as they are taken by hand."""
    columns = [one[..., :sample].T.tolist() for one in given.values()]
    return list(zip(*columns, strict=True))


def _agreed(task: Task, solution: Mapping[str, Array], hand: list[list[float]]) -> int:
    """How many steps there are; raises WrongNumbers at the first that differs."""
    expected = np.array(hand).T
    where = f"{task.slug}, {task.activation}, depth {task.depth}"
    require(len(solution) == len(expected), f"{where}: ours has {len(solution)} steps, by hand {len(expected)}.")
    for (step, values), by_hands in zip(solution.items(), expected, strict=True):
        ours = values[: len(by_hands)]
        apart = ~np.isclose(ours, by_hands, rtol=AGREEMENT, atol=0.0)
        place = int(apart.argmax())
        require(not apart.any(), f"{where}: {step} of instance {place} is {ours[place]}, by hand {by_hands[place]}.")
    return len(solution)


def show(rows: list[Solved]) -> str:
    """The table."""
    return table(
        f"Bulk solving: nanoseconds per instance, {rows[0].instances:,} instances at once",
        ("chain", "steps", "ours", "limit", "ours/limit", "by hand", "by hand/ours", "new pages"),
        [
            (
                f"{row.family}, {row.activation}, depth {row.depth}",
                str(row.steps),
                shown(row.ours_ns),
                shown(row.limit_ns),
                shown(row.ours_over_limit),
                shown(row.by_hand_ns),
                shown(row.by_hand_over_ours),
                f"{row.new_pages:,.0f}",
            )
            for row in rows
        ],
        "Limit: one exp per unit that needs one, each input read and each output written once, memory there already.\n"
        f"By hand: plain Python, one instance after the other, {rows[0].sample:,} of them; all steps agree.\n"
        "New pages: memory that one call of ours had to get from the system, which can take longer than solving.",
    )
