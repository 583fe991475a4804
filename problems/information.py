"""What is told about families: options with types, ranges and defaults, and the mistakes that are known in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from problems.catalogue import current_families, get_family
from problems.mistake_kinds import KINDS, SLIPS
from problems.mistakes import mistakes_of
from problems.options import PRECISION, ChoiceOption, IntegerOption
from problems.problem import worksheet_of

if TYPE_CHECKING:
    from problems.family import Family
    from problems.options import Option


@dataclass(frozen=True, slots=True)
class OptionInfo:
    """An option: kind is integer (low to high, or a range such as "3..5"), choice (one of choices) or boolean."""

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
    if isinstance(option, IntegerOption):
        return OptionInfo(option.name, option.kind, option.default, option.help, option.low, option.high)
    if isinstance(option, ChoiceOption):
        return OptionInfo(option.name, option.kind, option.default, option.help, choices=option.choices)
    return info


def _slugs(family: Family) -> tuple[str, ...]:
    """The mistakes that can be made with the defaults or with any one other choice, in the order of KINDS."""
    defaults = {option.name: option.default for option in family.options}
    variants = [defaults]
    for option in family.options:
        if isinstance(option, ChoiceOption):
            variants += [{**defaults, option.name: choice} for choice in option.choices]
        elif not isinstance(option, IntegerOption):
            variants.append({**defaults, option.name: not option.default})
    found = {
        mistake.slug
        for options in variants
        for step in mistakes_of(worksheet_of(family, options)).values()
        for mistake in step
    }
    return tuple(slug for slug in KINDS if slug in found or slug in SLIPS)
