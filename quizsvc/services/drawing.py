"""From an item of a set to a problem: drawn from a seed, or posed with its own numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import problems

if TYPE_CHECKING:
    from collections.abc import Mapping


class Drawable(Protocol):
    """What an item says of its problem, in a file as in the database."""

    @property
    def family(self) -> str:
        """Its slug."""

    @property
    def options(self) -> dict[str, Any]:
        """What to draw from."""

    @property
    def given(self) -> dict[str, Any] | None:
        """Numbers that are the same for all."""


def draw_item(item: Drawable, seed: int) -> problems.Problem:
    """The problem at this seed; the seed plays no part where the numbers are given. Raises ProblemError."""
    for name in ("slug", "seed"):
        if name in {**item.options, **(item.given or {})}:
            message = f"{name} is no option: every student gets a seed of their own."
            raise problems.BadOption(message, name)
    if item.given is not None:
        stated: Mapping[str, Any] = {**item.options, **item.given}
        return problems.pose(item.family, **stated)
    return problems.draw(item.family, seed=seed, **item.options)
