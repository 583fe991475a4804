"""How often each known mistake was made: in a step, in an item, in the whole set."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from problems.mistake_kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from quizsvc.services.statistics.records import Work


@dataclass(frozen=True, slots=True)
class MistakeCount:
    """How many students made a mistake, what share that is of those asked, and in how many of their steps in all."""

    mistake: str
    title: str
    students: int
    share: float
    places: int


def steps_of_grade(grade: Mapping[str, Any] | None) -> Mapping[str, Mapping[str, Any]]:
    """Step id -> judgement; none where there is no grade."""
    steps: Mapping[str, Mapping[str, Any]] = (grade or {}).get("steps", {})
    return steps


def mistakes_made(work: Work) -> dict[str, set[str]]:
    """Step id -> the known mistakes in it, in the first submission or in the one that counts; of arrays, in any entry.

    Every step that was asked is named.
    """
    made: dict[str, set[str]] = {}
    for grade in (work.grade, work.first_grade):
        for step, judged in steps_of_grade(grade).items():
            named = {judged.get("mistake"), *(entry.get("mistake") for entry in judged.get("entries", ()))}
            made.setdefault(step, set()).update(named - {None})
    return made


def pairs_of(works: Iterable[Work]) -> Iterator[tuple[int, str]]:
    """A pair of student and mistake for each step in which it was made."""
    for work in works:
        for mistakes in mistakes_made(work).values():
            yield from ((work.student, mistake) for mistake in mistakes)


def count_mistakes(made: Iterable[tuple[int, str]], students: int) -> tuple[MistakeCount, ...]:
    """The commonest first, from pairs of student and mistake, and from how many students were asked."""
    who: dict[str, set[int]] = {}
    places: Counter[str] = Counter()
    for student, mistake in made:
        who.setdefault(mistake, set()).add(student)
        places[mistake] += 1
    counts = (
        MistakeCount(mistake, title_of(mistake), len(mine), len(mine) / students, places[mistake])
        for mistake, mine in who.items()
    )
    return tuple(sorted(counts, key=lambda count: (-count.students, -count.places, count.mistake)))


def title_of(mistake: str) -> str:
    """What a kind of mistake is called; of one that is known no longer, its name."""
    return KINDS[mistake].title if mistake in KINDS else mistake.replace("-", " ")
