"""What students have done: attempts, the problems they were issued, and what they submitted."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - a named tuple looks its types up
from fractions import Fraction  # noqa: TC003 - the same
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import contains_eager, defer, joinedload, selectinload, undefer_group

from quizsvc.errors import NotFound
from quizsvc.store.lms_models import ResourceLink
from quizsvc.store.models import (
    Adjustment,
    Attempt,
    Draft,
    Extension,
    IssuedProblem,
    Item,
    Membership,
    Paper,
    PreparedProblem,
    ProblemSet,
    Rejudgement,
    SetVersion,
    Submission,
)
from quizsvc.store.portions import in_portions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

"""So many rows are asked for by their ids at once: databases bound how much one asks."""


def get_issued(session: Session, issued_id: int) -> IssuedProblem:
    """The issued problem of that id, with its submissions, item, set, course and student."""
    query = (
        select(IssuedProblem)
        .where(IssuedProblem.id == issued_id)
        .options(
            selectinload(IssuedProblem.submissions).selectinload(Submission.rejudgements),
            joinedload(IssuedProblem.draft),
            joinedload(IssuedProblem.attempt).joinedload(Attempt.user),
            joinedload(IssuedProblem.item).joinedload(Item.problem_set).joinedload(ProblemSet.course),
        )
        # What another wrote before this one got the lock is to be seen, whatever was read earlier.
        .execution_options(populate_existing=True)
    )
    issued = session.scalars(query).unique().one_or_none()
    if issued is None:
        message = "There is no such problem, or it is not for you."
        raise NotFound(message)
    return issued


def is_issued(session: Session, issued_id: int, *, attempt_id: int) -> bool:
    """Whether that problem was issued in that attempt."""
    query = select(IssuedProblem.id).where(IssuedProblem.id == issued_id, IssuedProblem.attempt_id == attempt_id)
    return session.scalar(query) is not None


def find_attempt(session: Session, *, set_id: int, user_id: int) -> Attempt | None:
    """The student's attempt at a set."""
    query = select(Attempt).where(Attempt.set_id == set_id, Attempt.user_id == user_id)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def find_attempt_by_id(session: Session, attempt_id: int) -> Attempt | None:
    """The attempt of that id, with its student."""
    query = select(Attempt).where(Attempt.id == attempt_id).options(joinedload(Attempt.user))
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def attempts_in(session: Session, set_ids: Iterable[int], user_id: int | None = None) -> Sequence[Attempt]:
    """The attempts at these sets, of everybody or of one."""
    query = select(Attempt).where(Attempt.set_id.in_(list(set_ids)))
    if user_id is not None:
        query = query.where(Attempt.user_id == user_id)
    return session.scalars(query.order_by(Attempt.id)).all()


def has_begun_any(session: Session, *, course_id: int, user_id: int) -> bool:
    """Whether the person has begun any set of the course."""
    query = select(Attempt.id).join(Attempt.problem_set)
    query = query.where(Attempt.user_id == user_id, ProblemSet.course_id == course_id)
    return session.scalars(query.limit(1)).one_or_none() is not None


def attempts_of_students(session: Session, problem_set: ProblemSet) -> Sequence[Attempt]:
    """The attempts at a set of those who do not teach the course."""
    teachers = select(Membership.user_id).where(
        Membership.course_id == problem_set.course_id, Membership.role == "instructor"
    )
    query = select(Attempt).where(Attempt.set_id == problem_set.id, Attempt.user_id.not_in(teachers))
    return session.scalars(query.order_by(Attempt.id)).all()


def forget_set(session: Session, problem_set: ProblemSet) -> None:
    """Remove a set that nobody has begun, with all that hangs on it; the audit log stays, and links lead nowhere."""
    session.execute(update(ResourceLink).where(ResourceLink.set_id == problem_set.id).values(set_id=None))
    item_ids = [item.id for item in problem_set.all_items]
    session.execute(delete(PreparedProblem).where(PreparedProblem.item_id.in_(item_ids)))
    for table in (Extension, Item, SetVersion):
        session.execute(delete(table).where(table.set_id == problem_set.id))
    session.execute(delete(ProblemSet).where(ProblemSet.id == problem_set.id))
    session.expire_all()


def issued_with_drafts(session: Session, attempt_id: int) -> Sequence[IssuedProblem]:
    """The problems of an attempt that have a draft, with what was submitted."""
    query = select(IssuedProblem).join(IssuedProblem.draft).where(IssuedProblem.attempt_id == attempt_id)
    query = query.options(
        contains_eager(IssuedProblem.draft),
        joinedload(IssuedProblem.item),
        selectinload(IssuedProblem.submissions).undefer_group("content").selectinload(Submission.rejudgements),
    )
    return session.scalars(query.order_by(IssuedProblem.id).execution_options(populate_existing=True)).all()


def issued_with_content(session: Session, set_id: int) -> Sequence[IssuedProblem]:
    """Every problem that was issued in a set, with all that was submitted and how it was judged."""
    query = select(IssuedProblem).join(IssuedProblem.attempt).where(Attempt.set_id == set_id)
    everything = selectinload(IssuedProblem.submissions).undefer_group("content")
    query = query.options(
        contains_eager(IssuedProblem.attempt),
        joinedload(IssuedProblem.item),
        everything.selectinload(Submission.rejudgements).undefer(Rejudgement.grade),
    )
    return session.scalars(query.order_by(IssuedProblem.id)).all()


def submissions_with_content(session: Session, ids: Sequence[int]) -> Iterator[Submission]:
    """These submissions, with what was typed and all judgements; asked in portions."""
    for some in in_portions(ids):
        query = select(Submission).where(Submission.id.in_(some))
        query = query.options(
            undefer_group("content"), selectinload(Submission.rejudgements).undefer(Rejudgement.grade)
        )
        yield from session.scalars(query.order_by(Submission.id))


def basis_of(session: Session, problem_set: ProblemSet) -> tuple[int, ...]:
    """What the marks of a set rest on, as numbers that grow with every change of it."""
    of_set = select(IssuedProblem.id).join(IssuedProblem.attempt).where(Attempt.set_id == problem_set.id)
    submissions = select(Submission.id).where(Submission.issued_problem_id.in_(of_set))
    newest = [
        select(func.max(Submission.id)).where(Submission.issued_problem_id.in_(of_set)),
        select(func.max(Rejudgement.id)).where(Rejudgement.submission_id.in_(submissions)),
        select(func.max(Adjustment.id)).where(Adjustment.set_id == problem_set.id),
        select(func.max(Extension.id)).where(Extension.set_id == problem_set.id),
        select(func.max(Attempt.id)).where(Attempt.set_id == problem_set.id),
    ]
    return (problem_set.version, *(session.scalar(query) or 0 for query in newest))


def find_extension(session: Session, *, set_id: int, user_id: int) -> Extension | None:
    """The extension that holds for the student: the newest."""
    query = select(Extension).where(Extension.set_id == set_id, Extension.user_id == user_id)
    return session.scalars(query.order_by(Extension.id.desc()).limit(1)).one_or_none()


def extensions_in(session: Session, set_ids: Iterable[int], user_id: int | None = None) -> Sequence[Extension]:
    """The extensions of these sets, the oldest first: of one person and set, the last one holds."""
    query = select(Extension).where(Extension.set_id.in_(list(set_ids)))
    if user_id is not None:
        query = query.where(Extension.user_id == user_id)
    return session.scalars(query.order_by(Extension.id)).all()


def adjustments_in(
    session: Session, set_ids: Iterable[int], user_id: int | Sequence[int] | None = None
) -> Sequence[Adjustment]:
    """What was set by hand in these sets, the oldest first, for everybody, for one or for some."""
    query = select(Adjustment).where(Adjustment.set_id.in_(list(set_ids)))
    if user_id is not None:
        query = query.where(Adjustment.user_id.in_(_several(user_id)))
    return session.scalars(query.order_by(Adjustment.id)).all()


def find_newest_variant(session: Session, *, attempt_id: int, item_id: int) -> IssuedProblem | None:
    """The variant that the student works on."""
    query = (
        select(IssuedProblem)
        .where(IssuedProblem.attempt_id == attempt_id, IssuedProblem.item_id == item_id)
        .order_by(IssuedProblem.variant.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def find_paper(session: Session, code: str) -> Paper | None:
    """The paper of that code."""
    return session.scalars(select(Paper).where(Paper.code == code)).one_or_none()


def papers_in(session: Session, set_id: int) -> Sequence[Paper]:
    """The papers that were made for a set, the oldest first."""
    return session.scalars(select(Paper).where(Paper.set_id == set_id).order_by(Paper.id)).all()


def issued_on_paper(session: Session, attempt_id: int, item_id: int) -> IssuedProblem:
    """The problem of an attempt that was made on paper, with what was typed in."""
    query = select(IssuedProblem).where(IssuedProblem.attempt_id == attempt_id, IssuedProblem.item_id == item_id)
    content = selectinload(IssuedProblem.submissions).undefer_group("content")
    return session.scalars(query.options(content.selectinload(Submission.rejudgements))).one()


def find_prepared(session: Session, *, item_id: int, user_id: int) -> PreparedProblem | None:
    """What was drawn ahead for the student."""
    query = select(PreparedProblem).where(PreparedProblem.item_id == item_id, PreparedProblem.user_id == user_id)
    return session.scalars(query).one_or_none()


def find_any_problem(session: Session, item_id: int) -> str | None:
    """A problem that somebody was given, or will be given, for this item, as JSON; None where nobody has one."""
    for source in (PreparedProblem, IssuedProblem):
        query = select(source.problem).where(source.item_id == item_id).order_by(source.id).limit(1)
        found = session.scalars(query).one_or_none()
        if found is not None:
            return found
    return None


def served_with(session: Session, item_id: int) -> tuple[set[int], set[str]]:
    """Who has a problem for this item, or has one drawn ahead, and the fingerprints of all of them."""
    prepared = select(PreparedProblem.user_id, PreparedProblem.fingerprint).where(PreparedProblem.item_id == item_id)
    issued = select(Attempt.user_id, IssuedProblem.fingerprint).join(IssuedProblem.attempt)
    rows = [*session.execute(prepared), *session.execute(issued.where(IssuedProblem.item_id == item_id))]
    return {user_id for user_id, _ in rows}, {fingerprint for _, fingerprint in rows if fingerprint is not None}


def is_given_out(session: Session, item_id: int, fingerprint: str) -> bool:
    """Whether somebody has these numbers for this item, or will get them."""
    return any(
        session.scalars(
            select(source.id).where(source.item_id == item_id, source.fingerprint == fingerprint).limit(1)
        ).one_or_none()
        is not None
        for source in (PreparedProblem, IssuedProblem)
    )


def _several(user_id: int | Sequence[int]) -> Sequence[int]:
    return [user_id] if isinstance(user_id, int) else user_id


def issued_in(
    session: Session, set_ids: Iterable[int], user_id: int | Sequence[int] | None = None
) -> Sequence[IssuedProblem]:
    """Every problem that was issued in these sets, to everybody, to one or to some, with what was submitted.

    The numbers of the problems stay in the database: they are many, and not asked.
    """
    query = (
        select(IssuedProblem)
        .join(IssuedProblem.attempt)
        .where(Attempt.set_id.in_(list(set_ids)))
        .order_by(IssuedProblem.item_id, IssuedProblem.variant)
        .options(
            contains_eager(IssuedProblem.attempt),
            defer(IssuedProblem.problem),
            selectinload(IssuedProblem.submissions).selectinload(Submission.rejudgements),
        )
    )
    if user_id is not None:
        query = query.where(Attempt.user_id.in_(_several(user_id)))
    return session.scalars(query).all()


class Issue(NamedTuple):
    """A problem that was issued: to whom, for which item, when, and when its draft was saved last."""

    user_id: int
    item_id: int
    problem_id: int
    issued_at: datetime
    saved_at: datetime | None


def issues_in(session: Session, set_id: int) -> Iterator[Issue]:
    """Every problem that was issued in a set, the oldest first: no numbers, and nothing that was typed."""
    query = (
        select(Attempt.user_id, IssuedProblem.item_id, IssuedProblem.id, IssuedProblem.issued_at, Draft.saved_at)
        .join(IssuedProblem.attempt)
        .outerjoin(IssuedProblem.draft)
        .where(Attempt.set_id == set_id)
    )
    yield from map(Issue._make, session.execute(query.order_by(IssuedProblem.id)))


class Arrival(NamedTuple):
    """A submission by one of its judgements: neither what was typed nor the verdicts."""

    submission_id: int
    user_id: int
    item_id: int
    problem_id: int
    variant: int
    arrived_at: datetime
    origin: str
    score: Fraction
    counted: bool
    time_credit: Fraction


def arrivals_in(session: Session, set_id: int) -> Iterator[Arrival]:
    """Every submission to a set, by item, variant and number.

    It comes once for each time that it was judged again, the last of which holds.
    """
    judged = (
        func.coalesce(getattr(Rejudgement, name), getattr(Submission, name))
        for name in ("score", "counted", "time_credit")
    )
    query = (
        select(
            Submission.id,
            Attempt.user_id,
            IssuedProblem.item_id,
            IssuedProblem.id,
            IssuedProblem.variant,
            Submission.arrived_at,
            Submission.origin,
            *judged,
        )
        .join(Submission.issued_problem)
        .join(IssuedProblem.attempt)
        .outerjoin(Submission.rejudgements)
        .where(Attempt.set_id == set_id)
        .order_by(IssuedProblem.item_id, IssuedProblem.variant, Submission.number, Rejudgement.number)
    )
    yield from map(Arrival._make, session.execute(query))


def pulse_of(session: Session, set_id: int) -> tuple[object, ...]:
    """Numbers and times, one of which changes whenever somebody does something in a set, or decides a mark there."""
    of_set = select(IssuedProblem.id).join(IssuedProblem.attempt).where(Attempt.set_id == set_id)
    sent = select(Submission.id).where(Submission.issued_problem_id.in_(of_set))
    signs: list[Select[Any]] = [
        select(func.count(Attempt.id)).where(Attempt.set_id == set_id),
        select(func.count(Attempt.finished_at)).where(Attempt.set_id == set_id),
        select(func.max(Attempt.finished_at)).where(Attempt.set_id == set_id),
        select(func.max(IssuedProblem.id)).where(IssuedProblem.id.in_(of_set)),
        select(func.sum(Draft.revision)).where(Draft.issued_problem_id.in_(of_set)),
        select(func.max(Submission.id)).where(Submission.issued_problem_id.in_(of_set)),
        select(func.max(Rejudgement.id)).where(Rejudgement.submission_id.in_(sent)),
        select(func.max(Adjustment.id)).where(Adjustment.set_id == set_id),
        select(func.max(Extension.id)).where(Extension.set_id == set_id),
    ]
    return tuple(session.execute(select(*(one.scalar_subquery() for one in signs))).one())


def issued_to(session: Session, *, set_id: int, user_id: int) -> Sequence[IssuedProblem]:
    """A student's problems in a set, with the draft, all that was typed, and every judgement."""
    query = (
        select(IssuedProblem)
        .join(IssuedProblem.attempt)
        .where(Attempt.set_id == set_id, Attempt.user_id == user_id)
        .order_by(IssuedProblem.item_id, IssuedProblem.variant)
    )
    everything = selectinload(IssuedProblem.submissions).undefer_group("content")
    query = query.options(
        joinedload(IssuedProblem.item),
        joinedload(IssuedProblem.draft),
        everything.selectinload(Submission.rejudgements).undefer(Rejudgement.grade),
    )
    return session.scalars(query).all()
