"""How drawing fares: how many draws are fair, what rejects the others, how wide ranges are and how plain mistakes.

Everything is counted block by block, so that memory stays bounded: a share or a distance is kept as one of a thousand
classes of its logarithm.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from problems import svg
from problems.catalogue import get_family
from problems.drawing import WIDEST, Referee, block_of, candidates
from problems.errors import BadOption
from problems.graph import Op, evaluate
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

    from problems.graph import Expr, Walk
    from problems.problem import Worksheet
    from problems.readings.exact import Array
    from problems.readings.rounding import Interval

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
class Arithmetic:
    """What has to be worked out for one problem by the shortest way; the same for everybody with these options.

    A division counts as a multiplication, a subtraction as an addition; function values are those of a calculator's
    keys, such as e^x, ln and √. A choice counts as an answer and as no arithmetic. Where a number's sign decides
    whether there is something to do, as at a leaky ReLU, it is counted.
    """

    answers: int = 0
    multiplications: int = 0
    additions: int = 0
    functions: int = 0

    def __add__(self, other: Arithmetic) -> Arithmetic:
        return Arithmetic(
            self.answers + other.answers,
            self.multiplications + other.multiplications,
            self.additions + other.additions,
            self.functions + other.functions,
        )

    def __mul__(self, times: int) -> Arithmetic:
        return Arithmetic(
            self.answers * times, self.multiplications * times, self.additions * times, self.functions * times
        )

    @property
    def effort(self) -> tuple[int, int]:
        """What a shorter way has less of: function values first."""
        return self.functions, self.multiplications + self.additions


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


def arithmetic_of(worksheet: Worksheet) -> Arithmetic:
    """What has to be worked out for all that is asked, from the formulas and the shapes alone."""
    asked = {name for name, step in worksheet.steps.items() if step.asked}
    needed = asked.union(*(worksheet.above[name] for name in asked))
    total = Arithmetic()
    for name in needed:
        step = worksheet.steps[name]
        if name in asked:
            total += Arithmetic(answers=1 if step.choices else prod(step.shape))
        if not step.whole:
            total += _work(step.formula, worksheet)
    return total


def _work(formula: Expr, worksheet: Worksheet) -> Arithmetic:
    """The arithmetic of a formula whose names are known; of several routes, the shortest."""
    head = formula.head
    if not isinstance(head, Op):
        return Arithmetic()
    inside = [_work(arg, worksheet) for arg in formula.args]
    if head is Op.EITHER:
        return min(inside, key=lambda way: way.effort)
    shapes = [worksheet.shape_of(part) or () for part in (formula, *formula.args)]
    return sum(inside, _own_work(head, *shapes))


def _own_work(op: Op, result: tuple[int, ...], *args: tuple[int, ...]) -> Arithmetic:
    """What the primitive itself takes."""
    if op in (Op.ADD, Op.MUL):  # from left to right: number times number comes before number times vector
        sizes = [prod(np.broadcast_shapes(*args[: place + 1])) for place in range(1, len(args))]
        return (_ADDITION if op is Op.ADD else _MULTIPLICATION) * sum(sizes)
    if op in _SUMS_OF_PRODUCTS:
        terms = _SUMS_OF_PRODUCTS[op](*args)
        return (_MULTIPLICATION * terms + _ADDITION * (terms - 1)) * prod(result)
    if op in (Op.SUM, Op.MEAN):
        return (_ADDITION * (args[0][0] - 1) + _MULTIPLICATION * (op is Op.MEAN)) * prod(result)
    if op in _OVER_UNITS:
        units, (each, once) = prod(args[0]), _OVER_UNITS[op]
        return each * units + _ADDITION * (units - 1) + once
    return _PER_ENTRY.get(op, Arithmetic()) * prod(result)


_ADDITION, _MULTIPLICATION, _FUNCTION = Arithmetic(additions=1), Arithmetic(multiplications=1), Arithmetic(functions=1)
_SUMS_OF_PRODUCTS: Mapping[Op, Callable[..., int]] = MappingProxyType(
    {
        Op.DOT: lambda left, _right: left[0],
        Op.MATVEC: lambda weights, _a: weights[1],
        Op.BACK_MATVEC: lambda weights, _delta: weights[0],
        Op.OUTER: lambda _delta, _a: 1,
        Op.LAYER_OF_ROWS: lambda rows, _weights: rows[1],
    }
)
"""Primitive -> how many products are added for each entry of the result, from the shapes of its arguments."""

_PLAIN_PRODUCT = _MULTIPLICATION + _ADDITION
_PER_ENTRY: Mapping[Op, Arithmetic] = MappingProxyType(
    dict.fromkeys((Op.SUB, Op.ELU_SLOPE_AT_VALUE), _ADDITION)
    | dict.fromkeys((Op.DIV, Op.SQUARE, Op.LEAKY_RELU, Op.PRELU), _MULTIPLICATION)
    | dict.fromkeys((Op.SQRT, Op.POWER, Op.LOG10, Op.POWER_OF_TEN, Op.SIGMOID, Op.TANH, Op.CROSS_ENTROPY), _FUNCTION)
    | dict.fromkeys((Op.SIGMOID_SLOPE_AT_VALUE, Op.TANH_SLOPE_AT_VALUE), _PLAIN_PRODUCT)  # a·(1 - a), 1 - a·a
    | dict.fromkeys((Op.SIGMOID_SLOPE, Op.TANH_SLOPE, Op.ELU), _FUNCTION + _PLAIN_PRODUCT)
    | dict.fromkeys((Op.SIGMOID_ERROR, Op.TANH_ERROR), _FUNCTION + _ADDITION)
    | {
        Op.ELU_SLOPE: _FUNCTION + _MULTIPLICATION,
        Op.CROSS_ENTROPY_SLOPE_AT_VALUE: _PLAIN_PRODUCT * 2,  # (a - y)/(a·(1 - a))
        Op.CROSS_ENTROPY_SLOPE: _FUNCTION + _PLAIN_PRODUCT * 2,
    }
)
"""Primitive -> what every entry of its result takes; the others take no arithmetic."""

_OVER_UNITS: Mapping[Op, tuple[Arithmetic, Arithmetic]] = MappingProxyType(
    {
        Op.SQUARED_ERROR: (_PLAIN_PRODUCT, Arithmetic()),
        Op.HALF_SQUARED_ERROR: (_PLAIN_PRODUCT, _MULTIPLICATION),
        Op.BINARY_CROSS_ENTROPY: (_FUNCTION + _ADDITION, Arithmetic()),  # of two logarithms, the one that counts
        Op.SIGMOID_CROSS_ENTROPY: (_FUNCTION * 2 + _ADDITION, Arithmetic()),
        Op.SOFTMAX: (_FUNCTION + _MULTIPLICATION, Arithmetic()),
        Op.SOFTMAX_ERROR: (_FUNCTION + _MULTIPLICATION + _ADDITION, Arithmetic()),
        Op.SOFTMAX_CROSS_ENTROPY: (_FUNCTION, _FUNCTION + _MULTIPLICATION),
    }
)
"""Primitive that sums over units -> what each unit takes beside being added, and what is done once."""


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
