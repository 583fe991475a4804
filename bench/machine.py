"""Where it was measured."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Machine:
    """What a reader of the figures has to know of the machine."""

    python: str
    numpy: str
    cpus: int | None
    architecture: str

    def __str__(self) -> str:
        return f"Python {self.python}, NumPy {self.numpy}, {self.cpus} CPUs of {self.architecture}"


def this_machine() -> Machine:
    """The machine that this runs on."""
    return Machine(platform.python_version(), np.__version__, os.cpu_count(), platform.machine())
