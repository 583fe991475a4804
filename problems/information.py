"""What is told about families: options with types, ranges and defaults, and the mistakes that are known in them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from problems.catalogue import current_families, get_family
from problems.errors import BadOption
from problems.mistake_kinds import KINDS, SLIPS
from problems.mistakes import mistakes_of
from problems.options import PRECISION, ChoiceOption, IntegerOption, SizesOption, WordsOption
from problems.posing import fixed_options
from problems.problem import worksheet_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from problems.family import Family
    from problems.options import Option


@dataclass(frozen=True, slots=True)
class OptionInfo:
    """An option: kind is integer (low to high, or a range such as "3..5"), choice (one of choices), or boolean.

    Or words (one of the choices, or one for each layer) or sizes (units of every layer, low to high, like "3-4-2").
    """

    name: str
    kind: str
    default: int | str | bool
    help: str
    low: int | None = None
    high: int | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MistakeInfo:
    """A known mistake: `message` is what the student is told, with {step} and the like to be filled in."""

    slug: str
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class FamilyInfo:
    """A family, as those who choose from them see it."""

    slug: str
    title: str
    topic: str
    version: int
    teaches: str
    options: tuple[OptionInfo, ...]
    given: tuple[str, ...]
    mistakes: tuple[MistakeInfo, ...]


def families() -> tuple[FamilyInfo, ...]:
    """Every family, by slug."""
    return tuple(map(_described, current_families()))


def family(slug: str) -> FamilyInfo:
    """The family of that slug; raises UnknownFamily."""
    return _described(get_family(slug))


@lru_cache(maxsize=256)
def _described(family: Family) -> FamilyInfo:
    return FamilyInfo(
        slug=family.slug,
        title=family.title,
        topic=family.topic,
        version=family.version,
        teaches=family.teaches,
        options=tuple(map(_option, (*family.options, *PRECISION))),
        given=tuple(given.name for given in family.givens),
        mistakes=tuple(MistakeInfo(slug, KINDS[slug].title, KINDS[slug].message) for slug in _slugs(family)),
    )


def _option(option: Option) -> OptionInfo:
    info = OptionInfo(option.name, option.kind, option.default, option.help)
    if isinstance(option, IntegerOption | SizesOption):
        return replace(info, low=option.low, high=option.high)
    if isinstance(option, ChoiceOption | WordsOption):
        return replace(info, choices=option.choices)
    return info


def variants(family: Family) -> Iterator[dict[str, Any]]:
    """Options to look at a family by: the defaults, and each other value of each option that goes with them."""
    for stated in ({}, *({option.name: value} for option in family.options for value in option.others())):
        with suppress(BadOption):
            fixed_options(family, stated)
            yield stated


def _slugs(family: Family) -> tuple[str, ...]:
    """The mistakes that can be made with the defaults or with any one other choice, in the order of KINDS."""
    found: set[str] = set()
    for stated in variants(family) if family.worded_by is None else ():
        options = fixed_options(family, stated)
        worksheet = worksheet_of(family, {name: options[name] for name in options.keys() - {"decimals", "sigfigs"}})
        found |= {mistake.slug for step in mistakes_of(worksheet).values() for mistake in step}
    return tuple(slug for slug in KINDS if slug in found or (found and slug in SLIPS))
