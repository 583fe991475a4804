"""How drawing fares, as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problems import svg
from problems.drawing import WIDEST

if TYPE_CHECKING:
    from problems.stress import StressReport

MOST_RULES = 12
"""Rules in the picture; of more, the others are counted together."""
PLOT, ROW, BAR, GAP = 360.0, 28.0, 14.0, 12.0
"""Of the picture: the width of the longest bar; a row, its bar, and the gap to the words on both sides."""


def stress_svg(report: StressReport) -> str:
    """The report as a picture: what each rule rejected, and how wide the ranges of the fair draws are."""
    sheet = svg.Canvas()
    headline = f"{report.family}: {report.accepted} of {report.count} draws are fair ({report.acceptance:.1%})."
    sheet.said.append(headline)
    below = _rules(sheet, report, ROW)
    _widths(sheet, report, below + 2 * ROW)
    sheet.text((sheet.left, 0.0), headline, "symbol", "start")
    return sheet.picture("stress", "How drawing fares")


def _rules(sheet: svg.Canvas, report: StressReport, y: float) -> float:
    """A bar for every rule, from the height y on; the height of the last."""
    rules = list(report.rejected.items())
    symbol_of = {one.step: one.symbol for one in report.ranges}
    sheet.text((0.0, y + 5), "draws rejected, by rule", "caption", "start")
    for rule, number in rules[:MOST_RULES]:
        y += ROW
        words, _, step = rule.rpartition(" ")
        label = f"{words} {symbol_of.get(step, step)}".strip()
        _bar(sheet, y, label, number / rules[0][1], f"{number} ({number / report.count:.1%})")
    if len(rules) > MOST_RULES or not rules:
        y += ROW
        more = f"and {len(rules) - MOST_RULES} rules more" if rules else "none"
        sheet.text((0.0, y + 5), more, "caption", "start")
    return y


def _widths(sheet: svg.Canvas, report: StressReport, y: float) -> None:
    """A bar for the range of every step: to the median, with a line to 95 % and a ring at the largest."""
    steps = [(one.symbol, one.width) for one in report.ranges if one.width is not None]
    if not steps:
        return
    heading = f"width of the range as a share of the value: median, 95 %, largest; the line is at {WIDEST:.0%}"
    sheet.text((0.0, y + 5), heading, "caption", "start")
    sheet.line((PLOT, y + BAR), (PLOT, y + ROW * len(steps) + BAR), kind="grid")
    for symbol, width in steps:
        y += ROW
        told = f"{width.median:.2%} · {width.most:.2%} · {width.largest:.2%}"
        _bar(sheet, y, symbol, width.median / WIDEST, told)
        sheet.line((0.0, y), (PLOT * width.most / WIDEST, y))
        sheet.circle((PLOT * width.largest / WIDEST, y), 3)


def _bar(sheet: svg.Canvas, y: float, label: str, share: float, told: str) -> None:
    """A bar around the height y, with its name before it and its number behind; both are said, too."""
    sheet.text((-GAP, y + 5), label, "number", "end")
    sheet.bar((0.0, y - BAR / 2), (PLOT * share, BAR))
    sheet.text((PLOT + GAP, y + 5), told, "caption", "start")
    sheet.said.append(f"{label}: {told}.")
