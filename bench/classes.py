"""A class: everybody's variants of a set, drawn and written down, beside as many problems of any difficulty in bulk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import problems
from bench.checking import require
from bench.tables import shown, table
from bench.timing import Work, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from problems.drawing import Batch

ITEMS: Mapping[str, dict[str, Any]] = {
    "vanishing-gradient": {"depth": "3..5", "activation": "sigmoid|tanh"},
    "mlp-backprop": {},
    "concepts": {"subject": "vanishing-gradient|exploding-gradient|dying-relu"},
}
"""Family -> the options of the set's item."""


@dataclass(frozen=True, slots=True)
class Variants:
    """Seconds until every student's variant of an item is there as JSON, and that over draw_many of as many."""

    family: str
    options: dict[str, Any]
    students: int
    seconds: float
    over_draw_many: float


def measure(*, quick: bool) -> list[Variants]:
    """A row for every item; raises WrongNumbers where two students have the same, or one has a harder one."""
    students, rounds = (500, 3) if quick else (10_000, 7)
    seeds = count(1)
    works: dict[str, Work] = {}
    for slug, options in ITEMS.items():
        drawn = problems.draw_class(slug, students, seed=next(seeds), **options)
        prints = set(map(problems.fingerprint, drawn.problems))
        require(len(prints) == students, f"{slug}: {students} students have {len(prints)} different problems.")
        levels = set(map(problems.difficulty_of, drawn.problems))
        require(levels == {drawn.difficulty}, f"{slug}: the problems are of {len(levels)} difficulties.")
        works[f"class, {slug}"] = Work(partial(_write, slug, students, seeds, options))
        works[f"bulk, {slug}"] = Work(partial(_draw_many, slug, students, seeds))
    laps = in_turn(works, rounds=rounds, warm_up=1)
    return [
        Variants(slug, options, students, lap.median, lap.over(laps[f"bulk, {slug}"]))
        for slug, options in ITEMS.items()
        for lap in (laps[f"class, {slug}"],)
    ]


def _write(slug: str, students: int, seeds: Iterator[int], options: Mapping[str, Any]) -> list[str]:
    """Everybody's problem as it is stored."""
    return list(map(problems.to_json, problems.draw_class(slug, students, seed=next(seeds), **options).problems))


def _draw_many(slug: str, students: int, seeds: Iterator[int]) -> Batch:
    return problems.draw_many(slug, students, seed=next(seeds))


def show(rows: list[Variants]) -> str:
    """The table."""
    total = sum(row.seconds for row in rows)
    return table(
        f"A class: variants of {len(rows)} items for {rows[0].students:,} students",
        ("item", "seconds", "class/bulk"),
        [
            (
                ", ".join([row.family, *(f"{name} {value}" for name, value in row.options.items())]),
                shown(row.seconds),
                shown(row.over_draw_many),
            )
            for row in rows
        ],
        f"{shown(total)} s for the set: all different, all of one difficulty, written as JSON. "
        "Class/bulk: over the time of draw_many with the default options, for as many.",
    )
