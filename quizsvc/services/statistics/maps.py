"""The class's mistakes over the steps of an item, as a map: steps down, verdicts or mistakes across."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quizsvc.services.statistics.sheet import LINE, Sheet, percent
from quizsvc.services.statistics.steps import SHOWN_VERDICTS

if TYPE_CHECKING:
    from quizsvc.services.statistics.items import ItemStatistics

MOST_COLUMNS = 8
"""Mistakes in a map: the commonest of the item."""

CELL, ROW, GAP = 31.0, 28.0, 10.0
"""Of a map: how wide and how high a cell is, and the gap to words."""


@dataclass(frozen=True, slots=True)
class HeatMap:
    """For every step (a row) the share of students with each verdict or mistake (a column), 0 to 1.

    `columns` are verdicts or kinds of mistakes, and `headings` what they are called. A row is empty where nobody was
    asked.
    """

    title: str
    steps: tuple[str, ...]
    symbols: tuple[str, ...]
    columns: tuple[str, ...]
    headings: tuple[str, ...]
    shares: tuple[tuple[float, ...], ...]


def verdict_map(item: ItemStatistics, *, first: bool = False) -> HeatMap:
    """The verdicts of the submissions that count, or of the first ones."""
    rows = [step.first_shares if first else step.shares for step in item.steps]
    return HeatMap(
        title=f"Verdicts on every step, {'first submissions' if first else 'submissions that count'}",
        steps=tuple(step.step for step in item.steps),
        symbols=tuple(step.symbol for step in item.steps),
        columns=SHOWN_VERDICTS,
        headings=SHOWN_VERDICTS,
        shares=tuple(tuple(row[verdict] for verdict in SHOWN_VERDICTS) if row else () for row in rows),
    )


def mistake_map(item: ItemStatistics) -> HeatMap:
    """The commonest mistakes of the item, in first submissions or those that count."""
    mistakes = item.mistakes[:MOST_COLUMNS]
    rows = [{count.mistake: count.share for count in step.mistakes} for step in item.steps]
    return HeatMap(
        title="Mistakes in every step",
        steps=tuple(step.step for step in item.steps),
        symbols=tuple(step.symbol for step in item.steps),
        columns=tuple(count.mistake for count in mistakes),
        headings=tuple(count.title for count in mistakes),
        shares=tuple(tuple(row.get(count.mistake, 0.0) for count in mistakes) for row in rows),
    )


def map_svg(heat: HeatMap, name: str = "chart-map") -> str | None:
    """The map, the darker the more students, with their share in percent; None where it has no row or no column.

    `name` sets the picture apart from others on the same page.
    """
    if not heat.steps or not heat.columns:
        return None
    sheet, in_words = Sheet(), heat.columns == SHOWN_VERDICTS
    for place, heading in enumerate(heat.headings):
        x = CELL * (place + 0.5)
        if in_words:
            sheet.rising((x, -8.0), heading)
        else:
            sheet.text((x, -8.0), str(place + 1), "caption")
    for place, (symbol, row) in enumerate(zip(heat.symbols, heat.shares, strict=True)):
        _draw_row(sheet, heat, ROW * place, symbol, row)
    y = ROW * len(heat.steps)
    for place in range(len(heat.steps) + 1):
        sheet.line((0.0, ROW * place), (CELL * len(heat.columns), ROW * place), kind="grid")
    if not in_words:
        y += LINE / 2
        for place, heading in enumerate(heat.headings):
            y = sheet.paragraph((sheet.left, y + LINE), f"{place + 1} {heading}")
    return sheet.picture(name, heat.title)


def _draw_row(sheet: Sheet, heat: HeatMap, y: float, symbol: str, row: tuple[float, ...]) -> None:
    sheet.text((-GAP, y + ROW / 2 + 5), symbol, "symbol", "end")
    told = []
    for place, (column, share) in enumerate(zip(heat.columns, row, strict=False)):
        kind = f"is-{column if column in SHOWN_VERDICTS else 'mistake'}"
        sheet.cell((CELL * place + 1, y + 1), (CELL - 2, ROW - 2), share, kind)
        if share:
            sheet.text((CELL * (place + 0.5), y + ROW / 2 + 5), f"{100 * share:.0f}", "caption share")
            told.append(f"{heat.headings[place]} {percent(share)}")
    sheet.said.append(f"{symbol}: {', '.join(told) or 'nobody'}.")
