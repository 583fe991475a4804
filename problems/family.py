"""Family: what a kind of problem is, declared once and read in many ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypeVar

import numpy as np

from problems.graph import CHOICES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from problems.graph import Expr
    from problems.options import Option

Options = Mapping[str, Any]
"""Option name -> value, complete and checked: whole numbers, words, yes or no, or tuples of them."""
T = TypeVar("T")
Stated: TypeAlias = T | Callable[[Options], T]
"""What a declaration says: the same for all options, or a function of them."""
Kind = Literal["number", "vector", "matrix", "choice", "choices"]
Phase = Literal["forward", "backward", "update", "conclusion"]


def at(stated: Stated[T], options: Options) -> T:
    """What is stated, with these options."""
    return stated(options) if callable(stated) else stated


class Role(Enum):
    """What a value is in a network. The mistakes that people make depend on it."""

    INPUT = "input"
    WEIGHT = "weight"
    BIAS = "bias"
    TARGET = "target"
    UPSTREAM = "upstream gradient"
    PARAMETER = "parameter"
    PREACTIVATION = "preactivation"
    ACTIVATION = "activation"
    SLOPE = "slope"
    LOSS = "loss"
    GRADIENT = "gradient"
    RESULT = "result"
    UPDATED = "updated parameter"
    CONCLUSION = "conclusion"


class Numbers(Protocol):
    """Where given numbers are drawn from."""

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Numbers of that shape, instance axis last."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where a given number is drawn from: low, low + step, …, high, decimal numbers fit for hand work.

    0 and ±1 are left out, since a factor of 0 or 1 would hide whether it was used.
    """

    low: float
    high: float
    step: float
    signed: bool = False

    def values(self) -> NDArray[np.float64]:
        """Every number on the grid, ascending."""
        return _grid_values(self)

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Every number by itself."""
        values = _grid_values(self)
        *rest, count = shape
        return values[np.ascontiguousarray(np.moveaxis(rng.integers(len(values), size=(count, *rest)), 0, -1))]


@lru_cache(maxsize=512)
def _grid_values(grid: Grid) -> NDArray[np.float64]:
    places = max(0, -int(np.floor(np.log10(grid.step))) + 1)
    count = round((grid.high - grid.low) / grid.step) + 1
    values = np.round(grid.low + grid.step * np.arange(count, dtype=np.float64), places)
    if grid.signed:
        values = np.union1d(-values, values)
    values = values[(values != 0) & (np.abs(values) != 1)]
    values.setflags(write=False)
    return np.asarray(values)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few plain numbers, such as the targets 0 and 1."""

    numbers: tuple[float, ...]

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Every number by itself."""
        return np.asarray(self.numbers)[rng.integers(len(self.numbers), size=shape)]


@dataclass(frozen=True, slots=True)
class OneHot:
    """1 for the right class, 0 for every other."""

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """One class in every instance, along the first axis."""
        return np.asarray(np.eye(shape[0])[:, rng.integers(shape[0], size=shape[1])])


@dataclass(frozen=True, slots=True)
class Given:
    """A given number, vector or matrix.

    `shape` and `layers` hold sizes or the names of the integer options that set them. With `layers`, one such value
    is given for each layer: `w` of layers "depth" stands in formulas as w1, w2, …; a size "out" or "in" is then that of
    the layer, as the option `sizes` tells.
    """

    name: str
    role: Role
    meaning: str
    grid: Stated[Numbers]
    shape: tuple[int | str, ...] = ()
    layers: str | None = None
    when: Stated[bool] = True
    implies: Mapping[str, bool | str] | None = None
    """Options that follow, unless stated, from this number being given to `pose` (with bias=False from its absence)."""
    default: float | None = None
    """What `pose` takes when it is not given."""
    symbol: Stated[str] | None = None
    """The name whose symbol it is shown by, where its own does not say what it is: dL_da3 for upstream."""

    requires: Callable[[NDArray[np.float64], Options], str] = lambda _value, _options: ""
    """What is wrong with a value, as the end of a sentence: "it takes …"; empty where nothing is."""
    shown: bool = True
    """Whether it stands in the table of given numbers; what decides the wording is seen there."""

    @property
    def ragged(self) -> bool:
        """Whether its layers differ in shape."""
        return "out" in self.shape

    def shapes_at(self, options: Options) -> tuple[tuple[int, ...], ...]:
        """The shape of every value that stands in formulas, in the order of `names_at`."""
        if not self.ragged:
            shape = tuple(int(options[size]) if isinstance(size, str) else size for size in self.shape)
            return (shape,) * (1 if self.layers is None else int(options[self.layers]))
        sizes = options["sizes"]
        pairs = ({"in": before, "out": here} for before, here in pairwise(sizes))
        return tuple(tuple(pair[str(size)] for size in self.shape) for pair in pairs)

    def names_at(self, options: Options) -> tuple[str, ...]:
        """The names under which formulas mention it."""
        if self.layers is None:
            return (self.name,)
        return tuple(f"{self.name}{layer}" for layer in range(1, int(options[self.layers]) + 1))


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer of a choice step; the step's value is its place in the list."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Step:
    """One named value that is to be found."""

    id: str
    formula: Expr
    role: Role
    phase: Phase
    prompt: str
    symbol: Expr | None = None
    """How the step is called where its id does not say it: da₃/dx for da_dx. A slope is called as it stands."""
    shape: tuple[int, ...] = ()
    """It follows from the formula and the given numbers; a worksheet fills it in."""
    derivative: tuple[str, str] | None = None
    """(of, by) where it is the derivative of one name by another and its id does not say so."""
    asked: bool = True
    points: int = 1
    choices: tuple[Choice, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether it is picked or counted: exactly right or not, without digits to keep."""
        return self.formula.head in CHOICES

    @property
    def kind(self) -> Kind:
        """What an answer looks like."""
        if self.choices:
            return "choices" if self.shape else "choice"
        kinds: tuple[Kind, ...] = ("number", "vector", "matrix")
        return kinds[len(self.shape)]


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """A kind of problem."""

    slug: str
    version: int
    title: str
    topic: str
    teaches: str
    options: tuple[Option, ...]
    givens: tuple[Given, ...]
    steps: Callable[[Options], tuple[Step, ...]]
    intro: Stated[str]
    conventions: Stated[tuple[str, ...]] = ()
    settle: Callable[[dict[str, Any]], dict[str, Any]] = lambda options: options
    """Options that follow from others, filled in; raises BadOption where they do not go together."""
    adapt: Callable[[dict[str, Any]], dict[str, Any]] = lambda stated: stated
    """Given numbers in a form that people also write, such as the number of a class, in the form that is stored."""
    mistakes: Stated[Mapping[str, tuple[tuple[str, Expr], ...]]] = field(default_factory=dict)
    """Step id -> (kind, wrong formula) of mistakes that belong to this family alone."""
    explains: Stated[Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Step id -> sentences that stand below its line in the worked solution, where a formula does not say why."""
    loss: Stated[Expr | None] = None
    """The formula of L where it is no step because its gradient is given; derivatives are checked against it."""
    worded_by: str | None = None
    """A given whose numbers decide the wording: `steps` and the other functions find it among the options."""
    layer_gradients: Stated[Mapping[str, Expr]] = field(default_factory=dict)
    """Name -> formula of the gradient in every layer, the first layer first; empty where the topic has none."""
    zeros_expected: Stated[bool] = False
    """Whether exact zeros (dead units) are the topic, so that a fair draw may hold them."""
    fair: Callable[[Mapping[str, NDArray[np.float64]]], Mapping[str, NDArray[np.bool_]]] = lambda _values: {}
    """Rules of this family beyond the general ones: rule -> which instances keep it, from all exact values."""
