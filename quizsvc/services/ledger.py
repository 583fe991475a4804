"""The audit log read again: the marks that it tells of, and whether they are those of the gradebook."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from quizsvc.services.audit import BEGINNING, digest_of
from quizsvc.services.gradebook import gradebook_of
from quizsvc.services.marking import rules_from
from quizsvc.services.marks import Adjustments, Result, SetMark, SetRules, mark_of
from quizsvc.services.scoring import result_of
from quizsvc.store import audit, people, sets, work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sqlalchemy.orm import Session

    from quizsvc.store.models import AuditEntry, Course, ProblemSet

MOST_TOLD = 20


@dataclass(slots=True)
class Account:
    """What the log tells of one student in one set."""

    keys: tuple[str, ...] | None = None
    submissions: dict[int, tuple[str, Result]] = field(default_factory=dict)
    by_hand: Adjustments = field(default_factory=Adjustments)

    def mark(self, rules: SetRules) -> SetMark:
        """What it comes to."""
        results: dict[str, list[Result]] = {}
        for _id, (item, result) in sorted(self.submissions.items(), key=lambda one: one[0]):
            results.setdefault(item, []).append(result)
        return mark_of(rules, rules.usual_keys if self.keys is None else self.keys, results, self.by_hand)


class Ledger:
    """Marks as the entries of a log tell of them, read in their order."""

    def __init__(self) -> None:
        self.rules: dict[int, SetRules] = {}
        self.accounts: dict[tuple[int, int], Account] = {}

    def read(self, entry: AuditEntry) -> None:
        """Take in one entry; one that decides no mark changes nothing."""
        if entry.set_id is None or entry.kind not in _READERS:
            return
        _READERS[entry.kind](self, entry, audit.body_of(entry))

    def account(self, entry: AuditEntry) -> Account:
        """Of whom, and where, the entry tells."""
        return self.accounts.setdefault((entry.set_id or 0, entry.user_id or 0), Account())

    def marks(self, set_id: int) -> dict[int, SetMark]:
        """Person -> mark, in a set."""
        rules = self.rules.get(set_id)
        if rules is None:
            return {}
        return {user: one.mark(rules) for (of_set, user), one in self.accounts.items() if of_set == set_id}


def _graded_by(ledger: Ledger, entry: AuditEntry, body: Mapping[str, Any]) -> None:
    ledger.rules[entry.set_id or 0] = rules_from(body)


def _started(ledger: Ledger, entry: AuditEntry, body: Mapping[str, Any]) -> None:
    ledger.account(entry).keys = tuple(body["items"])


def _submitted(ledger: Ledger, entry: AuditEntry, body: Mapping[str, Any]) -> None:
    result = Result(
        variant=body["variant"],
        score=Fraction(body["score"]),
        time_credit=Fraction(body["time_credit"]),
        counted=body["counted"],
        origin=body["origin"],
        arrived_at=datetime.fromisoformat(body["arrived_at"]),
    )
    ledger.account(entry).submissions[body["submission"]] = (body["item"], result)


def _rejudged(ledger: Ledger, entry: AuditEntry, body: Mapping[str, Any]) -> None:
    submissions, number = ledger.account(entry).submissions, body["submission"]
    item, before = submissions[number]
    score, time_credit = Fraction(body["score"]), Fraction(body["time_credit"])
    submissions[number] = (item, replace(before, score=score, time_credit=time_credit, counted=body["counted"]))


def _adjusted(ledger: Ledger, entry: AuditEntry, body: Mapping[str, Any]) -> None:
    account, key = ledger.account(entry), body["item"]
    points = None if body["points"] is None else Fraction(body["points"])
    if body["held"] is not None:
        account.by_hand = replace(account.by_hand, held=Fraction(body["held"]))
    elif key is None:
        account.by_hand = replace(account.by_hand, whole=points)
    else:
        items = {name: value for name, value in account.by_hand.items.items() if name != key}
        account.by_hand = replace(account.by_hand, items=items if points is None else items | {key: points})


_READERS: Mapping[str, Callable[[Ledger, AuditEntry, Mapping[str, Any]], None]] = {
    "graded-by": _graded_by,
    "started": _started,
    "submitted": _submitted,
    "rejudged": _rejudged,
    "adjusted": _adjusted,
}


@dataclass(frozen=True, slots=True)
class Verification:
    """What looking through a log came to: `digest` seals it, `faults` say what is not as it should be."""

    entries: int
    digest: str
    marks: int
    faults: tuple[str, ...]


def verify_course(session: Session, course_slug: str, *, expected: str | None = None) -> Verification:
    """Whether the log of a course is whole, and its marks are those of the gradebook.

    `expected` is a digest that was noted down earlier: it must still be in the log. Raises NotFound.
    """
    course = people.get_course(session, course_slug)
    ledger, faults, count, digests = Ledger(), list[str](), 0, {BEGINNING}
    head = BEGINNING
    for entry in audit.entries(session, course.id):
        count += 1
        faults += _broken(entry, count, head)
        ledger.read(entry)
        head = entry.digest
        digests.add(head)
    if expected is not None and expected not in digests:
        faults.append(f"The digest {expected} is not in the log: entries up to it were changed or removed.")
    marks = 0
    for problem_set in sets.sets_of(session, course.id):
        if problem_set.mode == "graded":
            told = ledger.marks(problem_set.id)
            marks += len(told)
            faults += _differences(session, course, problem_set, told)
            faults += _unlogged(session, problem_set, ledger)
    return Verification(count, head, marks, tuple(faults[:MOST_TOLD]))


def _broken(entry: AuditEntry, number: int, before: str) -> Iterator[str]:
    """What is wrong with an entry as a link of the chain."""
    if entry.number != number:
        yield f"Entry {number} is missing: entry {entry.number} comes instead."
    if entry.previous != before:
        yield f"Entry {entry.number} does not follow the one before it: something was changed, put in or taken out."
    if digest_of(entry) != entry.digest:
        yield f"Entry {entry.number} was changed after it was sealed."


def _differences(
    session: Session, course: Course, problem_set: ProblemSet, told: Mapping[int, SetMark]
) -> Iterator[str]:
    """Where the gradebook has another mark than the log."""
    for row in gradebook_of(session, problem_set).rows:
        logged = told.get(row.user_id)
        if logged is None and row.seat.attempt is None and not row.mark.is_begun:
            continue
        if logged is None or (logged.earned, logged.max_points) != (row.mark.earned, row.mark.max_points):
            log = "nothing" if logged is None else f"{logged.earned} of {logged.max_points}"
            yield (
                f"{course.slug}/{problem_set.slug}: the gradebook gives person {row.user_id} {row.mark.earned} of "
                f"{row.mark.max_points}, the log {log}."
            )


def _unlogged(session: Session, problem_set: ProblemSet, ledger: Ledger) -> Iterator[str]:
    """Submissions of students that the log does not tell of, or tells otherwise."""
    students = {attempt.user_id for attempt in work.attempts_of_students(session, problem_set)}
    for issued in work.issued_in(session, [problem_set.id]):
        if issued.attempt.user_id not in students:
            continue
        account = ledger.accounts.get((problem_set.id, issued.attempt.user_id), Account())
        for submission in issued.submissions:
            told, standing = account.submissions.get(submission.id), submission.standing
            if told is None:
                yield f"Submission {submission.id} is not in the log."
            elif told != (issued.item.key, result_of(submission, standing, issued.variant)):
                yield f"Submission {submission.id} is worth {standing.score}, in the log {told[1].score}."


def history_of(session: Session, problem_set: ProblemSet, user_id: int) -> Iterable[AuditEntry]:
    """All that ever decided one student's marks in a set, the oldest first."""
    return audit.entries_of(session, course_id=problem_set.course_id, set_id=problem_set.id, user_id=user_id)
