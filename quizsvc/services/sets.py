"""Problem sets: made from a file, published, looked up, tried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quizsvc.errors import Conflict, NotFound
from quizsvc.services.drawing import draw_item
from quizsvc.store import people
from quizsvc.store import sets as stored
from quizsvc.store.models import Item, ProblemSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from problems import Problem
    from quizsvc.services.drawing import Drawable
    from quizsvc.services.set_files import SetSpec


@dataclass(frozen=True, slots=True)
class Preview:
    """One item with some of the problems that students could get."""

    item: Drawable
    problems: tuple[Problem, ...]


def create_set(session: Session, *, course_slug: str, spec: SetSpec, now: datetime) -> ProblemSet:
    """A new set, not published yet; raises NotFound for the course, Conflict where its slug is taken."""
    course = people.get_course(session, course_slug)
    if stored.find_set(session, course_id=course.id, slug=spec.slug) is not None:
        message = f"The course {course_slug} has a set {spec.slug} already; give this one another slug."
        raise Conflict(message)
    problem_set = ProblemSet(
        course=course,
        slug=spec.slug,
        title=spec.title,
        text=spec.text,
        opens=spec.opens,
        due=spec.due,
        feedback=spec.feedback,
        submissions_per_variant=spec.submissions_per_variant,
        new_variants=spec.new_variants,
        carried_credit=spec.scheme.carried,
        imprecise_credit=spec.scheme.imprecise,
        mistake_credit=spec.scheme.mistake,
        entries_credit=spec.scheme.entries,
        created_at=now,
        items=[
            Item(
                position=position,
                title=item.title,
                family=item.family,
                options=item.options,
                given=item.given,
                points=item.points,
            )
            for position, item in enumerate(spec.items, 1)
        ],
    )
    session.add(problem_set)
    session.flush()
    return problem_set


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


def publish_set(session: Session, *, course_slug: str, set_slug: str, now: datetime) -> ProblemSet:
    """Let students see it; published again, it keeps its first time."""
    problem_set = get_set(session, course_slug=course_slug, set_slug=set_slug)
    if problem_set.published_at is None:
        problem_set.published_at = now
    return problem_set


def preview_items(items: Iterable[Drawable], seeds: Sequence[int]) -> list[Preview]:
    """What students could get: each item at each of these seeds; fixed numbers once. Raises ProblemError."""
    return [
        Preview(item, tuple(draw_item(item, seed) for seed in (seeds if item.given is None else seeds[:1])))
        for item in items
    ]
