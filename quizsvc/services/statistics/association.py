"""Does a mark depend on something? Rank tests, with p-values by permutation: exact at any size and with any ties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from numpy.typing import ArrayLike, NDArray

TESTED_FROM = 10
"""So many students are needed: with fewer, next to nothing can be found."""

PERMUTATIONS = 1999
"""How often marks are dealt out anew: p is at least 1/2000, and right to about ±0.01 near 0.05."""

SIGNIFICANT = 0.05
"""Below this p-value, something is said to depend on something."""

_SEED = 1999
"""The same marks are always dealt out in the same ways: the same works give the same p."""

_SAME = 1e-9
"""Shares of variance that differ by no more are the same."""


@dataclass(frozen=True, slots=True)
class Association:
    """One test: its statistic (H, or ρ), its p-value, and the share of the variance of the ranks that is explained."""

    test: Literal["Kruskal-Wallis", "Spearman"]
    statistic: float
    p: float
    explained: float
    students: int

    @property
    def words(self) -> str:
        """Test, statistic and p-value, as they are written."""
        symbol = "H" if self.test == "Kruskal-Wallis" else "ρ"
        return f"{self.test} {symbol} = {self.statistic:.2f}, {said_p(self.p)}".replace("= -", "= −")


def said_p(p: float) -> str:
    """A p-value as it is written."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"  # noqa: PLR2004 - as it is written


def kruskal_wallis(shares: Sequence[Fraction], groups: Sequence[str]) -> Association | None:
    """Whether shares differ between groups (Kruskal & Wallis 1952, with the correction for ties).

    None with fewer than TESTED_FROM students, or where shares or groups are all the same.
    """
    names = sorted(set(groups))
    if not _testable(shares, names):
        return None
    pairs = sorted(zip(shares, groups, strict=True))
    member = np.array([[group == name for name in names] for _, group in pairs], dtype=float)
    explained, p = _explained([float(share) for share, _ in pairs], member / np.sqrt(member.sum(axis=0)))
    return Association("Kruskal-Wallis", (len(pairs) - 1) * explained, p, explained, len(pairs))


def spearman(shares: Sequence[Fraction], values: Sequence[float]) -> Association | None:
    """Whether shares rise or fall with a number: the correlation of their ranks (Spearman 1904); None as above."""
    if not _testable(shares, sorted(set(values))):
        return None
    pairs = sorted(zip(shares, values, strict=True))
    along = _ranks([value for _, value in pairs])
    along /= np.linalg.norm(along)
    marks = [float(share) for share, _ in pairs]
    explained, p = _explained(marks, along[:, np.newaxis])
    rising = float(_ranks(marks) @ along) >= 0
    return Association("Spearman", (1 if rising else -1) * explained**0.5, p, explained, len(pairs))


def _testable(shares: Sequence[Fraction], values: Sequence[object]) -> bool:
    return len(shares) >= TESTED_FROM and len(set(shares)) > 1 and len(values) > 1


def _ranks(values: ArrayLike) -> NDArray[np.float64]:
    """Ranks around 0; those that are the same share the mean of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    return np.asarray(ranks - ranks.mean())


def _explained(marks: Sequence[float], across: NDArray[np.float64]) -> tuple[float, float]:
    """The share of the variance of the ranks that lies along orthonormal columns, and how rarely chance gives as much.

    Both tests are this: H is n − 1 times that share, and so is ρ².
    """
    ranks = _ranks(marks)
    dealt = np.random.default_rng(_SEED).permuted(np.tile(ranks, (PERMUTATIONS, 1)), axis=1)
    whole = float(ranks @ ranks)
    explained = float(np.sum((ranks @ across) ** 2)) / whole
    by_chance = np.sum((dealt @ across) ** 2, axis=1) / whole
    as_much = int(np.count_nonzero(by_chance >= explained - _SAME))
    return min(1.0, explained), (1 + as_much) / (1 + PERMUTATIONS)


def holm(ps: Sequence[float]) -> list[float]:
    """p-values of tests made together, raised so that one false alarm among all stays rare (Holm 1979)."""
    corrected, largest = [0.0] * len(ps), 0.0
    for made, place in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        largest = max(largest, min(1.0, (len(ps) - made) * ps[place]))
        corrected[place] = largest
    return corrected
