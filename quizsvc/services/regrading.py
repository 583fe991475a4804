"""Judging a whole set again: first as a plan that tells who would change, then, by the plan's token, in earnest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from quizsvc.errors import Conflict
from quizsvc.services.adjusting import LONGEST_REASON, adjusted_body, falls, held_at
from quizsvc.services.audit import record_all
from quizsvc.services.gradebook import adjustments_of
from quizsvc.services.marking import Marking, apply_marking, marking_in_force, marking_of, record_marking
from quizsvc.services.marks import Result, SetMark, mark_of
from quizsvc.services.rejudging import Judge, NewJudgement, rejudge, rejudged_body
from quizsvc.services.scoring import result_of
from quizsvc.services.seats import seats_at
from quizsvc.services.set_files import stored_set
from quizsvc.services.sets import source_of
from quizsvc.store import sets, work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.services.audit import Event
    from quizsvc.services.marks import Adjustments, SetRules
    from quizsvc.services.seats import Seat
    from quizsvc.store.models import Adjustment, IssuedProblem, ProblemSet

LEAST = Fraction(0)


@dataclass(frozen=True, slots=True)
class RegradeOptions:
    """How to judge again: whether marks may fall, and whether by the families' newest versions or those issued."""

    allow_lower: bool = False
    newest_families: bool = True


@dataclass(frozen=True, slots=True)
class MarkChange:
    """A student whose mark would change; `held` where it would have fallen, and stays."""

    user_id: int
    name: str
    email: str
    before: SetMark
    after: SetMark
    held: Fraction | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegradePlan:
    """What judging again would do. `token` is what applying needs: it fits this plan and no other."""

    set_id: int
    options: RegradeOptions
    basis: tuple[int, ...]
    marking: Marking
    new_rules: bool
    judged: int
    judgements: tuple[NewJudgement, ...]
    marks: tuple[MarkChange, ...]
    released: tuple[int, ...]
    """Students whose mark was held by an earlier regrade, and no longer is."""
    notes: tuple[str, ...] = ()

    @property
    def changes_nothing(self) -> bool:
        """Whether everything stays as it is."""
        return not (self.new_rules or self.marks or self.released or any(not one.kept for one in self.judgements))

    @property
    def token(self) -> str:
        """16 hexadecimal digits that stand for all of it."""
        content = {
            "set": self.set_id,
            "options": [self.options.allow_lower, self.options.newest_families],
            "basis": self.basis,
            "marking": self.marking.to_dict(),
            "judgements": [[one.submission_id, *one.told, one.kept] for one in self.judgements],
            "marks": [[one.user_id, str(one.after.earned), str(one.held)] for one in self.marks],
            "released": self.released,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def plan_regrade(
    session: Session,
    problem_set: ProblemSet,
    options: RegradeOptions = RegradeOptions(),
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> RegradePlan:
    """Judge everything again by the newest file, families and grader, and tell what would change. Nothing is stored.

    `progress` is told how many submissions are judged, and of how many. Raises Conflict for a set without marks.
    """
    if problem_set.mode != "graded":
        message = "This set is for practice: nobody's marks come from it, so there is nothing to grade again."
        raise Conflict(message)
    basis = work.basis_of(session, problem_set)  # first: what comes while this is read is not in it
    marking = marking_of(stored_set(source_of(problem_set)))
    seats = seats_at(session, problem_set)
    judge = Judge(marking, newest_families=options.newest_families, allow_lower=options.allow_lower)
    issued_to: dict[int, list[IssuedProblem]] = {}
    everything = [one for one in work.issued_with_content(session, problem_set.id) if one.attempt.user_id in seats]
    total, done = sum(len(issued.submissions) for issued in everything), 0
    for issued in everything:
        issued_to.setdefault(issued.attempt.user_id, []).append(issued)
        judge.look_at(issued, seats[issued.attempt.user_id])
        done += len(issued.submissions)
        progress(done, total)
    changes, released = _mark_changes(session, problem_set, seats, issued_to, judge)
    return RegradePlan(
        set_id=problem_set.id,
        options=options,
        basis=basis,
        marking=marking,
        new_rules=marking != marking_in_force(problem_set),
        judged=total,
        judgements=tuple(judge.found.values()),
        marks=tuple(changes),
        released=tuple(released),
        notes=tuple(dict.fromkeys(judge.notes)),
    )


def _mark_changes(
    session: Session,
    problem_set: ProblemSet,
    seats: Mapping[int, Seat],
    issued_to: Mapping[int, Sequence[IssuedProblem]],
    judge: Judge,
) -> tuple[list[MarkChange], list[int]]:
    """Who would have another mark, and whose held mark is let go."""
    adjusted: dict[int, list[Adjustment]] = {}
    for one in work.adjustments_in(session, [problem_set.id]):
        adjusted.setdefault(one.user_id, []).append(one)
    old, changes, released = marking_in_force(problem_set).rules, list[MarkChange](), list[int]()
    for user_id, seat in seats.items():
        by_hand = adjustments_of(adjusted.get(user_id, []))
        if judge.allow_lower and by_hand.held:
            released.append(user_id)
        changes += _mark_change(seat, issued_to.get(user_id, ()), by_hand, old, judge)
    return changes, released


def _mark_change(
    seat: Seat, issued: Sequence[IssuedProblem], by_hand: Adjustments, old: SetRules, judge: Judge
) -> Iterator[MarkChange]:
    """What becomes of one student's mark, where it does not stay as it is."""
    new, held = judge.marking.rules, None
    before = _mark(seat, old, issued, by_hand, None)
    after = _mark(seat, new, issued, replace(by_hand, held=None) if judge.allow_lower else by_hand, judge)
    if falls(before, after) and not judge.allow_lower:
        held = before.share
        after = _mark(seat, new, issued, replace(by_hand, held=held), judge)
    stays = before == after if seat.attempt is not None else before.earned == after.earned
    if held is not None or not stays:
        user = seat.membership.user
        yield MarkChange(user.id, user.name, user.email, before, after, held, _why(user.id, old, new, judge))


def _mark(
    seat: Seat, rules: SetRules, issued: Sequence[IssuedProblem], by_hand: Adjustments, judge: Judge | None
) -> SetMark:
    """The mark by these rules: as submissions are judged now or, with a judge, as they would be."""
    results: dict[str, list[Result]] = {}
    for one in issued:
        results.setdefault(one.item.key, []).extend(
            result_of(submission, submission.standing, one.variant)
            if judge is None
            else judge.result(submission, one.variant)
            for submission in one.submissions
        )
    keys = rules.usual_keys if seat.attempt is None else [item.key for item in seat.items]
    return mark_of(rules, keys, results, by_hand)


def _why(user_id: int, old: SetRules, new: SetRules, judge: Judge) -> tuple[str, ...]:
    """Why a student's mark would change, in words."""
    reasons = [
        f"{key}: {name} {getattr(old.items[key], name)} → {getattr(rule, name)}"
        for key, rule in new.items.items()
        for name in ("points", "dropped")
        if key in old.items and getattr(old.items[key], name) != getattr(rule, name)
    ]
    if old.grade_by != new.grade_by:
        reasons.append(f"graded by {old.grade_by} → {new.grade_by}")
    for found in judge.found.values():
        if found.user_id == user_id:
            steps = ", ".join(f"{one.step} {one.before} → {one.after}" for one in found.steps)
            kept = " (kept as it was, for it would fall)" if found.kept else ""
            reasons.append(f"{found.item}: {'; '.join(found.reasons)}{': ' if steps else ''}{steps}{kept}")
    return tuple(dict.fromkeys(reasons))


def apply_regrade(
    session: Session, plan: RegradePlan, *, token: str, now: datetime, actor_id: int | None = None
) -> RegradePlan:
    """Do what the plan says, if the token is that of its dry run and nothing has changed since; raises Conflict."""
    problem_set = sets.get_set(session, plan.set_id, lock="alone")
    if token != plan.token or work.basis_of(session, problem_set) != plan.basis:
        message = (
            "This is not the token of what would happen now: work, files or marks have changed since that dry run, or "
            "the options are others. Look at a new one: regrade --dry-run."
        )
        raise Conflict(message)
    if plan.new_rules:
        apply_marking(problem_set, plan.marking)
        record_marking(session, problem_set, now=now, actor_id=actor_id)
    seats = seats_at(session, problem_set)
    events = [*_rewrite(session, plan, seats, now, actor_id), *_hold(session, plan, seats, now, actor_id)]
    record_all(session, events, now=now)
    return plan


def _rewrite(
    session: Session, plan: RegradePlan, seats: Mapping[int, Seat], now: datetime, actor_id: int | None
) -> list[Event]:
    """A new judgement beside every submission that gets one."""
    wanted = {one.submission_id: one for one in plan.judgements if not one.kept}
    again = [
        (seats[wanted[submission.id].user_id], rejudge(submission, found.columns, reason=_short(found), now=now))
        for submission in list(work.submissions_with_content(session, list(wanted)))
        for found in (wanted[submission.id],)
    ]
    session.add_all([one for _seat, one in again])
    session.flush()
    return [seat.event("rejudged", rejudged_body(one), actor_id=actor_id) for seat, one in again]


def _short(found: NewJudgement) -> str:
    reason = "; ".join(found.reasons) or "judged again"
    return reason if len(reason) <= LONGEST_REASON else f"{reason[: LONGEST_REASON - 1]}…"


def _hold(
    session: Session, plan: RegradePlan, seats: Mapping[int, Seat], now: datetime, actor_id: int | None
) -> list[Event]:
    """Marks that stay where they would fall, and those that are let go."""
    held = {one.user_id: one.held for one in plan.marks if one.held is not None}
    wanted = [(user, share, "would fall by grading again") for user, share in held.items()]
    wanted += [(user, LEAST, "may fall by grading again") for user in plan.released]
    rows = [held_at(seats[user], share, reason, now=now, actor_id=actor_id) for user, share, reason in wanted]
    session.add_all(rows)
    session.flush()
    return [seats[row.user_id].event("adjusted", adjusted_body(row), actor_id=actor_id) for row in rows]
