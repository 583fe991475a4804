"""Draws for a class: everybody gets a fair problem of their own, and all are of the same difficulty."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, cycle, islice, product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from problems.catalogue import get_family
from problems.difficulty import Difficulty, difficulty_at, difficulty_of
from problems.drawing import (
    FIRST_TRIES,
    MOST_TRIES,
    as_given,
    block_of,
    fair_draws,
    no_fair_draw,
    numbers_at,
    referee_of,
    require_positive,
)
from problems.errors import BadOption, NoFairDraw
from problems.family import at
from problems.options import pick
from problems.posing import problem_at, read_options, read_seed
from problems.storing import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, Sequence

    from problems.family import Family
    from problems.problem import Problem
    from problems.readings.exact import Array

    Combination = Mapping[str, Any]
    """Option name -> its value, complete, precision among them."""
    Readable = Mapping[str, tuple[Any, ...]]
    """Option name -> the values that it may take."""

MOST_COMBINATIONS = 500
"""Of more combinations of options than that, so many are looked at by chance."""


@dataclass(frozen=True, slots=True)
class ClassDraw:
    """A fair problem for everybody, all of one difficulty.

    `distinct` of them are different: fewer than there are problems only where no more were found. They then come up in
    turn, so that nobody gets one for the second time before all were given once.
    """

    problems: tuple[Problem, ...]
    distinct: int
    difficulty: Difficulty


def draw_class(
    slug: str,
    count: int,
    seed: int | None = None,
    progress: Callable[[int], None] = lambda _done: None,
    **stated: Any,  # noqa: ANN401 - options of any type
) -> ClassDraw:
    """`count` fair problems of one difficulty, every one confirmed; `progress` is told how many are done.

    The difficulty is that of `draw` at this seed with these options, which may be ranges. All combinations of options
    that are as difficult come up in turn; what does not go together is left out. The same seed and options give the
    same problems on every machine, and the first of a longer draw are those of a shorter one; the problems have no seed
    of their own. Raises UnknownFamily, BadOption (no count; nothing that goes together), or NoFairDraw.
    """
    require_positive("count", count)
    family, rng = get_family(slug), np.random.default_rng(read_seed(seed))
    first, *others = _sources(family, _combinations(family, read_options(family, stated), rng), rng)
    sources = [first, *(other for other in others if other.difficulty == first.difficulty)]
    found: list[Problem] = []
    for problem in islice(_in_turn(sources), count):
        found.append(problem)
        progress(len(found))
    if not found:
        raise _none_found(sources)
    if len(found) < count:
        progress(count)
    return ClassDraw(tuple(islice(cycle(found), count)), len(found), first.difficulty)


def draw_like(
    like: Problem | Difficulty,
    slug: str,
    seed: int | None = None,
    avoid: Container[str] = frozenset(),
    **stated: Any,  # noqa: ANN401 - see draw_class
) -> Problem:
    """One more fair, confirmed problem of that difficulty: for somebody who comes late, or other numbers on demand.

    `avoid` holds the fingerprints of problems that it must not be. The same seed, options and fingerprints give the
    same problem. Raises UnknownFamily, BadOption (also where no problem with these options is of that difficulty), or
    NoFairDraw (also where all that are found are to be avoided).
    """
    wanted = like if isinstance(like, Difficulty) else difficulty_of(like)
    family, rng = get_family(slug), np.random.default_rng(read_seed(seed))
    readable = read_options(family, stated)
    own = () if isinstance(like, Difficulty) else _own_combination(family, readable, like)
    tried: list[_Source] = []
    for source in _sources(family, chain(_combinations(family, readable, rng), own), rng):
        if source.difficulty == wanted:
            tried.append(source)
            for problem in islice(source, MOST_TRIES):
                if fingerprint(problem) not in avoid:
                    return problem
    if not tried:
        message = f"No problem of {slug} with these options is of that difficulty: it takes those of the earlier one."
        raise BadOption(message)
    if found := sum(source.found for source in tried):
        message = f"All {found} fair problems of {slug} that were found with these options are to be avoided."
        raise NoFairDraw(message)
    raise _none_found(tried)


class _Source:
    """Different fair problems of one combination of options, for as long as there are new ones; read once."""

    def __init__(self, family: Family, options: Combination, rng: np.random.Generator) -> None:
        self.family, self.options, self._rng = family, options, rng
        self._referee = referee_of(family, options)
        self.tries, self.found, self.rejected = 0, 0, Counter[str]()

    @property
    def difficulty(self) -> Difficulty:
        """The same for all of them."""
        return difficulty_at(self._referee.worksheet, self._referee.precision)

    @property
    def appearance(self) -> Hashable:
        """All that decides what they look like: options that change nothing in it make no other problems."""
        worksheet, options = self._referee.worksheet, self._referee.worksheet.options
        words = () if self.family.worded_by else (at(self.family.intro, options), at(self.family.conventions, options))
        numbers = tuple((given.name, given.shapes_at(options), at(given.grid, options)) for given in worksheet.givens)
        return self._referee.precision, tuple(worksheet.steps.values()), words, numbers

    def __iter__(self) -> Iterator[Problem]:
        seen: set[bytes] = set()
        latest, size, most = 0, FIRST_TRIES, block_of(self._referee.worksheet)
        while self.tries - latest < MOST_TRIES:
            drawn, count = fair_draws(self._referee, self._rng, size, self.rejected)
            self.tries, size = self.tries + size, min(size * 4, most)
            given = as_given(self._referee.worksheet, drawn)
            for place, numbers in enumerate(_rows(drawn, count)):
                if numbers not in seen:
                    seen.add(numbers)
                    self.found, latest = len(seen), self.tries
                    yield problem_at(self.family, self.options, numbers_at(given, place))


def _rows(inputs: Mapping[str, Array], count: int) -> list[bytes]:
    """For each instance all its numbers, as they lie in memory."""
    entries = [values.reshape(prod(values.shape[:-1]), count) for values in inputs.values()]
    return [row.tobytes() for row in np.concatenate(entries).T]


def _in_turn(sources: Iterable[Iterable[Problem]]) -> Iterator[Problem]:
    """One of each source after the other, again and again, until none has any left."""
    left = [iter(source) for source in sources]
    while left:
        for one in tuple(left):
            problem = next(one, None)
            if problem is None:
                left.remove(one)
            else:
                yield problem


def _none_found(sources: Sequence[_Source]) -> NoFairDraw:
    rejected = sum((source.rejected for source in sources), Counter[str]())
    return no_fair_draw(sources[0].family.slug, sum(source.tries for source in sources), rejected)


def _sources(family: Family, combinations: Iterable[Combination], rng: np.random.Generator) -> Iterator[_Source]:
    """A source for every combination; of those whose problems nobody can tell apart, for the first."""
    known: set[Hashable] = set()
    for options in combinations:
        source = _Source(family, options, rng)
        if source.appearance not in known:
            known.add(source.appearance)
            yield source


def _combinations(family: Family, readable: Readable, rng: np.random.Generator) -> Iterator[Combination]:
    """Complete options in an order of chance, the first as `draw` picks them.

    Raises the BadOption of the first where none go together.
    """
    refused, together = None, 0
    for picked in _picks(readable, rng):
        try:
            settled = family.settle(picked)
        except BadOption as error:
            refused = refused or error
        else:
            together += 1
            yield settled
    if refused and not together:
        raise refused


def _picks(readable: Readable, rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """A value for every option, then all other ways to choose them, or many where there are too many."""
    yield {name: pick(values, rng) for name, values in readable.items()}
    if prod(map(len, readable.values())) > MOST_COMBINATIONS:
        for _pick in range(MOST_COMBINATIONS):
            yield {name: pick(values, rng) for name, values in readable.items()}
        return
    every = list(product(*readable.values()))
    for place in rng.permutation(len(every)):
        yield dict(zip(readable, every[place], strict=True))


def _own_combination(family: Family, readable: Readable, problem: Problem) -> Iterator[Combination]:
    """The problem's own options, where they are among those that may be: they may not be among those looked at."""
    own = {**problem.options, **problem.precision}
    picked = {name: values[0] if len(values) == 1 else own.get(name) for name, values in readable.items()}
    with suppress(BadOption):
        if all(picked[name] in values for name, values in readable.items()) and family.settle(picked) == own:
            yield own
