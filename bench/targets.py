"""What bulk solving is meant to reach, and on how many workloads it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.solving import Solved

OVER_MICROGRAD, AHEAD_OF_JAX = 500.0, 5
"""How many times as fast as micrograd, everywhere; on how many workloads ahead of JAX."""


@dataclass(frozen=True, slots=True)
class Target:
    """On how many workloads it is met, of how many, on how many it should be; None where nobody was there to beat."""

    target: str
    met: int
    of: int
    wanted: int
    reached: bool | None

    def __str__(self) -> str:
        said = {True: "reached", False: "NOT reached", None: "not measured"}[self.reached]
        return (
            f"{self.target}: {self.met} of {self.of}, wanted {self.wanted}: {said}"
            if self.of
            else f"{self.target}: {said}"
        )


def targets(solved: list[Solved]) -> list[Target]:
    """All of them."""
    kinds = {row.kind: row.most_over_limit for row in solved}
    within = [(row.kind, row.ours_over_limit <= row.most_over_limit) for row in solved]
    micrograd = [row.over_ours["micrograd"] >= OVER_MICROGRAD for row in solved if "micrograd" in row.over_ours]
    jax = [row.over_ours["jax"] > 1 for row in solved if "jax" in row.over_ours]
    return [
        *(
            _target(f"{kind} within {most} × limit", [met for its, met in within if its == kind])
            for kind, most in kinds.items()
        ),
        _target(f"{OVER_MICROGRAD:.0f} × as fast as micrograd", micrograd),
        _target("ahead of jax", jax, AHEAD_OF_JAX),
    ]


def _target(target: str, met: list[bool], wanted: int | None = None) -> Target:
    """All are wanted, unless a number is named."""
    least = len(met) if wanted is None else wanted
    return Target(target, sum(met), len(met), least, sum(met) >= least if met else None)


def show(found: list[Target]) -> str:
    """One line."""
    return f"\nTargets: {'; '.join(map(str, found))}."
