"""Times taken in turn: what slows the machine for a while slows all that is compared, and the ratios stand."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from resource import RUSAGE_SELF, getrusage
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SEED = 20_261_124


@dataclass(frozen=True, slots=True)
class Work:
    """What is timed, and what has to be done before each time, which is not."""

    run: Callable[[], object]
    before: Callable[[], object] = lambda: None


@dataclass(frozen=True, slots=True)
class Laps:
    """What one piece of work took in each round: seconds, and pages of memory that the process did not have yet."""

    seconds: tuple[float, ...]
    pages: tuple[int, ...]

    @property
    def median(self) -> float:
        """The middle one, in seconds."""
        return median(self.seconds)

    @property
    def new_pages(self) -> float:
        """The middle number of new pages."""
        return median(self.pages)

    def over(self, other: Laps) -> float:
        """How many times as long as the other: the middle one of the rounds' ratios."""
        return median(mine / its for mine, its in zip(self.seconds, other.seconds, strict=True))


def in_turn(works: Mapping[str, Work], *, rounds: int, warm_up: int = 2, shuffled: bool = False) -> dict[str, Laps]:
    """Name -> its laps: every round does each work once, in the given order; warm-up rounds are not counted.

    Shuffled, every round has an order of its own: what one leaves behind, in the processor's memory or in threads that
    go on for a while, meets all others in turn.

    What a work returns is kept until it returns the next, as in a caller's loop. Let go at once, large arrays may go
    back to the system, and then getting their memory anew can take longer than what is measured.
    """
    kept: dict[str, object] = {}
    laps: dict[str, list[tuple[float, int]]] = {name: [] for name in works}
    order, rng = list(works), Random(SEED)  # noqa: S311 - no secret
    for _round in range(warm_up + rounds):
        if shuffled:
            rng.shuffle(order)
        for name in order:
            work = works[name]
            work.before()
            pages, start = _pages(), perf_counter()
            kept[name] = work.run()
            laps[name].append((perf_counter() - start, _pages() - pages))
    return {name: Laps(*zip(*counted[warm_up:], strict=True)) for name, counted in laps.items()}


def _pages() -> int:
    """How many pages of memory the system has given to this process so far."""
    return getrusage(RUSAGE_SELF).ru_minflt
