"""What a set's policy allows when: one place where it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from quizsvc.store.models import ProblemSet

State = Literal["not-open", "open", "closed"]


def state_of(problem_set: ProblemSet, now: datetime) -> State:
    """Whether a set can be worked on; what arrives at the very instant it is due is in time."""
    if problem_set.opens is not None and now < problem_set.opens:
        return "not-open"
    if problem_set.due is not None and now > problem_set.due:
        return "closed"
    return "open"


def shows_marks(problem_set: ProblemSet, now: datetime) -> bool:
    """Whether a student may see verdicts and marks now."""
    if problem_set.feedback == "after-due":
        return state_of(problem_set, now) == "closed"
    return problem_set.feedback == "immediately"


def shows_solution(problem_set: ProblemSet, now: datetime, *, finished: bool) -> bool:
    """Whether a student may see the worked solution now; `finished`: all right, or no submission is left."""
    if problem_set.feedback == "immediately":
        return finished or state_of(problem_set, now) == "closed"
    return shows_marks(problem_set, now)
