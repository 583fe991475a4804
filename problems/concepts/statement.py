"""A statement, and the subjects it may be true of."""

from __future__ import annotations

from typing import NamedTuple


class Statement(NamedTuple):
    """A fact; two with one meaning never stand in the same question."""

    id: str
    aspect: str
    text: str
    true_of: frozenset[str]
    meaning: str
    source: str
    arguable_for: frozenset[str] = frozenset()


V = frozenset({"vanishing-gradient"})
E = frozenset({"exploding-gradient"})
D = frozenset({"dying-relu"})
OUTPUT = frozenset({"saturated-output"})
SYMMETRY = frozenset({"symmetric-units"})
SLUGGISH = frozenset({"sluggish-training"})
