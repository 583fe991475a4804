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
    """What the log tells of one student in one set; `judged` is submission -> item and all judgements, the first first.

    Items that the rules do not know are left out: somebody has changed the log.
    """

    keys: tuple[str, ...] | None = None
    judged: dict[int, tuple[str, list[Result]]] = field(default_factory=dict)
    by_hand: Adjustments = field(default_factory=Adjustments)

    def mark(self, rules: SetRules) -> SetMark:
        """What it comes to."""
        results: dict[str, list[Result]] = {}
        for _id, (item, judgements) in sorted(self.judged.items(), key=lambda one: (one[1][1][0].variant, one[0])):
            results.setdefault(item, []).append(judgements[-1])
        keys = rules.usual_keys if self.keys is None else self.keys
        return mark_of(rules, [key for key in keys if key in rules.items], results, self.by_hand)


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
    ledger.account(entry).judged[body["submission"]] = (body["item"], [result])


def _rejudged(ledger: Ledger, entry: AuditEntry, body: Mapping[str, Any]) -> None:
    _item, judgements = ledger.account(entry).judged[body["submission"]]
    score, time_credit = Fraction(body["score"]), Fraction(body["time_credit"])
    judgements.append(replace(judgements[-1], score=score, time_credit=time_credit, counted=body["counted"]))


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
        if _is_sealed(entry):
            faults += _unreadable(ledger, entry)
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
    if not _is_sealed(entry):
        yield f"Entry {entry.number} was changed after it was sealed."


def _is_sealed(entry: AuditEntry) -> bool:
    """Whether the entry is what its digest was made of."""
    return digest_of(entry) == entry.digest


def _unreadable(ledger: Ledger, entry: AuditEntry) -> Iterator[str]:
    """Take in an entry; what it says may not fit those before it, where somebody has changed the log."""
    try:
        ledger.read(entry)
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:
        yield f"Entry {entry.number}, {entry.kind}, does not fit those before it: {error!r:.80}."


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
    """Where the submissions of students, and their judgements, are not those that the log tells of."""
    students = {attempt.user_id for attempt in work.attempts_of_students(session, problem_set)}
    teachers = {attempt.user_id for attempt in work.attempts_in(session, [problem_set.id])} - students
    told = {
        number: judged
        for (set_id, user_id), account in ledger.accounts.items()
        if set_id == problem_set.id and user_id not in teachers
        for number, judged in account.judged.items()
    }
    for issued in work.issued_in(session, [problem_set.id]):
        for submission in issued.submissions if issued.attempt.user_id in students else []:
            stored = [result_of(submission, submission, issued.variant)]
            stored += [result_of(submission, again, issued.variant) for again in submission.rejudgements]
            item, logged = told.pop(submission.id, ("", []))
            if not logged:
                yield f"Submission {submission.id} is not in the log."
            elif (item, logged) != (issued.item.key, stored):
                yield (
                    f"Submission {submission.id} was worth {_worth(stored)} to {issued.item.key}, in the log "
                    f"{_worth(logged)} to {item}."
                )
    yield from (f"Submission {number} is in the log, but is stored no longer." for number in told)


def _worth(judgements: Iterable[Result]) -> str:
    return ", then ".join(f"{one.score} × {one.time_credit}" for one in judgements)


def history_of(session: Session, problem_set: ProblemSet, user_id: int) -> Iterable[AuditEntry]:
    """All that ever decided one student's marks in a set, the oldest first."""
    return audit.entries_of(session, course_id=problem_set.course_id, set_id=problem_set.id, user_id=user_id)
