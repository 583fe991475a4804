"""Working precision: how many digits of a step are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# A power of ten that floating point puts a hair below itself still counts as that power.
_HAIR = 1e-12
# Below 10^-323 there is no float, and no unit may be 0.
_SMALLEST = -320


def exponent_of(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """The power of ten of the leading digit of each value; 0 at 0."""
    return np.floor(np.log10(np.where(value == 0, 1.0, np.abs(value))) + _HAIR)


@dataclass(frozen=True, eq=False)
class Precision(Mapping[str, int]):
    """Keep at least `decimals` decimals and at least `sigfigs` significant figures: the finer of the two wins.

    It is read as in JSON, too: precision["decimals"], dict(precision).
    """

    decimals: int = 3
    sigfigs: int = 3

    def __getitem__(self, name: str) -> int:
        return {"decimals": self.decimals, "sigfigs": self.sigfigs}[name]

    def __iter__(self) -> Iterator[str]:
        return iter(("decimals", "sigfigs"))

    def __len__(self) -> int:
        return 2

    def __hash__(self) -> int:
        return hash((self.decimals, self.sigfigs))

    def unit(self, value: ArrayLike) -> NDArray[np.float64]:
        """The unit in the last kept place of each value: min(10^-D, 10^(floor(log10|v|) - S + 1)), and 10^-D at 0."""
        value = np.asarray(value, dtype=np.float64)
        return np.where(value == 0, 10.0**-self.decimals, self.unit_at(exponent_of(value)))

    def unit_at(self, exponent: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for values whose leading digit stands at 10^exponent."""
        return np.power(10.0, np.minimum(np.maximum(exponent - (self.sigfigs - 1), _SMALLEST), -self.decimals))

    def places(self, value: float) -> int:
        """How many decimals the value is shown with (never fewer than `decimals`)."""
        return max(self.decimals, -round(float(np.log10(self.unit(value)))))
