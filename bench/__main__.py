"""`python -m bench`: measure every part, show it, and keep the figures where asked."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import classes, drawing, growth, pages, peers, regrading, single, solving, targets
from bench.checking import WrongNumbers
from bench.machine import this_machine


def main() -> None:
    """Print a table per part; leave with status 1 where what was measured was wrong."""
    parser = ArgumentParser("python -m bench", description="Ratios against the limit and against yardsticks.")
    parser.add_argument("--quick", action="store_true", help="a few seconds in all: shows that it runs, not how fast")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the same figures there, as JSON")
    stated = parser.parse_args()
    if stated.json and not stated.json.parent.is_dir():
        parser.error(f"there is no folder {stated.json.parent} to write into")
    machine = this_machine()
    print(f"{machine}{': a quick run, not to be quoted' if stated.quick else ''}")
    print("Peers:", ", ".join(f"{name} {version or 'not installed'}" for name, version in peers.versions().items()))
    try:
        figures = _measure(quick=stated.quick)
    except WrongNumbers as wrong:
        sys.exit(f"What is timed is not right, so its times mean nothing. {wrong}")
    if stated.json:
        figures = {"machine": asdict(machine), "peers": peers.versions(), "quick": stated.quick, **figures}
        stated.json.write_text(json.dumps(figures, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def _measure(*, quick: bool) -> dict[str, Any]:
    """Part -> its figures, shown as soon as they are there."""
    figures: dict[str, Any] = {}
    solved = solving.measure(quick=quick)
    print(solving.show(solved), flush=True)
    figures["solving"] = list(map(asdict, solved))
    reached = targets.targets(solved)
    figures["targets"] = list(map(asdict, reached))
    grown = growth.measure(quick=quick)
    print(growth.show(grown), flush=True)
    figures["growth"] = list(map(asdict, grown))
    timed = single.measure(quick=quick)
    print(single.show(timed), flush=True)
    figures["single"] = list(map(asdict, timed))
    drawn = drawing.measure(quick=quick)
    print(drawing.show(drawn), flush=True)
    figures["drawing"] = list(map(asdict, drawn))
    grouped = classes.measure(quick=quick)
    print(classes.show(grouped), flush=True)
    figures["classes"] = list(map(asdict, grouped))
    seen = pages.measure(quick=quick)
    print(pages.show(seen), flush=True)
    figures["pages"] = list(map(asdict, seen))
    again = regrading.measure(quick=quick)
    print(regrading.show(again), flush=True)
    figures["regrading"] = list(map(asdict, again))
    print(targets.show(reached))
    return figures


if __name__ == "__main__":
    main()
