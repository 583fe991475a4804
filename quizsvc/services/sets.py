"""Problem sets: made from a file, changed by another version of it, published, closed, copied, deleted, tried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import func, select

import problems
from quizsvc.errors import Conflict, Detail, NotFound
from quizsvc.services.audit import Event, record
from quizsvc.services.courses import read_slug
from quizsvc.services.drawing import draw_item
from quizsvc.services.marking import apply_marking, marking_in_force, marking_of, record_marking
from quizsvc.services.set_files import stored_set, with_field
from quizsvc.store import people, work
from quizsvc.store import sets as stored
from quizsvc.store.models import Attempt, IssuedProblem, Item, PreparedProblem, ProblemSet, SetVersion, Submission

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from problems import Problem
    from quizsvc.services.drawing import Drawable
    from quizsvc.services.set_spec import ItemSpec, SetSpec

AT_ONCE = (
    *("title", "text", "opens", "due", "late_minutes", "late_credit", "grace_seconds", "time_limit_minutes"),
    *("access_code", "feedback", "submissions_per_variant", "variants", "shuffle", "weight"),
)
"""What a new version of the file changes at once; what decides marks waits until the set is graded again."""


@dataclass(frozen=True, slots=True)
class Preview:
    """One item with some of the problems that students could get."""

    item: Drawable
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class SetChange:
    """What a new version of a file did: whether there was anything new, and whether marks wait to be made anew."""

    set: ProblemSet
    changed: bool
    regrade_needed: bool


def create_set(session: Session, *, course_slug: str, spec: SetSpec, now: datetime) -> ProblemSet:
    """A new set, not published yet; raises NotFound for the course, Conflict where its slug is taken."""
    course = people.get_course(session, course_slug)
    if stored.find_set(session, course_id=course.id, slug=spec.slug) is not None:
        message = f"The course {course_slug} has a set {spec.slug} already; give this one another slug."
        raise Conflict(message)
    problem_set = ProblemSet(
        course=course,
        slug=spec.slug,
        mode=spec.mode,
        created_at=now,
        **{name: getattr(spec, name) for name in AT_ONCE},
        all_items=[_item(item, place, place) for place, item in enumerate(spec.items, 1)],
        versions=[SetVersion(number=1, source=spec.source, created_at=now)],
    )
    apply_marking(problem_set, marking_of(spec))
    session.add(problem_set)
    session.flush()
    if problem_set.mode == "graded":
        record_marking(session, problem_set, now=now)
    return problem_set


def _item(spec: ItemSpec, place: int, position: int) -> Item:
    return Item(
        position=position,
        place=place,
        key=spec.key,
        pool=spec.pool,
        pick=spec.pick,
        title=spec.title,
        family=spec.family,
        options=spec.options,
        given=spec.given,
        points=spec.points,
    )


def update_set(session: Session, *, problem_set: ProblemSet, spec: SetSpec, now: datetime, seed: int) -> SetChange:
    """Take over another version of the file. What was issued stays as it is; marks there are wait for `regrade`.

    A problem whose family, options or numbers change is another one: who has it keeps it. Raises Conflict where a
    problem is left out that somebody has, where a set changes between graded and practice after work has begun, or
    where its slug is another. What all get the same is drawn from the seed; raises ProblemError.
    """
    problem_set = stored.get_set(session, problem_set.id, lock="alone")
    newest = problem_set.versions[-1]
    if newest.source == spec.source:
        return SetChange(problem_set, changed=False, regrade_needed=needs_regrade(problem_set, spec))
    _require_same_set(session, problem_set, spec)
    for name in AT_ONCE:
        setattr(problem_set, name, getattr(spec, name))
    problem_set.mode = spec.mode
    problem_set.version += 1
    problem_set.versions.append(SetVersion(number=problem_set.version, source=spec.source, created_at=now))
    _replace_items(session, problem_set, spec)
    if problem_set.variants != "same-for-all":
        for item in problem_set.items:
            item.problem = None  # it was for all, and would be for everybody who comes
    if problem_set.published_at is not None:
        draw_for_all(problem_set, seed)
    session.flush()
    if not has_submissions(session, problem_set):
        apply_marking(problem_set, marking_of(spec))
    if problem_set.mode == "graded":
        record_marking(session, problem_set, now=now)
    return SetChange(problem_set, changed=True, regrade_needed=needs_regrade(problem_set, spec))


def needs_regrade(problem_set: ProblemSet, spec: SetSpec) -> bool:
    """Whether marks are made by other rules than the file now has."""
    return marking_in_force(problem_set) != marking_of(spec)


def _require_same_set(session: Session, problem_set: ProblemSet, spec: SetSpec) -> None:
    """Raises Conflict where the file cannot be a new version of the set."""
    if spec.slug != problem_set.slug:
        message = (
            f"The file is of a set {spec.slug}, not of {problem_set.slug}. Write slug: {problem_set.slug} into it, or "
            "make a new set with set create."
        )
        raise Conflict(message, [Detail("slug", message)])
    worked_on = {item.key for item in _items_in_use(session, problem_set)}
    if missing := sorted(worked_on - {item.key for item in spec.items}):
        message = (
            f"Students have the problem {missing[0]}, or it is on a printed paper, and the file no longer has it. "
            "Leave it in, with the same id, and write dropped: excluded (it counts for nobody) or dropped: full-marks."
        )
        raise Conflict(message, [Detail("items", message)])
    if worked_on and spec.mode != problem_set.mode:
        message = (
            f"Students have begun this set as {problem_set.mode}, or papers of it are printed; it cannot become "
            f"{spec.mode} any more."
        )
        raise Conflict(message, [Detail("mode", message)])


def _items_in_use(session: Session, problem_set: ProblemSet) -> list[Item]:
    """The items that are in a student's attempt, or on a paper that may become one."""
    held = {item_id for attempt in work.attempts_of_students(session, problem_set) for item_id in attempt.item_ids}
    held |= {item_id for paper in work.papers_in(session, problem_set.id) for item_id, _text in paper.problems}
    return [item for item in problem_set.all_items if item.id in held]


def _replace_items(session: Session, problem_set: ProblemSet, spec: SetSpec) -> None:
    """The problems of the new version: an item stays where what it asks for stays."""
    before = {item.key: item for item in problem_set.items}
    position = max(item.position for item in problem_set.all_items)
    for earlier in before.values():
        earlier.place = None
    for place, wanted in enumerate(spec.items, 1):
        item = before.get(wanted.key)
        if item is None or (item.family, item.options, item.given) != (wanted.family, wanted.options, wanted.given):
            position += 1
            fresh = _item(wanted, place, position)
            if item is not None:
                fresh.points, fresh.dropped = item.points, item.dropped
            problem_set.all_items.append(fresh)
        else:
            item.place, item.title, item.pool, item.pick = place, wanted.title, wanted.pool, wanted.pick
    session.flush()
    session.expire(problem_set, ["all_items"])


def has_submissions(session: Session, problem_set: ProblemSet) -> bool:
    """Whether a student has submitted anything to the set; what instructors try has no marks."""
    students = [attempt.id for attempt in work.attempts_of_students(session, problem_set)]
    query = select(Submission.id).join(Submission.issued_problem).where(IssuedProblem.attempt_id.in_(students))
    return session.scalars(query.limit(1)).one_or_none() is not None


def get_set(session: Session, *, course_slug: str, set_slug: str) -> ProblemSet:
    """The set of that name; raises NotFound, which tells what sets there are."""
    course = people.get_course(session, course_slug)
    problem_set = stored.find_set(session, course_id=course.id, slug=set_slug)
    if problem_set is None:
        known = [known.slug for known in stored.sets_of(session, course.id)][:20]
        hint = f"its sets are {', '.join(known)}." if known else "it has none yet; make one with set create."
        message = f"The course {course_slug} has no set {set_slug!r:.80}: {hint}"
        raise NotFound(message)
    return problem_set


def list_sets(session: Session, *, course_slug: str | None = None) -> list[ProblemSet]:
    """The sets of one course, or of all."""
    chosen = people.courses(session) if course_slug is None else [people.get_course(session, course_slug)]
    return [problem_set for course in chosen for problem_set in stored.sets_of(session, course.id)]


def draw_for_all(problem_set: ProblemSet, seed: int) -> None:
    """Draw what everybody gets, where it is the same for all and not drawn yet; raises ProblemError."""
    if problem_set.variants == "same-for-all":
        for place, item in enumerate(problem_set.items):
            if item.given is None and item.problem is None:
                own = int(np.random.default_rng([seed, place]).integers(2**63))
                item.problem = problems.to_json(draw_item(item, own))


def source_of(problem_set: ProblemSet, version: int | None = None) -> str:
    """The file of a set as it was written, comments and all; raises NotFound for a version that there is not."""
    for known in problem_set.versions:
        if known.number == (version or problem_set.version):
            return known.source
    message = f"The set has no version {version}: it has 1 to {problem_set.version}."
    raise NotFound(message)


def publish_set(session: Session, *, problem_set: ProblemSet, now: datetime, seed: int) -> ProblemSet:
    """Let students see it; published again, it keeps its first time, and is open again where it was closed.

    Where all get the same numbers, these are drawn now, from the seed. Raises ProblemError.
    """
    problem_set = stored.get_set(session, problem_set.id, lock="alone")
    draw_for_all(problem_set, seed)
    if problem_set.published_at is None or problem_set.closed_at is not None:
        problem_set.published_at = problem_set.published_at or now
        problem_set.closed_at = None
        record(session, Event(problem_set.course_id, "published", {}, problem_set.id), now=now)
    return problem_set


def copy_set(
    session: Session, *, problem_set: ProblemSet, course_slug: str, slug: str | None, now: datetime
) -> ProblemSet:
    """A new set with the same file in a course, not published; raises NotFound, Conflict where its slug is taken."""
    source = source_of(problem_set)
    if slug is not None:
        source = with_field(source, "slug", read_slug(slug))
    return create_set(session, course_slug=course_slug, spec=stored_set(source), now=now)


def close_set(session: Session, *, problem_set: ProblemSet, now: datetime) -> ProblemSet:
    """Take nothing more from now on, whatever is due when; closed again, it keeps its first time."""
    problem_set = stored.get_set(session, problem_set.id, lock="alone")
    if problem_set.closed_at is None:
        problem_set.closed_at = now
        record(session, Event(problem_set.course_id, "closed", {}, problem_set.id), now=now)
    return problem_set


def delete_set(session: Session, *, problem_set: ProblemSet) -> None:
    """Remove a set on which nobody has worked; raises Conflict where there is work, a mark by hand, or a paper."""
    problem_set = stored.get_set(session, problem_set.id, lock="alone")
    begun = session.scalar(select(func.count()).select_from(Attempt).where(Attempt.set_id == problem_set.id)) or 0
    if begun:
        message = (
            f"{begun} {'person has' if begun == 1 else 'people have'} begun this set, and work is never deleted; to "
            "take nothing more, use set close."
        )
        raise Conflict(message)
    if work.papers_in(session, problem_set.id):
        message = "Papers were printed for this set, and could not be marked without it; it is not removed."
        raise Conflict(message)
    if work.adjustments_in(session, [problem_set.id]):
        message = "Marks were set by hand in this set, and are never deleted; to take nothing more, use set close."
        raise Conflict(message)
    work.forget_set(session, problem_set)


def preview_items(items: Iterable[Drawable], seeds: Sequence[int]) -> list[Preview]:
    """What students could get: each item at each of these seeds; fixed numbers once. Raises ProblemError."""
    return [
        Preview(item, tuple(draw_item(item, seed) for seed in (seeds if item.given is None else seeds[:1])))
        for item in items
    ]


def prepared_count(session: Session, problem_set: ProblemSet) -> int:
    """How many problems of the set are drawn ahead."""
    ids = [item.id for item in problem_set.items]
    query = select(func.count()).select_from(PreparedProblem).where(PreparedProblem.item_id.in_(ids))
    return session.scalar(query) or 0
