"""What a student types for a vector, a matrix or a choice."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from problems.entry import Number, Unreadable, read_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

LONGEST = 10_000
"""Characters of a vector or matrix pasted as one text."""

MOST_AROUND = 3
"""Brackets around the whole of it."""

_BETWEEN_ENTRIES = (r"\s*;\s*", r"\s*,\s*", r"\s+")
_BETWEEN_ROWS_AND_ENTRIES = ((r"[\n;]", r"\s*,\s*|\t"), (r"[\n;]", r"[ \t]+"), (r"\n", r"\s*;\s*|\t"))

LARGEST = 1e300
"""The size of a number that comes as a number: beyond it, arithmetic would overflow."""


@dataclass(frozen=True)
class Reading:
    """What was typed, entry by entry in the asked shape; `complaint` is about the whole.

    Values are NaN where blank or unreadable, units of the last typed place NaN where exact.
    """

    values: NDArray[np.float64]
    units: NDArray[np.float64]
    blank: NDArray[np.bool_]
    complaints: Mapping[tuple[int, ...], str] = field(default_factory=dict)
    complaint: str | None = None


def read_array(answer: object, shape: tuple[int, ...]) -> Reading:
    """The typed text, number or nested list as an array of that shape; never raises."""
    try:
        cells = _cells(answer, shape)
    except Unreadable as error:
        nothing = np.full(shape, np.nan)
        return Reading(nothing, nothing, np.zeros(shape, dtype=bool), complaint=error.message)
    values, units, blank = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, dtype=bool)
    complaints: dict[tuple[int, ...], str] = {}
    for index, cell in cells.items():
        if _is_blank(cell):
            blank[index] = True
            continue
        try:
            number = _read_cell(cell)
        except Unreadable as error:
            complaints[index] = error.message
            continue
        values[index] = number.value
        units[index] = np.nan if number.unit is None else number.unit
    if not shape and complaints:
        return Reading(values, units, blank, complaint=complaints[()])
    return Reading(values, units, blank, complaints)


def _is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _read_cell(cell: object) -> Number:
    if isinstance(cell, str):
        return read_number(cell)
    if isinstance(cell, int | float | np.integer | np.floating) and not isinstance(cell, bool):
        if -LARGEST < cell < LARGEST:
            return read_number(repr(cell) if isinstance(cell, int) else repr(float(cell)))
        message = "This number is not finite, or too large to be read."
        raise Unreadable(message)
    message = f"This is {type(cell).__name__}, not a number."
    raise Unreadable(message)


def _asked(shape: tuple[int, ...]) -> str:
    if len(shape) == 1:
        return f"{shape[0]} entries are asked"
    return f"{shape[0]} rows of {shape[1]} entries are asked"


def _cells(answer: object, shape: tuple[int, ...]) -> dict[tuple[int, ...], object]:
    """Index -> what was typed there; raises Unreadable where the shape does not fit."""
    if isinstance(answer, np.ndarray):
        answer = answer.tolist()
    if not shape:
        if isinstance(answer, list | tuple):
            if len(answer) != 1:
                message = f"One number is asked; {len(answer)} were given."
                raise Unreadable(message)
            return {(): answer[0]}
        return {(): answer}
    if _is_blank(answer):
        return dict.fromkeys(np.ndindex(shape), None)
    if isinstance(answer, str):
        return _split(answer, shape)
    if not isinstance(answer, list | tuple):
        message = f"One number was given; {_asked(shape)}."
        raise Unreadable(message)
    if not answer:
        return dict.fromkeys(np.ndindex(shape), None)
    rows = [row if isinstance(row, list | tuple) else [row] for row in answer]
    return _placed(rows, shape)


def _placed(rows: Sequence[Sequence[object]], shape: tuple[int, ...]) -> dict[tuple[int, ...], object]:
    flat = [cell for row in rows for cell in row]
    one_line = len(rows) == 1 or all(len(row) == 1 for row in rows)
    fits = len(flat) == int(np.prod(shape)) and (
        one_line if len(shape) == 1 or 1 in shape else [len(row) for row in rows] == [shape[1]] * shape[0]
    )
    if not fits:
        lengths = {len(row) for row in rows}
        came = (
            f"{len(flat)} were given"
            if one_line
            else f"{len(rows)} rows of {' or '.join(map(str, sorted(lengths)))} came"
        )
        message = f"{_asked(shape)}; {came}."
        raise Unreadable(message)
    return dict(zip(np.ndindex(shape), flat, strict=True))


def _split(text: str, shape: tuple[int, ...]) -> dict[tuple[int, ...], object]:
    """A vector or matrix pasted as one text: the first way of splitting it that fits the shape.

    0,5 -1 can be split at the comma and at the space: a way that leaves no space inside an entry comes first.
    """
    if len(text) > LONGEST:
        message = f"This has {len(text)} characters; at most {LONGEST} are read."
        raise Unreadable(message)
    rows = _bracketed(text)
    for _around in range(MOST_AROUND):
        if len(rows) == 1:
            text = rows[0]
            rows = _bracketed(text)
    if rows:
        ways = [[re.split(sign, row.strip()) for row in rows] for sign in _BETWEEN_ENTRIES]
    else:
        ways = [
            [re.split(sign, row.strip()) for row in re.split(between, text.strip()) if row.strip()]
            for between, sign in _BETWEEN_ROWS_AND_ENTRIES
        ]
    fitting: list[dict[tuple[int, ...], object]] = []
    for way in ways:
        with suppress(Unreadable):
            fitting.append(_placed(way, shape))
    if not fitting:
        return _placed(max(ways, key=lambda way: sum(map(len, way))), shape)  # raises, and counts what came
    return min(fitting, key=lambda cells: any(re.search(r"\s", str(cell).strip()) for cell in cells.values()))


def _bracketed(text: str) -> list[str]:
    """What stands in the outermost brackets, where the text is nothing but such brackets; otherwise nothing."""
    inside: list[str] = []
    depth = start = 0
    for place, sign in enumerate(text):
        if sign in "[(":
            depth += 1
            start = place + 1 if depth == 1 else start
        elif sign in "])":
            depth -= 1
            if depth == 0:
                inside.append(text[start:place])
        if depth < 0 or (depth == 0 and sign not in "]) \t\r\n,;"):
            return []
    return [] if depth else inside


class ChoiceReading(NamedTuple):
    """Which of the choices were picked, by their places."""

    chosen: tuple[int, ...]
    blank: bool = False
    complaint: str | None = None


def choices(answer: object, ids: Sequence[str], *, several: bool) -> ChoiceReading:
    """The picked choices; "none" picks none of several; never raises."""
    if isinstance(answer, np.ndarray):
        answer = answer.tolist()
    if answer is None or (isinstance(answer, str) and not answer.strip()) or answer in ([], ()):
        return ChoiceReading((), blank=True)
    if isinstance(answer, str):
        picked = re.split(r"[,;\s]+", answer.strip("[]() \t\n")) if several else [answer.strip()]
    elif isinstance(answer, list | tuple):
        picked = [str(one).strip() for one in answer]
    else:
        picked = [str(answer)]
    if several and picked == ["none"]:
        return ChoiceReading(())
    for one in picked:
        if one not in ids:
            return ChoiceReading((), complaint=f'"{one:.40}" is none of the choices: they are {", ".join(ids)}.')
    places = tuple(sorted({ids.index(one) for one in picked}))
    if not several and len(places) != 1:
        return ChoiceReading((), complaint="One choice is asked; several were given.")
    return ChoiceReading(places)
