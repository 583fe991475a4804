"""Bulk solving: `solve_many` against the limit, against solving by hand, and against peers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from bench import peers
from bench.checking import require
from bench.limit import Limit
from bench.peers import Solver
from bench.tables import shown, table
from bench.timing import Work, in_turn
from bench.workloads import WORKLOADS, exponentials, ours, picked, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from bench.timing import Laps
    from bench.workloads import Array, Workload

OURS, ALONE, LIMIT, IN_NUMBERS, IN_NUMPY = "ours", "one thread", "limit", "Python", "NumPy"
OTHERS = (IN_NUMBERS, IN_NUMPY, *peers.MODULES)
AGREEMENT, NOTHING = 1e-9, 1e-14
"""Ours and others may differ by this share of a value, or by an amount that is lost in sums of ordinary numbers.

Peers take slopes from rounded values, 1 - a², so their amount is the larger.
"""

PROBE = 100
"""So many instances of every workload are tried before anything is timed: what is refused is told at once."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done: instances, how many of them one at a time, by micrograd, and rounds."""

    instances: int
    sample: int
    micrograd: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Solved:
    """One workload: nanoseconds per instance of everybody, ours over the limit, and the others over ours.

    `numbers` are the values that ours writes for one instance; `new_pages` tells how many pages of memory a call of
    ours had to get from the system: where there are some, much of the time is theirs.
    """

    workload: str
    kind: str
    family: str
    numbers: int
    instances: int
    samples: dict[str, int]
    ns: dict[str, float]
    ours_over_limit: float
    alone_over_limit: float
    most_over_limit: float
    over_ours: dict[str, float]
    how: dict[str, str]
    new_pages: float


def measure(*, quick: bool) -> list[Solved]:
    """Every workload; raises WrongNumbers where one is refused, or where ours and another differ."""
    for workload in WORKLOADS:
        ours(workload, workload.given(PROBE))
    return [_solved(workload, _size(workload, quick=quick)) for workload in WORKLOADS]


def _size(workload: Workload, *, quick: bool) -> Size:
    small = workload.units <= 10  # noqa: PLR2004 - such have fewer than 20 numbers given
    if quick:
        return Size(10_000, 100, 10, 3)
    return Size(100_000, 1_000 if small else 300, 100 if small else 20, 41 if small else 21)


def _solvers(workload: Workload, given: dict[str, Any], solution: Mapping[str, Array], size: Size) -> dict[str, Solver]:
    """Who else solves it, all in agreement with ours."""
    sample = np.linspace(0, size.instances - 1, size.sample).astype(np.intp)
    solvers = {}
    if workload.in_numbers:
        _agree_in_numbers(workload, solution, given, sample)
        solvers[IN_NUMBERS] = _one_at_a_time(workload.in_numbers, _as_numbers(given, sample), sample)
    _agree_in_numpy(workload, solution, given, sample)
    solvers[IN_NUMPY] = _one_at_a_time(workload.in_numpy, _as_arrays(given, sample), sample)
    answers = workload.answers(given, solution)
    others = peers.solvers(workload, given, sample[:: max(1, size.sample // size.micrograd)])
    for package, solver in others.items():
        _agree(f"{workload.title}, {package}", answers[:, solver.places], solver.answers(), AGREEMENT)
    return solvers | others


def _as_arrays(given: Mapping[str, Any], sample: NDArray[np.intp]) -> list[dict[str, Any]]:
    return [picked(given, place) for place in sample.tolist()]


def _as_numbers(given: Mapping[str, Any], sample: NDArray[np.intp]) -> list[dict[str, Any]]:
    return [{name: one.tolist() for name, one in instance.items()} for instance in _as_arrays(given, sample)]


def _one_at_a_time(
    solve: Callable[..., object], instances: Sequence[Mapping[str, Any]], sample: NDArray[np.intp]
) -> Solver:
    def run() -> None:
        for instance in instances:
            solve(**instance)

    return Solver(sample, run, lambda: np.empty((0, len(sample))))


def _agree_in_numbers(
    workload: Workload, solution: Mapping[str, Array], given: Mapping[str, Any], sample: NDArray[np.intp]
) -> None:
    solve = workload.in_numbers
    hand = np.array([solve(**instance) for instance in _as_numbers(given, sample)]).T if solve else np.empty((0, 0))
    mine = np.stack([values[sample] for values in solution.values()])
    _agree(f"{workload.title}, {IN_NUMBERS}", mine, hand, NOTHING)


def _agree_in_numpy(
    workload: Workload, solution: Mapping[str, Array], given: Mapping[str, Any], sample: NDArray[np.intp]
) -> None:
    left = set(solution)
    hand = [workload.in_numpy(**instance) for instance in _as_arrays(given, sample)]
    for name in hand[0]:
        values = np.stack([instance[name] for instance in hand], axis=-1)
        steps = [name] if name in solution else [f"{name}{layer + 1}" for layer in range(len(values))]
        mine = np.stack([solution[step][..., sample] for step in steps])
        _agree(f"{workload.title}, {IN_NUMPY}, {name}", mine.reshape(values.shape), values, NOTHING)
        left -= set(steps)
    require(not left, f"{workload.title}: nobody checks {', '.join(sorted(left))}.")


def _agree(where: str, mine: Array, theirs: Array, amount: float) -> None:
    require(mine.shape == theirs.shape, f"{where}: ours has the shape {mine.shape}, theirs {theirs.shape}.")
    apart = ~np.isclose(mine, theirs, rtol=AGREEMENT, atol=amount)
    place = tuple(np.argwhere(apart)[0]) if apart.any() else ()
    require(not apart.any(), f"{where}: at {place} ours is {mine[place]}, theirs {theirs[place]}.")


def _solved(workload: Workload, size: Size) -> Solved:
    given = workload.given(size.instances)
    solution = ours(workload, given)
    numbers, solvers = len(rows(list(solution.values()))), _solvers(workload, given, solution, size)
    limit = Limit(rows(list(given.values())), outputs=numbers, exponentials=exponentials(workload))
    works = {
        OURS: Work(partial(ours, workload, given, solution)),
        ALONE: Work(partial(ours, workload, given, solution, threads=1)),
        LIMIT: Work(limit.run),
    }
    works |= {name: Work(solver.run) for name, solver in solvers.items()}
    laps = in_turn(works, rounds=size.rounds, shuffled=True)
    samples = {name: len(solvers[name].places) if name in solvers else size.instances for name in works}

    def ratio(one: Laps, other: Laps, name: str) -> float:
        return one.over(other) * size.instances / samples[name]

    return Solved(
        workload=workload.title,
        kind=workload.kind,
        family=workload.slug,
        numbers=numbers,
        instances=size.instances,
        samples=samples,
        ns={name: lap.median / samples[name] * 1e9 for name, lap in laps.items()},
        ours_over_limit=laps[OURS].over(laps[LIMIT]),
        alone_over_limit=laps[ALONE].over(laps[LIMIT]),
        most_over_limit=workload.most_over_limit,
        over_ours={name: ratio(laps[name], laps[OURS], name) for name in solvers},
        how={name: solver.how for name, solver in solvers.items() if solver.how},
        new_pages=laps[OURS].new_pages,
    )


def show(solved: list[Solved]) -> str:
    """Two tables: times, and ratios."""
    others = [name for name in OTHERS if any(name in row.ns for row in solved)]
    missing = [name for name in peers.MODULES if name not in others]
    times = table(
        f"Bulk solving: nanoseconds per instance, {solved[0].instances:,} instances",
        ("workload", "numbers", OURS, ALONE, LIMIT, *others, "new pages"),
        [
            (
                row.workload,
                str(row.numbers),
                *(_shown(row.ns.get(name)) for name in (OURS, ALONE, LIMIT, *others)),
                f"{row.new_pages:,.0f}",
            )
            for row in solved
        ],
        "Numbers: what ours writes for one instance, every step of it; by hand the same. Micrograd, autograd and jax\n"
        "find the value and its derivatives by weights, biases and x only, no steps; in the sigmoid and tanh chains\n"
        "those by the weights too, where ours writes the slopes and their product. All agree.\n"
        "Limit: one exp per unit that needs one, each input read and each output written once, memory there already,\n"
        "on one thread. Ours: on as many as there are processors, and on one; into memory that is there, too.\n"
        "Python (plain numbers), NumPy, micrograd: one instance after the other, of a sample. Autograd: all at once.\n"
        "Jax: jit(vmap(value_and_grad)), float64, on as many threads as it takes by itself; the others run on one.\n"
        "New pages: memory that one call of ours had to get from the system, which can take longer than solving.",
    )
    ratios = table(
        "Bulk solving: ratios, medians of rounds in which everybody has a turn",
        (
            "workload",
            "ours/limit",
            "one thread/limit",
            *(f"{name}/ours" for name in others),
            *(["layout for jax"] if "jax" in others else []),
        ),
        [
            (
                row.workload,
                shown(row.ours_over_limit),
                shown(row.alone_over_limit),
                *(_shown(row.over_ours.get(name)) for name in others),
                *row.how.values(),
            )
            for row in solved
        ],
        "Layout: which of those tried was the fastest for jax; ours always has the instance axis last."
        if "jax" in others
        else "",
    )
    absent = f"\n\nNot installed, so not measured: {', '.join(missing)}." if missing else ""
    return f"{times}\n{ratios}{absent}".rstrip()


def _shown(number: float | None) -> str:
    return "–" if number is None else shown(number)
