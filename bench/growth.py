"""How the cost of bulk solving grows: with the depth, and with the number of instances."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from bench import by_hand, by_hand_numpy
from bench.tables import shown, table
from bench.timing import Work, in_turn
from bench.workloads import Chain, ours

DEPTHS, COUNTS = (2, 4, 8, 12), (1_000, 10_000, 100_000, 1_000_000)
DEPTH, COUNT, QUICK_COUNT = 3, 100_000, 10_000
"""What is kept while the other grows; a quick run stops at its own count."""


@dataclass(frozen=True, slots=True)
class Grown:
    """Nanoseconds per instance and layer, and the same over that of the cheapest row of its kind: 1 is linear."""

    grows: str
    depth: int
    instances: int
    ns_per_layer: float
    over_linear: float


def measure(*, quick: bool) -> list[Grown]:
    """Both kinds."""
    count, rounds = (QUICK_COUNT, 3) if quick else (COUNT, 21)
    return [
        *_grown("depth", [(depth, count) for depth in DEPTHS], rounds),
        *_grown("instances", [(DEPTH, size) for size in COUNTS if size <= count or not quick], rounds),
    ]


def _grown(grows: str, sizes: list[tuple[int, int]], rounds: int) -> list[Grown]:
    laps = in_turn({str(size): Work(partial(_solve, *_chain(*size))) for size in sizes}, rounds=rounds)
    layers = {str(size): size[0] * size[1] * _times(size[1]) for size in sizes}
    best = min(layers, key=lambda size: laps[size].median / layers[size])
    return [
        Grown(
            grows,
            depth,
            count,
            laps[size].median / layers[size] * 1e9,
            laps[size].over(laps[best]) * layers[best] / layers[size],
        )
        for size, (depth, count) in zip(layers, sizes, strict=True)
    ]


def _chain(depth: int, count: int) -> tuple[Chain, dict[str, object], int]:
    chain = Chain("vanishing-gradient", "sigmoid", depth, by_hand.sigmoid_chain, by_hand_numpy.sigmoid_chain)
    return chain, chain.given(count), _times(count)


def _times(count: int) -> int:
    """How often so many instances are solved in a lap: a short lap would say little."""
    return max(1, QUICK_COUNT // count)


def _solve(chain: Chain, given: dict[str, object], times: int) -> object:
    return [ours(chain, given) for _time in range(times)][-1]


def show(grown: list[Grown]) -> str:
    """The table."""
    return table(
        "Growth: sigmoid chains in bulk, nanoseconds per instance and layer",
        ("what grows", "depth", "instances", "ns", "× linear"),
        [
            (row.grows, str(row.depth), f"{row.instances:,}", shown(row.ns_per_layer), shown(row.over_linear))
            for row in grown
        ],
        "× linear: over the cheapest of its kind; where all are near 1, the cost grows linearly.\n"
        "What a call costs in any case shows where little is solved.",
    )
