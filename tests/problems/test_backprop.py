"""Backpropagation of formulas: textbook form, and the numbers of complex steps for any forward graph."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.backprop import backprop
from problems.graph import Op, evaluate
from problems.readings.complex_step import COMPLEX
from problems.readings.exact import EXACT
from problems.readings.markup import formula_in, symbol_of
from problems.words import ACTIVATIONS, LOSSES, add, apply, multiply, number, value


def shown(formula):
    return formula_in(formula, {name: symbol_of(name) for name in formula.names()}).text


def test_the_chain_rule_mentions_the_gradients_that_are_listed_before():
    forward = {
        "z1": value("w1") * value("x"),
        "a1": ACTIVATIONS["sigmoid"].at("z1"),
        "z2": value("w2") * value("a1") + value("b2"),
        "L": apply(LOSSES["half-squared"], value("z2"), value("y")),
    }
    found = backprop(forward, "L", by=["z2", "a1", "z1", "w2", "b2", "w1"])
    assert {name: shown(formula) for name, formula in found.items()} == {
        "dL_dz2": "z₂ − y",
        "dL_da1": "∂L/∂z₂·w₂",
        "dL_dz1": "∂L/∂a₁·a₁·(1 − a₁)",
        "dL_dw2": "∂L/∂z₂·a₁",
        "dL_db2": "∂L/∂z₂",
        "dL_dw1": "∂L/∂z₁·x",
    }


def test_a_gradient_that_is_not_listed_is_written_out():
    forward = {"z1": value("w1") * value("x"), "a1": ACTIVATIONS["relu"].at("z1"), "L": value("a1") * value("v")}
    assert shown(backprop(forward, "L", by=["w1"])["dL_dw1"]) == "v·ReLU′(z₁)·x"


def test_a_value_that_is_used_twice_has_the_sum_of_both_ways():
    forward = {"L": value("x") * value("y") + value("x")}
    [formula] = backprop(forward, "L", by=["x"]).values()
    assert shown(formula) == "y + 1"


def test_what_is_not_used_has_gradient_zero():
    assert backprop({"L": value("x") * value("y")}, "L", by=["z"])["dL_dz"] == number(0)


def test_a_primitive_without_a_derivative_is_refused():
    with pytest.raises(KeyError):
        backprop({"L": apply(Op.DEAD, value("x"))}, "L", by=["x"])


@st.composite
def graphs(draw):
    """A forward graph of sums, products, differences and activations over x, y and w."""
    forward, names = {}, ["x", "y", "w"]
    for place in range(draw(st.integers(1, 5))):
        left, right = (value(draw(st.sampled_from(names))) for _ in range(2))
        z = draw(st.sampled_from([add(left, right), multiply(left, right), left - right, -left, left + left * right]))
        forward[f"z{place}"] = z
        names.append(f"z{place}")
        if draw(st.booleans()):
            activation = ACTIVATIONS[draw(st.sampled_from(["sigmoid", "tanh", "relu", "leaky-relu"]))]
            forward[f"a{place}"] = activation.at(f"z{place}")
            names.append(f"a{place}")
    forward["L"] = apply(LOSSES[draw(st.sampled_from(sorted(LOSSES)))], value(names[-1]), value("y"))
    return forward


@given(graphs(), st.permutations(["x", "y", "w"]), st.integers(0, 2**32 - 1))
def test_any_graph_of_our_words_agrees_with_complex_steps(forward, order, seed):
    rng = np.random.default_rng(seed)
    inputs = {name: rng.uniform(0.3, 1.7, 1) * rng.choice([-1, 1]) for name in ("x", "y", "w", "alpha")}
    gradients = backprop(forward, "L", by=order)
    values = evaluate({**forward, **gradients}, inputs, EXACT).expected
    if any(abs(float(values[name][0])) < 1e-6 for name in forward):
        return  # on a kink there is no slope to compare
    for name in order:
        nudged = {**inputs, name: inputs[name] + 1e-30j}
        truth = evaluate(forward, nudged, COMPLEX).expected["L"].imag / 1e-30
        np.testing.assert_allclose(np.broadcast_to(values[f"dL_d{name}"], 1), truth, rtol=1e-9, atol=1e-12)
