"""Makes what reads printed pages importable; papers that many tests print."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
