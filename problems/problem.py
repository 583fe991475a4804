"""Problem: a family with its options and numbers fixed, and the worksheet that follows from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from problems.catalogue import get_family
from problems.family import at
from problems.graph import Walk
from problems.readings.exact import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from problems.family import Choice, Family, Given, Kind, Options, Phase, Role, Step
    from problems.graph import Expr, Graph
    from problems.precision import Precision


TRIALS = 8
"""Instances by which formulas are told apart, the first half of any sign and size, the others from 0 to 1."""


def _trial(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    half = (*shape, TRIALS // 2)
    return np.concatenate([rng.uniform(-2.0, 3.0, half), rng.uniform(0.05, 0.95, half)], axis=-1)


def _same(one: NDArray[np.floating[Any]], other: NDArray[np.floating[Any]]) -> bool:
    """Whether they agree wherever both are numbers."""
    both = np.isfinite(one) & np.isfinite(other)
    with np.errstate(invalid="ignore"):
        near = np.abs(one - other) <= 1e-9 * np.abs(other)
    return bool(both.any()) and bool(np.all(~both | near))


@dataclass(frozen=True, eq=False)
class Worksheet:
    """What is given and what is to be found in a family at fixed options, whatever the numbers."""

    family: Family
    options: Options

    @cached_property
    def givens(self) -> tuple[Given, ...]:
        """The given numbers that these options call for."""
        return tuple(given for given in self.family.givens if at(given.when, self.options))

    @cached_property
    def given_shapes(self) -> dict[str, tuple[int, ...]]:
        """Name in formulas -> shape, for given numbers."""
        named = (zip(one.names_at(self.options), one.shapes_at(self.options), strict=True) for one in self.givens)
        return dict(pair for pairs in named for pair in pairs)

    @cached_property
    def steps(self) -> Mapping[str, Step]:
        """Step id -> step, in the order of writing, each in the shape that follows from its formula."""
        walk = Walk(EXACT, dict(self._trial()))
        steps = {}
        with np.errstate(all="ignore"):
            for step in self.family.steps(self.options):
                walk.known[step.id] = walk.value_of(step.formula)
                steps[step.id] = replace(step, shape=walk.known[step.id].shape[:-1])
        return MappingProxyType(steps)

    def _trial(self) -> Iterator[tuple[str, NDArray[np.float64]]]:
        """Any values in the given shapes, of both signs and some between 0 and 1."""
        rng = np.random.default_rng(0)
        for name, shape in self.given_shapes.items():
            yield name, _trial(rng, shape)

    @cached_property
    def _independent(self) -> Mapping[str, NDArray[np.float64]]:
        """Any values for given numbers and steps, none following from another."""
        rng = np.random.default_rng(1)
        drawn = {name: _trial(rng, step.shape) for name, step in self.steps.items()}
        return MappingProxyType(dict(self._trial()) | drawn)

    def shape_of(self, formula: Expr) -> tuple[int, ...] | None:
        """The shape of a formula in given numbers and steps; None where its parts do not go together."""
        found = self._tried(formula)
        return None if found is None else found.shape[:-1]

    def _tried(self, formula: Expr) -> NDArray[np.floating[Any]] | None:
        with np.errstate(all="ignore"):
            try:
                return Walk(EXACT, dict(self._independent)).value_of(formula)
            except ValueError:
                return None

    def differs(self, step: Step, formula: Expr) -> bool:
        """Whether a formula of the step's shape is another than each of its routes, not the same in other words.

        One number may stand for all entries: the slope 1 everywhere.
        """
        wrong = self._tried(formula)
        if wrong is None or wrong.shape[:-1] not in (step.shape, ()):
            return False
        return not any(right is not None and _same(wrong, right) for right in map(self._tried, step.formula.routes()))

    @cached_property
    def graph(self) -> Graph:
        """Step id -> formula, in the order of writing."""
        return MappingProxyType({step.id: step.formula for step in self.steps.values()})

    @cached_property
    def roles(self) -> Mapping[str, Role]:
        """Name -> what it is in the network, for given numbers and steps."""
        roles = {name: given.role for given in self.givens for name in given.names_at(self.options)}
        return MappingProxyType(roles | {step.id: step.role for step in self.steps.values()})

    def steps_before(self, step: str) -> frozenset[str]:
        """The steps that are written before that one."""
        order = list(self.steps)
        return frozenset(order[: order.index(step)])

    @cached_property
    def above(self) -> Mapping[str, frozenset[str]]:
        """Step id -> all steps that it rests on, directly or not."""
        above: dict[str, frozenset[str]] = {}
        for step, formula in self.graph.items():
            direct = formula.names() & above.keys()
            above[step] = direct.union(*(above[name] for name in direct))
        return MappingProxyType(above)


@lru_cache(maxsize=1024)
def _worksheet(family: Family, options: tuple[tuple[str, Any], ...]) -> Worksheet:
    return Worksheet(family, MappingProxyType(dict(options)))


def worksheet_of(family: Family, options: Options) -> Worksheet:
    """The worksheet at these options; problems that share them share it."""
    return _worksheet(family, tuple(sorted(options.items())))


@dataclass(frozen=True)
class ShownStep:
    """A step as it is shown: its symbol in LaTeX, MathML and plain text, and what is asked."""

    id: str
    symbol: str
    mathml: str
    text: str
    kind: Kind
    shape: tuple[int, ...]
    asked: bool
    points: int
    prompt: str
    phase: Phase
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Problem:
    """A problem: whoever has family, version, options, given numbers and precision has the whole of it."""

    family: str
    version: int
    seed: int | None
    options: Options
    given: Mapping[str, Any]
    precision: Precision

    def __hash__(self) -> int:
        return hash((self.family, self.version, self.seed, repr(self.given)))

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self.family, self.version, self.seed, dict(self.options), dict(self.given), self.precision)
        return (_read_only, parts)

    @cached_property
    def definition(self) -> Family:
        """The family, in the version that the problem was issued with."""
        return get_family(self.family, self.version)

    @property
    def title(self) -> str:
        """The family's title."""
        return self.definition.title

    @property
    def intro(self) -> str:
        """One or two sentences that pose the task."""
        return at(self.definition.intro, self._wording)

    @property
    def teaches(self) -> str:
        """What is to be learnt from it; it may tell the conclusion."""
        return self.definition.teaches

    @property
    def conventions(self) -> tuple[str, ...]:
        """What is agreed at kinks and the like, a sentence each."""
        return at(self.definition.conventions, self.options)

    @cached_property
    def worksheet(self) -> Worksheet:
        """Its steps, formulas and roles."""
        return worksheet_of(self.definition, self._wording)

    @cached_property
    def _wording(self) -> Options:
        """The options, and the given numbers that the wording follows."""
        name = self.definition.worded_by
        if name is None:
            return self.options
        return {**self.options, name: tuple(self.given[name])}

    @cached_property
    def inputs(self) -> Mapping[str, NDArray[np.float64]]:
        """Name in formulas -> given value, with an instance axis of length 1 behind its own axes."""
        inputs: dict[str, NDArray[np.float64]] = {}
        for given in self.worksheet.givens:
            value = self.given[given.name]
            values = [value] if given.layers is None else value
            for name, one in zip(given.names_at(self.options), values, strict=True):
                inputs[name] = np.asarray(one, dtype=np.float64)[..., np.newaxis]
        return MappingProxyType(inputs)

    @cached_property
    def steps(self) -> tuple[ShownStep, ...]:
        """The steps as they are shown, in the order of writing."""
        from problems.readings.markup import symbols  # noqa: PLC0415 - only those who show a problem pay for it

        shown = symbols(self.worksheet)
        return tuple(
            ShownStep(
                id=step.id,
                symbol=shown[step.id].latex,
                mathml=shown[step.id].math(),
                text=shown[step.id].text,
                kind=step.kind,
                shape=step.shape,
                asked=step.asked,
                points=step.points,
                prompt=step.prompt,
                phase=step.phase,
                choices=step.choices,
            )
            for step in self.worksheet.steps.values()
        )


def _read_only(
    family: str, version: int, seed: int | None, options: Options, given: Mapping[str, Any], precision: Precision
) -> Problem:
    return Problem(family, version, seed, MappingProxyType(options), MappingProxyType(given), precision)
