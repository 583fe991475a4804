"""Students in groups: by a word that was drawn for them, by a number, or by the variant that they got."""

from __future__ import annotations

import statistics
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from quizsvc.services.statistics.measures import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_VALUES = 5
"""Numbers with more different values than these stand in BANDS bands with about as many students in each."""
BANDS = 4
MOST_WORDS = 8
"""Of more different words, the commonest stand by themselves; the others are taken together."""
OTHERS = "others"

Place = tuple[int, str]
"""Where a group stands among the others, and what it is called."""


@dataclass(frozen=True, slots=True)
class Band:
    """A group of students: their mean share, and its 95 % interval."""

    label: str
    students: int
    facility: float
    low: float
    high: float


def bands_of(shares: Sequence[Fraction], places: Sequence[Place]) -> tuple[Band, ...]:
    """The groups in their order; each share belongs to the place beside it."""
    groups: dict[Place, list[Fraction]] = {}
    for share, place in zip(shares, places, strict=True):
        groups.setdefault(place, []).append(share)
    return tuple(_band(label, groups[place, label]) for place, label in sorted(groups))


def _band(label: str, shares: Sequence[Fraction]) -> Band:
    facility = float(sum(shares, Fraction(0)) / len(shares))
    return Band(label, len(shares), facility, *wilson(facility, len(shares)))


def places_of_words(words: Sequence[str]) -> list[Place]:
    """A group for each word, by the alphabet; of many, the rare ones are taken together at the end."""
    counts = Counter(words)
    kept = sorted(counts, key=lambda word: (-counts[word], word))
    kept = kept if len(kept) <= MOST_WORDS else kept[: MOST_WORDS - 1]
    return [(0, word) if word in kept else (1, OTHERS) for word in words]


def places_of_numbers(numbers: Sequence[float]) -> list[Place]:
    """A group for each number, by size; of many, bands between the quartiles, named by what is in them."""
    values = sorted(set(numbers))
    if len(values) <= MOST_VALUES:
        return [(values.index(number), said(number)) for number in numbers]
    edges = statistics.quantiles(numbers, n=BANDS, method="inclusive")
    bands = [bisect_left(edges, number) for number in numbers]
    ends: dict[int, list[float]] = {}
    for band, number in zip(bands, numbers, strict=True):
        ends.setdefault(band, []).append(number)
    return [(band, f"{said(min(ends[band]))} to {said(max(ends[band]))}") for band in bands]


def said(number: float) -> str:
    """A number with at most two decimals, as it is written."""
    return f"{round(number, 2) + 0.0:g}".replace("-", "−")
