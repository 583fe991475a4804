"""Makes the simulated students and the independent readings importable, and lists what every family is tried with."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
