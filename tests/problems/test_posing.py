"""Asking for problems: options, given numbers, JSON; what is refused says what is wrong and what would be right."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import problems


@pytest.mark.parametrize(
    ("options", "where", "said"),
    [
        ({"depth": 0}, "depth", "1 to 12"),
        ({"depth": 13}, "depth", "1 to 12"),
        ({"depth": "3..99"}, "depth", "1 to 12"),
        ({"depth": "5..3"}, "depth", ""),
        ({"depth": 2.5}, "depth", ""),
        ({"depth": True}, "depth", ""),
        ({"depth": "three"}, "depth", ""),
        ({"activation": "relu"}, "activation", "sigmoid"),
        ({"activation": ["sigmoid", "relu"]}, "activation", "sigmoid"),
        ({"bias": "maybe"}, "bias", ""),
        ({"dept": 3}, "dept", "depth"),
        ({"decimals": 99}, "decimals", ""),
    ],
)
def test_options_that_a_family_does_not_take(options, where, said):
    with pytest.raises(problems.BadOption) as refused:
        problems.draw("vanishing-gradient", seed=1, **options)
    assert refused.value.where == where
    assert said in refused.value.message


def test_a_family_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(problems.UnknownFamily, match="vanishing-gradient"):
        problems.draw("vanishing-gradients", seed=1)


@pytest.mark.parametrize(
    ("numbers", "where"),
    [
        ({"w": [0.5]}, "x"),
        ({"w": [], "x": 1}, "w"),
        ({"w": [0.5] * 13, "x": 1}, "w"),
        ({"w": 0.5, "x": 1}, "w"),
        ({"w": [[0.5]], "x": 1}, "w"),
        ({"w": ["a"], "x": 1}, "w"),
        ({"w": [float("nan")], "x": 1}, "w"),
        ({"w": [10**400], "x": 1}, "w"),
        ({"w": [0.5], "x": float("inf")}, "x"),
        ({"w": [0.5], "x": True}, "x"),
        ({"w": [0.5], "x": 1, "b": [1, 2]}, ""),
        ({"w": [0.5], "x": 1, "q": 3}, "q"),
        ({"w": [0.5], "x": 1, "depth": 3}, ""),
    ],
)
def test_numbers_that_do_not_fit(numbers, where):
    with pytest.raises((problems.BadGiven, problems.BadOption)) as refused:
        problems.pose("vanishing-gradient", **numbers)
    assert refused.value.message
    if where:
        assert where in (refused.value.where, refused.value.message.split()[1]) or where in refused.value.message


def test_the_depth_follows_from_the_weights_and_arrays_are_taken():
    problem = problems.pose("vanishing-gradient", w=np.array([0.5, 0.25]), x=np.float64(1), activation="tanh")
    assert problem.options["depth"] == 2
    assert problem.given == {"w": [0.5, 0.25], "x": 1.0}


def test_what_a_problem_is_reads_as_in_its_json():
    problem = problems.pose("vanishing-gradient", w=[0.5], x=1, decimals=2, sigfigs=2)
    written = json.loads(problems.to_json(problem))
    for name in ("family", "version", "seed", "options", "given", "precision"):
        assert getattr(problem, name) == written[name]
    assert (problem.precision["decimals"], len(problem.precision)) == (2, 2)


def test_options_may_be_ranges_and_choices_of_several():
    drawn = [
        problems.draw("vanishing-gradient", seed=seed, depth="2..4", activation="sigmoid|tanh") for seed in range(30)
    ]
    assert {problem.options["depth"] for problem in drawn} == {2, 3, 4}
    assert {problem.options["activation"] for problem in drawn} == {"sigmoid", "tanh"}


def test_no_fair_draw_is_told_with_the_rules_that_stood_against_it():
    with pytest.raises(
        problems.NoFairDraw, match=r"No fair problem of vanishing-gradient in \d+ tries with these options: "
    ):
        problems.draw("vanishing-gradient", seed=1, decimals=2, sigfigs=1, depth=12)


def stored(**change):
    return json.dumps(problems.to_dict(problems.draw("vanishing-gradient", seed=1)) | change)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "null", "[]", "42", '"text"', "{}", "\x00", '{"family": "vanishing-gradient"}',
        stored(family="nope"), stored(family=7), stored(version=99), stored(version="1"), stored(version=True),
        stored(options={"depth": 99}), stored(options=[]), stored(given={}), stored(given=None), stored(seed=-1),
        stored(seed="x"), stored(precision={"decimals": 99, "sigfigs": 2}), stored(surprise=1),
        stored().replace("0.5", "NaN", 1).replace('"x": ', '"x": NaN, "y": '),
        "[" * 100_000,
    ],
)  # fmt: skip
def test_text_that_is_no_problem(text):
    with pytest.raises(problems.ProblemError) as refused:
        problems.from_json(text)
    assert refused.value.message.endswith((".", "?"))
    assert len(refused.value.message) < 400


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["family", "version", "given", "options", "precision", "seed"]), inner)
        ),
        max_leaves=10,
    )
)
def test_no_data_makes_it_crash(data):
    with pytest.raises(problems.ProblemError):
        problems.from_dict(data)


def test_bulk_draws_are_problems():
    batch = problems.draw_many("vanishing-gradient", count=50, seed=3, depth=2)
    assert len(batch) == 50
    assert batch.given["w"].shape == (2, 50)
    assert batch.solution["z1"].shape == (50,)
    for place in (0, 49, -1):
        problem = batch[place]
        assert float(problems.solve(problem)["da_dx"]) == pytest.approx(batch.solution["da_dx"][place], rel=1e-14)
    with pytest.raises(IndexError):
        batch[50]
    with pytest.raises(problems.BadOption):
        problems.draw_many("vanishing-gradient", count=5, depth="2..3")
    with pytest.raises(problems.BadOption, match="from 1 on"):
        problems.draw_many("vanishing-gradient", count=0)
    with pytest.raises(problems.NoFairDraw, match="range too wide at product"):
        problems.draw_many("vanishing-gradient", count=5, depth=12, decimals=2, sigfigs=1)


def test_many_instances_are_solved_at_once():
    solved = problems.solve_many(
        "vanishing-gradient", {"w": np.full((3, 4), 0.5), "x": np.ones(4)}, activation="sigmoid"
    )
    assert solved["product"].shape == (4,)
    assert solved["product"][2] == pytest.approx(0.014043282151397829, rel=1e-15)


def test_a_seed_tells_the_same_on_every_machine():
    """The numbers of a seed are stored beside it; this holds them still as long as the version is 1."""
    problem = problems.draw("vanishing-gradient", seed=7, depth=3)
    assert problem.given == {"w": [2.4, 1.7, 1.8], "x": 0.5}


def test_what_people_also_write_is_understood():
    for said, meant in (("1/n", "one-over-n"), ("Xavier", "xavier-normal"), ("glorot-uniform", "xavier-uniform")):
        assert problems.pose("weight-init", fan_in=256, fan_out=128, scheme=said).options["scheme"] == meant
    plain = problems.pose("mlp-backprop", W=[0.5, 0.8], b=[0.1, 0.2], x=2, y=1)
    spelled = problems.pose("mlp-backprop", W=[[[0.5]], [[0.8]]], b=[[0.1], [0.2]], x=[2], y=[1])
    assert plain == spelled
    by_class = problems.pose("softmax-cross-entropy", z=[-2.85, 0.86, 0.28], y=2)
    assert by_class.given["y"] == [0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("family", "numbers", "said"),
    [
        ("softmax-cross-entropy", {"z": [1, 2], "y": [1, 1]}, "add up to 1"),
        ("mlp-backprop", {"W": [[[1]]], "x": [1], "y": [2], "loss": "binary-cross-entropy"}, "from 0 to 1"),
        ("weight-init", {"fan_in": 0, "fan_out": 3}, "above 0"),
        ("mlp-backprop", {"W": [[[1, 2]], [[1, 2]]], "x": [1, 2], "y": [1]}, "shape"),
        ("mlp-backprop", {"W": [[[1]]], "x": [1], "y": [1], "activations": "softmax"}, "one unit"),
        ("mlp-backprop", {"W": [[[1]], [[1]]], "x": [1], "y": [1], "activations": ["tanh"] * 3}, "2 layers"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_in_words(family, numbers, said):
    with pytest.raises(problems.ProblemError, match=said):
        problems.pose(family, **numbers)
