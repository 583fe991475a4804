"""The statistics of a set, as a whole."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from quizsvc.services.statistics.fairness import corrected_for_set, fairness_of
from quizsvc.services.statistics.items import ItemStatistics, item_statistics
from quizsvc.services.statistics.mistakes import MistakeCount, count_mistakes, pairs_of
from quizsvc.services.statistics.parameters import difficulties_of
from quizsvc.services.statistics.records import markbook_of
from quizsvc.services.statistics.reliability import Reliability, alphas_without, reliability_of
from quizsvc.services.statistics.tables import TABLES, csv_of
from quizsvc.services.statistics.totals import Totals, totals_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from quizsvc.services.statistics.records import ItemInfo, Work
    from quizsvc.services.statistics.tables import Table


@dataclass(frozen=True, slots=True)
class SetStatistics:
    """The statistics of a set; None stands for what is not defined, with too few students or no differences.

    `fairness` says in words what the tests of all items come to.
    """

    title: str
    totals: Totals
    reliability: Reliability
    items: tuple[ItemStatistics, ...]
    mistakes: tuple[MistakeCount, ...]
    fairness: str

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}

    def to_csv(self, table: Table) -> str:
        """The table of items, of steps or of mistakes, for a spreadsheet."""
        return csv_of(TABLES[table](self))


def _plain(value: Any) -> Any:  # noqa: ANN401 - of every type that is in here
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return dict(value) if isinstance(value, dict) else value


def statistics_of(title: str, items: Sequence[ItemInfo], works: Iterable[Work]) -> SetStatistics:
    """The statistics of a set from what counts of every student in each item.

    Students are those who handed in anything that was counted. In totals, and so in α, an item that a student did not
    work on counts as 0; measures of an item are over those who worked on it. The same works give the same numbers, in
    whatever order they come. Raises ValueError where works do not fit the items.
    """
    book = markbook_of(items, works)
    difficulties = [difficulties_of(book.works[item.key]) for item in book.items]
    fairness = corrected_for_set(
        [fairness_of(book.works[item.key], mine) for item, mine in zip(book.items, difficulties, strict=True)]
    )
    parts = zip(book.items, alphas_without(book), difficulties, fairness, strict=True)
    found = tuple(item_statistics(item, book, alpha, hard, fair) for item, alpha, hard, fair in parts)
    return SetStatistics(
        title=title,
        totals=totals_of(book),
        reliability=reliability_of(book),
        items=found,
        mistakes=count_mistakes(pairs_of(chain(*book.works.values())), len(book.totals)),
        fairness=_fairness_in_words(found),
    )


def _fairness_in_words(items: Sequence[ItemStatistics]) -> str:
    tested = [item for item in items if item.fairness.test is not None]
    if not tested:
        return "Nothing could be tested of whether marks depend on the numbers drawn; each problem says why."
    unfair = [f"“{item.title}”" for item in tested if item.fairness.unfair]
    number = "one problem" if len(tested) == 1 else f"{len(tested)} problems"
    if unfair:
        return f"There are signs that marks depend on the numbers drawn, in {', '.join(unfair)} ({number} tested)."
    return f"No sign that marks depend on the numbers drawn ({number} tested)."
