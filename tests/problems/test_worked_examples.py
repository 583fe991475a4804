"""Published worked examples: every figure that is safe to assert, their authors' roundings, and their known slips."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

import problems
from problems.backprop import backprop
from problems.catalogue import get_family
from problems.graph import Op, evaluate
from problems.precision import Precision
from problems.problem import Problem
from problems.readings.exact import EXTENDED
from problems.words import ACTIVATIONS, add, apply, multiply, number, value

EXAMPLES = {
    example["name"]: example
    for example in json.loads((Path(__file__).parents[1] / "data" / "worked_examples.json").read_text(encoding="utf-8"))
}
MAZUR = "Mazur 2-2-2"
HAN_KAMBER = "Han & Kamber 3-2-1"
HMKCODE = "hmkcode 2-2-1 linear (current post)"
SIGMOID_NEURON = "CS231n sigmoid neuron w=[2,-3,-3], x=[-1,-2]"
TANH_NEURON = "micrograd lecture tanh neuron"
THROUGH_TIME = "BPTT scalar tanh RNN, 3 steps (6 decimals)"
BATCH_NORM = "CS231n batch-norm forward 10x3 (8 decimals)"
SCALES = "Xavier / He / LeCun scale"
NIELSEN = "Nielsen single neuron, quadratic cost"
SCORES = "CS231n SVM vs softmax scores"
TANH_CHAIN = "dl_nb scalar chain depth 3 tanh-tanh-linear"

LOSSES = {MAZUR: "half-squared", HAN_KAMBER: "half-squared", HMKCODE: "half-squared", TANH_CHAIN: "squared"}
"""What the published formula of the loss is called here."""


def network(name, **more):
    """The published network, posed with its own numbers."""
    example = EXAMPLES[name]
    given = {
        "W": example["network"]["weights"],
        "b": example["network"]["biases"],
        "x": example["inputs"],
        "y": example["targets"],
        "activations": example["network"]["activation_per_layer"],
        "learning_rate": example["learning_rate"],
        "loss": LOSSES[name],
    }
    return problems.pose("mlp-backprop", **{**given, **more})


def updated(problem):
    """The same network after its update."""
    values, given = problems.solve(problem), dict(problem.given)
    for name in ("W", "b"):
        given[name] = [
            values.get(f"{name}{layer}_new", np.asarray(before)) for layer, before in enumerate(given[name], 1)
        ]
    words = ("activations", "loss", "update_biases")
    return problems.pose("mlp-backprop", **given, **{word: problem.options[word] for word in words})


def slopes(activation, z):
    return problems.solve(problems.pose("activation-values", activation=activation, z=z))["s"]


def by_hand(forward, of, by, inputs):
    """The values of a forward graph that no family has, and the gradients of `of` by the product's chain rule."""
    graph = {**forward, **backprop(forward, of, by=by)}
    found = evaluate(graph, {name: np.asarray(one, dtype=float)[..., None] for name, one in inputs.items()}, EXTENDED)
    return {name: found.expected[name][..., 0] for name in graph}


def mazur():
    problem = network(MAZUR, update_biases=False)
    v = problems.solve(problem)
    errors = 0.5 * (v["a2"] - EXAMPLES[MAZUR]["targets"]) ** 2
    W1, W2 = v["W1_new"], v["W2_new"]
    return {
        "net_h1": v["z1"][0],
        "out_h1": v["a1"][0],
        "out_h2": v["a1"][1],
        "net_o1": v["z2"][0],
        "out_o1": v["a2"][0],
        "out_o2": v["a2"][1],
        "E_o1": errors[0],
        "E_o2": errors[1],
        "E_total": v["L"],
        "dE_dout_o1": v["dL_da2"][0],
        "dout_o1_dnet_o1": slopes("sigmoid", v["z2"])[0],
        "delta_o1": v["dL_dz2"][0],
        "dE_dw5": v["dL_dW2"][0, 0],
        "dE_dout_h1": v["dL_da1"][0],
        "dout_h1_dnet_h1": slopes("sigmoid", v["z1"])[0],
        "dE_dw1": v["dL_dW1"][0, 0],
        **{f"w{place}+": w for place, w in enumerate([*W1.flat, *W2.flat], 1)},
    }


def han_kamber():
    v = problems.solve(network(HAN_KAMBER))
    inputs_of = {(4, 0): "w14+", (4, 1): "w24+", (4, 2): "w34+", (5, 0): "w15+", (5, 1): "w25+", (5, 2): "w35+"}
    return {
        "I4": v["z1"][0],
        "I5": v["z1"][1],
        "I6": v["z2"][0],
        "O4": v["a1"][0],
        "O5": v["a1"][1],
        "O6": v["a2"][0],
        "Err4": -v["dL_dz1"][0],
        "Err5": -v["dL_dz1"][1],
        "w46+": v["W2_new"][0, 0],
        "w56+": v["W2_new"][0, 1],
        **{name: v["W1_new"][unit - 4, place] for (unit, place), name in inputs_of.items()},
        "theta4+": v["b1_new"][0],
        "theta5+": v["b1_new"][1],
        "theta6+": v["b2_new"][0],
    }


def hmkcode():
    problem = network(HMKCODE, update_biases=False)
    v = problems.solve(problem)
    return {
        "h1": v["a1"][0],
        "h2": v["a1"][1],
        "prediction": v["a2"][0],
        "delta": v["dL_dz2"][0],
        **{f"w{place}+": w for place, w in enumerate([*v["W1_new"].flat, *v["W2_new"].flat], 1)},
        "prediction_after": problems.solve(updated(problem))["a2"][0],
    }


def sigmoid_neuron():
    inputs = EXAMPLES[SIGMOID_NEURON]["inputs"]
    forward = {
        "z": add(apply(Op.DOT, value("w"), value("x")), value("b")),
        "f": ACTIVATIONS["sigmoid"].at("z"),
    }
    given = {"w": inputs["w"][:2], "b": inputs["w"][2], "x": inputs["x"]}
    v = by_hand(forward, "f", ["z", "w", "b", "x"], given)
    return {
        "f": v["f"],
        "ddot": v["df_dz"],
        "dx0": v["df_dx"][0],
        "dx1": v["df_dx"][1],
        "dw0": v["df_dw"][0],
        "dw1": v["df_dw"][1],
        "dw2": v["df_db"],
    }


def tanh_neuron():
    inputs = EXAMPLES[TANH_NEURON]["inputs"]
    terms = (multiply(value(f"x{place}"), value(f"w{place}")) for place in (1, 2))
    forward = {"n": add(*terms, value("b")), "o": ACTIVATIONS["tanh"].at("n")}
    names = ["x1", "x2", "w1", "w2", "b"]
    v = by_hand(forward, "o", ["n", *names], inputs)
    return {"n": v["n"], "o": v["o"], "do_dn": v["do_dn"], **{f"d{name}": v[f"do_d{name}"] for name in names}}


def through_time():
    example = EXAMPLES[THROUGH_TIME]
    weights = example["network"]
    given = {"w_x": weights["Wxh"], "w_h": weights["Whh"], "b": weights["bh"]}
    problem = problems.pose("recurrent-gradient", **given, x=example["inputs"], y=example["targets"])
    v = problems.solve(problem)
    output = outputs_through_time(problem, weights["Why"], weights["by"])
    return {
        **{name: v[name] for name in ("z1", "h1", "z2", "h2", "z3", "h3")},
        "dL_dWhh": v["dL_dw_h"],
        "dL_dWxh": v["dL_dw_x"],
        "dL_dbh": v["dL_db"],
        "dL_dWhy": output["dL_dwhy"],
        "dL_dby": output["dL_dby"],
    }


def outputs_through_time(problem, Why, by):
    """The recurrent unit of that problem with a linear output behind it, which the family does without."""
    times = range(1, problem.options["steps"] + 1)
    forward = {name: one for name, one in problem.worksheet.graph.items() if name[0] in "zh"}
    outputs = {f"y{t}": add(multiply(value("why"), value(f"h{t}")), value("by")) for t in times}
    loss = add(*(apply(Op.HALF_SQUARED_ERROR, value(f"y{t}"), value(f"t{t}")) for t in times))
    back = [name for t in reversed(times) for name in (f"h{t}", f"z{t}")]
    inputs = {name: one[..., 0] for name, one in problem.inputs.items()}
    given = {**inputs, "why": Why, "by": by}
    return by_hand({**forward, **outputs, "L": loss}, "L", ["why", "by", *back, "w_h", "w_x", "b"], given)


def batch(*, gamma, beta, **precision):
    """The published batch. It has more rows than the family draws, so it is put together past `pose`."""
    example = EXAMPLES[BATCH_NORM]
    X, eps = example["inputs"], example["network"]["eps"]
    options = MappingProxyType({"samples": len(X), "features": len(X[0]), "backward": False})
    given = MappingProxyType({"X": X, "gamma": gamma, "beta": beta, "eps": eps})
    family = get_family("batch-norm")
    return Problem(family.slug, family.version, None, options, given, Precision(**precision))


def batch_norm():
    weights = EXAMPLES[BATCH_NORM]["network"]
    plain = problems.solve(batch(gamma=weights["gamma"], beta=weights["beta"]))
    scaled = problems.solve(batch(gamma=[1, 2, 3], beta=[11, 12, 13]))
    fresh = 1 - weights["momentum"]
    np.testing.assert_array_equal(plain["Y"], plain["x_hat"])
    return {
        **{f"xhat[{row}][{column}]": one for (row, column), one in np.ndenumerate(plain["x_hat"])},
        **{f"y[{row}][{column}] gamma=1,2,3 beta=11,12,13": y for (row, column), y in np.ndenumerate(scaled["Y"])},
        **{f"running_mean[{column}]": fresh * mean for column, mean in enumerate(plain["mean"])},
        **{
            f"running_var[{column}] (as stored: 0.1*sqrt(var+eps))": fresh * np.sqrt(var + weights["eps"])
            for column, var in enumerate(plain["var"])
        },
    }


def scale(scheme, fan_in, fan_out=1):
    v = problems.solve(problems.pose("weight-init", scheme=scheme, fan_in=fan_in, fan_out=fan_out))
    return v["bound" if scheme.endswith("uniform") else "std"]


def scales():
    inputs = EXAMPLES[SCALES]["inputs"]
    return {
        "xavier_normal_std(256,128)": scale("xavier-normal", *inputs["xavier_normal"]),
        "he_std(10)": scale("he-normal", *inputs["he"]),
        "1/sqrt(10)": scale("lecun-normal", *inputs["xavier_simple"]),
        "xavier_uniform_limit(10,20)": scale("xavier-uniform", *inputs["xavier_normalized"]),
    }


def outputs_of_nielsens_neuron(w, b, epochs=300):
    """The neuron's output before the first epoch and after the last, each epoch posed, solved and updated."""
    example = EXAMPLES[NIELSEN]
    x, y, rate = example["inputs"]["x"], example["targets"], example["learning_rate"]
    problem = problems.pose("mlp-backprop", W=[[[w]]], b=[[b]], x=[x], y=y, learning_rate=rate)
    first = problems.solve(problem)["a1"][0]
    for _ in range(epochs):
        problem = updated(problem)
    return first, problems.solve(problem)["a1"][0]


def nielsen():
    found = {}
    for start, place in (((0.6, 0.9), "(w=.6,b=.9)"), ((2, 2), "(w=2,b=2)")):
        found[f"a0 {place}"], found[f"a after 300 epochs {place}"] = outputs_of_nielsens_neuron(*start)
    return found


def scores():
    example = EXAMPLES[SCORES]
    s, right = example["inputs"], example["targets"]
    v = problems.solve(problems.pose("softmax-cross-entropy", z=s, y=right))
    margins = [value("s") - value("right") + number(1)]
    graph = {"margins": apply(Op.RELU, *margins), "all": apply(Op.SUM, value("margins"))}
    summed = evaluate(graph, {"s": np.array(s)[:, None], "right": s[right]}, EXTENDED).expected["all"][0]
    return {"hinge": summed - 1, "p1": v["p"][1], "p2": v["p"][2], "loss": v["L"]}  # the right class adds its margin, 1


def tanh_chain():
    v = problems.solve(network(TANH_CHAIN))
    return {
        "z1": v["z1"][0],
        "h1": v["a1"][0],
        "z2": v["z2"][0],
        "dW3": v["dL_dW3"][0, 0],
        "1-h1^2": slopes("tanh", v["z1"])[0],
        **{f"W{layer}+": v[f"W{layer}_new"][0, 0] for layer in (1, 2, 3)},
        **{f"b{layer}+": v[f"b{layer}_new"][0] for layer in (1, 2, 3)},
    }


FIGURES = {
    MAZUR: mazur, HAN_KAMBER: han_kamber, HMKCODE: hmkcode, SIGMOID_NEURON: sigmoid_neuron, TANH_NEURON: tanh_neuron,
    THROUGH_TIME: through_time, BATCH_NORM: batch_norm, SCALES: scales, NIELSEN: nielsen, SCORES: scores,
    TANH_CHAIN: tanh_chain,
}  # fmt: skip
"""Example -> what computes its figures, by their published names, from the product's own steps."""


def test_no_published_example_is_left_out():
    assert FIGURES.keys() == EXAMPLES.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_published_figure_is_what_we_compute(name):
    published, found = EXAMPLES[name]["safe_to_assert"], FIGURES[name]()
    assert published.keys() - found.keys() == set()  # no figure is left out
    apart = {
        key: (figure["value"], float(found[key]))
        for key, figure in published.items()
        if not abs(float(found[key]) - figure["value"]) <= figure["abs_tol"]
    }
    assert apart == {}


def verdicts(problem, answers):
    """Step -> its verdict, or those of its entries that were written."""
    found = problems.grade(problem, answers).steps
    return {
        name: {entry.verdict for entry in found[name].entries if entry.verdict != "blank"} or {found[name].verdict}
        for name in answers
    }


def all_right(problem, answers):
    return all(found == {"correct"} for found in verdicts(problem, answers).values())


MAZUR_PRINTED = {
    "z1": ["0.3775", ""],
    "a1": ["0.593269992", "0.596884378"],
    "z2": ["1.105905967", ""],
    "a2": ["0.75136507", "0.772928465"],
    "L": "0.298371109",
    "dL_da2": ["0.74136507", ""],
    "dL_dz2": ["0.138498562", ""],
    "dL_dW2": [["0.082167041", ""], ["", ""]],
    "dL_da1": ["0.036350306", ""],
    "dL_dW1": [["0.000438568", ""], ["", ""]],
    "W1_new": [["0.149780716", "0.19956143"], ["0.24975114", "0.29950229"]],
    "W2_new": [["0.35891648", "0.408666186"], ["0.51130127", "0.561370121"]],
}
"""Figures as the page prints them, at 8 or 9 decimals; empty where the example has none that is safe."""


def test_all_that_mazur_printed_is_right_together_at_his_eight_decimals():
    assert all_right(network(MAZUR, update_biases=False, decimals=8), MAZUR_PRINTED)


def test_at_nine_decimals_only_what_mazur_printed_with_eight_lacks_a_digit():
    problem = network(MAZUR, update_biases=False, decimals=9)
    whole = {name: answer for name, answer in MAZUR_PRINTED.items() if name != "W1_new"}
    assert all_right(problem, whole)
    entries = problems.grade(problem, MAZUR_PRINTED).steps["W1_new"].entries
    assert [entry.message for entry in entries] == ["", *["One more digit is needed."] * 3]
    rest = {"W1_new": [["0.149780716", "0.199561432"], ["0.249751144", "0.299502287"]]}
    assert all_right(problem, MAZUR_PRINTED | rest)


def test_mazurs_error_after_the_update_is_known_to_be_wrong_in_the_seventh_digit():
    problem = updated(network(MAZUR, update_biases=False))
    assert problems.solve(problem)["L"] == pytest.approx(0.29102777369359933, rel=1e-15)  # of an independent notebook
    again = problems.pose("mlp-backprop", **problem.given, **problem.options, decimals=9)
    for text, verdict in (("0.291027774", "correct"), ("0.291027924", "wrong")):
        assert problems.grade(again, {"L": text}).steps["L"].verdict == verdict


HAN_KAMBER_PRINTED = {
    "z1": ["-0.7", "0.1"],
    "a1": ["0.332", "0.525"],
    "z2": ["-0.105"],
    "a2": ["0.474"],
    "dL_dz1": ["0.0087", "0.0065"],
    "W1_new": [["0.192", "0.4", "-0.508"], ["-0.306", "0.1", "0.194"]],
    "b1_new": ["-0.408", "0.194"],
    "W2_new": [["-0.261", "-0.138"]],
    "b2_new": ["0.218"],
}
"""Their Err is the negative gradient."""


@pytest.mark.parametrize("sigfigs", [2, 3])
def test_all_that_han_and_kamber_printed_is_right_together(sigfigs):
    assert all_right(network(HAN_KAMBER, decimals=3, sigfigs=sigfigs), HAN_KAMBER_PRINTED)


def test_the_sign_that_a_print_of_han_and_kamber_has_wrong_in_the_exponent_is_named():
    problem = network(HAN_KAMBER, decimals=3, sigfigs=3)
    followed = f"{1 / (1 + np.exp(0.1)):.3f}"
    entry = problems.grade(problem, {"z1": "-0.7 0.1", "a1": ["0.332", followed]}).steps["a1"].entries[1]
    assert (entry.verdict, entry.mistake) == ("mistake", "exponent-sign")


def test_the_negative_errors_of_han_and_kamber_typed_as_gradients_are_slips_of_the_sign():
    problem = network(HAN_KAMBER, decimals=3, sigfigs=2)
    entries = problems.grade(problem, {"dL_dz1": "-0.0087 -0.0065"}).steps["dL_dz1"].entries
    assert {(entry.verdict, entry.mistake) for entry in entries} == {("mistake", "sign-slip")}


def test_all_that_hmkcode_printed_is_right_together():
    answers = {
        "z1": ["0.85", "0.48"],
        "a1": ["0.85", "0.48"],
        "z2": ["0.191"],
        "a2": ["0.191"],
        "dL_dz2": ["-0.809"],
        "W1_new": [["0.12", "0.23"], ["0.13", "0.10"]],
        "W2_new": [["0.17", "0.17"]],
    }
    assert all_right(network(HMKCODE, update_biases=False, decimals=2, sigfigs=1), answers)


@pytest.mark.parametrize(
    ("activation", "answers"),
    [
        ("sigmoid", {"z1": "1", "a1": "0.73", "dL_dz1": "0.2", "dL_dW1": [["-0.2", "-0.39"]], "dL_db1": "0.2",
                     "dL_dx": ["0.39", "-0.59"]}),
        ("tanh", {"z1": "0.88", "a1": "0.7071", "dL_dz1": "0.5", "dL_dW1": [["1.0", "0"]], "dL_db1": "0.5",
                  "dL_dx": ["-1.5", "0.5"]}),
    ],
)  # fmt: skip
def test_all_that_is_printed_of_the_two_neurons_is_right_together(activation, answers):
    inputs = EXAMPLES[SIGMOID_NEURON if activation == "sigmoid" else TANH_NEURON]["inputs"]
    if activation == "sigmoid":
        W, b, x = inputs["w"][:2], inputs["w"][2], inputs["x"]
    else:
        W, b, x = [inputs["w1"], inputs["w2"]], inputs["b"], [inputs["x1"], inputs["x2"]]
    # The gradient of the output itself is that of ½(a - y)² where the output is 1 above its target.
    output = problems.solve(problems.pose("activation-values", activation=activation, z=[np.dot(W, x) + b]))["a"][0]
    given = {"W": [[W]], "b": [[b]], "x": x, "y": [output - 1], "activations": activation}
    assert all_right(problems.pose("mlp-backprop", **given, decimals=2, sigfigs=1), answers)


def test_all_that_is_printed_of_the_recurrent_unit_is_right_together():
    example = EXAMPLES[THROUGH_TIME]
    weights = example["network"]
    given = {"w_x": weights["Wxh"], "w_h": weights["Whh"], "b": weights["bh"], "x": example["inputs"]}
    problem = problems.pose("recurrent-gradient", **given, y=example["targets"], decimals=4, sigfigs=4)
    figures = example["safe_to_assert"]
    answers = {name: f"{figures[name]['value']:.4f}" for name in ("z1", "h1", "z2", "h2", "z3", "h3")}
    names = {"dL_dw_h": "dL_dWhh", "dL_dw_x": "dL_dWxh", "dL_db": "dL_dbh"}
    answers |= {step: f"{figures[name]['value']:.6f}" for step, name in names.items()}
    assert all_right(problem, answers)


def test_an_output_of_weight_one_changes_no_gradient_of_the_recurrent_unit():
    example = EXAMPLES[THROUGH_TIME]
    weights = example["network"]
    given = {"w_x": weights["Wxh"], "w_h": weights["Whh"], "b": weights["bh"]}
    problem = problems.pose("recurrent-gradient", **given, x=example["inputs"], y=example["targets"])
    plain, behind = problems.solve(problem), outputs_through_time(problem, 1, 0)
    for name in plain.keys() & behind.keys():
        assert float(behind[name]) == pytest.approx(plain[name], rel=1e-14)


def test_all_that_is_printed_of_the_batch_is_right_together():
    figures = EXAMPLES[BATCH_NORM]["safe_to_assert"]

    def printed(pattern):
        names = [[pattern.format(row, column) for column in range(3)] for row in range(10)]
        return [[f"{figures[name]['value']:.8f}" if name in figures else "" for name in row] for row in names]

    answers = {"x_hat": printed("xhat[{}][{}]"), "Y": printed("y[{}][{}] gamma=1,2,3 beta=11,12,13")}
    assert all_right(batch(gamma=[1, 2, 3], beta=[11, 12, 13], decimals=8), answers)


def test_the_running_variance_that_is_a_standard_deviation_is_named():
    figures = EXAMPLES[BATCH_NORM]["safe_to_assert"]
    stored = [figures[f"running_var[{column}] (as stored: 0.1*sqrt(var+eps))"]["value"] for column in range(3)]
    grade = problems.grade(batch(gamma=[1] * 3, beta=[0] * 3), {"var": [f"{10 * one:.4f}" for one in stored]})
    assert {(entry.verdict, entry.mistake) for entry in grade.steps["var"].entries} == {("mistake", "variance-rooted")}


@pytest.mark.parametrize(
    ("scheme", "fans", "printed", "decimals"),
    [
        ("xavier-normal", (256, 128), "0.0722", 4),
        ("he-normal", (10, 1), "0.4472135955", 10),
        ("lecun-normal", (10, 1), "0.3162277660", 10),
        ("xavier-uniform", (10, 20), "0.4472135955", 10),
    ],
)
def test_the_printed_scales_of_weights_are_right(scheme, fans, printed, decimals):
    problem = problems.pose("weight-init", scheme=scheme, fan_in=fans[0], fan_out=fans[1], decimals=decimals)
    assert all_right(problem, {"bound" if scheme.endswith("uniform") else "std": printed})


def scored(**precision):
    example = EXAMPLES[SCORES]
    return problems.pose("softmax-cross-entropy", z=example["inputs"], y=example["targets"], **precision)


def test_the_printed_probabilities_and_loss_of_the_scores_are_right_together():
    assert all_right(scored(decimals=2, sigfigs=3), {"p": ["", "0.631", "0.353"], "L": "1.04"})


@pytest.mark.parametrize("above", [{}, {"p": ["0.016", "0.631", "0.353"]}])
def test_the_loss_that_old_prints_took_by_the_decimal_logarithm_is_named(above):
    step = problems.grade(scored(), {**above, "L": "0.452"}).steps["L"]
    assert (step.verdict, step.mistake) == ("mistake", "log-base-ten")


def test_all_that_is_safe_of_the_published_tanh_chain_is_right_together():
    answers = {
        "z1": ["1.1"],
        "a1": ["0.8005"],
        "z2": ["0.4404"],
        "dL_dW3": [["-2.652"]],
        "W1_new": [["0.537"]],
        "b1_new": ["0.118"],
        "W2_new": [["0.851"]],
        "b2_new": ["-0.136"],
        "W3_new": [["1.227"]],
        "b3_new": ["0.364"],
    }
    assert all_right(network(TANH_CHAIN), answers)


@pytest.mark.parametrize(
    ("step", "printed", "multiplied_right"),
    [
        ("dL_dW2", "-5.093", -5.1000),
        ("dL_db2", "-6.361", -6.3711),
        ("dL_dW1", "-3.656", -3.6616),
        ("dL_db1", "-1.828", -1.8308),
    ],
)
def test_what_the_published_tanh_chain_multiplies_wrong_is_not_right(step, printed, multiplied_right):
    problem = network(TANH_CHAIN, decimals=4)
    exact = {name: np.vectorize("{:.4f}".format)(one).tolist() for name, one in problems.solve(problem).items()}
    assert float(np.ravel(exact[step])[0]) == pytest.approx(multiplied_right, rel=3e-4)  # its factors were rounded
    typed = [[printed]] if step.startswith("dL_dW") else [printed]
    for above in ({}, exact):
        assert all_right(problem, {**above, step: exact[step]})
        assert verdicts(problem, {**above, step: typed})[step] == {"wrong"}
