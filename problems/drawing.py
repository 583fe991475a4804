"""Seed -> numbers, redrawn until the problem is fair; problems in bulk."""

from __future__ import annotations

import operator
from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from problems.catalogue import get_family
from problems.errors import BadGiven, BadOption, NoFairDraw
from problems.family import at
from problems.graph import Op, evaluate
from problems.mistakes import mistakes_of
from problems.options import pick
from problems.posing import fixed_options, options_from_many, problem_at, read_options, read_seed, require_ordinary
from problems.precision import Precision
from problems.problem import worksheet_of
from problems.readings.exact import EXACT
from problems.readings.rounding import ranges_at
from problems.verifying import confirmed_instances, doubted_steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from problems.family import Family, Step
    from problems.graph import Walk
    from problems.problem import Problem, Worksheet
    from problems.readings.exact import Array
    from problems.readings.intervals import Interval

    Mask = NDArray[np.bool_]

BLOCK = 8_000
"""Instances that are tried at once, so that memory stays bounded."""
BLOCK_NUMBERS, BLOCKS = 400_000, (500, BLOCK)
"""Numbers of all steps that are worked out at once, and the fewest and the most instances that they may belong to."""
FIRST_TRIES, MOST_TRIES, MOST_DOUBTS = 64, 32_768, 20
AGREES = 1e-12
"""A mistake that gives the right number but for this share of it is none on these numbers."""
WIDEST = 0.25
"""No fair range is wider than this share of its value."""

_KINKED = frozenset(
    {
        *(Op.RELU, Op.RELU_SLOPE, Op.LEAKY_RELU, Op.LEAKY_RELU_SLOPE, Op.PRELU, Op.PRELU_SLOPE),
        *(Op.ELU, Op.ELU_SLOPE, Op.NEGATIVE_PART, Op.DEAD),
    }
)
_SATURATING = MappingProxyType({Op.SIGMOID: (0.0, 1.0), Op.TANH: (-1.0, 1.0)})


def candidates(worksheet: Worksheet, rng: np.random.Generator, count: int) -> dict[str, Array]:
    """Name in formulas -> drawn values, instance axis last."""
    drawn: dict[str, Array] = {}
    for given in worksheet.givens:
        numbers, names = at(given.grid, worksheet.options), given.names_at(worksheet.options)
        shapes = given.shapes_at(worksheet.options)
        if given.layers is None or given.ragged:
            drawn |= {name: numbers.draw(rng, (*shape, count)) for name, shape in zip(names, shapes, strict=True)}
        else:
            drawn |= zip(names, numbers.draw(rng, (len(names), *shapes[0], count)), strict=True)
    return drawn


def as_given(worksheet: Worksheet, inputs: Mapping[str, Array]) -> dict[str, Any]:
    """Name of each given number -> its values, instance axis last: one array, or a list where layers differ."""
    given: dict[str, Any] = {}
    for one in worksheet.givens:
        values = [inputs[name] for name in one.names_at(worksheet.options)]
        given[one.name] = values[0] if one.layers is None else values if one.ragged else np.stack(values)
    return given


def numbers_at(given: Mapping[str, Any], place: int) -> dict[str, Any]:
    """The given numbers of one instance, as they are stored."""
    return {
        name: [one[..., place].tolist() for one in value] if isinstance(value, list) else value[..., place].tolist()
        for name, value in given.items()
    }


def _anywhere(mask: Mask, count: int) -> Mask:
    """Per instance, whether it holds at any entry."""
    return np.asarray(np.broadcast_to(mask, (*mask.shape[:-1], count)).reshape(-1, count).any(axis=0))


@dataclass(frozen=True)
class Referee:
    """Judges drawn instances of one worksheet at one precision by the rules of a fair draw."""

    worksheet: Worksheet
    precision: Precision

    def fair(self, inputs: Mapping[str, Array], count: int, rejected: Counter[str]) -> Mask:
        """Which instances break no rule; `rejected` counts for each rule those that break it."""
        broken: dict[str, Mask] = {}
        for rule, mask in self.objections(inputs, count):
            broken[rule] = broken[rule] | mask if rule in broken else mask
        fair = np.ones(count, dtype=bool)
        for rule, mask in broken.items():
            rejected[rule] += int(mask.sum())
            fair &= ~mask
        return fair

    def objections(self, inputs: Mapping[str, Array], count: int) -> Iterator[tuple[str, Mask]]:
        """Rule -> which instances break it."""
        exact = evaluate(self.worksheet.graph, inputs, EXACT)
        written = {name: exact.expected[name] for name, step in self.worksheet.steps.items() if step.asked}
        beside = evaluate(self.worksheet.graph, inputs, ranges_at(self.precision), written)
        for name, step in self.worksheet.steps.items():
            value, interval = exact.expected[name], beside.expected[name]
            if step.whole:
                yield f"open-choice at {name}", _anywhere(interval.low != interval.high, count)
            else:
                yield from self._degenerate(step, value, interval, count)
            yield from self._hidden(step, exact, value, interval, count)
        for name in self._kinks():
            margin = 2 * 10.0**-self.precision.decimals
            yield f"kink near {name}", _anywhere(np.abs(exact.known[name]) < margin, count)
        for rule, kept in self.worksheet.family.fair(exact.known).items():
            yield rule, ~kept

    def _degenerate(self, step: Step, value: Array, interval: Interval, count: int) -> Iterator[tuple[str, Mask]]:
        zero = value == 0
        if not at(self.worksheet.family.zeros_expected, self.worksheet.options):
            yield f"zero at {step.id}", _anywhere(zero, count)
        yield f"not finite at {step.id}", _anywhere(~np.isfinite(value), count)
        yield f"range around 0 at {step.id}", _anywhere((interval.low <= 0) & (interval.high >= 0) & ~zero, count)
        wide = interval.high - interval.low > WIDEST * np.abs(value)
        yield f"range too wide at {step.id}", _anywhere(wide & ~zero, count)
        if isinstance(step.formula.head, Op) and step.formula.head in _SATURATING:
            floor, ceiling = _SATURATING[step.formula.head]
            unit = self.precision.unit(value)
            yield f"saturated {step.id}", _anywhere((value - floor < 2 * unit) | (ceiling - value < 2 * unit), count)

    def _hidden(
        self, step: Step, exact: Walk[Array], value: Array, interval: Interval, count: int
    ) -> Iterator[tuple[str, Mask]]:
        """Where a mistake would not be seen: at every entry inside the right range or less than a unit outside."""
        mistakes = mistakes_of(self.worksheet)[step.id]
        if not mistakes:
            return
        whole, unit = (*step.shape, count), self.precision.unit(value)
        with np.errstate(all="ignore"):
            wrong = np.stack([np.broadcast_to(exact.value_of(mistake.formula), whole) for mistake in mistakes])
        outside = (wrong < interval.low - unit) | (wrong > interval.high + unit)
        differs = np.abs(wrong - value) > AGREES * np.abs(value)
        seen, other = (np.asarray(mask.reshape(len(mistakes), -1, count).any(axis=1)) for mask in (outside, differs))
        for place, mistake in enumerate(mistakes):
            applies = other[place] if mistake.kind.may_agree else True
            yield f"{mistake.slug} hidden at {step.id}", np.asarray(~seen[place] & applies)

    def _kinks(self) -> tuple[str, ...]:
        """The values at which a kinked primitive is taken."""
        found = {
            str(node.args[0].head)
            for formula in self.worksheet.graph.values()
            for node in formula.nodes()
            if node.head in _KINKED and isinstance(node.args[0].head, str)
        }
        return tuple(sorted(found))


def referee_of(family: Family, options: Mapping[str, Any]) -> Referee:
    """The referee of problems with these complete options, precision among them."""
    precision = Precision(options["decimals"], options["sigfigs"])
    return Referee(worksheet_of(family, _without_precision(options)), precision)


def fair_draws(
    referee: Referee, rng: np.random.Generator, size: int, rejected: Counter[str], most: int | None = None
) -> tuple[dict[str, Array], int]:
    """Name in formulas -> values of those of `size` candidates that are fair and confirmed, and how many they are.

    No more than the first `most` fair ones are looked at; `rejected` counts the rejections by rule.
    """
    worksheet = referee.worksheet
    drawn = candidates(worksheet, rng, size)
    kept = np.flatnonzero(referee.fair(drawn, size, rejected))[:most]
    chosen = {name: values[..., kept] for name, values in drawn.items()}
    confirmed = confirmed_instances(worksheet, chosen, evaluate(worksheet.graph, chosen, EXACT), len(kept))
    rejected["not confirmed"] += int((~confirmed).sum())
    return {name: values[..., confirmed] for name, values in chosen.items()}, int(confirmed.sum())


def _without_precision(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in ("decimals", "sigfigs")}


def draw(slug: str, seed: int | None = None, **stated: Any) -> Problem:  # noqa: ANN401 - options of any type
    """A fair problem: the same seed and options give the same one, on every machine.

    Raises UnknownFamily, BadOption, or NoFairDraw, whose message counts the rejections by rule.
    """
    family, seed = get_family(slug), read_seed(seed)
    readable = read_options(family, stated)
    rng = np.random.default_rng(seed)
    options = family.settle({name: pick(values, rng) for name, values in readable.items()})
    referee = referee_of(family, options)
    rejected, tries, count, doubts = Counter[str](), 0, FIRST_TRIES, 0
    while tries < MOST_TRIES:
        drawn = candidates(referee.worksheet, rng, count)
        fair = referee.fair(drawn, count, rejected)
        for place in np.flatnonzero(fair):
            problem = problem_at(family, options, numbers_at(as_given(referee.worksheet, drawn), int(place)), seed)
            doubted = doubted_steps(problem)
            if not doubted:
                return problem
            rejected.update(f"not confirmed at {step}" for step in doubted)
            doubts += 1
            if doubts == MOST_DOUBTS:
                raise no_fair_draw(slug, tries + count, rejected)
        tries, count = tries + count, min(count * 4, BLOCK)
    raise no_fair_draw(slug, tries, rejected)


def no_fair_draw(slug: str, tries: int, rejected: Counter[str]) -> NoFairDraw:
    """The error to raise after so many tries in vain, with the rules that rejected most."""
    worst = "; ".join(f"{rule} {number} times" for rule, number in rejected.most_common(3))
    return NoFairDraw(f"No fair problem of {slug} in {tries} tries with these options: {worst}.")


@dataclass(frozen=True)
class Batch:
    """Fair problems in bulk: `given` and `solution` hold arrays with the instance axis last; batch[i] is a problem.

    A given value whose layers differ in shape is a list of arrays, one for each layer.
    """

    family: Family
    options: Mapping[str, Any]
    seed: int | None
    given: Mapping[str, Any]
    solution: Mapping[str, Array]
    count: int

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, place: int) -> Problem:
        place = operator.index(place)
        if not -self.count <= place < self.count:
            message = f"There are {self.count} problems; there is none at {place}."
            raise IndexError(message)
        return problem_at(self.family, self.options, numbers_at(self.given, place))


def draw_many(slug: str, count: int, seed: int | None = None, **stated: Any) -> Batch:  # noqa: ANN401 - see draw
    """`count` fair problems of the same options, every one confirmed by a second computation.

    Raises UnknownFamily, BadOption (no count; a range where one value is called for), or NoFairDraw.
    """
    require_positive("count", count)
    family, seed = get_family(slug), read_seed(seed)
    options = fixed_options(family, stated)
    referee = referee_of(family, options)
    rng, worksheet = np.random.default_rng(seed), referee.worksheet
    inputs = room_for(worksheet.given_shapes, count)
    found, tries, rejected, size = 0, 0, Counter[str](), block_of(worksheet)
    while found < count:
        drawn, more = fair_draws(referee, rng, size, rejected, most=count - found)
        for name, room in inputs.items():
            room[..., found : found + more] = drawn[name]
        found, tries = found + more, tries + size
        if tries >= MOST_TRIES * (found + 1):
            raise no_fair_draw(slug, tries, rejected)
    solution = solved(worksheet, inputs, count)
    given = MappingProxyType(as_given(worksheet, inputs))
    return Batch(family, MappingProxyType(options), seed, given, MappingProxyType(solution), count)


def require_positive(name: str, number: int) -> None:
    """Raise BadOption where it is no whole number from 1 on."""
    if isinstance(number, bool) or not hasattr(number, "__index__") or number < 1:
        message = f"{name.capitalize()} is {number!r:.60}: it takes a whole number from 1 on."
        raise BadOption(message, name)


def solved(
    worksheet: Worksheet, inputs: Mapping[str, Array], count: int, threads: int | None = None
) -> dict[str, Array]:
    """Step id -> exact values of all instances; raises BadGiven where a given number is not ordinary."""
    solution = room_for({name: step.shape for name, step in worksheet.steps.items()}, count)
    _solve_into(solution, worksheet, inputs, count, threads)
    return solution


def _solve_into(
    room: Mapping[str, Array], worksheet: Worksheet, inputs: Mapping[str, Array], count: int, threads: int | None
) -> None:
    from problems.bulk import solve_into  # noqa: PLC0415 - the compiler behind it takes a third of a second to load

    if not solve_into(room, worksheet, inputs, count, threads):
        for name, values in inputs.items():
            require_ordinary(name, values)


def room_for(shapes: Mapping[str, tuple[int, ...]], count: int) -> dict[str, Array]:
    """An array for every name, all in one piece of memory: the system gives that in large pages, which is fast."""
    sizes = [int(np.prod(shape)) for shape in shapes.values()]
    whole, room, start = np.empty((sum(sizes), count)), {}, 0
    for (name, shape), size in zip(shapes.items(), sizes, strict=True):
        room[name] = whole[start : start + size].reshape(*shape, count)
        start += size
    return room


def block_of(worksheet: Worksheet) -> int:
    """How many instances are worked on at once: so many that their numbers stay in the processor's own memory."""
    numbers = sum(int(np.prod(step.shape)) for step in worksheet.steps.values())
    return int(np.clip(BLOCK_NUMBERS // max(1, numbers), *BLOCKS))


def solve_many(
    slug: str,
    given: Mapping[str, Any],
    out: Mapping[str, Array] | None = None,
    threads: int | None = None,
    **stated: Any,  # noqa: ANN401 - see draw
) -> dict[str, Array]:
    """Step id -> exact values of many instances; given values and results have the instance axis last.

    A given value that comes in layers is an array with the layers first, or a list of arrays, one for each. Sizes such
    as the depth follow from the arrays. `out` is what an earlier call for the same sizes returned, to be written over:
    for many instances that takes much less time than new memory. It is written over before a number that is not
    finite, or too large, is refused. At most `threads` share the work, and at most one for each processor. Raises
    UnknownFamily, BadOption, or BadGiven.
    """
    if threads is not None:
        require_positive("threads", threads)
    family = get_family(slug)
    options, inputs, count = options_from_many(family, given, stated)
    worksheet = worksheet_of(family, _without_precision(options))
    if out is None:
        return solved(worksheet, inputs, count, threads)
    _require_room(out, worksheet, count)
    _solve_into(out, worksheet, inputs, count, threads)
    return dict(out)


def _require_room(out: Mapping[str, Array], worksheet: Worksheet, count: int) -> None:
    """Raise BadGiven where these are not arrays for all steps."""
    shapes = {name: (*step.shape, count) for name, step in worksheet.steps.items()}
    found = {name: one.shape for name, one in out.items() if _is_room(one)}
    if found != shapes:
        wrong = ", ".join(name for name in dict.fromkeys((*shapes, *out)) if found.get(name) != shapes.get(name))
        message = f"Out does not fit at {wrong}: it takes what solve_many returned for the same options and sizes."
        raise BadGiven(message, "out")


def _is_room(array: object) -> bool:
    return isinstance(array, np.ndarray) and array.dtype == np.float64 and array.flags.carray
