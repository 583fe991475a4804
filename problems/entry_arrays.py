"""What a student types for a vector, a matrix or a choice."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from problems.entry import LARGEST, Number, Unreadable, read_number, visible, within, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

LONGEST = 8_000
"""Characters of a vector or a matrix in all, and of choices typed as one text."""

MOST_AROUND = 3
"""Brackets around the whole of it."""

# Blanks belong to the sign behind them, sought once for each run of them: a bare \s* would be tried at every blank.
_SEMICOLON, _COMMA = (rf"(?:(?<!\s)\s+)?{sign}\s*" for sign in ";,")
_BETWEEN_ENTRIES = (_SEMICOLON, _COMMA, r"\s+")
_BETWEEN_ROWS_AND_ENTRIES = ((r"[\n;]", rf"{_COMMA}|\t"), (r"[\n;]", r"[ \t]+"), (r"\n", rf"{_SEMICOLON}|\t"))
_BETWEEN_CHOICES = r"[\s,;()\[\]]+"


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
    return cell is None or (isinstance(cell, str) and not visible(cell).strip())


def _read_cell(cell: object) -> Number:
    match cell:
        case str():
            return read_number(cell)
        case Fraction():
            return Number(within(cell), None)
        case bool():
            pass
        case Decimal() | int():
            return written(cell)
        case np.integer():
            return written(int(cell))
        case float() | np.floating():
            return written(repr(float(cell)))
    message = f"This is {type(cell).__name__}, not a number."
    raise Unreadable(message)


def _entries(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"


def _were_given(count: int) -> str:
    return f"{count} {'was' if count == 1 else 'were'} given"


def _asked(shape: tuple[int, ...]) -> str:
    is_or_are = "is" if shape[0] == 1 else "are"
    if len(shape) == 1:
        return f"{_entries(shape[0])} {is_or_are} asked"
    return f"{shape[0]} {'row' if shape[0] == 1 else 'rows'} of {_entries(shape[1])} {is_or_are} asked"


def _cells(answer: object, shape: tuple[int, ...]) -> dict[tuple[int, ...], object]:
    """Index -> what was typed there; raises Unreadable where the shape does not fit."""
    if isinstance(answer, np.ndarray):
        answer = answer.tolist()
    given = answer if isinstance(answer, list | tuple) else [answer]
    if not shape:
        if len(given) != 1:
            message = f"One number is asked; {_were_given(len(given))}."
            raise Unreadable(message)
        return {(): given[0]}
    if not given or _is_blank(answer):
        return dict.fromkeys(np.ndindex(shape), None)
    if isinstance(answer, str):
        return _split(answer, shape)
    return _placed([row if isinstance(row, list | tuple) else [row] for row in given], shape)


def _placed(rows: Sequence[Sequence[object]], shape: tuple[int, ...]) -> dict[tuple[int, ...], object]:
    flat = [cell for row in rows for cell in row]
    lengths = [len(row) for row in rows]
    one_line = len(rows) == 1 or set(lengths) <= {1}
    fits = len(flat) == int(np.prod(shape)) and (
        one_line if len(shape) == 1 or 1 in shape else lengths == [shape[1]] * shape[0]
    )
    if not fits:
        least = "" if one_line or min(lengths) == max(lengths) else f"{min(lengths)} to "
        came = _were_given(len(flat)) if one_line else f"{len(rows)} rows of {least}{_entries(max(lengths))} were given"
        message = f"{_asked(shape)}; {came}."
        raise Unreadable(message)
    _bounded(sum(len(cell) for cell in flat if isinstance(cell, str)))
    return dict(zip(np.ndindex(shape), flat, strict=True))


def _split(text: str, shape: tuple[int, ...]) -> dict[tuple[int, ...], object]:
    """A vector or matrix pasted as one text: the first way of splitting it that fits the shape.

    0,5 -1 can be split at the comma and at the space: a way that leaves no space inside an entry comes first.
    """
    _bounded(len(text))
    _balanced(text)
    text = visible(text)
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


def _bounded(length: int) -> None:
    if length > LONGEST:
        message = f"This has {length} characters; at most {LONGEST} are read."
        raise Unreadable(message)


def _balanced(text: str) -> None:
    """Raises Unreadable where a bracket has no partner."""
    opened: list[int] = []
    for place, sign in enumerate(text):
        if sign in "[(":
            opened.append(place)
        elif sign in "])":
            if not opened:
                message = f'The bracket "{sign}" at position {place + 1} was never opened.'
                raise Unreadable(message, place)
            opened.pop()
    if opened:
        message = f'The bracket "{text[opened[0]]}" at position {opened[0] + 1} is never closed.'
        raise Unreadable(message, opened[0])


def _bracketed(text: str) -> list[str]:
    """What stands in the outermost brackets of a balanced text, where it is nothing but such; otherwise nothing."""
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
        elif depth == 0 and not (sign in ",;" or sign.isspace()):
            return []
    return inside


class ChoiceReading(NamedTuple):
    """Which of the choices were picked, by their places."""

    chosen: tuple[int, ...]
    blank: bool = False
    complaint: str | None = None


def choices(answer: object, ids: Sequence[str], *, several: bool) -> ChoiceReading:
    """The picked choices; "none" picks none of several; never raises."""
    try:
        picked = _picked(answer)
    except Unreadable as error:
        return ChoiceReading((), complaint=error.message)
    if not picked:
        return ChoiceReading((), blank=True)
    if several and picked == ["none"]:
        return ChoiceReading(())
    for one in picked:
        if one not in ids:
            return ChoiceReading((), complaint=f'"{one:.40}" is none of the choices: they are {", ".join(ids)}.')
    places = tuple(sorted({ids.index(one) for one in picked}))
    if not several and len(places) != 1:
        return ChoiceReading((), complaint=f"One choice is asked; {_were_given(len(places))}.")
    return ChoiceReading(places)


def _picked(answer: object) -> list[str]:
    """The words of the answer; raises Unreadable."""
    if isinstance(answer, np.ndarray):
        answer = answer.tolist()
    picked: list[str] = []
    for one in answer if isinstance(answer, list | tuple) else [answer]:
        if isinstance(one, str):
            _bounded(len(one))
            picked += filter(None, re.split(_BETWEEN_CHOICES, visible(one)))
        elif isinstance(one, int | np.integer) and -LARGEST < int(one) < LARGEST:
            picked.append(str(one))
        elif one is not None:
            message = f"This is {type(one).__name__}, not the name of a choice."
            raise Unreadable(message)
    return picked
