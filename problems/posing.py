"""Posing a problem with stated numbers."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from problems.catalogue import get_family
from problems.errors import BadGiven, BadOption
from problems.options import PRECISION
from problems.precision import Precision
from problems.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from problems.family import Family, Given

LARGEST = 1e6
"""No given number is larger: results stay finite at any depth."""


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
    return options


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
    values = {name: _numbers(name, stated[name]) for name in declared if stated.get(name) is not None}
    _follow(declared, values, options)
    complete = fixed_options(family, options)
    return problem_at(family, complete, _checked(family, complete, values), seed)


def options_from_many(
    family: Family, given: Mapping[str, Any], stated: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, np.dtype[np.float64]]]]:
    """Complete options and checked arrays of many instances, instance axis last; raises BadOption or BadGiven."""
    declared = {one.name: one for one in family.givens}
    arrays = {name: np.asarray(value, dtype=np.float64) for name, value in given.items()}
    counts = {array.shape[-1] for array in arrays.values() if array.ndim}
    if set(arrays) - set(declared) or len(counts) != 1 or not all(array.ndim for array in arrays.values()):
        message = (
            f"Given holds {', '.join(arrays)}: it takes {', '.join(declared)}, each with one instance axis, the last."
        )
        raise BadGiven(message, "given")
    options = dict(stated)
    first = {name: array[..., 0] for name, array in arrays.items()}
    _follow(declared, first, options)
    complete = fixed_options(family, options)
    count = counts.pop()
    for name, value in _checked(family, complete, first).items():
        arrays.setdefault(name, np.broadcast_to(np.asarray(value)[..., np.newaxis], (*np.shape(value), count)))
    return complete, arrays


def _numbers(name: str, value: object) -> np.ndarray[Any, np.dtype[np.float64]]:
    message = f"Given {name} is {value!r:.80}: it takes a number, or an evenly nested list of numbers."
    if _mentions_other_than_numbers(value):
        raise BadGiven(message, name)
    try:
        array = np.asarray(value, dtype=np.float64) + 0.0  # no -0.0
    except (TypeError, ValueError, OverflowError):
        raise BadGiven(message, name) from None
    if not np.all(np.abs(array) <= LARGEST):
        message = f"Given {name} holds a number that is not finite or larger than {LARGEST:g} in size."
        raise BadGiven(message, name)
    return array


def _mentions_other_than_numbers(value: object) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_mentions_other_than_numbers, value))
    if isinstance(value, np.ndarray):
        return value.dtype.kind not in "iuf"
    return isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating)


def _follow(declared: Mapping[str, Given], values: Mapping[str, Any], options: dict[str, Any]) -> None:
    """Add the options that follow from the numbers: sizes, and whatever a given number implies."""
    stated = set(options)
    for name, given in declared.items():
        if name in values:
            _follow_sizes(given, values[name].shape, options, stated)
        for option, implied in (given.implies or {}).items():
            if name in values:
                options.setdefault(option, implied)
            elif isinstance(implied, bool):
                options.setdefault(option, not implied)


def _follow_sizes(given: Given, shape: tuple[int, ...], options: dict[str, Any], stated: set[str]) -> None:
    sizes = given.shape if given.layers is None else (given.layers, *given.shape)
    if len(shape) != len(sizes):
        message = f"Given {given.name} has {len(shape)} axes: it takes {_axes(given)}."
        raise BadGiven(message, given.name)
    for size, length in zip(sizes, shape, strict=True):
        if isinstance(size, str) and str(options.setdefault(size, length)) != str(length):
            origin = "as stated" if size in stated else "as the other numbers say"
            message = f"Given {given.name} has {length} entries along {size}: {size} is {options[size]}, {origin}."
            raise BadGiven(message, given.name)


def _axes(given: Given) -> str:
    sizes = given.shape if given.layers is None else (given.layers, *given.shape)
    return "one number" if not sizes else "a list by " + ", then ".join(map(str, sizes))


def _checked(family: Family, options: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    given = {}
    for declared in family.givens:
        name, here = declared.name, declared.when(options)
        value = values.get(name, declared.default)
        if not here and name in values:
            message = (
                f"Given {name} has no place here: with these options the family takes {_called_for(family, options)}."
            )
            raise BadGiven(message, name)
        if not here:
            continue
        if value is None:
            message = f"Given {name} is missing: with these options the family takes {_called_for(family, options)}."
            raise BadGiven(message, name)
        shape = declared.shape_at(options)
        if np.shape(value) != shape:
            message = f"Given {name} has shape {np.shape(value)}: shape {shape} is called for."
            raise BadGiven(message, name)
        given[name] = np.asarray(value).tolist()
    return given


def _called_for(family: Family, options: Mapping[str, Any]) -> str:
    return ", ".join(given.name for given in family.givens if given.when(options))
