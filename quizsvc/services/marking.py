"""By what the marks of a set are made: what its file says, and what holds until the set is graded again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quizsvc.services.audit import Event, record
from quizsvc.services.marks import GradeBy, ItemRule, SetRules
from quizsvc.services.scoring import scheme_of
from quizsvc.store import audit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from problems import MarkScheme
    from quizsvc.services.set_spec import SetSpec
    from quizsvc.store.models import ProblemSet


@dataclass(frozen=True, slots=True)
class Marking:
    """What decides marks: the scheme for steps, what the items are worth, and which submissions count."""

    scheme: MarkScheme
    rules: SetRules

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values, as the audit log has it."""
        scheme = self.scheme
        return {
            "credit": {
                "carried": str(scheme.carried),
                "entries": scheme.entries,
                "imprecise": str(scheme.imprecise),
                "mistake": str(scheme.mistake),
            },
            "grade_by": self.rules.grade_by,
            "items": [
                {
                    "dropped": rule.dropped,
                    "key": rule.key,
                    "pick": rule.pick,
                    "points": rule.points,
                    "pool": rule.pool,
                }
                for rule in self.rules.items.values()
            ],
        }


def rules_from(body: Mapping[str, Any]) -> SetRules:
    """The rules that an entry of the audit log tells of."""
    rules = (ItemRule(**item) for item in body["items"])
    return SetRules({rule.key: rule for rule in rules}, body["grade_by"])


def marking_of(spec: SetSpec) -> Marking:
    """What the file says."""
    rules = {item.key: ItemRule(item.key, item.points, item.dropped, item.pool, item.pick) for item in spec.items}
    return Marking(spec.scheme, SetRules(rules, spec.grade_by))


def rules_of(problem_set: ProblemSet) -> SetRules:
    """By what submissions become marks now."""
    grade_by: GradeBy = problem_set.grade_by  # type: ignore[assignment]  # the database knows these words alone
    rules = {
        item.key: ItemRule(item.key, item.points, item.dropped, item.pool, item.pick)  # type: ignore[arg-type]  # same
        for item in problem_set.items
    }
    return SetRules(rules, grade_by)


def marking_in_force(problem_set: ProblemSet) -> Marking:
    """By what all marks of the set are made now."""
    return Marking(scheme_of(problem_set), rules_of(problem_set))


def apply_marking(problem_set: ProblemSet, marking: Marking) -> None:
    """Make marks by this from now on; those that were made are for `regrade` to make anew."""
    scheme = marking.scheme
    problem_set.carried_credit, problem_set.imprecise_credit = scheme.carried, scheme.imprecise
    problem_set.mistake_credit, problem_set.entries_credit = scheme.mistake, scheme.entries
    problem_set.grade_by = marking.rules.grade_by
    for item in problem_set.all_items:  # those that students still have from earlier versions, too
        if rule := marking.rules.items.get(item.key):
            item.points, item.dropped = rule.points, rule.dropped


def record_marking(session: Session, problem_set: ProblemSet, *, now: datetime, actor_id: int | None = None) -> None:
    """Put into the audit log by what marks are made, where it is not what the log says already."""
    body = marking_in_force(problem_set).to_dict()
    last = audit.newest_of_kind(session, problem_set.course_id, "graded-by", problem_set.id)
    known = {} if last is None else audit.body_of(last)
    if any(known.get(name) != value for name, value in body.items()):
        body["version"] = problem_set.version
        record(session, Event(problem_set.course_id, "graded-by", body, problem_set.id, None, actor_id), now=now)
