"""The lecture's own examples, exactly, and the lecturer's own rounded figures; other published figures beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import problems

ROUNDED = {
    "z1": "0.5", "a1": "0.62", "z2": "0.31", "a2": "0.58", "z3": "0.29", "a3": "0.57",
    "s3": "0.25", "s2": "0.24", "s1": "0.23", "product": "0.0138",
}  # fmt: skip
PUBLISHED = {
    example["name"]: example
    for example in json.loads((Path(__file__).parents[1] / "data" / "worked_examples.json").read_text(encoding="utf-8"))
}


@pytest.fixture(scope="module")
def sigmoid_chain():
    return problems.pose("vanishing-gradient", w=[0.5, 0.5, 0.5], x=1, decimals=2, sigfigs=2)


def verdicts(problem, answers):
    grade = problems.grade(problem, answers)
    return {name: grade.steps[name].verdict for name in answers}


def test_all_of_the_lecturers_figures_are_right_together(sigmoid_chain):
    assert verdicts(sigmoid_chain, ROUNDED) == dict.fromkeys(ROUNDED, "correct")


def test_the_overall_gradient_is_right_alone(sigmoid_chain):
    assert verdicts(sigmoid_chain, {"product": "0.0138"}) == {"product": "correct"}


@pytest.mark.parametrize("answer", ["0", "0.205", "-0.0138", "0.138", "0.01", "0.0183"])
def test_other_overall_gradients_are_not(sigmoid_chain, answer):
    assert verdicts(sigmoid_chain, {"product": answer})["product"] not in ("correct", "carried")
    assert verdicts(sigmoid_chain, ROUNDED | {"product": answer})["product"] not in ("correct", "carried")


def test_the_exact_values_behind_them(sigmoid_chain):
    values = problems.solve(sigmoid_chain)
    assert values["product"] == pytest.approx(0.014043282151397829, rel=1e-15)  # by mpmath, 50 digits
    assert values["da_dx"] == pytest.approx(values["product"] / 8, rel=1e-14)
    assert [round(float(values[name]), 2) for name in ("a1", "a2", "a3")] == [0.62, 0.58, 0.57]


def test_the_exploding_gradient_of_the_lecture():
    problem = problems.pose("exploding-gradient", w=[3, 3, 3], x=1, upstream=1)
    values = problems.solve(problem)
    assert [float(values[name]) for name in ("z1", "z2", "z3", "dL_dz3", "dL_dz2", "dL_dz1", "dL_dx")] == [
        3,
        9,
        27,
        1,
        3,
        9,
        27,
    ]
    answers = {
        name: str(int(values[name])) for name in ("z1", "a1", "z2", "a2", "z3", "a3", "dL_dz3", "dL_dz2", "dL_dz1")
    }
    assert verdicts(problem, answers) == dict.fromkeys(answers, "correct")


def test_the_dead_units_of_the_lecture():
    problem = problems.pose("dying-relu", z=[4, 5, -1, -2, -4])
    grade = problems.grade(problem, {"a": "4 5 0 0 0", "s": [1, 1, 0, 0, 0], "dead": ["3", "4", "5"]})
    assert {name: grade.steps[name].verdict for name in ("a", "s", "dead")} == dict.fromkeys(
        ("a", "s", "dead"), "correct"
    )
    assert grade.steps["a_leaky"].verdict == "blank"


def test_nielsens_saturated_neurons():
    figures = PUBLISHED["Nielsen single neuron, quadratic cost"]["safe_to_assert"]
    for weight, bias, name in ((0.6, 0.9, "a0 (w=.6,b=.9)"), (2, 2, "a0 (w=2,b=2)")):
        problem = problems.pose("vanishing-gradient", w=[weight], b=[bias], x=1)
        assert problems.solve(problem)["a1"] == pytest.approx(figures[name]["value"], abs=figures[name]["abs_tol"])
        text = str(figures[name]["value"])
        low_precision = problems.pose("vanishing-gradient", w=[weight], b=[bias], x=1, decimals=2, sigfigs=2)
        assert verdicts(low_precision, {"a1": text}) == {"a1": "correct"}


def test_a_published_tanh_chain():
    example = PUBLISHED["dl_nb scalar chain depth 3 tanh-tanh-linear"]
    figures = example["safe_to_assert"]
    weights, biases = (
        [layer[0][0] for layer in example["network"]["weights"][:2]],
        [layer[0] for layer in example["network"]["biases"][:2]],
    )
    problem = problems.pose(
        "vanishing-gradient", w=weights, b=biases, x=example["inputs"][0], activation="tanh", decimals=4, sigfigs=4
    )
    values = problems.solve(problem)
    for step, name in {"z1": "z1", "a1": "h1", "s1": "1-h1^2", "z2": "z2"}.items():
        assert values[step] == pytest.approx(figures[name]["value"], abs=figures[name]["abs_tol"])
    answers = {"a1": "0.8005", "s1": "0.3592", "z2": "0.4404"}
    assert verdicts(problem, answers) == dict.fromkeys(answers, "correct")
