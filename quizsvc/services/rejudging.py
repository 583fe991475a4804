"""Judging submissions again: what comes out otherwise, and a row for it beside the first judgement, which stays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import problems
from quizsvc.services.marking import marking_in_force
from quizsvc.services.scoring import counts, result_of, share_of
from quizsvc.store.models import Rejudgement

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from fractions import Fraction

    from quizsvc.services.marking import Marking
    from quizsvc.services.marks import Result
    from quizsvc.services.seats import Seat
    from quizsvc.store.models import IssuedProblem, Submission

JUDGED = ("grade", "score", "counted", "time_credit", "family_version", "grader_version")


def rejudge(submission: Submission, changed: Mapping[str, Any], *, reason: str, now: datetime) -> Rejudgement:
    """A new judgement: what holds now, with these columns changed."""
    standing = submission.standing
    columns = {name: changed[name] if name in changed else getattr(standing, name) for name in JUDGED}
    number = len(submission.rejudgements) + 1
    return Rejudgement(submission=submission, number=number, reason=reason, judged_at=now, **columns)


def rejudged_body(again: Rejudgement) -> dict[str, Any]:
    """What the audit log says of it."""
    return {
        "counted": again.counted,
        "family_version": again.family_version,
        "grader_version": again.grader_version,
        "number": again.number,
        "reason": again.reason,
        "score": str(again.score),
        "submission": again.submission_id,
        "time_credit": str(again.time_credit),
    }


@dataclass(frozen=True, slots=True)
class StepChange:
    """A step that is judged otherwise."""

    step: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class NewJudgement:
    """What a submission would be judged as, where that is not what it is; `kept` where its mark would have fallen."""

    submission_id: int
    user_id: int
    item: str
    columns: Mapping[str, Any]
    before: Fraction
    after: Fraction
    reasons: tuple[str, ...]
    steps: tuple[StepChange, ...]
    kept: bool = False

    @property
    def told(self) -> list[str]:
        """What would stand beside the submission, but for its verdicts, in a form to be compared."""
        return [str(self.columns[name]) for name in JUDGED if name != "grade"]


class Judge:
    """Judges submissions again, and keeps what comes out otherwise."""

    def __init__(self, marking: Marking, *, newest_families: bool, allow_lower: bool) -> None:
        self.marking = marking
        self.newest_families = newest_families
        self.allow_lower = allow_lower
        self.found: dict[int, NewJudgement] = {}
        self.notes: list[str] = []

    def look_at(self, issued: IssuedProblem, seat: Seat) -> None:
        """Judge all submissions to one problem; where the newest version cannot, its own does."""
        if not issued.submissions:
            return
        problem = own = problems.from_json(issued.problem)
        try:
            problem = self._in_newest_version(own)
            grades = self._grades(problem, issued)
        except problems.ProblemError as error:
            named = f"version {problems.family(own.family).version} of {own.family}"
            self.notes.append(f"{issued.item.key}: {named} cannot judge it: {error.message}")
            problem, grades = own, self._grades(own, issued)
        for submission, grade in zip(issued.submissions, grades, strict=True):
            self._compare(submission, problem, grade, seat)

    def _in_newest_version(self, own: problems.Problem) -> problems.Problem:
        """The problem by which it is judged; raises ProblemError where the newest version cannot have its numbers."""
        newest = problems.family(own.family).version
        if not self.newest_families or newest == own.version:
            return own
        return problems.from_dict({**problems.to_dict(own), "version": newest})

    def _grades(self, problem: problems.Problem, issued: IssuedProblem) -> list[problems.Grade]:
        """The judgements of all that was submitted; raises BadAnswers where a step is no longer asked."""
        return [problems.grade(problem, submission.answers, self.marking.scheme) for submission in issued.submissions]

    def _compare(self, submission: Submission, problem: problems.Problem, grade: problems.Grade, seat: Seat) -> None:
        """Keep the judgement where it is not what stands."""
        standing = submission.standing
        limited = submission.origin != "paper"
        columns: dict[str, Any] = {
            "grade": grade.to_dict(),
            "score": share_of(grade),
            "counted": counts(grade),
            "time_credit": seat.window.time_credit(submission.arrived_at) if limited else standing.time_credit,
            "family_version": problem.version,
            "grader_version": grade.version,
        }
        # Not the product of the two: what is worth nothing for its time may be worth something after an extension.
        if all(columns[name] == getattr(standing, name) for name in ("score", "counted", "time_credit")):
            return
        before, after = standing.score * standing.time_credit, columns["score"] * columns["time_credit"]
        self.found[submission.id] = NewJudgement(
            submission_id=submission.id,
            user_id=seat.membership.user_id,
            item=submission.issued_problem.item.key,
            columns=columns,
            before=before,
            after=after,
            reasons=tuple(self._reasons(standing, columns, seat)),
            steps=tuple(_step_changes(standing.grade, columns["grade"])),
            kept=after < before and not self.allow_lower,
        )

    def _reasons(self, standing: Submission | Rejudgement, columns: Mapping[str, Any], seat: Seat) -> list[str]:
        """What is not as it was when it was judged."""
        reasons = [
            f"{name.replace('_', ' ')} {getattr(standing, name)} → {columns[name]}"
            for name in ("family_version", "grader_version")
            if columns[name] != getattr(standing, name)
        ]
        in_force = marking_in_force(seat.set).scheme
        reasons += [
            f"credit for {name} {getattr(in_force, name)} → {getattr(self.marking.scheme, name)}"
            for name in ("carried", "imprecise", "mistake", "entries")
            if getattr(in_force, name) != getattr(self.marking.scheme, name)
        ]
        if columns["time_credit"] != standing.time_credit:
            reasons.append(f"credit for its time {standing.time_credit} → {columns['time_credit']}")
        return reasons

    def result(self, submission: Submission, variant: int) -> Result:
        """The submission as it would stand."""
        now, found = result_of(submission, submission.standing, variant), self.found.get(submission.id)
        if found is None or found.kept:
            return now
        return replace(now, **{name: found.columns[name] for name in ("score", "time_credit", "counted")})


def _step_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[StepChange]:
    """The steps whose verdict or points are others."""
    changes = []
    for name in dict.fromkeys((*before["steps"], *after["steps"])):
        was, now = before["steps"].get(name), after["steps"].get(name)
        if was is None or now is None or (was["verdict"], was["points"]) != (now["verdict"], now["points"]):
            changes.append(StepChange(name, _step_words(was), _step_words(now)))
    return changes


def _step_words(step: Mapping[str, Any] | None) -> str:
    return "not asked" if step is None else f"{step['verdict']} {step['points']}"
