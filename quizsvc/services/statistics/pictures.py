"""Pictures of a set's statistics as SVG text: totals, items, mistakes, and what makes an item hard.

Each says in its description what it shows; a table beside it has the same numbers. `name` sets a picture apart from
others on the same page. None where there is nothing to show.
"""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, NamedTuple

from quizsvc.services.statistics.items import TOO_EASY, TOO_HARD
from quizsvc.services.statistics.sheet import LINE, WIDTH, Sheet, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from problems.svg import Anchor, Point
    from quizsvc.services.statistics.items import ItemStatistics
    from quizsvc.services.statistics.mistakes import MistakeCount
    from quizsvc.services.statistics.parameters import Difficulty
    from quizsvc.services.statistics.totals import Totals

HEIGHT, BAR, GAP = 170.0, 12.0, 10.0
"""Of plots: the height; the thickness of a lying bar; the gap between marks and words."""

PLOT, INDENT = 200.0, 40.0
"""Of the plot of items: its height, and the room for the numbers on its left."""

MOST_MISTAKES = 10
"""Mistakes in a picture: the commonest."""

ENDS: tuple[tuple[float, Anchor], ...] = ((0.0, "start"), (0.5, "middle"), (1.0, "end"))
"""What is written below a scale, and on which side of its place."""

SCALE = 160.0
"""How long the scale from 0 to 100 % is beside words."""


def totals_svg(totals: Totals, name: str = "chart-totals") -> str | None:
    """How many students have how many points, as bars, with a line at the mean."""
    if not totals.students or not totals.bins or totals.mean is None or totals.median is None:
        return None
    sheet, wide = Sheet(), WIDTH / len(totals.bins)
    most = max(one.students for one in totals.bins)
    heights = [HEIGHT * one.students / most for one in totals.bins]
    for place, tall in enumerate(heights):
        if tall:
            sheet.bar((place * wide + 1.5, HEIGHT - tall), (wide - 3, tall))
    _mark_mean(sheet, totals.mean, totals)
    for place, (one, tall) in enumerate(zip(totals.bins, heights, strict=True)):
        if tall:
            sheet.text(((place + 0.5) * wide, HEIGHT - tall - 6), str(one.students), "caption halo")
            sheet.said.append(f"{one.low:g} to {one.high:g} points: {one.students}.")
    sheet.line((0.0, HEIGHT), (WIDTH, HEIGHT), kind="axis")
    for share, anchor in ENDS:
        words = f"{totals.max_points * share:g}{' points' if share == 1 else ''}"
        sheet.text((WIDTH * share, HEIGHT + LINE), words, "caption", anchor)
    return sheet.picture(name, "Totals of the class")


def _mark_mean(sheet: Sheet, mean: float, totals: Totals) -> None:
    x = WIDTH * mean / totals.max_points
    words = f"mean {mean:.1f}, median {totals.median:.1f}"
    sheet.line((x, -1.8 * LINE), (x, HEIGHT), kind="guide")
    left = x > WIDTH / 2
    sheet.text((x - 6 if left else x + 6, -1.4 * LINE), words, "caption", "end" if left else "start")
    sheet.said.append(f"{totals.students} students, {words} of {totals.max_points} points.")


def items_svg(items: Sequence[ItemStatistics], name: str = "chart-items") -> str | None:
    """Facility across and item-rest correlation up, a numbered dot for each item; what the numbers are stands below."""
    shown = {
        number: (item.facility, item.item_rest)
        for number, item in enumerate(items, start=1)
        if item.facility is not None and item.item_rest is not None
    }
    if not shown:
        return None
    sheet, plot = Sheet(), _Plot.around(list(shown.values()))
    _draw_scales(sheet, plot)
    places = [plot.place_of(*measures) for measures in shown.values()]
    for place in places:
        sheet.dot(place, 4)
    _number(sheet, list(shown), places)
    y = PLOT + 2.5 * LINE
    for number, (facility, rest) in shown.items():
        title = items[number - 1].title
        y = sheet.paragraph((0.0, y + LINE), f"{number} {title}")
        sheet.said.append(f"{number}, {title}: facility {percent(facility)}, item-rest correlation {rest:.2f}.")
    return sheet.picture(name, "Items: how easy, and how well they separate")


class _Plot(NamedTuple):
    """Where facilities and correlations stand: from and to so many fifths of 1."""

    left: int
    right: int
    low: int
    high: int

    @classmethod
    def around(cls, measures: Sequence[tuple[float, float]]) -> _Plot:
        """The fifths around all of them, with 0 and 0.6 of the correlations."""
        facilities, rests = zip(*measures, strict=True)
        left = min(4, floor(5 * min(facilities)))
        right = max(left + 1, ceil(5 * max(facilities)))
        return cls(left, right, min(0, floor(5 * min(rests))), max(3, ceil(5 * max(rests))))

    def place_of(self, facility: float, rest: float) -> Point:
        """Where an item stands."""
        across = (5 * facility - self.left) / (self.right - self.left)
        return INDENT + across * (WIDTH - INDENT), PLOT * (self.high - 5 * rest) / (self.high - self.low)


def _draw_scales(sheet: Sheet, plot: _Plot) -> None:
    left, right, top = plot.left / 5, plot.right / 5, plot.high / 5
    for fifth in range(plot.low, plot.high + 1):
        start, end = plot.place_of(left, fifth / 5), plot.place_of(right, fifth / 5)
        sheet.line(start, end, kind="grid" if fifth else "axis")
        sheet.text((start[0] - GAP, start[1] + 5), f"{fifth / 5:.1f}".replace("-", "−"), "caption", "end")
    for fifth in range(plot.left, plot.right + 1):
        sheet.text((plot.place_of(fifth / 5, 0)[0], PLOT + LINE), percent(fifth / 5), "caption")
    for border, words in ((TOO_HARD, "hard"), (TOO_EASY, "easy")):
        if left < border < right:
            (x, bottom), (_, ceiling) = plot.place_of(border, plot.low / 5), plot.place_of(border, top)
            sheet.line((x, bottom), (x, ceiling), kind="guide")
            sheet.text((x, ceiling - 8), words, "caption")
    sheet.text((0.0, -LINE - 10), "item-rest correlation", "caption", "start")
    sheet.text(((WIDTH + INDENT) / 2, PLOT + 2 * LINE), "mean share (facility)", "caption")


AROUND = ((10, 5), (-10, 5), (0, -9), (0, 19), (9, -6), (-9, -6), (9, 16), (-9, 16))
"""Where a number may stand beside its dot, the best place first."""


def _number(sheet: Sheet, numbers: Sequence[int], places: Sequence[Point]) -> None:
    """Numbers beside their dots, where they touch as few other dots and numbers as can be."""
    taken = [(x, y, 6.0) for x, y in places]
    for number, (x, y) in zip(numbers, places, strict=True):
        reach = 4.0 * len(str(number))
        free = [(x + across + (across > 0) * reach - (across < 0) * reach, y + down) for across, down in AROUND]
        best = min(free, key=lambda spot: sum(_touch(spot, reach, other) for other in taken))
        taken.append((best[0], best[1] - 5, reach))
        sheet.text(best, str(number), "caption halo")


def _touch(spot: Point, reach: float, other: tuple[float, float, float]) -> float:
    """How much a number overlaps with something else, at least at 0."""
    x, y, half = other
    across, down = reach + half - abs(spot[0] - x), 12 - abs(spot[1] - 5 - y)
    return max(0.0, across) * max(0.0, down)


def mistakes_svg(counts: Sequence[MistakeCount], name: str = "chart-mistakes") -> str | None:
    """A bar for each of the commonest mistakes: how many students made it."""
    if not counts:
        return None
    sheet, y = Sheet(), 0.0
    for count in counts[:MOST_MISTAKES]:
        y = sheet.paragraph((0.0, y), count.title, "caption share")
        told = f"{count.students} ({percent(count.share)})"
        sheet.bar((0.0, y + 8), (240.0 * count.students / counts[0].students, BAR))
        sheet.text((240.0 + GAP, y + 19), told, "caption", "start")
        sheet.said.append(f"{count.title}: {count.students} students, {percent(count.share)}.")
        y += 2.5 * LINE
    if len(counts) > MOST_MISTAKES:
        sheet.text((0.0, y), f"and {len(counts) - MOST_MISTAKES} kinds more", "caption", "start")
    return sheet.picture(name, "The commonest mistakes, by students who made them")


def difficulty_svg(difficulty: Difficulty, name: str = "chart-difficulty") -> str:
    """The mean share for each value that was drawn, with its 95 % interval."""
    sheet, y = Sheet(), 0.0
    for share in (0.0, 0.5, 1.0):
        x = SCALE * share
        sheet.line((x, 4.0), (x, len(difficulty.bands) * 1.4 * LINE + 10), kind="grid")
        sheet.text((x, -4.0), percent(share), "caption")
    for band in difficulty.bands:
        y += 1.4 * LINE
        sheet.text((-2 * GAP, y + 5), band.label, "caption share", "end")
        sheet.line((SCALE * band.low, y), (SCALE * band.high, y), kind="whisker")
        sheet.dot((SCALE * band.facility, y), 5)
        sheet.text((SCALE + 2 * GAP, y + 5), f"n = {band.students}", "caption", "start")
        sheet.said.append(
            f"{band.label}: {percent(band.facility)}, between {percent(band.low)} and {percent(band.high)}, "
            f"{band.students} students."
        )
    sheet.text((sheet.left, -LINE - 8), difficulty.parameter, "label", "start")
    return sheet.picture(name, f"Mean share by {difficulty.parameter}")
