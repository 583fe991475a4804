"""How drawing fares: how many draws are fair, what rejects the others, how wide ranges are and how plain mistakes.

Everything is counted block by block, so that memory stays bounded: a share or a distance is kept as one of a thousand
classes of its logarithm.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from problems.arithmetic import Arithmetic, arithmetic_of
from problems.catalogue import get_family
from problems.drawing import Referee, block_of, candidates
from problems.errors import BadOption
from problems.graph import evaluate
from problems.mistake_kinds import KINDS
from problems.mistakes import mistakes_of
from problems.posing import fixed_options, read_seed
from problems.precision import Precision
from problems.problem import worksheet_of
from problems.readings.exact import EXACT
from problems.readings.markup import symbols
from problems.readings.rounding import ranges_at
from problems.verifying import confirmed_instances

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from problems.graph import Walk
    from problems.problem import Worksheet
    from problems.readings.exact import Array
    from problems.readings.intervals import Interval

CLASSES_PER_DECADE = 200
"""Of the logarithm of a share or a distance: quantiles are right to half a percent or so."""
SMALLEST, LARGEST = -14, 9
"""Powers of ten between which those classes lie; what is below counts as 0, what is beyond as the last of them."""
SAME = 1e-12
"""Two numbers that differ by no more than this share are the same."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How a positive number is spread over all fair draws: its median, what 95 % lie below, least and largest."""

    median: float
    most: float
    least: float
    largest: float


@dataclass(frozen=True, slots=True)
class RangeWidths:
    """The range of one step, as a share of the value; of an array, over all entries. None where every value is 0."""

    step: str
    symbol: str
    width: Spread | None


@dataclass(frozen=True, slots=True)
class Visibility:
    """How many units outside the right range a mistake lies, at the entry where it shows best.

    `applicable` is the share of fair draws in which it gives another number than the right one; `units` is None where
    that is none.
    """

    step: str
    mistake: str
    title: str
    applicable: float
    units: Spread | None


@dataclass(frozen=True, slots=True)
class StressReport:
    """How drawing fares: the share of fair draws, how often each rule rejected one (rules overlap), and the rest."""

    family: str
    options: Mapping[str, Any]
    count: int
    accepted: int
    distinct: int
    rejected: Mapping[str, int]
    ranges: tuple[RangeWidths, ...]
    mistakes: tuple[Visibility, ...]
    arithmetic: Arithmetic

    @property
    def acceptance(self) -> float:
        """The share of draws that were fair."""
        return self.accepted / self.count

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return {
            "family": self.family,
            "options": dict(self.options),
            "count": self.count,
            "accepted": self.accepted,
            "acceptance": self.acceptance,
            "distinct": self.distinct,
            "rejected": dict(self.rejected),
            "ranges": [asdict(one) for one in self.ranges],
            "mistakes": [asdict(one) for one in self.mistakes],
            "arithmetic": asdict(self.arithmetic),
        }


class _Tally:
    """Positive numbers in classes of their logarithm."""

    def __init__(self) -> None:
        self.classes = np.zeros((LARGEST - SMALLEST) * CLASSES_PER_DECADE + 1, dtype=np.int64)
        self.least, self.largest = np.inf, 0.0

    def add(self, numbers: Array) -> None:
        """Count these: below the first class as 0, beyond the last as the last."""
        if not numbers.size:
            return
        kept = np.minimum(np.where(numbers < 10.0**SMALLEST, 0.0, numbers), 10.0**LARGEST)
        self.least, self.largest = min(self.least, float(kept.min())), max(self.largest, float(kept.max()))
        places = np.rint((np.log10(np.maximum(kept, 10.0**SMALLEST)) - SMALLEST) * CLASSES_PER_DECADE)
        self.classes += np.bincount(places.astype(np.int64), minlength=len(self.classes))

    @property
    def count(self) -> int:
        """How many."""
        return int(self.classes.sum())

    def spread(self) -> Spread | None:
        """None where nothing was counted."""
        if not self.count:
            return None
        return Spread(self._below(0.5), self._below(0.95), self.least, self.largest)

    def _below(self, share: float) -> float:
        """What that share of the numbers lies at or below."""
        place = int(np.searchsorted(np.cumsum(self.classes), share * self.count))
        size = 10.0 ** (place / CLASSES_PER_DECADE + SMALLEST) if place else 0.0
        return float(np.clip(size, self.least, self.largest))


class _Gauge:
    """What is measured at the fair draws of one worksheet."""

    def __init__(self, worksheet: Worksheet, precision: Precision) -> None:
        self.worksheet, self.precision = worksheet, precision
        self.accepted = 0
        self.seen: list[NDArray[np.uint64]] = []
        self.widths = {name: _Tally() for name, step in worksheet.steps.items() if step.asked and not step.whole}
        self.units = {(name, one.slug): _Tally() for name, found in mistakes_of(worksheet).items() for one in found}
        self.tried = dict.fromkeys(self.units, 0)

    def add(self, inputs: Mapping[str, Array], count: int) -> None:
        """Measure so many fair draws, one at least."""
        self.accepted += count
        self.seen.append(np.unique(_fingerprints(inputs, count)))
        exact = evaluate(self.worksheet.graph, inputs, EXACT)
        written = {name: exact.expected[name] for name, step in self.worksheet.steps.items() if step.asked}
        beside = evaluate(self.worksheet.graph, inputs, ranges_at(self.precision), written)
        for name, tally in self.widths.items():
            value, interval = exact.expected[name], beside.expected[name]
            width, size = np.broadcast_arrays(interval.high - interval.low, np.abs(value))
            tally.add(width[size > 0] / size[size > 0])
            with np.errstate(all="ignore"):  # a mistake may divide by 0
                self._add_mistakes(name, exact, interval, count)

    def _add_mistakes(self, step: str, exact: Walk[Array], interval: Interval, count: int) -> None:
        value = exact.expected[step]
        unit = self.precision.unit(value)
        for mistake in mistakes_of(self.worksheet)[step]:
            wrong = exact.value_of(mistake.formula)
            differs = _by_instance(np.abs(wrong - value) > SAME * np.abs(value), count).any(axis=0)
            apart = np.maximum(interval.low - wrong, wrong - interval.high) / unit
            shown = np.fmax.reduce(_by_instance(apart, count))  # what is no number shows nowhere
            self.units[step, mistake.slug].add(shown[differs & ~np.isnan(shown)])
            self.tried[step, mistake.slug] += count

    def distinct(self) -> int:
        """How many of the fair draws have numbers that no other has."""
        return len(np.unique(np.concatenate(self.seen))) if self.seen else 0

    def ranges(self) -> tuple[RangeWidths, ...]:
        """The ranges of all steps, in the order of writing."""
        shown = symbols(self.worksheet)
        return tuple(RangeWidths(name, shown[name].text, tally.spread()) for name, tally in self.widths.items())

    def visibility(self) -> tuple[Visibility, ...]:
        """How plainly every mistake shows, in the order of writing."""
        return tuple(
            Visibility(
                step, slug, KINDS[slug].title, tally.count / max(1, self.tried[step, slug]), units=tally.spread()
            )
            for (step, slug), tally in self.units.items()
        )


def _by_instance(entries: NDArray[Any], count: int) -> NDArray[Any]:
    """All entries along the first axis, instances along the second."""
    return np.broadcast_to(entries, (*entries.shape[:-1], count)).reshape(-1, count)


def _fingerprints(inputs: Mapping[str, Array], count: int) -> NDArray[np.uint64]:
    """A number for each instance, the same where all its given numbers are the same; eight bytes tell enough apart."""
    mixed = np.zeros(count, dtype=np.uint64)
    for values in inputs.values():
        for row in _by_instance(values, count):
            mixed = (mixed ^ np.ascontiguousarray(row).view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(32)
    return mixed


def stress(
    slug: str,
    count: int,
    seed: int | None = None,
    progress: Callable[[int], None] = lambda _done: None,
    /,
    **stated: Any,  # noqa: ANN401 - options of any type
) -> StressReport:
    """Draw `count` candidates and tell what became of them; `progress` is told how many are done.

    Raises UnknownFamily or BadOption (no count; a range where one value is called for).
    """
    if isinstance(count, bool) or not hasattr(count, "__index__") or count < 1:
        message = f"Count is {count!r:.60}: it takes a whole number from 1 on."
        raise BadOption(message, "count")
    family = get_family(slug)
    options = fixed_options(family, stated)
    plain = {name: value for name, value in options.items() if name not in ("decimals", "sigfigs")}
    worksheet, precision = worksheet_of(family, plain), Precision(options["decimals"], options["sigfigs"])
    referee, gauge = Referee(worksheet, precision), _Gauge(worksheet, precision)
    rng, rejected, block = np.random.default_rng(read_seed(seed)), Counter[str](), block_of(worksheet)
    for start in range(0, count, block):
        size = min(block, count - start)
        drawn = candidates(worksheet, rng, size)
        fair = referee.fair(drawn, size, rejected)
        chosen, kept = _chosen(drawn, fair), int(fair.sum())
        if kept:
            confirmed = confirmed_instances(worksheet, chosen, evaluate(worksheet.graph, chosen, EXACT), kept)
            rejected["not confirmed"] += int((~confirmed).sum())
            chosen, kept = _chosen(chosen, confirmed), int(confirmed.sum())
        if kept:
            gauge.add(chosen, kept)
        progress(start + size)
    told = {rule: number for rule, number in rejected.most_common() if number}
    return StressReport(
        family=slug,
        options=MappingProxyType(options),
        count=count,
        accepted=gauge.accepted,
        distinct=gauge.distinct(),
        rejected=MappingProxyType(told),
        ranges=gauge.ranges(),
        mistakes=gauge.visibility(),
        arithmetic=arithmetic_of(worksheet),
    )


def _chosen(inputs: Mapping[str, Array], which: NDArray[np.bool_]) -> dict[str, Array]:
    return {name: values[..., which] for name, values in inputs.items()}
