"""Family: what a kind of problem is, declared once and read in many ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from problems.graph import Expr
    from problems.options import Option

Options = Mapping[str, int | bool | str]
"""Option name -> value, complete and checked."""
Kind = Literal["number", "vector", "matrix", "choice", "choices"]
Phase = Literal["forward", "backward", "conclusion"]


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
    CONCLUSION = "conclusion"


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
        places = max(0, -int(np.floor(np.log10(self.step))) + 1)
        count = round((self.high - self.low) / self.step) + 1
        grid = np.round(self.low + self.step * np.arange(count, dtype=np.float64), places)
        if self.signed:
            grid = np.union1d(-grid, grid)
        return np.asarray(grid[(grid != 0) & (np.abs(grid) != 1)])


@dataclass(frozen=True, slots=True)
class Given:
    """A given number, vector or matrix.

    `shape` and `layers` hold sizes or the names of the integer options that set them. With `layers`, one such value
    is given for each layer: `w` of layers "depth" stands in formulas as w1, w2, …
    """

    name: str
    role: Role
    meaning: str
    grid: Callable[[Options], Grid]
    shape: tuple[int | str, ...] = ()
    layers: str | None = None
    when: Callable[[Options], bool] = lambda _options: True
    implies: Mapping[str, bool | str] | None = None
    """Options that follow, unless stated, from this number being given to `pose` (with bias=False from its absence)."""
    default: float | None = None
    """What `pose` takes when it is not given."""
    symbol: Callable[[Options], str] | None = None
    """The name whose symbol it is shown by, where its own does not say what it is: dL_da3 for upstream."""

    def shape_at(self, options: Options) -> tuple[int, ...]:
        """The shape of the whole value as given, layers first."""
        sizes = self.shape if self.layers is None else (self.layers, *self.shape)
        return tuple(int(options[size]) if isinstance(size, str) else size for size in sizes)

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
    """How the step is called where its id does not say it: σ′(z₁) for s1."""
    shape: tuple[int, ...] = ()
    asked: bool = True
    points: int = 1
    choices: tuple[Choice, ...] = ()

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
    intro: Callable[[Options], str]
    conventions: Callable[[Options], tuple[str, ...]] = lambda _options: ()
    layer_gradients: Callable[[Options], Mapping[str, Expr]] = lambda _options: {}
    """Name -> formula of the gradient in every layer, the first layer first; empty where the topic has none."""
    zeros_expected: bool = False
    """Whether exact zeros (dead units) are the topic, so that a fair draw may hold them."""
    fair: Callable[[Mapping[str, NDArray[np.float64]]], Mapping[str, NDArray[np.bool_]]] = lambda _values: {}
    """Rules of this family beyond the general ones: rule -> which instances keep it, from all exact values."""
