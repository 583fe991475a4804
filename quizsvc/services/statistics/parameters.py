"""What makes an item hard: its facility against everything that was drawn of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from quizsvc.services.statistics.association import SIGNIFICANT, TESTED_FROM, Association, kruskal_wallis, spearman
from quizsvc.services.statistics.bands import Band, bands_of, places_of_numbers, places_of_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quizsvc.services.statistics.records import Work


@dataclass(frozen=True, slots=True)
class Difficulty:
    """How the facility of an item goes with one drawn parameter, and in `words` what its test says.

    Words are tested by Kruskal and Wallis, numbers by Spearman; `test` is None where too few worked on the item, or all
    have the same share. Its p-value is that of one test made alone.
    """

    parameter: str
    kind: Literal["words", "numbers"]
    students: int
    bands: tuple[Band, ...]
    test: Association | None
    words: str


def difficulties_of(works: Sequence[Work]) -> tuple[Difficulty, ...]:
    """One for every parameter that varies, by name."""
    names = sorted({name for work in works for name in work.parameters})
    with_it = ((name, [work for work in works if name in work.parameters]) for name in names)
    return tuple(_difficulty(name, mine) for name, mine in with_it if len({work.parameters[name] for work in mine}) > 1)


def _difficulty(name: str, works: Sequence[Work]) -> Difficulty:
    values, shares = [work.parameters[name] for work in works], [work.share for work in works]
    if any(isinstance(value, str) for value in values):
        places = places_of_words(list(map(str, values)))
        test = kruskal_wallis(shares, [label for _, label in places])
        return Difficulty(name, "words", len(works), bands_of(shares, places), test, _said(test, len(works)))
    numbers = cast("list[float]", values)
    test = spearman(shares, numbers)
    bands = bands_of(shares, places_of_numbers(numbers))
    return Difficulty(name, "numbers", len(works), bands, test, _said(test, len(works)))


def _said(test: Association | None, students: int) -> str:
    if test is None:
        few = f"Too few students to test: {students}, of {TESTED_FROM} that it takes."
        return few if students < TESTED_FROM else "All have the same share: there is nothing to test."
    if test.p >= SIGNIFICANT:
        return f"No sign that it matters: {test.words}."
    if test.test == "Kruskal-Wallis":
        return f"It matters which one is drawn: {test.words}."
    return f"The larger it is, the {'higher' if test.statistic > 0 else 'lower'} the share: {test.words}."
