"""From verdicts to marks: exact fractions, always to be recomputed from what is stored."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal, cast

from problems import MarkScheme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from problems import Grade
    from quizsvc.store.models import ProblemSet, Submission


def scheme_of(problem_set: ProblemSet) -> MarkScheme:
    """What the set gives for steps that are not plainly right."""
    return MarkScheme(
        carried=problem_set.carried_credit,
        imprecise=problem_set.imprecise_credit,
        mistake=problem_set.mistake_credit,
        entries=cast("Literal['share', 'all']", problem_set.entries_credit),
    )


def share_of(grade: Grade) -> Fraction:
    """The share of the problem's marks that was earned, 0 to 1."""
    return grade.points / grade.max_points if grade.max_points else Fraction(0)


def best_of(submissions: Iterable[Submission]) -> Fraction | None:
    """The best share among them; None where nothing that counts was submitted."""
    return max((submission.score for submission in submissions if submission.counted), default=None)


def used(submissions: Iterable[Submission]) -> int:
    """How many submissions have been used up."""
    return sum(submission.counted for submission in submissions)
