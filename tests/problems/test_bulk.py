"""Many instances at once: as exact as one by one, also where terms cancel, units saturate, or a block ends."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import problems
from problems import bulk, information, tiles
from problems.bulk import PART
from problems.catalogue import current_families
from problems.graph import evaluate
from problems.readings.exact import EXACT
from problems.tiles import TILE

VARIANTS = [(family.slug, stated) for family in current_families() for stated in information.variants(family)]


@pytest.mark.parametrize(("slug", "options"), VARIANTS, ids=[f"{slug} {options}" for slug, options in VARIANTS])
def test_bulk_values_are_those_of_the_exact_reading(slug, options):
    batch = problems.draw_many(slug, 40, seed=3, **options)
    solution = problems.solve_many(slug, batch.given, **options)
    for place in (0, 17, 39):
        problem = batch[place]
        exact = evaluate(problem.worksheet.graph, problem.inputs, EXACT).expected
        for name, step in problem.worksheet.steps.items():
            theirs = np.broadcast_to(exact[name], (*step.shape, 1))[..., 0]
            np.testing.assert_allclose(solution[name][..., place], theirs, rtol=1e-13, atol=0, err_msg=name)


def chain(w, x, **options):
    return problems.solve_many("vanishing-gradient", {"w": np.array(w), "x": np.array(x)}, **options)


def test_saturated_chains_keep_their_digits_in_bulk():
    x = np.array([1.0, 40.0, -40.0, 700.0, -750.0, 3.0])
    for activation in ("sigmoid", "tanh"):
        solution = chain([np.ones(6)] * 2, x, activation=activation)
        for place, value in enumerate(x):
            alone = problems.solve(problems.pose("vanishing-gradient", w=[1, 1], x=float(value), activation=activation))
            for name in ("a1", "s1", "a2", "s2", "da_dx"):
                np.testing.assert_allclose(solution[name][place], alone[name], rtol=1e-14, atol=0, err_msg=name)


def test_sums_that_are_zero_in_decimals_are_zero_in_bulk():
    given = {"w": [[3.0, 1.0], [2.0, 2.0]], "b": [[-0.3, 0.2], [0.5, 0.5]], "x": [0.1, 0.1], "upstream": [1.0, 1.0]}
    solution = problems.solve_many("exploding-gradient", {name: np.array(value) for name, value in given.items()})
    assert solution["z1"].tolist() == [0.0, 0.30000000000000004]
    assert solution["a1"][0] == 0.0
    assert solution["dL_dz1"][0] == 0.0


def net(count, seed, sizes=(3, 4, 2)):
    rng = np.random.default_rng(seed)
    return {
        "W": [rng.uniform(-1, 1, (o, i, count)) for i, o in pairwise(sizes)],
        "b": [rng.uniform(-1, 1, (o, count)) for o in sizes[1:]],
        "x": rng.uniform(-1, 1, (sizes[0], count)),
        "y": np.eye(sizes[-1])[:, rng.integers(sizes[-1], size=count)],
    }


def assert_equal(found, expected):
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


@settings(max_examples=20, deadline=None)
@given(count=st.sampled_from([1, 7, TILE - 1, TILE, TILE + 1, 2 * TILE + 9]), ahead=st.integers(0, 9))
def test_where_tiles_end_and_where_memory_begins_makes_no_difference(count, ahead):
    many = net(count + ahead, seed=count)
    whole = problems.solve_many("mlp-backprop", many, activations="tanh")
    rest = {
        name: [one[..., ahead:] for one in value] if isinstance(value, list) else value[..., ahead:]
        for name, value in many.items()
    }
    assert_equal(
        problems.solve_many("mlp-backprop", rest, activations="tanh"),
        {name: values[..., ahead:] for name, values in whole.items()},
    )


@pytest.mark.parametrize("size", [1, 6, 40, TILE + 1])
def test_where_blocks_between_rules_end_makes_no_difference(size, monkeypatch):
    many, options = net(40, seed=size), {"activations": ["tanh", "softmax"], "loss": "softmax-cross-entropy"}
    whole = problems.solve_many("mlp-backprop", many, **options)
    monkeypatch.setattr(bulk, "BLOCK", size)
    in_blocks = problems.solve_many("mlp-backprop", many, **options)
    for name, values in whole.items():
        np.testing.assert_allclose(in_blocks[name], values, rtol=1e-13, atol=0, err_msg=name)


@pytest.mark.parametrize("loss", ["half-squared", "softmax-cross-entropy"])
def test_threads_make_no_difference(loss):
    options = {"activations": ["tanh", "softmax" if loss.startswith("softmax") else "tanh"], "loss": loss}
    many = net(3 * PART + 5, seed=4)
    alone = problems.solve_many("mlp-backprop", many, threads=1, **options)
    for threads in (2, 3, 50, None):
        assert_equal(problems.solve_many("mlp-backprop", many, threads=threads, **options), alone)
    many["x"][1, 2 * PART] = np.nan
    with pytest.raises(problems.BadGiven, match="Given x holds a number that is not finite"):
        problems.solve_many("mlp-backprop", many, threads=3, **options)


@pytest.mark.parametrize("threads", [0, -1, True, "two", 1.5])
def test_threads_are_a_whole_number(threads):
    with pytest.raises(problems.BadOption, match=r"Threads is .*: it takes a whole number from 1 on"):
        problems.solve_many("mlp-backprop", net(2, seed=1), threads=threads)


def test_memory_of_an_earlier_call_is_written_over():
    first, second = net(50, seed=1), net(50, seed=2)
    room = problems.solve_many("mlp-backprop", first)
    again = problems.solve_many("mlp-backprop", second, out=room)
    assert all(again[name] is room[name] for name in room)
    assert_equal(again, problems.solve_many("mlp-backprop", second))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("L", None),
        ("M", lambda loss: loss),
        ("L", lambda loss: loss[:-1]),
        ("L", lambda loss: loss.astype(np.float32)),
        ("L", lambda loss: np.repeat(loss, 2)[::2]),
        ("L", lambda _: 0.0),
    ],
    ids=["too few", "too many", "too short", "too coarse", "apart", "no array"],
)
def test_memory_that_does_not_fit_is_refused_and_left_alone(name, wrong):
    room = problems.solve_many("mlp-backprop", net(5, seed=1))
    before = {step: values.copy() for step, values in room.items()}
    spoilt = {step: values for step, values in room.items() if step != name or wrong}
    if wrong:
        spoilt[name] = wrong(room["L"])
    with pytest.raises(problems.BadGiven, match=f"Out does not fit at {name}: it takes what solve_many returned"):
        problems.solve_many("mlp-backprop", net(5, seed=2), out=spoilt)
    assert_equal(room, before)


def test_whoever_draws_and_judges_one_by_one_does_not_load_the_compiler():
    code = """
import sys, problems
problem = problems.draw("mlp-backprop", seed=1)
assert problems.grade(problem, problems.solve(problem)).score
assert "numba" not in sys.modules
problems.draw_many("mlp-backprop", 3, seed=1)
assert "numba" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_where_nothing_can_be_kept_it_iscompiled_all_the_same(monkeypatch):
    def without_a_folder(function=None, *, cache=False, **options):
        if cache:
            message = "cannot cache function 'run': no locator available for file 'tiles.py'"
            raise RuntimeError(message)
        return numba.njit(function, **options)

    monkeypatch.setattr(tiles, "njit", without_a_folder)
    double = tiles.compiled(lambda x: 2 * x)
    assert double(21) == 42
    assert double.signatures


def test_numbers_that_do_not_lie_side_by_side_are_read_as_they_are():
    given = net(30, seed=3)
    apart = {name: np.repeat(value, 2, axis=-1)[..., ::2] for name, value in given.items() if name in "xy"}
    assert_equal(problems.solve_many("mlp-backprop", given | apart), problems.solve_many("mlp-backprop", given))


@pytest.mark.parametrize(
    "given",
    [
        {"w": np.ones((2, 3)), "x": np.ones(4)},
        {"w": np.ones((2, 3)), "x": np.array([1.0, np.nan, 2.0])},
        {"w": np.ones((2, 3)), "x": np.array([1.0, 2.0, 1e7])},
        {"w": np.ones((2, 3)), "x": np.array([1.0, 2.0, -np.inf])},
        {"w": np.where(np.arange(2 * TILE) == 2 * TILE - 1, -2e6, [[1.0], [1.0]]), "x": np.ones(2 * TILE)},
        {"w": np.ones((2, 3)), "q": np.ones(3)},
        {"w": np.ones((2, 3))},
        {"w": 1.0, "x": np.ones(3)},
    ],
)
def test_what_does_not_fit_is_refused_for_every_instance(given):
    with pytest.raises(problems.BadGiven):
        problems.solve_many("vanishing-gradient", given)
