"""Problem: a family with its options and numbers fixed, and the worksheet that follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from problems.catalogue import get_family

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from problems.family import Choice, Family, Given, Kind, Options, Phase, Role, Step
    from problems.graph import Graph
    from problems.precision import Precision


@dataclass(frozen=True, eq=False)
class Worksheet:
    """What is given and what is to be found in a family at fixed options, whatever the numbers."""

    family: Family
    options: Options

    @cached_property
    def givens(self) -> tuple[Given, ...]:
        """The given numbers that these options call for."""
        return tuple(given for given in self.family.givens if given.when(self.options))

    @cached_property
    def steps(self) -> Mapping[str, Step]:
        """Step id -> step, in the order of writing."""
        return MappingProxyType({step.id: step for step in self.family.steps(self.options)})

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
def _worksheet(family: Family, options: tuple[tuple[str, int | bool | str], ...]) -> Worksheet:
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
        return self.definition.intro(self.options)

    @property
    def teaches(self) -> str:
        """What is to be learnt from it; it may tell the conclusion."""
        return self.definition.teaches

    @property
    def conventions(self) -> tuple[str, ...]:
        """What is agreed at kinks and the like, a sentence each."""
        return self.definition.conventions(self.options)

    @cached_property
    def worksheet(self) -> Worksheet:
        """Its steps, formulas and roles."""
        return worksheet_of(self.definition, self.options)

    @cached_property
    def inputs(self) -> Mapping[str, NDArray[np.float64]]:
        """Name in formulas -> given value, with an instance axis of length 1 behind its own axes."""
        inputs: dict[str, NDArray[np.float64]] = {}
        for given in self.worksheet.givens:
            value = np.asarray(self.given[given.name], dtype=np.float64)[..., np.newaxis]
            names = given.names_at(self.options)
            inputs |= {given.name: value} if given.layers is None else dict(zip(names, value, strict=True))
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
