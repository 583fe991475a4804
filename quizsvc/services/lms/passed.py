"""What instructors and administrators see of grades on their way to platforms, and have sent again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from quizsvc.services.live import taught_set
from quizsvc.services.lms.passing import takes_scores, want
from quizsvc.services.outbox import platform_destination, results_destination, send_courier
from quizsvc.store import couriers, scores_passed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from fractions import Fraction

    from sqlalchemy.orm import Session

    from quizsvc.store.lms_models import ResourceLink, ScorePassed
    from quizsvc.store.models import ProblemSet

State = Literal["passed", "waiting", "failed", "changed", "left"]


@dataclass(frozen=True, slots=True)
class PassedScore:
    """One student's grade at a link: what the platform is to have, what it has taken, and what stands in the way."""

    user_id: int
    name: str
    state: State
    share: Fraction
    sent_share: Fraction | None
    sent_at: datetime | None
    next_try_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """How it stands with the grades of one link; `waiting_since` is when the oldest of those that wait was wanted."""

    link_id: int
    platform: str
    course: str
    context: str
    set_id: int | None
    title: str
    takes_scores: bool
    taken: int
    waiting: int
    failed: int
    waiting_since: datetime | None
    reconciled_at: datetime | None


@dataclass(frozen=True, slots=True)
class GradesPassed:
    """A set with the grades of all links that lead to it."""

    set: ProblemSet
    links: tuple[tuple[LinkStatus, tuple[PassedScore, ...]], ...]


def statuses(session: Session, *, platform_id: int | None = None, course_id: int | None = None) -> list[LinkStatus]:
    """How it stands with all links that lead to a set, or with those of a platform, or of a course here."""
    return [
        status_of(session, link)
        for link in scores_passed.all_links(session)
        if platform_id in (None, link.context.platform_id) and course_id in (None, link.context.course_id)
    ]


def status_of(session: Session, link: ResourceLink) -> LinkStatus:
    """How it stands with one link."""
    counts = scores_passed.counts_of(session, link.id)
    title = link.title or (link.problem_set.title if link.problem_set else "")
    return LinkStatus(
        link_id=link.id,
        platform=link.context.platform.name,
        course=link.context.course.slug,
        context=link.context.title,
        set_id=link.set_id,
        title=title,
        takes_scores=takes_scores(link),
        taken=counts.taken,
        waiting=counts.waiting,
        failed=counts.failed,
        waiting_since=counts.waiting_since,
        reconciled_at=link.reconciled_at,
    )


def failures(session: Session, link_id: int) -> list[PassedScore]:
    """What needs somebody at a link: what failed, and what is another on the platform."""
    return [one for one in _scores(session, link_id) if one.state in ("failed", "changed")]


def is_linked(session: Session, set_id: int) -> bool:
    """Whether a link of a learning platform leads to the set."""
    return bool(scores_passed.links_to_set(session, set_id))


def grades_passed(session: Session, *, set_id: int, user_id: int) -> GradesPassed:
    """What platforms that link to a set have of its grades; raises NotFound, NotAllowed for who does not teach it."""
    problem_set = taught_set(session, set_id=set_id, user_id=user_id)
    links = scores_passed.links_to_set(session, set_id)
    return GradesPassed(
        problem_set, tuple((status_of(session, link), tuple(_scores(session, link.id))) for link in links)
    )


def _scores(session: Session, link_id: int) -> list[PassedScore]:
    """Those that need somebody first, then by name."""
    rows = [_passed(row) for row in scores_passed.scores_of_link(session, link_id)]
    order = {"failed": 0, "changed": 1, "waiting": 2, "left": 3, "passed": 4}
    return sorted(rows, key=lambda one: (order[one.state], one.name.casefold(), one.user_id))


def _passed(row: ScorePassed) -> PassedScore:
    return PassedScore(
        user_id=row.user_id,
        name=row.user.name,
        state=_state(row),
        share=row.share,
        sent_share=row.sent_share,
        sent_at=row.sent_at,
        next_try_at=row.next_try_at,
        reason=row.reason,
    )


def _state(row: ScorePassed) -> State:
    if row.failed_at is not None:
        return "failed"
    if row.next_try_at is not None:
        return "waiting"
    if row.sent < row.wanted:
        return "left"
    return "changed" if row.reason else "passed"


def send_again(session: Session, links: Sequence[ResourceLink], *, now: datetime, student_id: int | None = None) -> int:
    """Have sent at once what failed or waits at these links; of one student, what was changed there as well.

    How many had failed, or were changed.
    """
    count = scores_passed.try_again(session, [link.id for link in links], now, user_id=student_id)
    for link in links if student_id is not None else ():
        row = scores_passed.scores_at(session, link.id, [student_id or 0]).get(student_id or 0)
        if row is not None and _state(row) == "changed":
            want(row, row.share, now=now)
            count += 1
    for platform_id in sorted({link.context.platform_id for link in links}):
        destination = platform_destination(platform_id)
        couriers.lock_courier(session, destination).rests_until = None
        send_courier(session, destination, now=now)
    return count


def send_grades_again(
    session: Session, *, set_id: int, user_id: int, now: datetime, student_id: int | None = None
) -> int:
    """The same for all links to a set, for who teaches it; raises NotFound, NotAllowed."""
    taught_set(session, set_id=set_id, user_id=user_id)
    return send_again(session, scores_passed.links_to_set(session, set_id), now=now, student_id=student_id)


def have_compared(session: Session, *, set_id: int, user_id: int, now: datetime) -> int:
    """Have the columns of all links to a set compared with our marks, soon; how many. Raises NotFound, NotAllowed."""
    taught_set(session, set_id=set_id, user_id=user_id)
    links = [link for link in scores_passed.links_to_set(session, set_id) if takes_scores(link)]
    for link in links:
        send_courier(session, results_destination(link.id), now=now)
    return len(links)
