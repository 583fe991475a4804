"""Many instances at once: as exact as one by one, also where terms cancel, units saturate, or a block ends."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import problems
from problems import bulk, information
from problems.catalogue import current_families
from problems.graph import evaluate
from problems.readings.exact import EXACT

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


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 40), size=st.integers(1, 9), seed=st.integers(0, 2**32 - 1))
def test_where_blocks_end_makes_no_difference(count, size, seed):
    rng = np.random.default_rng(seed)
    sizes = (3, 4, 2)
    given = {
        "W": [rng.uniform(-1, 1, (o, i, count)) for i, o in pairwise(sizes)],
        "b": [rng.uniform(-1, 1, (o, count)) for o in sizes[1:]],
        "x": rng.uniform(-1, 1, (3, count)),
        "y": rng.uniform(-1, 1, (2, count)),
    }
    whole = problems.solve_many("mlp-backprop", given, activations="tanh")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "BLOCK", size)
        in_blocks = problems.solve_many("mlp-backprop", given, activations="tanh")
    for name, values in whole.items():
        np.testing.assert_allclose(in_blocks[name], values, rtol=1e-13, atol=0, err_msg=name)


@pytest.mark.parametrize(
    "given",
    [
        {"w": np.ones((2, 3)), "x": np.ones(4)},
        {"w": np.ones((2, 3)), "x": np.array([1.0, np.nan, 2.0])},
        {"w": np.ones((2, 3)), "x": np.array([1.0, 2.0, 1e7])},
        {"w": np.ones((2, 3)), "q": np.ones(3)},
        {"w": np.ones((2, 3))},
        {"w": 1.0, "x": np.ones(3)},
    ],
)
def test_what_does_not_fit_is_refused_for_every_instance(given):
    with pytest.raises(problems.BadGiven):
        problems.solve_many("vanishing-gradient", given)
