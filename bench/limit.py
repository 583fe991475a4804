"""The limit: the least that solving these instances with NumPy on one core can be.

One exp for every unit whose activation needs one, every input array read once, every output array written once, into
memory that is there already; the instance axis is the last, so all arrays are read and written from end to end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.floating[Any]]


class Limit:
    """The least work for `outputs` values of every instance, `exponentials` of which need an exp."""

    def __init__(self, inputs: Sequence[Array], *, outputs: int, exponentials: int) -> None:
        self.inputs = inputs
        self.outputs: Sequence[Array] = [np.zeros_like(inputs[0]) for _output in range(outputs)]
        self.exponentials = exponentials

    def run(self) -> None:
        """Do it; what is left in the outputs means nothing."""
        read = len(self.inputs)
        for place, (source, target) in enumerate(zip(self.inputs, self.outputs, strict=False)):
            if place < self.exponentials:
                np.exp(source, out=target)
            else:
                np.copyto(target, source)
        for target in self.outputs[read:]:
            target.fill(1.0)
