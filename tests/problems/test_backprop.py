"""Backpropagation of formulas: textbook form, and the numbers of complex steps for any forward graph."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import problems
from problems.backprop import backprop
from problems.graph import Op, evaluate
from problems.network import layers
from problems.readings.complex_step import COMPLEX, NUDGE
from problems.readings.exact import EXACT
from problems.readings.markup import formula_in
from problems.readings.notation import symbol_of
from problems.words import (
    ACTIVATIONS,
    LOSS_NAMES,
    LOSSES,
    OUTPUT_OF_LOSS,
    SCALAR_ACTIVATIONS,
    add,
    apply,
    loss,
    multiply,
    number,
    value,
)


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


def network(activations, loss_name, *, units=2):
    depth = len(activations)
    options = {"depth": depth, "sizes": (2, 3, units)[-depth - 1 :], "activations": activations, "bias": True}
    return {**layers(options), "L": loss(loss_name, f"a{depth}", "y", units, f"z{depth}")}


def test_a_dense_layer_has_its_textbook_form():
    found = backprop(
        network(("tanh", "sigmoid"), "half-squared"),
        "L",
        by=["a2", "z2", "W2", "b2", "a1", "z1", "W1", "b1", "x"],
    )
    assert {name: shown(formula) for name, formula in found.items()} == {
        "dL_da2": "a₂ − y",
        "dL_dz2": "∂L/∂a₂·a₂·(1 − a₂)",
        "dL_dW2": "∂L/∂z₂ a₁ᵀ",
        "dL_db2": "∂L/∂z₂",
        "dL_da1": "W₂ᵀ ∂L/∂z₂",
        "dL_dz1": "∂L/∂a₁·(1 − a₁²)",
        "dL_dW1": "∂L/∂z₁ xᵀ",
        "dL_db1": "∂L/∂z₁",
        "dL_dx": "W₁ᵀ ∂L/∂z₁",
    }


@pytest.mark.parametrize(("loss_name", "last"), OUTPUT_OF_LOSS.items())
def test_a_cross_entropy_with_its_activation_has_output_minus_target(loss_name, last):
    found = backprop(network(("elu", last), loss_name), "L", by=["z2", "W2", "a1"])
    assert list(map(shown, found.values())) == ["a₂ − y", "∂L/∂z₂ a₁ᵀ", "W₂ᵀ ∂L/∂z₂"]


def test_softmax_with_cross_entropy_has_p_minus_y():
    steps = problems.pose("softmax-cross-entropy", z=[1, 2], y=0).worksheet.steps
    assert shown(steps["dL_dz"].formula) == "p − y"
    forward = {name: steps[name].formula for name in ("p", "L")}
    assert shown(backprop(forward, "L", by=["z"])["dL_dz"]) == "p − y"


@pytest.mark.parametrize(
    ("activation", "back"),
    [
        ("linear", "∂L/∂a₁"),
        ("sigmoid", "∂L/∂a₁·a₁·(1 − a₁)"),
        ("tanh", "∂L/∂a₁·(1 − a₁²)"),
        ("relu", "∂L/∂a₁·ReLU′(z₁)"),
        ("leaky-relu", "∂L/∂a₁·LeakyReLU′(z₁)"),
        ("prelu", "∂L/∂a₁·PReLU′(z₁)"),
        ("elu", "∂L/∂a₁·(a₁ + α)"),
        ("softmax", "a₁·(∂L/∂a₁ − a₁ᵀ ∂L/∂a₁)"),
    ],
)
def test_every_activation_has_its_textbook_form(activation, back):
    found = backprop(network((activation, "linear"), "squared"), "L", by=["z2", "a1", "z1"])
    assert shown(found["dL_dz1"]) == back


def test_the_learned_slope_of_prelu_gets_a_share_of_every_unit_below_zero():
    found = backprop(network(("prelu", "linear"), "squared"), "L", by=["z2", "a1", "alpha"])
    assert shown(found["dL_dalpha"]) == "∂L/∂a₁ᵀ min(z₁, 0)"


def test_the_parameter_of_another_activation_is_not_learned():
    with pytest.raises(KeyError):
        backprop(network(("leaky-relu", "linear"), "squared"), "L", by=["alpha"])


def by_complex_steps(forward, name, shape, inputs):
    """∂L/∂name entry by entry: nudge the entry by ih, look at the imaginary part of L."""
    found = np.empty(shape)
    for index in np.ndindex(*shape):
        nudge = np.zeros((*shape, 1), dtype=complex)
        nudge[index] = NUDGE * 1j
        if name in inputs:
            walk = evaluate(forward, {**inputs, name: inputs[name] + nudge}, COMPLEX)
        else:
            walk = evaluate(forward, inputs, COMPLEX, {name: nudge})
        found[index] = walk.expected["L"].imag[..., 0] / NUDGE
    return found


def require_agreement(forward, by, inputs):
    """Every route of every gradient has the shape of its name and the value of complex steps."""
    gradients = backprop(forward, "L", by=by)
    walk = evaluate({**forward, **gradients}, inputs, EXACT)
    for name in by:
        shape = (inputs[name] if name in inputs else walk.expected[name]).shape[:-1]
        truth = by_complex_steps(forward, name, shape, inputs)
        for route in gradients[f"dL_d{name}"].routes():
            found = walk.value_of(route)[..., 0]
            assert found.shape in (shape, ())  # a plain number stands for as many as there are
            np.testing.assert_allclose(np.broadcast_to(found, shape), truth, rtol=1e-8, atol=1e-11)


KINKED = ("relu", "leaky-relu", "prelu", "elu")


@st.composite
def graphs(draw):
    """A forward graph over x and v, vectors or plain numbers: layers, sums, products, activations, and a loss; leaves.

    Values are used once, twice or not at all; the weights S of a size are used in several layers.
    """
    first = draw(st.sampled_from([(), (1,), (2,), (3,)]))
    leaves, forward, shapes = {"x": first, "v": first}, {}, {"x": first, "v": first}
    for place in range(draw(st.integers(1, 4))):
        left = draw(st.sampled_from(sorted(shapes)))
        right = value(draw(st.sampled_from([name for name, shape in shapes.items() if shape == shapes[left]])))
        kind = draw(st.sampled_from(["layer", "again", "elementwise"]))
        before = shapes[left]
        out = before if kind != "layer" or before == () else (draw(st.integers(1, 3)),)
        if kind == "elementwise":
            left, beyond = value(left), add(apply(Op.SQUARE, right), number(1))
            ways = [add(left, right), left - right, multiply(left, right, left), -left, left / beyond, left * beyond]
            formula = draw(st.sampled_from(ways))
        else:
            weights = f"W{place}" if kind == "layer" else f"S{len(before)}{sum(before)}"
            leaves |= {weights: (*out, *before), f"b{place}": out}
            weighted = multiply(value(weights), value(left))
            formula = add(weighted if before == () else apply(Op.MATVEC, *weighted.args), value(f"b{place}"))
        z, a = f"z{place}", f"a{place}"
        forward[z], shapes[z] = formula, out
        activation = draw(st.sampled_from(["none", *activations_of(out)]))
        if activation != "none":
            forward[a], shapes[a] = ACTIVATIONS[activation].at(z), out
    loss_name = draw(st.sampled_from(LOSS_NAMES if out else ["squared", "half-squared", "binary-cross-entropy"]))
    output = a if a in forward else z
    if loss_name in OUTPUT_OF_LOSS:
        forward["out"], output = ACTIVATIONS[OUTPUT_OF_LOSS[loss_name]].at(z), "out"
    forward["L"] = loss(loss_name, output, "y", sum(out) or 1, z)
    return forward, {**leaves, "y": out}, loss_name


def activations_of(shape):
    """PReLU's α is shared by the units of a layer: it is learned from vectors only."""
    if shape == ():
        return [name for name in SCALAR_ACTIVATIONS if name != "prelu"]
    return ACTIVATIONS if sum(shape) > 1 else SCALAR_ACTIVATIONS


def drawn_inputs(rng, shapes, loss_name):
    """Numbers away from 0; targets that a loss can have."""
    sizes = {name: rng.uniform(0.3, 1.3, (*shape, 1)) for name, shape in shapes.items()}
    inputs = {name: rng.choice([-1, 1], size.shape) * size for name, size in sizes.items()}
    if loss_name == "softmax-cross-entropy":
        inputs["y"] = rng.dirichlet(np.ones(shapes["y"]))[:, None]
    if loss_name == "binary-cross-entropy":
        inputs["y"] = rng.choice([0.0, 1.0, 0.3], (*shapes["y"], 1))
    return {**inputs, "alpha": np.array([rng.uniform(0.1, 0.9)])}


@given(graphs(), st.data(), st.integers(0, 2**32 - 1))
def test_any_graph_of_our_words_agrees_with_complex_steps(graph, data, seed):
    forward, shapes, loss_name = graph
    learned = [one for one in forward.values() if value("alpha") in one.args]
    names = [name for name in (*shapes, *forward) if name not in ("L", "out", "y")]
    if loss_name in LOSSES:
        names.append("y")
    if learned and all(one.head is Op.PRELU for one in learned):
        names.append("alpha")
    by = data.draw(st.permutations(names))[: data.draw(st.integers(1, len(names)))]
    inputs = drawn_inputs(np.random.default_rng(seed), shapes, loss_name)
    values = evaluate(forward, inputs, EXACT).expected
    assume(all(np.abs(one).max() < 12 for one in values.values()))  # the plain formulas of complex steps lose nothing
    kinks = [values[str(one.args[0].head)] for one in forward.values() if one.head in KINKS]
    assume(all(np.abs(one).min() > 1e-6 for one in kinks))  # on a kink there is no slope to compare
    require_agreement(forward, by, inputs)


KINKS = {ACTIVATIONS[name].value for name in KINKED}


@pytest.mark.parametrize("loss_name", LOSS_NAMES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_with_every_loss_agrees_with_complex_steps_by_every_name(activation, loss_name):
    rng = np.random.default_rng(1)
    last = OUTPUT_OF_LOSS.get(loss_name, activation)
    forward = network((activation, last), loss_name)
    shapes = {"W1": (3, 2), "b1": (3,), "W2": (2, 3), "b2": (2,), "x": (2,), "y": (2,)}
    inputs = drawn_inputs(rng, shapes, loss_name)
    output = [] if loss_name in OUTPUT_OF_LOSS else ["a2"]
    by = [*output, "z2", "W2", "b2", "a1", "z1", "W1", "b1", "x"]
    require_agreement(forward, by + (["alpha"] if activation == "prelu" else []), inputs)


X, Y, Z, V = map(value, "xyzv")


@pytest.mark.parametrize(
    ("forward", "by"),
    [
        ({"a": ACTIVATIONS["softmax"].at("z"), "L": loss("softmax-cross-entropy", "a", "y", 2, "z")}, ["y"]),
        ({"a": ACTIVATIONS["sigmoid"].at("z"), "L": loss("binary-cross-entropy", "a", "y", 2, "z")}, ["y"]),
        ({"a": ACTIVATIONS["softmax"].at("z"), "L": loss("softmax-cross-entropy", "a", "y", 2, "z")}, ["a", "z"]),
        ({"a": apply(Op.SOFTMAX, Z * Z), "L": apply(Op.DOT, value("a"), V)}, ["z"]),
        ({"L": apply(Op.DOT, apply(Op.SIGMOID, Z * Z), V)}, ["z"]),
        ({"a": ACTIVATIONS["prelu"].at("s"), "L": value("a") * value("a")}, ["alpha"]),
    ],
    ids=[
        "softmax-by-target",
        "sigmoid-by-target",
        "softmax-listed",
        "softmax-of-formula",
        "of-formula",
        "prelu-of-number",
    ],
)
def test_what_has_no_rule_is_refused_or_right(forward, by):
    inputs = {name: np.array([[0.4], [0.6]]) for name in "yzv"}
    inputs |= {"s": np.array([-0.7]), "alpha": np.array([0.1])}
    try:
        require_agreement(forward, by, inputs)
    except (KeyError, TypeError) as refused:
        assert "Op." not in str(refused)  # noqa: PT017 - a name made up of a primitive is no refusal
