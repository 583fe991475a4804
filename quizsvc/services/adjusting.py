"""Marks set by hand: with a reason, and never without a trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quizsvc.errors import Conflict, Detail, Invalid, NotFound
from quizsvc.services.accounts import read_name
from quizsvc.services.audit import record
from quizsvc.services.marking import rules_of
from quizsvc.services.seats import seat_of
from quizsvc.store.models import Adjustment

if TYPE_CHECKING:
    from datetime import datetime
    from fractions import Fraction

    from sqlalchemy.orm import Session

    from quizsvc.services.marks import SetMark
    from quizsvc.services.seats import Seat
    from quizsvc.store.models import ProblemSet

FINEST_POINTS = 10_000
"""The largest denominator of points that are set by hand."""
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class SetMarkByHand:
    """Whose mark becomes what, and why: of one item or, without its key, of the whole set; None: as the work earned."""

    user_id: int
    points: Fraction | None
    reason: str
    item_key: str | None = None
    actor_id: int | None = None


def set_mark_by_hand(session: Session, problem_set: ProblemSet, command: SetMarkByHand, *, now: datetime) -> Adjustment:
    """Set a mark, or take back what was set; raises Invalid, NotFound, or Conflict for a set without marks."""
    seat = seat_of(session, problem_set, command.user_id, lock=True, even_left=True)
    if not seat.is_on_record:
        message = "Nobody's marks are in the gradebook here: the set is for practice, or the person teaches the course."
        raise Conflict(message)
    most = _most(seat, command.item_key)
    if command.points is not None:
        _require_possible(command.points, most)
    adjustment = Adjustment(
        set_id=seat.set.id,
        user_id=command.user_id,
        item_key=command.item_key,
        points=command.points,
        held=None,
        reason=read_name(command.reason, "reason", LONGEST_REASON),
        made_by=command.actor_id,
        made_at=now,
    )
    session.add(adjustment)
    session.flush()
    record(session, seat.event("adjusted", adjusted_body(adjustment), actor_id=command.actor_id), now=now)
    return adjustment


def falls(before: SetMark, after: SetMark) -> bool:
    """Whether the share of the set's points would be lower; a mark by hand does not fall."""
    was, becomes = before.share, after.share
    return was is not None and becomes is not None and becomes < was and after.source != "hand"


def held_at(seat: Seat, share: Fraction, reason: str, *, now: datetime, actor_id: int | None = None) -> Adjustment:
    """A row by which the student keeps at least this share of the set's points, whatever the work comes to."""
    return Adjustment(
        set_id=seat.set.id,
        user_id=seat.membership.user_id,
        item_key=None,
        points=None,
        held=share,
        reason=reason,
        made_by=actor_id,
        made_at=now,
    )


def adjusted_body(adjustment: Adjustment) -> dict[str, str | None]:
    """What the audit log says of it."""
    return {
        "held": None if adjustment.held is None else str(adjustment.held),
        "item": adjustment.item_key,
        "points": None if adjustment.points is None else str(adjustment.points),
        "reason": adjustment.reason,
    }


def _most(seat: Seat, key: str | None) -> int:
    """What can be earned; raises NotFound where the student has no item of that key."""
    rules = rules_of(seat.set)
    keys = rules.usual_keys if seat.attempt is None else tuple(item.key for item in seat.items)
    if key is None:
        return rules.max_points(keys)
    if key in keys:
        return rules.items[key].points
    message = f"The student has no problem {key!r:.80} in this set: there are {', '.join(keys)}."
    raise NotFound(message)


def _require_possible(points: Fraction, most: int) -> None:
    if not 0 <= points <= most or points.denominator > FINEST_POINTS:
        message = f"{float(points):g} points cannot be given: write 0 to {most}, with at most four decimals."
        raise Invalid(message, [Detail("points", message)])
