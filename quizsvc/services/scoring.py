"""From verdicts to shares: exact fractions, always to be recomputed from what is stored."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, cast

import problems
from problems import MarkScheme
from quizsvc.services.marks import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from problems import Grade
    from quizsvc.store.models import IssuedProblem, ProblemSet, Rejudgement, Submission


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


def counts(grade: Grade) -> bool:
    """Whether there is anything in it that could be read: what cannot be read at all is no submission that counts.

    One number of an array is enough, although the verdict on the whole is blank where another is.
    """
    steps = grade.steps.values()
    verdicts = {step.verdict for step in steps} | {entry.verdict for step in steps for entry in step.entries}
    return not verdicts <= {"blank", "unreadable"}


def can_be_read(problem: problems.Problem, answers: Mapping[str, Any]) -> bool:
    """Whether it would count; raises BadAnswers where a step is named that is not asked."""
    return counts(problems.grade(problem, answers))


def result_of(submission: Submission, standing: Submission | Rejudgement, variant: int) -> Result:
    """A submission by one of its judgements."""
    return Result(
        variant=variant,
        score=standing.score,
        time_credit=standing.time_credit,
        counted=standing.counted,
        origin=submission.origin,
        arrived_at=submission.arrived_at,
    )


def results_of(variants: Iterable[IssuedProblem]) -> list[Result]:
    """What was submitted to these variants, as it is judged now."""
    return [
        result_of(submission, submission.standing, issued.variant)
        for issued in variants
        for submission in issued.submissions
    ]


def used(submissions: Iterable[Submission]) -> int:
    """How many submissions have been used up: a draft that was taken when time was up is given on top."""
    return sum(submission.counted and submission.origin != "draft" for submission in submissions)


def none_left(submissions: Iterable[Submission], allowed: int | None) -> bool:
    """Whether as many as are allowed, or more than are by now, have been used up; no limit: None."""
    return allowed is not None and used(submissions) >= allowed
