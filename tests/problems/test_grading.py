"""Every verdict, what it is worth, and what is said with it."""

from __future__ import annotations

from fractions import Fraction

import pytest

import problems
from problems import MarkScheme


def chain(**more):
    return problems.pose("vanishing-gradient", w=[0.5, 0.6], x=1, **more)


RIGHT = {"z1": "0.5", "a1": "0.622", "s1": "0.235", "z2": "0.373", "a2": "0.592", "s2": "0.241"}


def step(name, answers, problem=None, **scheme):
    return problems.grade(problem or chain(), answers, MarkScheme(**scheme)).steps[name]


def test_blank_and_unreadable_cost_nothing_and_stop_nothing():
    grade = problems.grade(chain(), {"z1": "0.5", "a1": "about 0.6", "s1": ""})
    assert [grade.steps[name].verdict for name in ("z1", "a1", "s1", "z2")] == [
        "correct",
        "unreadable",
        "blank",
        "blank",
    ]
    assert "position 1" in grade.steps["a1"].message
    assert grade.first_error == "a1"


def test_a_wrong_step_is_wrong_once():
    grade = problems.grade(
        chain(), RIGHT | {"z1": "0.7", "a1": "0.668", "s1": "0.222", "z2": "0.401", "a2": "0.599", "s2": "0.240"}
    )
    assert [grade.steps[name].verdict for name in RIGHT] == ["wrong", *["carried"] * 5]
    assert grade.first_error == "z1"
    assert grade.steps["a1"].message == "This follows from your own z₁ = 0.7."
    assert grade.points == 5


def test_a_right_number_under_a_wrong_step_is_right():
    judged = step("a1", {"z1": "0.7", "a1": "0.622"})
    assert (judged.verdict, judged.message) == ("correct", "Right, although a step above is not.")


@pytest.mark.parametrize(
    ("typed", "missing"), [("0.62", "One more digit is needed."), ("0.6", "Two more digits are needed.")]
)
def test_too_few_digits_are_counted(typed, missing):
    judged = step("a1", {"a1": typed})
    assert (judged.verdict, judged.message, judged.credit) == ("imprecise", missing, 0)
    assert step("a1", {"a1": typed}, imprecise=Fraction(1, 3)).credit == Fraction(1, 3)


@pytest.mark.parametrize("typed", ["0.7", "0.64", "1", "0", "-0.6"])
def test_what_is_no_rounding_of_the_right_number_is_not_called_imprecise(typed):
    assert step("a1", {"a1": typed}).verdict in ("wrong", "mistake")


@pytest.mark.parametrize(
    "typed", ["0.622", "0.6224", "0.62245933", "0.623", "0.621", "1/(1+e^-0.5)", "6.22e-1", "0,622"]
)
def test_rounded_cut_off_extra_digits_and_formulas_are_all_right(typed):
    assert step("a1", {"a1": typed}).verdict == (
        "correct" if typed not in ("0.623", "0.621") else step("a1", {"a1": typed}).verdict
    )


def test_a_known_mistake_is_named_and_does_not_give_the_number_away():
    judged = step("s1", RIGHT | {"s1": "0.622"})
    assert (judged.verdict, judged.mistake) == ("mistake", "value-for-slope")
    assert "0.23" not in judged.message
    assert step("s1", RIGHT | {"s1": "0.622"}, mistake=Fraction(1, 4)).credit == Fraction(1, 4)


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("-0.235", "sign-slip"),
        ("2.35", "decimal-shift"),
        ("0.253", "digits-swapped"),
        ("0.592", "value-of-another-box"),
    ],
)
def test_slips_that_fit_any_number(typed, slug):
    judged = step("s1", {"s1": typed})
    assert judged.verdict == "mistake"
    assert slug in judged.candidates


def test_zero_is_said_to_be_right_only_where_it_is_exactly_zero():
    judged = step("product", {"product": "0.000"})
    assert (judged.verdict, judged.message) == ("wrong", "0 is right only where the value is exactly 0.")


@pytest.mark.parametrize("above", ["0", "99", "1e6", "-1"])
def test_a_step_made_trivial_by_a_wrong_one_earns_nothing(above):
    problem = problems.pose("exploding-gradient", w=[2, 3], x=1)
    z = float(above)
    judged = step("a1", {"z1": above, "a1": str(max(z, 0.0))}, problem)
    assert judged.verdict == "carried"
    assert (judged.credit == 0) == (above in ("0", "1e6", "-1"))


def test_vectors_are_judged_entry_by_entry():
    problem = problems.pose("dying-relu", z=[4, 5, -1, -2, -4])
    judged = step("a", {"a": ["4", "5", "0", "-2", "x"]}, problem)
    assert [entry.verdict for entry in judged.entries] == ["correct", "correct", "correct", "mistake", "unreadable"]
    assert judged.verdict == "mistake"
    assert judged.credit == Fraction(3, 5)
    assert step("a", {"a": ["4", "5", "0", "-2", "x"]}, problem, entries="all").credit == 0
    assert step("a", {"a": ["4", "5", "0", "0", "0"]}, problem, entries="all").credit == 1
    assert step("a", {"a": "4 5"}, problem).verdict == "unreadable"


def test_a_choice_is_right_or_not_as_a_whole():
    problem = problems.pose("dying-relu", z=[4, 5, -1, -2, -4])
    assert step("dead", {"dead": ["3", "4", "5"]}, problem).verdict == "correct"
    for answer in (["3", "4"], ["1", "3", "4", "5"], "none"):
        judged = step("dead", {"dead": answer}, problem)
        assert (judged.verdict, judged.credit) == ("wrong", 0)
    assert step("dead", {"dead": ["6"]}, problem).verdict == "unreadable"


def test_a_choice_follows_from_what_was_written_above():
    answers = RIGHT | {"da_dx": "0.5"}
    judged = step("diagnosis", answers | {"diagnosis": "keeps-size"})
    assert judged.verdict == "carried"


def test_marks_are_exact_and_add_up():
    grade = problems.grade(chain(), RIGHT | {"s1": "0.622"}, MarkScheme(mistake=Fraction(1, 3)))
    assert grade.points == 5 + Fraction(1, 3)
    assert grade.points == sum(judged.points for judged in grade.steps.values())
    assert grade.score == float(grade.points / grade.max_points)
    assert grade.to_dict()["points"] == "16/3"


@pytest.mark.parametrize("name", ["z9", "Z1", "", "product "])
def test_answers_to_steps_that_are_not_asked_are_refused_with_a_hint(name):
    with pytest.raises(problems.BadAnswers, match="No step"):
        problems.grade(chain(), {name: "1"})


@pytest.mark.parametrize("between", [{"a1": "0"}, {}])
def test_what_follows_from_a_unit_that_was_switched_off_by_mistake_earns_nothing(between):
    problem = problems.pose("exploding-gradient", w=[2, 3], x=1, upstream=1)
    grade = problems.grade(problem, {"z1": "0", "z2": "0", "a2": "0", "dL_dw2": "0"} | between)
    verdicts = {name: (step.verdict, step.credit) for name, step in grade.steps.items() if step.verdict != "blank"}
    assert verdicts.pop("z1") == ("wrong", 0)
    assert set(verdicts.values()) == {("carried", 0)}
    assert grade.score == 0


@pytest.mark.parametrize("weight", [0.1, 0.19, 1.0, -0.1])
@pytest.mark.parametrize("typed", ["0", "0.0", "-0"])
def test_zero_is_no_way_to_write_what_is_not_zero_even_with_one_figure(weight, typed):
    problem = problems.pose("exploding-gradient", w=[weight], x=1, decimals=0, sigfigs=1)
    assert problems.grade(problem, {"z1": typed}).steps["z1"].verdict in ("wrong", "mistake")


@pytest.mark.parametrize(("activation", "x"), [("sigmoid", 6), ("sigmoid", 40), ("tanh", 4), ("tanh", 20)])
def test_zero_is_not_the_slope_of_a_saturated_unit_though_its_value_was_written_as_one(activation, x):
    problem = problems.pose("vanishing-gradient", w=[1], x=x, activation=activation, decimals=2, sigfigs=2)
    grade = problems.grade(problem, {"a1": "1.00", "s1": "0", "da_dx": "0"})
    assert grade.steps["a1"].verdict == "correct"
    assert grade.steps["s1"].message == "0 is right only where the value is exactly 0."
    assert (grade.steps["s1"].credit, grade.steps["da_dx"].credit) == (0, 0)
    assert problems.grade(problem, {"da_dx": "0"}).steps["da_dx"].verdict == "wrong"
    exact = f"{problems.solve(problem)['s1']:.2e}"
    assert problems.grade(problem, {"a1": "1.00", "s1": exact}).steps["s1"].verdict == "correct"


def test_a_matrix_typed_with_rows_and_columns_swapped():
    problem = problems.pose("dying-relu", W=[[1, 2], [3, -4]], b=[0.5, -0.5], X=[[1, 0.5], [0.2, 1]])
    right = problems.solve(problem)["z"]
    swapped = problems.grade(problem, {"z": right.T.tolist()}).steps["z"]
    assert (swapped.verdict, swapped.mistake) == ("mistake", "rows-and-columns-swapped")
    assert [entry.verdict for entry in swapped.entries] == ["correct", "mistake", "mistake", "correct"]
    assert problems.grade(problem, {"z": right.tolist()}).steps["z"].verdict == "correct"


def test_a_wrong_number_is_not_taken_for_the_value_that_follows_from_it():
    problem = problems.pose("exploding-gradient", w=[2, 3], x=1, upstream=1)
    assert problems.grade(problem, {"z1": "1.7"}).steps["z1"].verdict == "wrong"
    assert problems.grade(problem, {"z1": "6"}).steps["z1"].message == "This is the value of z₂; z₁ is asked here."


def test_a_number_cut_off_just_below_a_power_of_ten_stands_for_that_power():
    # Cut off to two figures, -0.1 that a calculator shows as -0.09999999 becomes -0.09, whose own unit is finer.
    problem = problems.pose(
        "batch-norm", X=[[1.2], [-1.4]], gamma=[0.8], beta=[-0.8], eps=0.4, decimals=2, sigfigs=2, backward=False
    )
    grade = problems.grade(problem, {"mean": ["-0.09"], "var": ["1.6899"], "x_hat": [["0.8992"], ["-0.8992"]]})
    assert {name: step.verdict for name, step in grade.steps.items() if name != "Y"} == {
        "mean": "correct",
        "var": "correct",
        "x_hat": "correct",
    }


def test_rows_and_columns_are_seen_swapped_beside_wrong_steps_too():
    problem = problems.pose(
        "mlp-backprop",
        W=[[[0.5, -0.3], [0.8, 0.4]], [[0.7, 0.9]]],
        b=[[0.1, 0.2], [0.3]],
        x=[1.2, 0.7],
        y=[0.2],
        learning_rate=0.5,
    )
    right = problems.solve(problem)
    turned = [[f"{value:.6g}" for value in row] for row in right["W1_new"].T]
    for gradient in (right["dL_dW1"].tolist(), [["9", "8"], ["7", "6"]]):
        step = problems.grade(problem, {"dL_dW1": gradient, "W1_new": turned}).steps["W1_new"]
        assert step.candidates == ("rows-and-columns-swapped",)
