"""The benchmark runs, checks its own numbers, and writes them down."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_a_quick_run_measures_every_part(tmp_path):
    report = tmp_path / "figures.json"
    command = [sys.executable, "-m", "bench", "--quick", "--json", str(report)]
    shown = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True).stdout
    figures = json.loads(report.read_text(encoding="utf-8"))
    assert set(figures) == {"machine", "quick", "solving", "single", "drawing", "pages"}
    for part in ("solving", "single", "drawing", "pages"):
        assert figures[part]
    assert all(row["ours_over_limit"] > 0 for row in figures["solving"])
    for heading in ("Bulk solving", "One problem", "Bulk draws", "One page"):
        assert heading in shown
