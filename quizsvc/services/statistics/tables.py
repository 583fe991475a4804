"""The statistics of a set as tables for a spreadsheet."""

from __future__ import annotations

import csv
import io
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from quizsvc.services.csv_tables import defused
from quizsvc.services.statistics.steps import SHOWN_VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from quizsvc.services.statistics.report import SetStatistics

Table = Literal["items", "steps", "mistakes"]
Cell = str | int | float | None


def _items(found: SetStatistics) -> Iterator[tuple[Cell, ...]]:
    """A row for each item."""
    yield (
        "Problem",
        "Points",
        "Students",
        "Facility",
        "Facility, whole class",
        "Facility, first submission",
        "Standard deviation (n − 1)",
        "Discrimination D (27 %)",
        "Item-total correlation",
        "Item-rest correlation",
        "Alpha without it",
        "Median seconds",
        "Submissions, mean",
        "Variants, mean",
        "Fairness: p in this set",
        "To look at",
    )
    for item in found.items:
        yield (
            item.title,
            item.points,
            item.students,
            item.facility,
            item.facility_of_all,
            item.first_facility,
            item.sd,
            item.discrimination,
            item.item_total,
            item.item_rest,
            item.alpha_without,
            item.median_seconds,
            item.mean_submissions,
            item.mean_variants,
            item.fairness.corrected,
            " ".join(item.flags),
        )


def _steps(found: SetStatistics) -> Iterator[tuple[Cell, ...]]:
    """A row for each step of each item."""
    verdicts = (f"Share {verdict}" for verdict in SHOWN_VERDICTS)
    first = (f"Share {verdict}, first submission" for verdict in SHOWN_VERDICTS)
    yield (
        *("Problem", "Step", "Students", "Facility", "Facility, first submission", "Step-rest correlation"),
        *verdicts,
        *first,
        "Commonest mistake",
        "Its share",
    )
    for item in found.items:
        for step in item.steps:
            commonest = step.mistakes[0] if step.mistakes else None
            yield (
                *(item.title, step.step, step.students, step.facility, step.first_facility, step.step_rest),
                *(step.shares.get(verdict) for verdict in SHOWN_VERDICTS),
                *(step.first_shares.get(verdict) for verdict in SHOWN_VERDICTS),
                commonest.title if commonest else None,
                commonest.share if commonest else None,
            )


def _mistakes(found: SetStatistics) -> Iterator[tuple[Cell, ...]]:
    """A row for each mistake: in the whole set, then in each item, then in each step."""
    yield "Problem", "Step", "Mistake", "What it is called", "Students", "Share", "Places"
    places = [("", "", found.mistakes)]
    places += [(item.title, "", item.mistakes) for item in found.items]
    places += [(item.title, step.step, step.mistakes) for item in found.items for step in item.steps]
    for title, step, counts in places:
        for count in counts:
            yield title, step, count.mistake, count.title, count.students, count.share, count.places


TABLES: Mapping[Table, Callable[[SetStatistics], Iterable[tuple[Cell, ...]]]] = MappingProxyType(
    {"items": _items, "steps": _steps, "mistakes": _mistakes}
)


def csv_of(rows: Iterable[tuple[Cell, ...]]) -> str:
    """Rows as CSV, numbers with four decimals and None as nothing; texts that could be taken for a formula are not."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return defused(cell)
    return f"{round(cell, 4) + 0.0:.4f}".rstrip("0").rstrip(".")  # 0.0 is added so that there is no -0
