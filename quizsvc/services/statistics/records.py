"""What the statistics of a set are made from: the set's problems, and what counts of every student in each."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class ItemInfo:
    """A problem of the set, and the points that it is worth."""

    key: str
    title: str
    points: int


@dataclass(frozen=True, slots=True)
class Work:
    """What counts of one student in one item.

    `share` is the result, 0 to 1, and `grade` the judgement of the submission that counts, as `Grade.to_dict()` gives
    it; `first_share` and `first_grade` are those of the first counted submission. `numbers` is the same where two
    students had the same given numbers; `parameters` is what was drawn: `problems.parameters.parameters_of`.
    """

    student: int
    item: str
    share: Fraction
    first_share: Fraction | None
    submissions: int
    variants: int
    seconds: float | None
    problem_id: int
    numbers: str
    parameters: Mapping[str, str | float]
    grade: Mapping[str, Any]
    first_grade: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Markbook:
    """Works by item, and the points of each student who handed anything in: 0 for an item not worked on."""

    items: tuple[ItemInfo, ...]
    works: Mapping[str, tuple[Work, ...]]
    totals: Mapping[int, Fraction]

    @property
    def max_points(self) -> int:
        """What can be earned."""
        return sum(item.points for item in self.items)

    def column(self, item: ItemInfo) -> list[Fraction]:
        """The points of every student in an item, in the order of `totals`."""
        share_of = {work.student: work.share for work in self.works[item.key]}
        return [item.points * share_of.get(student, Fraction(0)) for student in self.totals]


def markbook_of(items: Sequence[ItemInfo], works: Iterable[Work]) -> Markbook:
    """Works sorted by item; a work without a counted submission was not handed in, and is left out.

    Raises ValueError where a work is of no item of the set, or a student has two in one item.
    """
    by_item: dict[str, dict[int, Work]] = {item.key: {} for item in items}
    for work in works:
        if work.item not in by_item:
            message = f"A work is of the item {work.item!r}: the set has {', '.join(by_item) or 'none'}."
            raise ValueError(message)
        if work.student in by_item[work.item]:
            message = f"Student {work.student} has two works in the item {work.item!r}: one counts."
            raise ValueError(message)
        if work.submissions:
            by_item[work.item][work.student] = work
    totals: dict[int, Fraction] = {}
    for item in items:
        for student, work in by_item[item.key].items():
            totals[student] = totals.get(student, Fraction(0)) + item.points * work.share
    return Markbook(tuple(items), {key: tuple(mine.values()) for key, mine in by_item.items()}, totals)
