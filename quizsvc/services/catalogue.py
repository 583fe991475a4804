"""What there is to choose from, in the words of instructors: options of families, and the kinds of mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from string import Formatter
from types import MappingProxyType
from typing import TYPE_CHECKING

import problems
from problems.catalogue import current_families
from problems.family import Role
from problems.information import variants
from problems.mistake_kinds import KINDS, SLIPS
from problems.mistakes import mistakes_of
from problems.posing import fixed_options
from problems.problem import worksheet_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from problems.information import OptionInfo

FILLED_IN = MappingProxyType(
    {
        "wrong": "what was done",
        "step": "what is asked",
        "lost": "what was left out",
        "other": "the other step",
    }
)
"""Placeholder of a message -> what a student sees in its place."""

GROUPS = MappingProxyType(
    {
        Role.PREACTIVATION: "Weighted inputs",
        Role.ACTIVATION: "Activations",
        Role.SLOPE: "Derivatives of activations",
        Role.LOSS: "Losses",
        Role.GRADIENT: "Gradients",
        Role.UPDATED: "Updates",
        Role.RESULT: "Other values",
    }
)
"""Role of the steps at which a mistake is made -> what its group is called; the first that fits is taken."""
IN_ANY_NUMBER, NOWHERE = "Any number", "In no family at present"


@dataclass(frozen=True, slots=True)
class MistakeKind:
    """A kind of mistake, and the families in which it can happen; `message` has placeholders as in FILLED_IN."""

    slug: str
    title: str
    message: str
    families: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MistakeGroup:
    """Kinds of mistakes that are made at steps of one sort."""

    title: str
    kinds: tuple[MistakeKind, ...]


def mistake_groups(family: str | None = None) -> tuple[MistakeGroup, ...]:
    """Every kind of mistake, or those of one family, by the sort of step; raises UnknownFamily."""
    if family is None:
        return _groups()
    slugs = {mistake.slug for mistake in problems.family(family).mistakes}
    chosen = (
        MistakeGroup(group.title, tuple(kind for kind in group.kinds if kind.slug in slugs)) for group in _groups()
    )
    return tuple(group for group in chosen if group.kinds)


@lru_cache(maxsize=1)
def _groups() -> tuple[MistakeGroup, ...]:
    families: dict[str, list[str]] = {slug: [] for slug in KINDS}
    for family in problems.families():
        for mistake in family.mistakes:
            families[mistake.slug].append(family.slug)
    groups: dict[str, list[MistakeKind]] = {title: [] for title in (*GROUPS.values(), IN_ANY_NUMBER, NOWHERE)}
    roles = _roles()
    for slug, kind in KINDS.items():
        made = next((title for role, title in GROUPS.items() if role in roles.get(slug, ())), NOWHERE)
        title = IN_ANY_NUMBER if slug in SLIPS else made
        groups[title].append(MistakeKind(slug, kind.title, kind.message, tuple(families[slug])))
    return tuple(MistakeGroup(title, tuple(kinds)) for title, kinds in groups.items() if kinds)


def _roles() -> dict[str, set[Role]]:
    """Kind of mistake -> the roles of the steps at which it can be made, with the defaults or one other choice."""
    roles: dict[str, set[Role]] = {}
    for family in current_families():
        for stated in variants(family) if family.worded_by is None else ():
            options = fixed_options(family, stated)
            plain = {name: value for name, value in options.items() if name not in ("decimals", "sigfigs")}
            worksheet = worksheet_of(family, plain)
            for step, mistakes in mistakes_of(worksheet).items():
                for mistake in mistakes:
                    roles.setdefault(mistake.slug, set()).add(worksheet.steps[step].role)
    return roles


def message_parts(message: str) -> Iterator[tuple[str, bool]]:
    """The pieces of a message, each with whether it stands for something that is filled in."""
    for words, field, _spec, _conversion in Formatter().parse(message):
        if words:
            yield words, False
        if field is not None:
            yield FILLED_IN[field], True


def message_in_words(message: str) -> str:
    """The message with its placeholders as words: This is ‹what was done›, the rule for tanh."""
    return "".join(f"‹{words}›" if filled_in else words for words, filled_in in message_parts(message))


def option_values(option: OptionInfo) -> str:
    """What the option takes, in words."""
    match option.kind:
        case "integer":
            return f"{option.low} to {option.high}"
        case "choice":
            return " or ".join(option.choices)
        case "words":
            return f"{' or '.join(option.choices)}; one, or one for each layer"
        case "sizes":
            return f"auto, or the inputs and then the units of every layer, {option.low} to {option.high}, like 3-4-2"
        case _:
            return "yes or no"
