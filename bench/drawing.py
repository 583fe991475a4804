"""Bulk draws: fair problems per second, beside what solving as many takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import numpy as np

import problems
from bench.checking import require
from bench.tables import shown, table
from bench.timing import Work, in_turn

SLUG = "vanishing-gradient"
OPTIONS: dict[str, Any] = {"depth": 3}


@dataclass(frozen=True, slots=True)
class Drawn:
    """Fair problems per second, and the time of drawing one over that of solving one in bulk."""

    family: str
    options: dict[str, Any]
    problems: int
    per_second: float
    draw_over_solve: float


def measure(*, quick: bool) -> list[Drawn]:
    """One row; raises WrongNumbers where what was drawn is not solved by its own solution."""
    size, rounds = (2_000, 3) if quick else (40_000, 7)
    seeds = count(1)
    batch = problems.draw_many(SLUG, size, seed=next(seeds), **OPTIONS)
    solve = partial(problems.solve_many, SLUG, batch.given)
    again = solve()
    require(len(batch) == size, f"{len(batch)} problems were drawn, {size} were wanted.")
    require(
        all(np.array_equal(values, batch.solution[step]) for step, values in again.items()),
        "The solution of a batch is not that of its given numbers.",
    )
    laps = in_turn(
        {
            "draw": Work(lambda: problems.draw_many(SLUG, size, seed=next(seeds), **OPTIONS)),
            "solve": Work(solve),
        },
        rounds=rounds,
        warm_up=1,
    )
    return [Drawn(SLUG, OPTIONS, size, size / laps["draw"].median, laps["draw"].over(laps["solve"]))]


def show(rows: list[Drawn]) -> str:
    """The table."""
    return table(
        f"Bulk draws: draw_many of {rows[0].problems:,} fair problems",
        ("family", "per second", "draw/solve"),
        [
            (
                ", ".join([row.family, *(f"{name} {value}" for name, value in row.options.items())]),
                shown(row.per_second),
                shown(row.draw_over_solve),
            )
            for row in rows
        ],
        "Draw/solve: the time of drawing over that of solve_many for as many. Each round has a seed of its own.",
    )
