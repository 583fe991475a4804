"""One student in one set: the attempt as it was typed and judged, its marks, and all that ever decided them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import problems
from quizsvc.errors import NotFound
from quizsvc.services.courses import STUDENT
from quizsvc.services.gradebook import mark_at
from quizsvc.services.ledger import history_of
from quizsvc.services.live import taught_set
from quizsvc.services.seats import AtSeat, Seat, seat_of
from quizsvc.store import audit, people, work

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.marks import ItemMark, SetMark
    from quizsvc.store.models import Adjustment, AuditEntry, Draft, Extension, IssuedProblem, Item, Submission


@dataclass(frozen=True, slots=True)
class Rejudged:
    """A submission judged again: the share of the problem's marks that it had, and that it has since."""

    number: int
    at: datetime
    reason: str
    before: Fraction
    after: Fraction


@dataclass(frozen=True, slots=True)
class Sent:
    """A submission as it arrived, and each later judgement of it."""

    submission: Submission
    later: tuple[Rejudged, ...]


@dataclass(frozen=True, slots=True)
class VariantWork:
    """The numbers that the student got, what was sent, and the draft that stands: saved since, and not sent."""

    issued: IssuedProblem
    problem: problems.Problem
    sent: tuple[Sent, ...]
    draft: Draft | None


@dataclass(frozen=True, slots=True)
class ItemWork:
    """One problem of the student; `adjusted` is what was set by hand for it, and holds."""

    item: Item
    mark: ItemMark | None
    adjusted: Adjustment | None
    variants: tuple[VariantWork, ...]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """An entry of the audit log; `actor` is empty for the clock and the command line, and tells a program's token.

    What it is about is there as well; of a submission, `before` and `after` are the shares of the problem's marks that
    it had and has since.
    """

    number: int
    at: datetime
    kind: str
    actor: str
    body: Mapping[str, Any]
    extension: Extension | None = None
    submission: Submission | None = None
    before: Fraction | None = None
    after: Fraction | None = None


@dataclass(frozen=True, slots=True)
class StudentWork(AtSeat):
    """A student in a set; `adjusted` is what was set by hand, or held, for the whole of it.

    The last of the `extensions` holds, and the `history` begins with the oldest entry.
    """

    mark: SetMark
    items: tuple[ItemWork, ...]
    adjusted: Adjustment | None
    extensions: tuple[Extension, ...]
    history: tuple[HistoryEntry, ...]


def student_seat(session: Session, *, set_id: int, student_id: int, user_id: int) -> Seat:
    """A student's seat at a set, for who teaches the course; raises NotFound, NotAllowed."""
    problem_set = taught_set(session, set_id=set_id, user_id=user_id)
    seat = seat_of(session, problem_set, student_id, published_only=False, even_left=True)
    if seat.membership.role != STUDENT:
        message = "There is no such student in this course."
        raise NotFound(message)
    return seat


def student_work(session: Session, *, set_id: int, student_id: int, user_id: int) -> StudentWork:
    """All of a student's work on a set, for who teaches the course; raises NotFound, NotAllowed."""
    seat = student_seat(session, set_id=set_id, student_id=student_id, user_id=user_id)
    issued = work.issued_to(session, set_id=set_id, user_id=student_id)
    adjusted = work.adjustments_in(session, [set_id], student_id)
    mark = mark_at(seat, issued, adjusted)
    extensions = work.extensions_in(session, [set_id], student_id)
    return StudentWork(
        seat=seat,
        mark=mark,
        items=tuple(_items(seat, mark, issued, adjusted)),
        adjusted=_for_the_whole(adjusted, mark),
        extensions=tuple(extensions),
        history=tuple(_history(session, seat, issued, extensions)),
    )


def _items(
    seat: Seat, mark: SetMark, issued: Sequence[IssuedProblem], adjusted: Sequence[Adjustment]
) -> Iterator[ItemWork]:
    """The student's problems in the student's order, then what else was issued."""
    marks = {one.key: one for one in mark.items}
    own = [item for item in seat.items if item.key in marks]
    for item in dict.fromkeys([*own, *(one.item for one in issued)]):
        variants = tuple(_variant(one) for one in issued if one.item is item)
        yield ItemWork(item, marks.get(item.key), _holding(adjusted, item.key), variants)


def _holding(adjusted: Sequence[Adjustment], key: str | None) -> Adjustment | None:
    """What was set by hand for the item of that key or for the whole set; None where it was taken back."""
    last = next((one for one in reversed(adjusted) if one.item_key == key and one.held is None), None)
    return None if last is None or last.points is None else last


def _for_the_whole(adjusted: Sequence[Adjustment], mark: SetMark) -> Adjustment | None:
    """What decides the sum, where it is not what its parts come to."""
    if mark.source == "held":
        return next(one for one in reversed(adjusted) if one.held is not None)
    return _holding(adjusted, None)


def _variant(issued: IssuedProblem) -> VariantWork:
    sent = tuple(Sent(one, tuple(_later(one))) for one in issued.submissions)
    last, draft = sent[-1].submission if sent else None, issued.draft
    stands = draft is not None and (
        last is None or (draft.saved_at > last.arrived_at and draft.answers != last.answers)
    )
    return VariantWork(issued, problems.from_json(issued.problem), sent, draft if stands else None)


def _later(submission: Submission) -> Iterator[Rejudged]:
    before = submission.score * submission.time_credit
    for one in submission.rejudgements:
        after = one.score * one.time_credit
        yield Rejudged(one.number, one.judged_at, one.reason, before, after)
        before = after


def _actor(session: Session, entry: AuditEntry, body: Mapping[str, Any]) -> str:
    """Who did it, and by which token where a program did it for that person."""
    name = "" if entry.actor_id is None else people.get_user(session, entry.actor_id).name
    token = body.get("token")
    if token is None:
        return name
    return f"{name or 'a program'} (token {token})"


def _history(
    session: Session, seat: Seat, issued: Sequence[IssuedProblem], extensions: Sequence[Extension]
) -> Iterator[HistoryEntry]:
    """What the audit log tells, with names and numbers in place of ids."""
    known = {submission.id: submission for one in issued for submission in one.submissions}
    granted = {one.made_at: one for one in extensions}
    shares: dict[int, Fraction] = {}
    for entry in history_of(session, seat.set, seat.membership.user_id):
        body = audit.body_of(entry)
        told = HistoryEntry(
            number=entry.number,
            at=entry.at,
            kind=entry.kind,
            actor=_actor(session, entry, body),
            body=body,
            extension=granted.get(entry.at) if entry.kind == "extended" else None,
        )
        submission = known.get(body.get("submission", 0))
        if submission is None:
            yield told
            continue
        after = Fraction(body["score"]) * Fraction(body["time_credit"])
        yield replace(told, submission=submission, before=shares.get(submission.id), after=after)
        shares[submission.id] = after
