"""Options of a family: what may be chosen, and how a choice is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from problems.errors import BadOption

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

_RANGE = re.compile(r"\s*(-?\d+)\s*\.\.\s*(-?\d+)\s*")
_INTEGER = re.compile(r"\s*-?\d+\s*")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def _but(default: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(choice for choice in choices if choice != default)


@dataclass(frozen=True, slots=True)
class IntegerOption:
    """A whole number from low to high; "3..5" is drawn from."""

    name: str
    default: int
    low: int
    high: int
    help: str
    kind = "integer"

    def others(self) -> tuple[int, ...]:
        """A small and a large value beside the default."""
        return tuple(sorted({max(self.low, 2), min(self.high, 6)} - {self.default}))

    def read(self, given: object) -> tuple[int, ...]:
        """The values that the answer stands for, one unless it is a range; raises BadOption."""
        text = given if isinstance(given, str) else str(given)
        bounds: tuple[int, ...] = ()
        if not isinstance(given, bool) and len(text) < 32:  # noqa: PLR2004 - no honest number is longer
            if _INTEGER.fullmatch(text):
                bounds = (int(text), int(text))
            elif match := _RANGE.fullmatch(text):
                bounds = (int(match[1]), int(match[2]))
        if not bounds or not self.low <= bounds[0] <= bounds[1] <= self.high:
            message = (
                f"Option {self.name} is {given!r:.60}: it takes a whole number from {self.low} to {self.high}, "
                f'or a range of them such as "{self.low}..{self.high}".'
            )
            raise BadOption(message, self.name)
        return tuple(range(bounds[0], bounds[1] + 1))


@dataclass(frozen=True, slots=True)
class ChoiceOption:
    """One of several words; a list of them, or "one|other", is drawn from."""

    name: str
    default: str
    choices: tuple[str, ...]
    help: str
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Other words, in small letters, that are understood for a choice."""
    kind = "choice"

    def others(self) -> tuple[str, ...]:
        """Every value but the default."""
        return _but(self.default, self.choices)

    def read(self, given: object) -> tuple[str, ...]:
        """The values that the answer stands for, one unless several are listed; raises BadOption."""
        words = given.split("|") if isinstance(given, str) else given
        if isinstance(words, list | tuple) and words:
            plain = [str(word).strip() for word in words]
            chosen = tuple(word if word in self.choices else self.aliases.get(word.lower(), word) for word in plain)
            if set(chosen) <= set(self.choices):
                return chosen
        message = f"Option {self.name} is {given!r:.60}: it takes one of {', '.join(self.choices)}."
        raise BadOption(message, self.name)


@dataclass(frozen=True, slots=True)
class BooleanOption:
    """Yes or no."""

    name: str
    default: bool
    help: str
    kind = "boolean"

    def others(self) -> tuple[bool, ...]:
        """The value that is not the default."""
        return (not self.default,)

    def read(self, given: object) -> tuple[bool, ...]:
        """The value; raises BadOption."""
        word = str(given).strip().lower()
        if word in _TRUE or word in _FALSE:
            return (word in _TRUE,)
        message = f"Option {self.name} is {given!r:.60}: it takes true or false."
        raise BadOption(message, self.name)


@dataclass(frozen=True, slots=True)
class WordsOption:
    """One word for all layers, or one for each, as a list or "tanh,sigmoid"; alternatives, by "|", are drawn from."""

    name: str
    default: str
    choices: tuple[str, ...]
    help: str
    kind = "words"

    def others(self) -> tuple[str, ...]:
        """Every single word but the default."""
        return _but(self.default, self.choices)

    def read(self, given: object) -> tuple[tuple[str, ...], ...]:
        """The lists that the answer stands for; raises BadOption."""
        lists = given.split("|") if isinstance(given, str) else [given]
        read = []
        for words in lists:
            parts = words.split(",") if isinstance(words, str) else words
            if not isinstance(parts, list | tuple) or not parts:
                raise self._refused(given)
            read.append(tuple(str(word).strip() for word in parts))
        if not all(set(words) <= set(self.choices) for words in read):
            raise self._refused(given)
        return tuple(read)

    def _refused(self, given: object) -> BadOption:
        message = (
            f"Option {self.name} is {given!r:.60}: it takes {', '.join(self.choices)}; one, or one for each layer."
        )
        return BadOption(message, self.name)


@dataclass(frozen=True, slots=True)
class SizesOption:
    """How many units each layer has, the inputs first, like "3-4-2"; "auto" where other options tell."""

    name: str
    low: int
    high: int
    most: int
    help: str
    default: str = "auto"
    kind = "sizes"

    def others(self) -> tuple[str, ...]:
        """One of many, with layers that differ."""
        return ("3-4-2",)

    def read(self, given: object) -> tuple[tuple[int, ...], ...]:
        """The sizes, none for "auto"; raises BadOption."""
        if given in ("auto", (), []):
            return ((),)
        parts = re.split(r"[-,x]", given) if isinstance(given, str) else given
        if isinstance(parts, list | tuple) and 1 < len(parts) <= self.most + 1:
            words = [str(part).strip() for part in parts]
            if all(_INTEGER.fullmatch(word) and len(word) < 32 for word in words):  # noqa: PLR2004 - as above
                sizes = tuple(map(int, words))
                if all(self.low <= size <= self.high for size in sizes):
                    return (sizes,)
        message = (
            f'Option {self.name} is {given!r:.60}: it takes "auto", or the inputs and then the units of each of '
            f'1 to {self.most} layers, {self.low} to {self.high} of them, like "3-4-2".'
        )
        raise BadOption(message, self.name)


Option = IntegerOption | ChoiceOption | BooleanOption | WordsOption | SizesOption

PRECISION = (
    IntegerOption("decimals", 3, 0, 12, "At least so many decimals are kept in every step."),
    IntegerOption("sigfigs", 3, 1, 12, "At least so many significant figures are kept in every step."),
)
"""Options that every family has."""


def pick(values: tuple[Any, ...], rng: np.random.Generator) -> Any:  # noqa: ANN401 - the values of any option
    """One of the values, by chance where there are several."""
    return values[0] if len(values) == 1 else values[int(rng.integers(len(values)))]
