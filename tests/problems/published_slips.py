"""What is in print without figures, worked out in plain NumPy: wrong values on given numbers, and what follows."""

from __future__ import annotations

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def slope(a):
    return a * (1 - a)


def cross_entropy(p, y):
    return -np.log(p[np.argmax(y)])


def binary(a, y):
    return -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))


def forward(given, *functions):
    """The weighted inputs and activations of every layer, the input first."""
    a = np.array(given["x"], dtype=float)
    found = [(a, a)]
    for W, b, function in zip(given["W"], given["b"], functions, strict=True):
        z = np.asarray(W) @ a + b
        a = function(z)
        found.append((z, a))
    return found


def two_sigmoids(given):
    """The activations of two sigmoid layers, and the target."""
    (_, x), (_, a1), (_, a2) = forward(given, sigmoid, sigmoid)
    return x, a1, a2, np.array(given["y"])


def behind(given, delta, a1):
    """What follows from a gradient at z2, where the hidden units are sigmoid units."""
    back = np.asarray(given["W"][1]).T @ delta
    return {"dL_dW2": np.outer(delta, a1), "dL_da1": back, "dL_dz1": back * slope(a1)}


def chain(given, function):
    """The activations of a chain of two units."""
    a1 = function(given["w"][0] * given["x"])
    return a1, function(given["w"][1] * a1)


def in_chain(given, wrong, right):
    """A slope of the first unit, and what follows from it."""
    both = wrong * right
    return {"s1": wrong}, {"product": both, "da_dx": both * np.prod(given["w"])}


def tanh_slope(rule):
    def slip(given):
        a1, a2 = chain(given, np.tanh)
        return in_chain(given, rule(a1), 1 - a2**2)

    return slip


def sigmoid_slope(rule):
    def slip(given):
        a1, a2 = chain(given, sigmoid)
        return in_chain(given, rule(given["w"][0] * given["x"], a1), slope(a2))

    return slip


def tanh_value(rule):
    def slip(given):
        a = rule(np.array(given["z"]))
        return {"a": a}, {"s": 1 - a**2}

    return slip


def with_the_exponent_turned(given):
    a1 = sigmoid(-given["w"][0] * given["x"])
    z2 = given["w"][1] * a1
    return {"a1": a1}, {"z2": z2, "a2": sigmoid(z2)}


def through_tanh_upside_down(given):
    z1 = given["w_x"] * given["x"][0] + given["w_h"] * given["h0"] + given["b"]
    h1 = np.tanh(z1)
    h2 = np.tanh(given["w_x"] * given["x"][1] + given["w_h"] * h1 + given["b"])
    wrong = (h2 - given["y"]) / (1 - h2**2)
    back = given["w_h"] * wrong
    return {"dL_dz2": wrong}, {"dL_dh1": back, "dL_dz1": back * (1 - h1**2)}


def state_of_the_same_step(given):
    h, states = given["h0"], []
    for x in given["x"]:
        states.append(h)
        h = np.tanh(given["w_x"] * x + given["w_h"] * h + given["b"])
    h0, h1, h2 = states
    delta3 = (h - given["y"]) * (1 - h**2)
    delta2 = given["w_h"] * delta3 * (1 - h2**2)
    delta1 = given["w_h"] * delta2 * (1 - h1**2)
    return {"dL_dw_h": delta3 * h2 + delta2 * h2 + delta1 * h0}, {}


def scale(rule):
    """A wrong variance of the weights, and the standard deviation that follows from it."""

    def slip(given):
        variance = rule(given["fan_in"], given["fan_out"])
        return {"weight_variance": variance}, {"std": np.sqrt(variance)}

    return slip


def spread(step, rule):
    return lambda given: ({step: rule(given["fan_in"], given["fan_out"])}, {})


def columns(given):
    X = np.array(given["X"])
    return X - X.mean(axis=0), X.var(axis=0), np.array(given["eps"])


def normalised(rule):
    """A wrong x̂, and the outputs that follow from it."""

    def slip(given):
        wrong = rule(*columns(given))
        return {"x_hat": wrong}, {"Y": np.array(given["gamma"]) * wrong + given["beta"]}

    return slip


def batch_back(*, gamma, ways):
    def slip(given):
        centred, var, eps = columns(given)
        x_hat, arriving = centred / np.sqrt(var + eps), np.array(given["dL_dY"])
        inner = arriving - arriving.mean(axis=0) - x_hat * (arriving * x_hat).mean(axis=0) if ways else arriving
        return {"dL_dX": (np.array(given["gamma"]) if gamma else 1) / np.sqrt(var + eps) * inner}, {}

    return slip


def averaged_over_the_batch(given):
    centred, var, eps = columns(given)
    x_hat, arriving = centred / np.sqrt(var + eps), np.array(given["dL_dY"])
    beta = arriving.mean(axis=0)
    inner = arriving - beta / len(x_hat) - x_hat * (arriving * x_hat).mean(axis=0)
    return {"dL_dbeta": beta}, {"dL_dX": np.array(given["gamma"]) / np.sqrt(var + eps) * inner}


def shares(rule):
    """Wrong probabilities, and what follows from them."""

    def slip(given):
        p, y = rule(np.array(given["z"])), np.array(given["y"])
        return {"p": p}, {"L": cross_entropy(p, y), "dL_dz": p - y}

    return slip


def score_gradient(rule):
    def slip(given):
        powers = np.exp(given["z"])
        return {"dL_dz": rule(powers / powers.sum(), np.array(given["y"]))}, {}

    return slip


def own_slope_of_softmax(given):
    (_, _), (_, a1), (z2, _) = forward(given, sigmoid, np.exp)
    a2 = np.exp(z2) / np.exp(z2).sum()
    delta = 2 * (a2 - given["y"]) * slope(a2)
    return {"dL_dz2": delta}, behind(given, delta, a1)


def at_the_output(rule):
    """A wrong gradient at the output of two sigmoid layers, and what follows from it."""

    def slip(given):
        _, a1, a2, y = two_sigmoids(given)
        wrong = rule(a2, y)
        return {"dL_da2": wrong}, {"dL_dz2": wrong * slope(a2)} | behind(given, wrong * slope(a2), a1)

    return slip


def at_the_output_z(rule):
    """The same at the weighted input of the output."""

    def slip(given):
        _, a1, a2, y = two_sigmoids(given)
        wrong = rule(a2, y)
        return {"dL_dz2": wrong}, behind(given, wrong, a1)

    return slip


def passed_back(back, a1, x):
    """A wrong gradient at the hidden activations, and what follows from it."""
    return {"dL_da1": back}, {"dL_dz1": back * slope(a1), "dL_dW1": np.outer(back * slope(a1), x)}


def through_updated_weights(given):
    x, a1, a2, y = two_sigmoids(given)
    delta = (a2 - y) * slope(a2)
    updated = np.array(given["W"][1]) - given["learning_rate"] * np.outer(delta, a1)
    wrong, follows = passed_back(updated.T @ delta, a1, x)
    return wrong, follows | {"W1_new": np.array(given["W"][0]) - given["learning_rate"] * follows["dL_dW1"]}


def without_the_slope_of_the_output(given):
    x, a1, a2, y = two_sigmoids(given)
    return passed_back(np.asarray(given["W"][1]).T @ (a2 - y), a1, x)


def slope_of_the_layer_behind(given):
    (_, x), (_, _a1), (_, a2) = forward(given, np.tanh, np.tanh)
    back = np.asarray(given["W"][1]).T @ ((a2 - given["y"]) * (1 - a2**2))
    return {"dL_dz1": back * (1 - a2**2)}, {"dL_dW1": np.outer(back * (1 - a2**2), x)}


def without_the_activation(given):
    _, _, a2, y = two_sigmoids(given)
    delta = (a2 - y) * slope(a2)
    return {"dL_dW2": np.outer(delta, np.ones(len(given["W"][1][0])))}, {}


def one_unit(step, rule):
    def slip(given):
        a, y = forward(given, sigmoid)[1][1], np.array(given["y"])
        wrong = rule(a, y)
        return {step: wrong}, {"dL_dz1": wrong * slope(a)} if step == "dL_da1" else {}

    return slip


def of_the_other_class(given):
    _, _, a2, y = two_sigmoids(given)
    return {"L": binary(a2, 1 - y)}, {}


def update(rule):
    return lambda given: ({"w_new": rule(*(np.array(given[name]) for name in ("w", "grad", "learning_rate")))}, {})


def variant(step, rule):
    """A wrong value or slope of a variant of ReLU, and what follows from it."""

    def slip(given):
        z, alpha, arriving = (np.array(given[name]) for name in ("z", "alpha", "upstream"))
        wrong = rule(z, alpha)
        if step == "a_elu":
            return {step: wrong}, {"s_elu": np.where(z > 0, 1, wrong + alpha)}
        return {step: wrong}, {step.replace("s_", "dL_dz_"): wrong * arriving}

    return slip


def elu(z, alpha):
    return np.where(z > 0, z, alpha * (np.exp(z) - 1))


def value_at(rule):
    return lambda given: ({"a": rule(np.array(given["z"]), given["alpha"])}, {})


SLIPS = {
    "Mazur: updated weights on the way back": through_updated_weights,
    "tanh: the 1 of its derivative left out": tanh_slope(lambda a: -(a**2)),
    "tanh: 1 + a^2": tanh_slope(lambda a: 1 + a**2),
    "tanh: 1/(1 - a^2)": through_tanh_upside_down,
    "tanh upside down": tanh_value(lambda z: (np.exp(z) + np.exp(-z)) / (np.exp(z) - np.exp(-z))),
    "tanh of half of z": tanh_value(lambda z: (1 - np.exp(-z)) / (1 + np.exp(-z))),
    "sigmoid: minus for times": sigmoid_slope(lambda _z, a: a - (1 - a)),
    "sigmoid: a factor of the derivative missing": sigmoid_slope(lambda _z, a: 1 - a),
    "sigmoid: z(1 - z)": sigmoid_slope(lambda z, _a: z * (1 - z)),
    "sigmoid: the derivative at the output": at_the_output_z(lambda a, y: (a - y) * slope(sigmoid(a))),
    "sigmoid: the sign of the exponent": with_the_exponent_turned,
    "Xavier with the inputs alone": scale(lambda ins, _outs: 1 / ins),
    "Xavier without brackets": scale(lambda ins, outs: 2 / ins + outs),
    "Xavier, normal, with a 3": scale(lambda ins, outs: 3 / (ins + outs)),
    "Xavier without the root": spread("std", lambda ins, outs: 2 / (ins + outs)),
    "Uniform with the standard deviation for its bound": spread("bound", lambda ins, outs: np.sqrt(2 / (ins + outs))),
    "He without its 2": scale(lambda ins, _outs: 1 / ins),
    "He with 2 before the root": spread("std", lambda ins, _outs: 2 / np.sqrt(ins)),
    "Batch norm: ε outside the root": normalised(lambda centred, var, eps: centred / (np.sqrt(var) + eps)),
    "Batch norm: ε behind the quotient": normalised(lambda centred, var, eps: centred / np.sqrt(var) + eps),
    "Batch norm: no root": normalised(lambda centred, var, eps: centred / (var + eps)),
    "Batch norm: the square for the root": normalised(lambda centred, var, eps: centred / (var + eps) ** 2),
    "Batch norm: the variance squared under the root": normalised(
        lambda centred, var, eps: centred / np.sqrt(var**2 + eps)
    ),
    "Batch norm back: mean and variance taken as constants": batch_back(gamma=True, ways=False),
    "Batch norm back: γ left out": batch_back(gamma=False, ways=True),
    "Averaged instead of added over the batch": averaged_over_the_batch,
    "Softmax without exp in the sum": shares(lambda z: np.exp(z) / z.sum()),
    "The sigmoid for softmax": shares(sigmoid),
    "Softmax and cross-entropy: the sign": score_gradient(lambda p, y: y - p),
    "Softmax and cross-entropy: a slope too many": score_gradient(lambda p, y: (p - y) * slope(p)),
    "Softmax: the own slope alone": own_slope_of_softmax,
    "Sigmoid and cross-entropy: a slope too many": at_the_output_z(lambda a, y: (a - y) * slope(a)),
    "Binary cross-entropy of the other class": of_the_other_class,
    "Binary cross-entropy: a sign": one_unit("L", lambda a, _y: np.log(1 - a)[0]),
    "Binary cross-entropy: a sign of its derivative": one_unit("dL_da1", lambda a, y: -(y / a + (1 - y) / (1 - a))),
    "Squared error: the 2 left out": at_the_output(lambda a, y: a - y),
    "Squared error: the sign": at_the_output(lambda a, y: y - a),
    "Squared error: the error left out": at_the_output_z(lambda a, _y: slope(a)),
    "The slope of the output left out": at_the_output_z(lambda a, y: a - y),
    "The error passed back without the slope": without_the_slope_of_the_output,
    "The slope of another layer": slope_of_the_layer_behind,
    "The activation left out of a gradient": without_the_activation,
    "The weight subtracted instead of its gradient": update(lambda w, _gradient, rate: w - rate * w),
    "The gradient added": update(lambda w, gradient, rate: w + rate * gradient),
    "Leaky ReLU with the slope of ReLU": variant("s_leaky", lambda z, _alpha: np.where(z > 0, 1.0, 0.0)),
    "Leaky ReLU: 0.01 z for the slope": variant("s_leaky", lambda z, alpha: np.where(z > 0, 1, alpha * z)),
    "PReLU with the leak subtracted": value_at(lambda z, alpha: np.maximum(z, 0) - alpha * z),
    "PReLU without its leak": value_at(lambda z, _alpha: np.maximum(z, 0)),
    "ELU: the derivative at the output": variant(
        "s_elu", lambda z, alpha: np.where(z > 0, 1, elu(elu(z, alpha), alpha) + alpha)
    ),
    "ELU: z + α": variant("s_elu", lambda z, alpha: np.where(z > 0, 1, z + alpha)),
    "ELU without its α": variant("a_elu", lambda z, _alpha: elu(z, 1)),
    "Through time: the state of the same step": state_of_the_same_step,
}
"""What is printed without figures -> the wrong values on given numbers, and those that follow from them."""
