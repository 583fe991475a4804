"""The statistics of a set, from what its students have submitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import problems
from problems.parameters import parameters_of
from quizsvc.services.gradebook import require_teacher
from quizsvc.services.marking import rules_of
from quizsvc.services.marks import Result, SetRules, share_of_item, valid_results
from quizsvc.services.scoring import result_of
from quizsvc.services.statistics import ItemInfo, SetStatistics, Work, statistics_of
from quizsvc.store import sets, work

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy.orm import Session

    from quizsvc.store.models import IssuedProblem, ProblemSet, Submission


def set_statistics(session: Session, *, set_id: int, user_id: int | None = None) -> SetStatistics:
    """The statistics of a set; raises NotFound, NotAllowed unless that person teaches the course.

    `user_id` is None for who runs the service.
    """
    problem_set = sets.get_set(session, set_id)
    if user_id is not None:
        require_teacher(session, problem_set.course, user_id)
    return statistics_of_set(session, problem_set)


def statistics_of_set(session: Session, problem_set: ProblemSet) -> SetStatistics:
    """The statistics of a set over its students' work; what was set by hand, and what is excluded, is not in them."""
    items = [ItemInfo(item.key, item.title, item.points) for item in problem_set.items if item.dropped != "excluded"]
    return statistics_of(problem_set.title, items, works_of(session, problem_set, {item.key for item in items}))


def works_of(session: Session, problem_set: ProblemSet, keys: set[str]) -> Iterator[Work]:
    """What counts of every student in each of these items."""
    rules = rules_of(problem_set)
    students = {attempt.user_id for attempt in work.attempts_of_students(session, problem_set)}
    mine: dict[tuple[int, str], list[IssuedProblem]] = {}
    for issued in work.issued_with_content(session, problem_set.id):
        if issued.attempt.user_id in students and issued.item.key in keys:
            mine.setdefault((issued.attempt.user_id, issued.item.key), []).append(issued)
    for (student, key), variants in mine.items():
        found = _work(student, key, variants, rules)
        if found is not None:
            yield found


def _work(student: int, key: str, variants: Sequence[IssuedProblem], rules: SetRules) -> Work | None:
    """One student's work on one item; None where nothing counts."""
    results = list(_results(variants))
    share = share_of_item([result for result, _submission in results], rules.grade_by)
    valid = [one for one in results if one[0] in valid_results([result for result, _submission in results])]
    if share is None:
        return None
    first, counting = valid[0], _counting(valid, rules)
    issued = counting[1].issued_problem
    problem = problems.from_json(issued.problem)
    return Work(
        student=student,
        item=key,
        share=share,
        first_share=first[0].share,
        submissions=len(valid),
        variants=len({result.variant for result, _submission in valid}),
        seconds=(valid[-1][1].arrived_at - variants[0].issued_at).total_seconds(),
        problem_id=issued.id,
        numbers=issued.fingerprint or problems.fingerprint(problem),
        parameters=parameters_of(problem),
        grade=counting[1].standing.grade,
        first_grade=first[1].standing.grade,
    )


def _results(variants: Iterable[IssuedProblem]) -> Iterator[tuple[Result, Submission]]:
    for issued in variants:
        for submission in issued.submissions:
            yield result_of(submission, submission.standing, issued.variant), submission


def _counting(valid: Sequence[tuple[Result, Submission]], rules: SetRules) -> tuple[Result, Submission]:
    """The submission that decides the mark; with the average, the best of all."""
    if rules.grade_by == "last":
        return max(valid, key=lambda one: (one[0].arrived_at, one[1].id))
    return max(valid, key=lambda one: (one[0].share, -one[1].id))
