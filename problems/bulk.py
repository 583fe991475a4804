"""Many instances at once: a graph as a tape of instructions on rows of numbers.

A row is one number of every instance: a given number, an entry of a step, or what lies between. `lowering` takes the
formulas apart, `tiles` carries the tape out. Primitives that have no instruction are worked out by the exact reading,
block by block, between two pieces of tape.
"""

from __future__ import annotations

import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from problems.lowering import Entry, Lowering, Result, Value
from problems.posing import LARGEST
from problems.readings.exact import EXACT, ROUNDING
from problems.tiles import ITEM, TILE, Kernel, put_addresses, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from problems.graph import Graph, Op
    from problems.lowering import Shape
    from problems.problem import Worksheet

    Array = NDArray[np.float64]

BLOCK = 8 * TILE
"""Instances of a block, where the exact reading has a part in it."""
PART = BLOCK
"""A thread has at least so many."""


class Act(NamedTuple):
    """Something to be done, in order: a kernel or a rule reads values and writes others."""

    what: Kernel | Op
    writes: tuple[Value, ...]
    reads: tuple[Value, ...]
    shapes: tuple[Shape, ...] = ()
    gives: Shape = (2,)


def _acts(lowering: Lowering) -> Iterator[Act]:
    """All that is to be done: given numbers are checked before they are read, entries of steps stored once known."""
    entries = defaultdict[Value, list[Entry]](list)
    for entry, value in lowering.steps.items():
        entries[value].append(entry)
    for value in entries:
        if not isinstance(value, Result):
            yield from _stored(value, entries)
    checks, read = _checks(lowering), {arg for node in lowering.nodes for arg in node.args}
    for node, number in lowering.nodes.items():
        for arg in node.args:
            if arg in checks:
                yield checks.pop(arg)
        writes = tuple(Result(number, index) for index in np.ndindex(node.gives))
        if node.what in _GOES_ON:
            more, first, step = _GOES_ON[node.what]
            yield Act(node.what, writes, node.args[:first])
            for start in range(first, len(node.args), step):
                yield Act(more, writes, node.args[start : start + step])
            yield Act(Kernel.SETTLE, writes, ())
        elif node.what is Kernel.MUL and writes[0] not in read:  # it is stored, and no more
            yield from (Act(Kernel.STORE, (entry,), node.args) for entry in entries[writes[0]])
            continue
        else:
            yield Act(node.what, writes, node.args, node.shapes, node.gives)
        for value in writes:
            yield from _stored(value, entries)
    yield from checks.values()


def _checks(lowering: Lowering) -> dict[Value, Act]:
    """Given number -> the check of it, in the order in which they are read."""
    given = set[Value](lowering.given)
    read = [arg for node in lowering.nodes for arg in node.args if arg in given]
    order = list(dict.fromkeys([*read, *lowering.given]))
    return {
        value: Act(Kernel.CHECK, (following,), (value, LARGEST))
        for value, following in zip(order, [*order[1:], *order[-1:]], strict=True)
    }


def _stored(value: Value, entries: Mapping[Value, Sequence[Entry]]) -> Iterator[Act]:
    return (Act(Kernel.STORE, (entry,), (value, 1.0)) for entry in entries.get(value, ()))


_GOES_ON: Mapping[Kernel | Op, tuple[Kernel, int, int]] = MappingProxyType(
    {Kernel.SUM: (Kernel.SUM_MORE, 2, 1), Kernel.PRODUCTS: (Kernel.PRODUCTS_MORE, 4, 4)}
)
"""Sums of any number of terms: how they go on, after how many arguments, and how many more that takes each time."""


class Call(NamedTuple):
    """A rule of the exact reading: the rows of its arguments, in their shapes, and of the entries of what it gives."""

    rule: Callable[..., Array]
    args: tuple[NDArray[np.int64], ...]
    results: NDArray[np.int64]

    def run(self, rows: Sequence[Array]) -> None:
        """Work it out for the instances that the rows hold."""
        args = [np.stack([rows[int(row)] for row in arg.flat]).reshape(*arg.shape, -1) for arg in self.args]
        with np.errstate(all="ignore"):
            values = self.rule(*args)
        for index, row in np.ndenumerate(self.results):
            rows[int(row)][...] = values[index]


class _Rows:
    """Value -> row. What is neither named nor plain is given a row, used anew as soon as nobody needs what is in it."""

    def __init__(self, named: Sequence[Value], acts: Sequence[Act]) -> None:
        self._row = {value: row for row, value in enumerate(named)}
        self._last = {value: place for place, act in enumerate(acts) for value in (*act.writes, *act.reads)}
        self._free: list[int] = []
        self.count = self._named = len(named)

    def of(self, value: Value) -> int:
        """The row of a value."""
        if value not in self._row:
            if not self._free:
                self._free.append(self.count)
                self.count += 1
            self._row[value] = self._free.pop()
        return self._row[value]

    def release(self, values: Sequence[Value], place: int) -> None:
        """Give up the rows of those that nobody needs after the act at this place."""
        done = {self._row[value] for value in values if self._last[value] == place}
        self._free += sorted(row for row in done if row >= self._named)


class Program:
    """Pieces of tape, and calls between them.

    Rows stand in this order: entries of given numbers and steps, as in `shapes`; plain numbers; what lies between.
    """

    def __init__(self, graph: Graph, shapes: Mapping[str, Shape]) -> None:
        acts = list(_acts(Lowering(graph, shapes)))
        entries = [Entry(name, index) for name, shape in shapes.items() for index in np.ndindex(shape)]
        self.names = tuple(shapes)
        self.constants = list(dict.fromkeys(value for act in acts for value in act.reads if isinstance(value, float)))
        self.pieces: list[NDArray[np.int64] | Call] = []
        rows, tape = _Rows([*entries, *self.constants], acts), list[tuple[int, ...]]()
        for place, act in enumerate(acts):
            writes, reads = [rows.of(value) for value in act.writes], [rows.of(value) for value in act.reads]
            rows.release((*act.writes, *act.reads), place)
            if isinstance(act.what, Kernel):
                tape.append((act.what, *_padded(writes or reads, 2), *_padded(reads or writes, 4)))
                continue
            self._add(tape)
            self.pieces.append(
                Call(EXACT.rules[act.what], _in_shapes(reads, act.shapes), np.array(writes).reshape(act.gives))
            )
        self._add(tape)
        self.between = rows.count - len(entries) - len(self.constants)

    def _add(self, tape: list[tuple[int, ...]]) -> None:
        """The tape so far is a piece; it begins anew."""
        if tape:
            self.pieces.append(np.array(tape, dtype=np.int64))
            tape.clear()

    def run(self, named: Sequence[Array], count: int) -> bool:
        """Fill the rows of the steps from those of the given numbers: arrays of shape (rows, count), or (rows, 1).

        Whether all given numbers are ordinary; if not, the rest means nothing.
        """
        calls = any(isinstance(piece, Call) for piece in self.pieces)
        block = min(count, BLOCK) if calls else count
        size = block if calls else TILE  # of rows that every block, or every tile, uses anew
        own = [np.repeat(np.array(self.constants).reshape(-1, 1), size, axis=1), np.empty((self.between, size))]
        rows = [*(one if one.shape[1] == count else np.repeat(one, size, axis=1) for one in named), *own]
        addresses = _addresses(rows)
        goes_on = np.repeat([one.shape[1] == count for one in rows], [len(one) for one in rows])
        strides = ITEM * (goes_on | calls)
        lines = [line for one in rows for line in one] if calls else []
        beyond = 0
        for start in range(0, count, block):
            stop = min(start + block, count)
            here = [line[start:stop] if len(line) == count else line[: stop - start] for line in lines]
            for piece in self.pieces:
                if isinstance(piece, Call):
                    piece.run(here)
                else:
                    beyond += run(piece, addresses + ITEM * start * goes_on, strides, stop - start, ROUNDING)
        return beyond == 0


def _padded(rows: Sequence[int], count: int) -> tuple[int, ...]:
    """So many rows, the last repeated."""
    return (*rows, *[rows[-1]] * (count - len(rows)))


def _addresses(groups: Sequence[Array]) -> NDArray[np.int64]:
    addresses, place = np.empty(sum(map(len, groups)), dtype=np.int64), 0
    for rows in groups:
        put_addresses(rows, addresses, place)
        place += len(rows)
    return addresses


def _in_shapes(rows: Sequence[int], shapes: Sequence[Shape]) -> tuple[NDArray[np.int64], ...]:
    """Rows one after the other, as arrays of these shapes."""
    ends = np.cumsum([np.prod(shape, dtype=int) for shape in shapes])
    return tuple(part.reshape(shape) for part, shape in zip(np.split(np.array(rows), ends[:-1]), shapes, strict=True))


@lru_cache(maxsize=256)
def _program(worksheet: Worksheet) -> Program:
    return Program(
        worksheet.graph, worksheet.given_shapes | {name: step.shape for name, step in worksheet.steps.items()}
    )


def solve_into(
    room: Mapping[str, Array], worksheet: Worksheet, inputs: Mapping[str, Array], count: int, threads: int | None
) -> bool:
    """The exact value of every step of all instances, into contiguous arrays that are there.

    Whether all given numbers are ordinary: finite, and not beyond LARGEST; if not, the values mean nothing. At most
    `threads` share the work, and at most one for each processor that the process may use.
    """
    program, named = _program(worksheet), {**inputs, **room}
    rows = [np.ascontiguousarray(named[name]).reshape(-1, named[name].shape[-1]) for name in program.names]
    part = max(-(-count // (threads or _processors())), PART)
    parts = [
        [one if one.shape[1] != count else one[:, start : start + part] for one in rows]
        for start in range(0, count, part)
    ]
    counts = [min(part, count - start) for start in range(0, count, part)]
    others = [_helpers().submit(program.run, *other) for other in zip(parts[1:], counts[1:], strict=True)]
    ordinary = [program.run(parts[0], counts[0]), *(other.result() for other in others)]
    return all(ordinary)


@lru_cache(maxsize=1)
def _helpers() -> ThreadPoolExecutor:
    """Threads that wait for work: a new one for every call would take longer than what it does."""
    return ThreadPoolExecutor(max(_processors() - 1, 1), "bulk")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_helpers.cache_clear)  # threads do not come along


def _processors() -> int:
    """How many processors the process may use, where the system tells; else how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
