"""Every family there is, found by looking in `families/`."""

from __future__ import annotations

import pkgutil
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from problems import families
from problems.errors import UnknownFamily

if TYPE_CHECKING:
    from collections.abc import Mapping

    from problems.family import Family


@cache
def catalogue() -> Mapping[tuple[str, int], Family]:
    """(slug, version) -> family; each module in `families/` declares `FAMILY`, and `EARLIER` where it has versions.

    Raises RuntimeError when two modules claim one slug and version.
    """
    found: dict[tuple[str, int], Family] = {}
    for module in pkgutil.iter_modules(families.__path__, f"{families.__name__}."):
        declared = import_module(module.name)
        for family in (declared.FAMILY, *getattr(declared, "EARLIER", ())):
            key = (family.slug, family.version)
            if key in found:
                message = f"{module.name} declares {family.slug} version {family.version}, which another file has"
                raise RuntimeError(message)
            found[key] = family
    return MappingProxyType(found)


def current_families() -> tuple[Family, ...]:
    """The newest version of every family, by slug."""
    newest: dict[str, Family] = {}
    for (slug, _version), family in sorted(catalogue().items()):
        newest[slug] = family
    return tuple(newest.values())


def get_family(slug: str, version: int | None = None) -> Family:
    """The family of that slug, its newest version unless one is named; raises UnknownFamily."""
    newest = {family.slug: family for family in current_families()}
    if slug not in newest:
        near = get_close_matches(str(slug), newest, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        message = f"There is no family {slug!r}: {hint}The families are {', '.join(newest)}."
        raise UnknownFamily(message.replace(": T", ". T") if not near else message, "family")
    if version is None:
        return newest[slug]
    try:
        return catalogue()[slug, version]
    except KeyError:
        versions = ", ".join(str(number) for name, number in catalogue() if name == slug)
        message = f"Family {slug} has no version {version}: it has {versions}."
        raise UnknownFamily(message, "version") from None
