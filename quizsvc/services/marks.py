"""From judged submissions to marks: pure, exact, and the same for the gradebook and for who replays the audit log."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

GradeBy = Literal["best", "last", "average"]
Source = Literal["work", "nothing", "hand", "excluded", "full-marks"]
NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Result:
    """A submission as it stands: `score` and `time_credit` are shares, 0 to 1, of the problem's marks and of these."""

    variant: int
    score: Fraction
    time_credit: Fraction
    counted: bool
    origin: str
    arrived_at: datetime

    @property
    def share(self) -> Fraction:
        """The share of the problem's marks that it gets."""
        return self.score * self.time_credit


@dataclass(frozen=True, slots=True)
class ItemRule:
    """What an item is worth to everybody."""

    key: str
    points: int
    dropped: Literal["no", "excluded", "full-marks"] = "no"
    pool: int | None = None
    pick: int | None = None


@dataclass(frozen=True, slots=True)
class SetRules:
    """By what the marks of a set are made."""

    items: Mapping[str, ItemRule]
    grade_by: GradeBy = "best"

    @property
    def usual_keys(self) -> tuple[str, ...]:
        """The items of somebody who has not begun: of each pool the first ones, as many as are picked."""
        seen: dict[int, int] = {}
        keys = []
        for key, rule in self.items.items():
            if rule.pool is not None:
                seen[rule.pool] = seen.get(rule.pool, 0) + 1
                if seen[rule.pool] > (rule.pick or 1):
                    continue
            keys.append(key)
        return tuple(keys)

    def max_points(self, keys: Iterable[str] | None = None) -> int:
        """What can be earned with these items, or by somebody who has not begun."""
        rules = [self.items[key] for key in (self.usual_keys if keys is None else keys)]
        return sum(rule.points for rule in rules if rule.dropped != "excluded")


@dataclass(frozen=True, slots=True)
class Adjustments:
    """What was set by hand, in points, for items by key and for the whole set; `held` is the least share of the set."""

    items: Mapping[str, Fraction] = field(default_factory=dict)
    whole: Fraction | None = None
    held: Fraction | None = None


@dataclass(frozen=True, slots=True)
class ItemMark:
    """One student's mark in one item; `share` is what the work alone earned, None where nothing was submitted."""

    key: str
    share: Fraction | None
    earned: Fraction
    points: int
    source: Source

    @property
    def counts(self) -> bool:
        """Whether its points are among those that can be earned."""
        return self.source != "excluded"


@dataclass(frozen=True, slots=True)
class SetMark:
    """One student's mark in one set; `source` tells where the sum comes from."""

    items: tuple[ItemMark, ...]
    earned: Fraction
    max_points: int
    source: Literal["sum", "hand", "held"] = "sum"

    @property
    def share(self) -> Fraction | None:
        """The share of what could be earned; None where nothing could."""
        return self.earned / self.max_points if self.max_points else None

    @property
    def is_begun(self) -> bool:
        """Whether there is anything: work, or a mark by hand."""
        return self.source != "sum" or any(item.source in ("work", "hand") for item in self.items)


def valid_results(results: Sequence[Result]) -> list[Result]:
    """Those that decide the mark: nothing that could not be read, and nothing that came too late for any credit.

    Of what was typed in from a paper it is the last one alone, for that corrects what was typed in before.
    """
    if results and results[-1].origin == "paper":
        results = results[-1:]
    return [result for result in results if result.counted and result.time_credit]


def share_of_item(results: Sequence[Result], grade_by: GradeBy) -> Fraction | None:
    """What the submissions to one item, in the order of their numbers, come to; None where none counts.

    The best of all; the last to arrive; or the average over the variants of the best of each.
    """
    known = valid_results(results)
    if not known:
        return None
    if grade_by == "last":
        return max(enumerate(known), key=lambda one: (one[1].arrived_at, one[0]))[1].share
    best: dict[int, Fraction] = {}
    for result in known:
        best[result.variant] = max(best.get(result.variant, NOTHING), result.share)
    return max(best.values()) if grade_by == "best" else sum(best.values(), NOTHING) / len(best)


def mark_of(
    rules: SetRules,
    keys: Sequence[str],
    results: Mapping[str, Sequence[Result]],
    adjustments: Adjustments = Adjustments(),
) -> SetMark:
    """The mark of a student who has the items of these keys.

    What was set by hand gives no more than can be earned by now, whatever could be earned then.
    """
    items = tuple(_item_mark(rules, key, results.get(key, ()), adjustments.items.get(key)) for key in keys)
    possible = sum(item.points for item in items if item.counts)
    earned = sum((item.earned for item in items if item.counts), NOTHING)
    if adjustments.whole is not None:
        return SetMark(items, min(adjustments.whole, Fraction(possible)), possible, "hand")
    if adjustments.held is not None and earned < adjustments.held * possible:
        return SetMark(items, adjustments.held * possible, possible, "held")
    return SetMark(items, earned, possible)


def _item_mark(rules: SetRules, key: str, results: Sequence[Result], by_hand: Fraction | None) -> ItemMark:
    rule = rules.items[key]
    share = share_of_item(results, rules.grade_by)
    if rule.dropped == "excluded":
        return ItemMark(key, share, NOTHING, rule.points, "excluded")
    if by_hand is not None:
        return ItemMark(key, share, min(by_hand, Fraction(rule.points)), rule.points, "hand")
    if rule.dropped == "full-marks":
        return ItemMark(key, share, Fraction(rule.points), rule.points, "full-marks")
    if share is None:
        return ItemMark(key, None, NOTHING, rule.points, "nothing")
    return ItemMark(key, share, share * rule.points, rule.points, "work")


def course_share(shares: Mapping[int, tuple[Fraction, Fraction]], drop_lowest: int) -> tuple[Fraction | None, set[int]]:
    """The weighted mean of (share, weight) by set without the lowest ones, and which those are.

    At least one that weighs anything is kept. Of equal shares, the one that weighs more is dropped, then the later one.
    """
    weighed = [one for one, (_share, weight) in shares.items() if weight]
    lowest = sorted(weighed, key=lambda one: (shares[one][0], -shares[one][1], -one))
    dropped = set(lowest[: max(0, min(drop_lowest, len(lowest) - 1))])
    kept = [shares[one] for one in shares if one not in dropped]
    total = sum((weight for _share, weight in kept), NOTHING)
    if not total:
        return None, dropped
    return sum((share * weight for share, weight in kept), NOTHING) / total, dropped
