"""How long what waits for others is tried, how often, and how much of it at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

LONGEST_POWER = 30


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits get twice as long from `first` to `longest`; what has been wanted for longer than `gives_up` has failed.

    What is being sent is lent for so long, and sent in the first half of that: any answer has come, or is waited for no
    more, in the second half. A courier that gives no sign of life for `silent` is dead. Every `look`, whatever waits
    without a courier gets one. `at_once` are the requests to one platform at a time.
    """

    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(minutes=15)
    gives_up: timedelta = timedelta(days=7)
    lent: timedelta = timedelta(minutes=4)
    silent: timedelta = timedelta(minutes=4)
    look: timedelta = timedelta(seconds=10)
    at_once: int = 8

    def pause(self, tries: int, chance: float) -> timedelta:
        """The wait after so many tries that failed; `chance`, from 0 to 1, spreads those that failed together."""
        doubled: int = 2 ** min(max(tries - 1, 0), LONGEST_POWER)
        whole = min(self.longest, self.first * doubled)
        return whole * (0.5 + chance / 2)
