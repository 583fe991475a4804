"""When work is taken, and what it is worth at which time: one place where a set's times are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from quizsvc.store.models import Attempt, Extension, ProblemSet

State = Literal["not-open", "open", "late", "closed"]
WHOLE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Window:
    """One person's times at one set; what has no end: None.

    `due` ends what is in time, `late_until` what is taken late; `limit` is when the time from the start is over. An
    answer that arrives within `grace` of an end is treated as if it had come at that end.
    """

    opens: datetime | None = None
    due: datetime | None = None
    late_until: datetime | None = None
    late_credit: Fraction = Fraction(0)
    limit: datetime | None = None
    closed: datetime | None = None
    grace: timedelta = timedelta(0)

    @property
    def ends(self) -> datetime | None:
        """When the last answer is taken."""
        return min((end for end in (self.late_until, self.limit, self.closed) if end is not None), default=None)

    @property
    def in_time_until(self) -> datetime | None:
        """When the last answer is taken for full credit."""
        return min((end for end in (self.due, self.ends) if end is not None), default=None)

    def state(self, now: datetime) -> State:
        """Whether it can be worked on; what arrives at the very instant it is due is in time."""
        if self.opens is not None and now < self.opens:
            return "not-open"
        if self.ends is not None and now > self.ends:
            return "closed"
        if self.due is not None and now > self.due:
            return "late"
        return "open"

    def state_at_arrival(self, arrived: datetime) -> State:
        """The same, for an answer that arrived then: nothing that comes within the grace is late."""
        if self.state(arrived) == "not-open":
            return "not-open"
        earlier = arrived - self.grace
        return self.state(earlier if self.opens is None else max(earlier, self.opens))

    def time_credit(self, arrived: datetime) -> Fraction:
        """The share of its marks that an answer gets for the time of its arrival."""
        credits_of = {"not-open": Fraction(0), "open": WHOLE, "late": self.late_credit, "closed": Fraction(0)}
        return credits_of[self.state_at_arrival(arrived)]

    @property
    def over_after(self) -> datetime | None:
        """After when no answer to the set can be worth anything any more, whenever an attempt was begun."""
        ends = min((end for end in (self.late_until, self.closed) if end is not None), default=None)
        return None if ends is None else ends + self.grace

    def is_over_for_all_times(self, now: datetime) -> bool:
        """Whether no answer to the set can be worth anything any more, whenever an attempt was begun."""
        return self.over_after is not None and now > self.over_after


def window_of(
    problem_set: ProblemSet, *, time_factor: Fraction, extension: Extension | None, attempt: Attempt | None
) -> Window:
    """One person's times; an extension has another due time, after which the time for late work begins as usual.

    No extension is to the person's disadvantage: the later due time and the larger factor hold.
    """
    due, factor = problem_set.due, time_factor
    if extension is not None and due is not None and extension.due is not None:
        due = max(due, extension.due)
    if extension is not None and extension.time_factor is not None:
        factor = max(factor, extension.time_factor)
    limit = None
    if problem_set.time_limit_minutes is not None and attempt is not None:
        limit = attempt.started_at + timedelta(seconds=round(60 * problem_set.time_limit_minutes * factor))
    return Window(
        opens=problem_set.opens,
        due=due,
        late_until=None if due is None else due + timedelta(minutes=problem_set.late_minutes),
        late_credit=problem_set.late_credit,
        limit=limit,
        closed=problem_set.closed_at,
        grace=timedelta(seconds=problem_set.grace_seconds),
    )
