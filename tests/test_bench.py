"""The benchmark runs, checks its own numbers, and writes them down."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import problems
from bench import by_hand, by_hand_numpy, peers, solving
from bench.checking import WrongNumbers
from bench.targets import targets
from bench.workloads import WORKLOADS, Chain

CHAIN = WORKLOADS[0]


def test_a_quick_run_measures_every_part(tmp_path):
    report = tmp_path / "figures.json"
    command = [sys.executable, "-m", "bench", "--quick", "--json", str(report)]
    shown = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True).stdout
    figures = json.loads(report.read_text(encoding="utf-8"))
    parts = {"solving", "targets", "growth", "single", "drawing", "classes", "pages", "regrading"}
    assert set(figures) == {"machine", "peers", "quick", *parts}
    assert all(figures[part] for part in parts)
    assert [row["workload"] for row in figures["solving"]] == [workload.title for workload in WORKLOADS]
    assert all(row["ours_over_limit"] > 0 and row["over_ours"]["NumPy"] > 0 for row in figures["solving"])
    assert [target["of"] for target in figures["targets"][:2]] == [5, 4]
    headings = ("Bulk solving", "Growth", "One problem", "Bulk draws", "A class", "One page", "A set of", "Targets")
    assert [heading for heading in headings if heading not in shown] == []


def test_peers_that_are_not_installed_are_named_and_not_missed(monkeypatch):
    monkeypatch.setattr(peers, "versions", lambda: dict.fromkeys(peers.MODULES))
    monkeypatch.setattr(solving, "WORKLOADS", (CHAIN,))
    solved = solving.measure(quick=True)
    assert "Not installed, so not measured: micrograd, autograd, jax." in solving.show(solved)
    assert [target.reached for target in targets(solved)][1:] == [None, None]


@pytest.mark.parametrize("step", ["a2", "s1", "da_dx"])
def test_a_wrong_step_of_ours_is_not_timed(step, monkeypatch):
    solve_many = problems.solve_many

    def wrong(slug, given, *more, **stated):
        solution = solve_many(slug, given, *more, **stated)
        return {**solution, step: solution[step] * (1 + 1e-8)}

    monkeypatch.setattr(problems, "solve_many", wrong)
    monkeypatch.setattr(solving, "WORKLOADS", (CHAIN,))
    with pytest.raises(WrongNumbers, match="chain of 3, sigmoid, Python"):
        solving.measure(quick=True)


def test_a_peer_that_disagrees_is_not_timed(monkeypatch):
    def solvers(workload, given, sample):
        answers = workload.answers(given, problems.solve_many(workload.slug, given, **workload.stated))[:, sample]
        answers[-1, -1] += 1e-7
        return {"jax": peers.Solver(sample, lambda: None, lambda: answers)}

    monkeypatch.setattr(peers, "solvers", solvers)
    monkeypatch.setattr(solving, "WORKLOADS", (CHAIN,))
    with pytest.raises(WrongNumbers, match="chain of 3, sigmoid, jax"):
        solving.measure(quick=True)


def test_a_workload_that_the_product_refuses_stops_the_run(monkeypatch):
    unknown = Chain("no-such-family", "sigmoid", 3, by_hand.sigmoid_chain, by_hand_numpy.sigmoid_chain)
    monkeypatch.setattr(solving, "WORKLOADS", (CHAIN, unknown))
    with pytest.raises(WrongNumbers, match="There is no family 'no-such-family'"):
        solving.measure(quick=True)


def answers_with(workload, given, shift):
    """What peers are held against where the last entry of x is moved."""
    x = given["x"].copy()
    x.reshape(-1, x.shape[-1])[-1] += shift
    moved = {**given, "x": x}
    return workload.answers(moved, problems.solve_many(workload.slug, moved, **workload.stated))


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.title)
def test_peers_are_held_against_derivatives_of_the_value(workload):
    given, step = workload.given(20), 1e-6
    slopes = (answers_with(workload, given, step)[0] - answers_with(workload, given, -step)[0]) / (2 * step)
    np.testing.assert_allclose(answers_with(workload, given, 0.0)[-1], slopes, rtol=1e-5, atol=1e-7)
