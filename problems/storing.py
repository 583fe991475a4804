"""Problems as JSON: written without loss, and read back only where everything in them is right."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from problems.catalogue import get_family
from problems.errors import BadProblem, ProblemError
from problems.posing import LARGEST_WHOLE, pose_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from problems.problem import Problem


def to_dict(problem: Problem) -> dict[str, Any]:
    """The whole problem as plain values, for JSON."""
    return {
        "family": problem.family,
        "version": problem.version,
        "seed": problem.seed,
        "options": dict(problem.options),
        "given": dict(problem.given),
        "precision": dict(problem.precision),
    }


def to_json(problem: Problem) -> str:
    """The whole problem as JSON text; `from_json` reads it back without loss."""
    return json.dumps(to_dict(problem), allow_nan=False)


def fingerprint(problem: Problem) -> str:
    """32 hexadecimal digits: the same for problems of one family, version, options, precision and given numbers.

    The seed plays no part. They are the first half of a SHA-256, so that no two problems share them by chance.
    """
    named = {name: value for name, value in to_dict(problem).items() if name != "seed"}
    text = json.dumps(named, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:32]


_KEYS = ("family", "version", "seed", "options", "given", "precision")
_OF_PRECISION = frozenset(("decimals", "sigfigs"))


def from_json(text: str | bytes) -> Problem:
    """The problem written by `to_json`; raises BadProblem, which says what is wrong."""
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except (TypeError, ValueError, RecursionError) as error:
        message = f"The problem is not JSON: {error}."
        raise BadProblem(message) from None
    return from_dict(data)


def _refuse_constant(constant: str) -> float:
    message = f"{constant} is no number"
    raise ValueError(message)


def from_dict(data: object) -> Problem:
    """The problem from the plain values of `to_dict`; raises BadProblem."""
    stored = _with_known_keys(data)
    options, given, precision = (_object(stored, key) for key in ("options", "given", "precision"))
    version, seed = stored["version"], stored.get("seed")
    for key, number in (("version", version), ("seed", 0 if seed is None else seed)):
        if not _is_whole(number):
            message = f"The {key} is {number!r:.40}: it takes a whole number from 0 on."
            raise BadProblem(message, key)
    try:
        family = get_family(str(stored["family"]), version)
    except ProblemError as error:
        raise BadProblem(error.message, error.where) from error
    if set(precision) - _OF_PRECISION:
        message = "Precision holds decimals and sigfigs, and nothing else."
        raise BadProblem(message, "precision")
    if misplaced := sorted(set(given) & (_OF_PRECISION | {option.name for option in family.options})):
        message = f"{misplaced[0].capitalize()} is no given number: it stands among the options or in the precision."
        raise BadProblem(message, "given")
    if misplaced := sorted((options.keys() & given) | (options.keys() & _OF_PRECISION)):
        message = f"{misplaced[0].capitalize()} is no option: precision and given numbers stand in places of their own."
        raise BadProblem(message, "options")
    try:
        return pose_in(family, {**options, **precision, **given}, seed)
    except ProblemError as error:
        raise BadProblem(error.message, error.where) from error


def _with_known_keys(data: object) -> dict[str, Any]:
    """The object that a problem is, with all that it needs; raises BadProblem."""
    if not isinstance(data, dict):
        message = f"A problem is an object with {', '.join(_KEYS)}; this is {type(data).__name__}."
        raise BadProblem(message)
    for key in data:
        if key not in _KEYS:
            message = f"A problem has no {key!r:.60}: it has {', '.join(_KEYS)}."
            raise BadProblem(message, str(key))
    for key in ("family", "version", "given"):
        if key not in data:
            message = f"The problem has no {key!r}: it needs family, version and given."
            raise BadProblem(message, key)
    return data


def _object(data: Mapping[str, object], key: str) -> dict[str, Any]:
    value = data.get(key, {})
    if not isinstance(value, dict):
        message = f"{key.capitalize()} of the problem is {value!r:.60}: it takes an object."
        raise BadProblem(message, key)
    return value


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LARGEST_WHOLE
