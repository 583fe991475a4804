"""Sums that are 0 in decimals are 0, beside fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import problems
from problems.graph import Op
from problems.readings.exact import EXACT, EXTENDED
from problems.readings.intervals import point
from problems.readings.rounding import ranges_at

DECIMALS = st.integers(-400, 400).map(lambda hundredths: Fraction(hundredths, 100))
READINGS = pytest.mark.parametrize("reading", [EXACT, EXTENDED], ids=["float64", "longest"])


def as_floats(values):
    return np.array([float(value) for value in values])[:, None]


@st.composite
def cancelling(draw):
    """Decimal factors w and x of products whose sum is exactly 0; no pair needs to cancel by itself."""
    pairs = draw(st.lists(st.tuples(DECIMALS, DECIMALS), min_size=1, max_size=6))
    pairs.append((-sum(w * x for w, x in pairs), Fraction(1)))
    w, x = zip(*draw(st.permutations(pairs)), strict=True)
    return w, x


def sums(reading, w, x):
    """The sum of w·x by every primitive that sums."""
    rules, w, x = reading.rules, as_floats(w), as_floats(x)
    terms = w * x
    yield rules[Op.ADD](*terms)
    if len(terms) == 2:
        yield rules[Op.SUB](terms[0], -terms[1])
    yield rules[Op.SUM](terms)
    yield rules[Op.MEAN](terms)
    yield rules[Op.DOT](w, x)
    yield rules[Op.MATVEC](w[None], x)[0]
    yield rules[Op.BACK_MATVEC](w[:, None], x)[0]
    yield rules[Op.LAYER_OF_ROWS](x[None], w[None])[0, 0]


@READINGS
@given(factors=cancelling())
def test_a_sum_that_is_0_in_decimals_is_exactly_0(reading, factors):
    for found in sums(reading, *factors):
        assert found == 0


@given(factors=cancelling())
def test_its_range_is_0_and_nothing_else(factors):
    rules = ranges_at(problems.pose("vanishing-gradient", w=[1], x=1).precision).rules
    w, x = map(point, map(as_floats, factors))
    assert (rules[Op.DOT](w, x).low, rules[Op.DOT](w, x).high) == (0, 0)
    terms = [point(one) for one in w.low * x.low]
    assert (rules[Op.ADD](*terms).low, rules[Op.ADD](*terms).high) == (0, 0)


@READINGS
@given(factors=st.lists(st.tuples(DECIMALS, DECIMALS), min_size=2, max_size=6))
def test_a_sum_that_is_not_0_in_decimals_has_its_sign(reading, factors):
    w, x = zip(*factors, strict=True)
    truth = sum(one * other for one, other in factors)
    assume(truth != 0)
    for found in sums(reading, w, x):
        assert np.sign(found) == np.sign(float(truth))


def test_a_unit_whose_weighted_input_is_0_in_decimals_is_off():
    values = problems.solve(problems.pose("exploding-gradient", w=[3, 2], b=[-0.3, 0.5], x=0.1))
    assert [values[name] for name in ("z1", "a1", "z2", "dL_dz1", "dL_dw1", "dL_dx")] == [0, 0, 0.5, 0, 0, 0]


def test_units_whose_weighted_inputs_are_0_in_decimals_are_dead():
    problem = problems.pose("dying-relu", W=[[3], [-3], [2]], b=[-0.3, 0.3, 1], X=[[0.1], [0.1]])
    values = problems.solve(problem)
    assert values["z"][:, :2].tolist() == [[0, 0], [0, 0]]
    assert values["dead"].tolist() == [1, 1, 0]
    assert values["s"].tolist() == [[0, 0, 1], [0, 0, 1]]


def test_an_output_that_is_its_target_in_decimals_has_no_loss_and_no_gradient():
    numbers = {"w": [3, 0.7], "b": [0.1, 0.02], "x": 0.1, "y": 0.3}
    values = problems.solve(problems.pose("exploding-gradient", **numbers, loss="squared"))
    assert [values[name] for name in ("L", "dL_dz2", "dL_dz1", "dL_dw1", "dL_dx")] == [0] * 5


TENTHS = st.integers(1, 30).map(lambda tenths: Fraction(tenths, 10))


@given(weights=st.lists(TENTHS, min_size=1, max_size=6), biases=st.lists(TENTHS, min_size=6, max_size=6), x=TENTHS)
def test_the_last_of_many_layers_is_off_where_its_weighted_input_is_0_in_decimals(weights, biases, x):
    a, biases = x, biases[: len(weights)]
    for weight, bias in zip(weights[:-1], biases, strict=False):
        a = weight * a + bias
    biases[-1] = -weights[-1] * a
    numbers = {"w": list(map(float, weights)), "b": list(map(float, biases)), "x": float(x)}
    values = problems.solve(problems.pose("exploding-gradient", **numbers))
    assert (values[f"z{len(weights)}"], values["dL_dx"]) == (0, 0)


def test_a_second_layer_is_off_where_its_weighted_input_is_0_in_decimals_after_a_first_that_nearly_cancels():
    values = problems.solve(problems.pose("exploding-gradient", w=[3, 2], b=[-0.29, -0.02], x=0.1))
    assert [values[name] for name in ("z2", "a2", "dL_dz2", "dL_dx")] == [0, 0, 0, 0]
