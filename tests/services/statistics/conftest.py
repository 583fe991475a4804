"""Makes the made-up classes and the published figures importable, and the simulated students of the problems."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "problems")]
