"""Posing a problem with stated numbers."""

from __future__ import annotations

import operator
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from problems.catalogue import get_family
from problems.errors import BadGiven, BadOption
from problems.family import at
from problems.options import PRECISION
from problems.precision import Precision
from problems.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from problems.family import Family, Given

Array = NDArray[np.float64]
Value = Array | list[Array]
"""A given value; one array for every layer where it comes in layers."""

LARGEST = 1e6
"""No given number is larger: results stay finite at any depth."""
LARGEST_WHOLE = 2**256
"""Versions and seeds are smaller."""


def read_seed(seed: object) -> int | None:
    """The seed as a plain whole number that can be stored; raises BadOption."""
    if seed is None:
        return None
    try:
        number = -1 if isinstance(seed, bool | np.bool_) else operator.index(seed)  # type: ignore[arg-type]  # tried
    except TypeError:
        number = -1
    if not 0 <= number < LARGEST_WHOLE:
        message = f"Seed is {seed!r:.60}: it takes a whole number from 0 on, below 2^256."
        raise BadOption(message, "seed")
    return number


def read_options(family: Family, stated: Mapping[str, object]) -> dict[str, tuple[Any, ...]]:
    """Option name -> the values it may take (one, or several to draw from), defaults filled in; raises BadOption."""
    known = {option.name: option for option in (*family.options, *PRECISION)}
    for name in stated:
        if name not in known:
            message = f"Family {family.slug} has no option {name!r}: its options are {', '.join(known)}."
            raise BadOption(message, str(name))
    return {name: option.read(stated.get(name, option.default)) for name, option in known.items()}


def fixed_options(family: Family, stated: Mapping[str, object]) -> dict[str, Any]:
    """Option name -> its one value; raises BadOption where a range is stated."""
    options = {}
    for name, values in read_options(family, stated).items():
        if len(values) != 1:
            message = f"Option {name} is {stated[name]!r:.60}: here it takes one value, not several."
            raise BadOption(message, name)
        options[name] = values[0]
    return family.settle(options)


def problem_at(
    family: Family, options: Mapping[str, Any], given: Mapping[str, Any], seed: int | None = None
) -> Problem:
    """The problem with these complete options (precision among them) and these checked numbers."""
    rest = dict(options)
    precision = Precision(rest.pop("decimals"), rest.pop("sigfigs"))
    return Problem(family.slug, family.version, seed, MappingProxyType(rest), MappingProxyType(dict(given)), precision)


def pose(slug: str, **stated: Any) -> Problem:  # noqa: ANN401 - numbers, lists, arrays and options alike
    """The problem with exactly these given numbers; no fairness is asked.

    Options may be stated too; sizes follow from the numbers. Raises UnknownFamily, BadOption or BadGiven.
    """
    return pose_in(get_family(slug), stated)


def pose_in(family: Family, stated: Mapping[str, Any], seed: int | None = None) -> Problem:
    """`pose` for a family at hand, whatever its version."""
    stated = family.adapt(dict(stated))
    declared = {given.name: given for given in family.givens}
    options = {name: value for name, value in stated.items() if name not in declared}
    known = [option.name for option in (*family.options, *PRECISION)]
    for name in options:
        if name not in known:
            message = (
                f"Family {family.slug} knows no {name!r}: its given numbers are {', '.join(declared)}, "
                f"its options {', '.join(known)}."
            )
            raise BadOption(message, str(name))
    values = {name: _value(given, stated[name]) for name, given in declared.items() if stated.get(name) is not None}
    _follow(declared, values, options)
    complete = fixed_options(family, options)
    checked = _checked(family, complete, values)
    given = {name: [one.tolist() for one in v] if isinstance(v, list) else v.tolist() for name, v in checked.items()}
    return problem_at(family, complete, given, seed)


def options_from_many(
    family: Family, given: Mapping[str, Any], stated: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Array], int]:
    """Complete options, the value of every name in formulas (instance axis last), and the count.

    Raises BadOption or BadGiven. Whether the numbers are ordinary is looked at for the first instance only.
    """
    declared = {one.name: one for one in family.givens}
    if unknown := set(given) - set(declared):
        message = f"Given holds {', '.join(sorted(unknown))}: it takes {', '.join(declared)}."
        raise BadGiven(message, "given")
    values = {name: _arrays(declared[name], value) for name, value in given.items()}
    counts = {array.shape[-1] for value in values.values() for array in _each(value) if array.ndim}
    if len(counts) != 1 or not all(array.ndim for value in values.values() for array in _each(value)):
        message = "Every given array has an instance axis, the last, and they are all of the same length."
        raise BadGiven(message, "given")
    options, count = dict(stated), counts.pop()
    _follow(declared, {name: _first(value) for name, value in values.items()}, options)
    complete = fixed_options(family, options)
    inputs: dict[str, Array] = {}
    for name, first in _checked(family, complete, {name: _first(value) for name, value in values.items()}).items():
        here = values[name] if name in values else [one[..., np.newaxis] for one in _each(first)]
        inputs |= zip(declared[name].names_at(complete), _each(here), strict=True)
    return complete, inputs, count


def _each(value: Value) -> list[Array]:
    return value if isinstance(value, list) else [value]


def _first(value: Value) -> Value:
    return [one[..., 0] for one in value] if isinstance(value, list) else value[..., 0]


def _arrays(given: Given, value: object) -> Value:
    """The arrays of many instances; raises BadGiven."""
    if given.layers is not None and isinstance(value, list | tuple | np.ndarray):
        return [_plain(given.name, one) for one in value]
    return _plain(given.name, value)


def _value(given: Given, value: object) -> Value:
    """The value of one problem; raises BadGiven."""
    if given.layers is None:
        return _numbers(given.name, value)
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, list | tuple) or not value:
        message = f"Given {given.name} is {value!r:.80}: it takes a list, an entry for each layer."
        raise BadGiven(message, given.name)
    return [_numbers(given.name, one) for one in value]


def _numbers(name: str, value: object) -> Array:
    """The numbers, none of them -0.0; raises BadGiven."""
    array = _plain(name, value)
    require_ordinary(name, array)
    return array + 0.0


def _plain(name: str, value: object) -> Array:
    """The numbers as they are; raises BadGiven where there are none."""
    if not _mentions_other_than_numbers(value):
        with suppress(TypeError, ValueError, OverflowError):
            return np.asarray(value, dtype=np.float64)
    message = f"Given {name} is {value!r:.80}: it takes a number, or an evenly nested list of numbers."
    raise BadGiven(message, name)


def require_ordinary(name: str, array: Array) -> None:
    """Raise BadGiven where a number is too large, or none."""
    if not max(array.max(), -array.min()) <= LARGEST:
        message = f"Given {name} holds a number that is not finite or larger than {LARGEST:g} in size."
        raise BadGiven(message, name)


def _mentions_other_than_numbers(value: object) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_mentions_other_than_numbers, value))
    if isinstance(value, np.ndarray):
        return value.dtype.kind not in "iuf"
    return isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating)


def _follow(declared: Mapping[str, Given], values: Mapping[str, Value], options: dict[str, Any]) -> None:
    """Add the options that follow from the numbers: sizes, and whatever a given number implies."""
    stated = set(options)
    for name, given in declared.items():
        if name in values:
            _follow_sizes(given, values[name], options, stated)
        for option, implied in (given.implies or {}).items():
            if name in values:
                options.setdefault(option, implied)
            elif isinstance(implied, bool):
                options.setdefault(option, not implied)


def _follow_sizes(given: Given, value: Value, options: dict[str, Any], stated: set[str]) -> None:
    found: dict[str, Any] = {}
    arrays = _each(value)
    if given.layers is not None:
        found[given.layers] = len(arrays)
    if any(array.ndim != len(given.shape) for array in arrays):
        axes = max(array.ndim for array in arrays)
        has = "is one number" if axes == 0 else f"is nested {axes} deep"
        message = f"Given {given.name} {has}{', in a layer' if given.layers else ''}: it takes {_axes(given)}."
        raise BadGiven(message, given.name)
    if given.ragged:
        if given.shape == ("out", "in"):
            found["sizes"] = (arrays[0].shape[1], *(array.shape[0] for array in arrays))
    else:
        found |= {size: n for size, n in zip(given.shape, arrays[0].shape, strict=True) if isinstance(size, str)}
    for size, length in found.items():
        known = options.setdefault(size, length)
        if known == "auto":
            options[size] = length
        elif str(known) != str(length) and size != "sizes":
            origin = "as stated" if size in stated else "as the other numbers say"
            message = f"Given {given.name} has {_entries(length)} along {size}: {size} is {known}, {origin}."
            raise BadGiven(message, given.name)


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def _axes(given: Given) -> str:
    sizes = given.shape if given.layers is None or given.ragged else (given.layers, *given.shape)
    inside = "one number" if not sizes else "a list by " + ", then ".join(map(str, sizes))
    return f"for each layer {inside}" if given.ragged else inside


def _checked(family: Family, options: Mapping[str, Any], values: Mapping[str, Value]) -> dict[str, Value]:
    given: dict[str, Value] = {}
    for declared in family.givens:
        name, here = declared.name, at(declared.when, options)
        value = values.get(name)
        if not here and value is not None:
            message = (
                f"Given {name} has no place here: with these options the family takes {_called_for(family, options)}."
            )
            raise BadGiven(message, name)
        if not here:
            continue
        if value is None and declared.default is None:
            message = f"Given {name} is missing: with these options the family takes {_called_for(family, options)}."
            raise BadGiven(message, name)
        if value is None:
            shapes = declared.shapes_at(options)
            filled = [np.full(shape, declared.default, dtype=np.float64) for shape in shapes]
            value = filled[0] if declared.layers is None else filled
        _require_shapes(declared, _each(value), declared.shapes_at(options))
        for array in _each(value):
            if wanted := declared.requires(array, options):
                message = f"Given {name} is {array.tolist()!r:.80}: it takes {wanted}."
                raise BadGiven(message, name)
        given[name] = value
    return given


def _require_shapes(given: Given, arrays: list[Array], shapes: tuple[tuple[int, ...], ...]) -> None:
    if len(arrays) != len(shapes):
        message = f"Given {given.name} is of {len(arrays)} layers: {len(shapes)} are called for."
        raise BadGiven(message, given.name)
    for layer, (array, shape) in enumerate(zip(arrays, shapes, strict=True), 1):
        if array.shape != shape:
            where = f" in layer {layer}" if given.layers else ""
            message = f"Given {given.name} has shape {array.shape}{where}: shape {shape} is called for."
            raise BadGiven(message, given.name)


def _called_for(family: Family, options: Mapping[str, Any]) -> str:
    return ", ".join(given.name for given in family.givens if at(given.when, options))
