"""Every value and gradient of whole chains and nets is exact, saturated ones too, beside mpmath."""

from __future__ import annotations

from itertools import pairwise

import mpmath
import numpy as np
import pytest
from independent import shared
from mpmath import mpf

import problems
from problems.network import has_parameter
from problems.words import ACTIVATIONS, LOSS_NAMES, OUTPUT_OF_LOSS, SCALAR_ACTIVATIONS

DIGITS = 800
"""So many that 1 - tanh(800), which is 1e-695, keeps its digits without any care."""
SMALLEST = 2.0**-1074

# Backpropagation by hand, in mpmath: every value and every gradient of chains and nets, by central formulas alone.


def function(name, z, alpha):
    if name == "sigmoid":
        return 1 / (1 + mpmath.exp(-z))
    if name == "tanh":
        return mpmath.tanh(z)
    if name == "linear" or z > 0:
        return z
    if name == "relu":
        return mpf(0)
    return alpha * (mpmath.exp(z) - 1 if name == "elu" else z)


def derivative(name, z, alpha):
    if name == "sigmoid":
        return 1 / (2 + mpmath.exp(z) + mpmath.exp(-z))
    if name == "tanh":
        return 1 / mpmath.cosh(z) ** 2
    if name == "linear" or z > 0:
        return mpf(1)
    if name == "relu":
        return mpf(0)
    return alpha * (mpmath.exp(z) if name == "elu" else 1)


def layer_forward(name, z, alpha):
    if name != "softmax":
        return [function(name, one, alpha) for one in z]
    shares = [mpmath.exp(one - max(z)) for one in z]
    return [share / sum(shares) for share in shares]


def layer_backward(name, z, a, arriving, alpha):
    """∂L/∂z of a layer from ∂L/∂a: by its slopes; of softmax by its whole Jacobian p_i(δ_ij - p_j)."""
    if name != "softmax":
        return [g * derivative(name, one, alpha) for g, one in zip(arriving, z, strict=True)]
    units = range(len(a))
    return [sum(arriving[i] * a[i] * ((i == j) - a[j]) for i in units) for j in units]


def loss_and_slopes(name, z, a, y):
    """L and ∂L/∂a, from the last layer."""
    pairs = list(zip(a, y, strict=True))
    if name == "softmax-cross-entropy":
        return -sum(t * mpmath.log(p) for p, t in pairs if t), [-t / p for p, t in pairs]
    if name == "binary-cross-entropy":
        hits, misses = pairs, [(function("sigmoid", -one, None), 1 - t) for one, t in zip(z, y, strict=True)]
        loss = -sum(t * mpmath.log(p) for p, t in hits + misses if t)
        return loss, [miss / q - hit / p for (p, hit), (q, miss) in zip(hits, misses, strict=True)]
    scale = {"squared": mpf(1), "half-squared": mpf(1) / 2, "mean-squared": mpf(1) / len(a)}[name]
    return scale * sum((p - t) ** 2 for p, t in pairs), [2 * scale * (p - t) for p, t in pairs]


def net_by_hand(problem, given):
    """Step -> value of every step of a network, as nested lists."""
    options = problem.options
    words, alpha, found = options["activations"], given.get("alpha"), {}
    depth, before = len(words), [given["x"]]
    for layer, (name, W) in enumerate(zip(words, given["W"], strict=True), 1):
        b = given["b"][layer - 1] if options["bias"] else [mpf(0)] * len(W)
        z = [sum(w * a for w, a in zip(row, before[-1], strict=True)) + c for row, c in zip(W, b, strict=True)]
        before.append(layer_forward(name, z, alpha))
        found |= {f"z{layer}": z, f"a{layer}": before[-1], f"b{layer}": b}
    found["L"], arriving = loss_and_slopes(options["loss"], found[f"z{depth}"], before[-1], given["y"])
    for layer in range(depth, 0, -1):
        W = given["W"][layer - 1]
        delta = layer_backward(words[layer - 1], found[f"z{layer}"], found[f"a{layer}"], arriving, alpha)
        gradients = {"a": arriving, "z": delta, "b": delta, "W": [[d * a for a in before[layer - 1]] for d in delta]}
        found |= {f"dL_d{name}{layer}": one for name, one in gradients.items()}
        arriving = [sum(d * row[place] for d, row in zip(delta, W, strict=True)) for place in range(len(W[0]))]
    return {**found, "dL_dx": arriving}


def chain_by_hand(problem, given):
    """The same of a chain with one unit a layer: values, slopes, and every gradient as a product along the way."""
    options = problem.options
    name, alpha, w, a = options["activation"], given.get("alpha"), given["w"], given["x"]
    biases = given["b"] if options["bias"] else [mpf(0)] * len(w)
    found, inputs, slopes = {}, [], []
    for layer, (weight, bias) in enumerate(zip(w, biases, strict=True), 1):
        z = weight * a + bias
        inputs.append(a)
        slopes.append(derivative(name, z, alpha))
        a = function(name, z, alpha)
        found |= {f"z{layer}": z, f"a{layer}": a, f"s{layer}": slopes[-1]}
    if problem.family == "vanishing-gradient":
        found["product"] = mpmath.fprod(slopes)
        return {**found, "da_dx": mpmath.fprod(slopes) * mpmath.fprod(w)}
    if options["loss"] == "none":
        arriving = given["upstream"]
    else:
        found["L"], [arriving] = loss_and_slopes(options["loss"], None, [a], [given["y"]])
    for layer in range(len(w), 0, -1):
        delta = arriving * mpmath.fprod(slopes[layer - 1 :]) * mpmath.fprod(w[layer:])
        found |= {f"dL_dz{layer}": delta, f"dL_dw{layer}": delta * inputs[layer - 1]}
    return {**found, "dL_dx": arriving * mpmath.fprod(slopes) * mpmath.fprod(w)}


def share_off(found, truth):
    """How far apart the two are at most, as a share of the truth; what float64 cannot hold must be 0 or infinite."""
    worst = 0.0
    for here, there in zip(np.ravel(found).tolist(), np.ravel(np.array(truth, dtype=object)), strict=True):
        if np.isinf(here) or np.isinf(float(there)):
            worst = max(worst, 0.0 if here == float(there) else np.inf)
        elif abs(mpf(here) - there) > SMALLEST:
            worst = max(worst, float(abs(mpf(here) - there) / abs(there)) if there else np.inf)
    return worst


def mpfs(values, read=mpf):
    return [mpfs(one, read) for one in values] if isinstance(values, list) else read(values)


def as_typed(value):
    """The decimal number that was typed, not the float64 next to it."""
    return mpf(repr(value))


def solved(problem):
    with np.errstate(over="ignore"):  # what float64 cannot hold is infinite
        return problems.solve(problem)


def shares_off(problem, read=mpf):
    """Step -> how far what we solve is from what is found by hand, of every step that is a number."""
    by_hand = chain_by_hand if "activation" in problem.options else net_by_hand
    with mpmath.workdps(DIGITS):
        truth = by_hand(problem, {name: mpfs(one, read) for name, one in problem.given.items()})
        found = solved(problem)
        assert found.keys() - truth.keys() <= {"diagnosis"}  # a choice, no number
        return {name: share_off(one, truth[name]) for name, one in found.items() if name in truth}


def drawn_chain(rng):
    """A chain with any numbers: short and deep, tame and saturated, with and without biases and losses."""
    family = str(rng.choice(["vanishing-gradient", "exploding-gradient"]))
    depth, largest = int(rng.integers(1, 13)), float(rng.choice([1.0, 3.0, 40.0]))
    given = {"w": rng.uniform(-largest, largest, depth), "x": rng.uniform(-2, 2)}
    if rng.integers(2):
        given["b"] = rng.uniform(-1, 1, depth)
    if family == "vanishing-gradient":
        return problems.pose(family, **given, activation=str(rng.choice(["sigmoid", "tanh"])))
    given["activation"] = str(rng.choice(["relu", "leaky-relu", "elu"]))
    if given["activation"] != "relu":
        given["alpha"] = rng.uniform(0.01, 1.5)
    if rng.integers(2):
        given |= {"y": rng.uniform(-3, 3), "loss": str(rng.choice(["squared", "half-squared"]))}
    else:
        given["upstream"] = rng.uniform(-2, 2)
    return problems.pose(family, **given)


def drawn_net(rng, activations=SCALAR_ACTIVATIONS, losses=LOSS_NAMES, largest=(0.7, 3.0, 40.0)):
    """A network with any numbers, activations and loss: depth 1 to 6, layers of 1 to 6 units, targets 0 and 1 too."""
    loss, depth, reach = str(rng.choice(losses)), int(rng.integers(1, 7)), float(rng.choice(largest))
    words = [str(word) for word in rng.choice(activations, depth)]
    words[-1] = OUTPUT_OF_LOSS.get(loss, words[-1])
    sizes = [int(rng.integers(2 if word == "softmax" else 1, 7)) for word in ("x", *words)]
    if loss == "softmax-cross-entropy":
        y = shared(rng, sizes[-1], one_hot=bool(rng.integers(2)))
    else:
        y = rng.integers(0, 2, sizes[-1]).astype(float) if rng.integers(2) else rng.uniform(0, 1, sizes[-1])
    given = {
        "W": [rng.uniform(-reach, reach, (here, before)) for before, here in pairwise(sizes)],
        "x": rng.uniform(-2, 2, sizes[0]),
        "y": y,
    }
    if rng.integers(2):
        given["b"] = [rng.uniform(-1, 1, size) for size in sizes[1:]]
    if has_parameter({"activations": words}):
        given["alpha"] = rng.uniform(0.01, 1.5)
    problem = problems.pose("mlp-backprop", **given, activations=words, loss=loss)
    values = solved(problem)
    if max(np.abs(values[f"z{layer}"]).max() for layer in range(1, depth + 1)) > FARTHEST:
        return drawn_net(rng, activations, losses, largest)
    return problem


FARTHEST = 10_000
"""e to the power of more than this is held by no float of the machine."""
NEAR = 2e-13
"""So near float64 is to the truth at every step, as a share of it."""


def far_off(problem, read=mpf):
    return {name: share for name, share in shares_off(problem, read).items() if share > NEAR}


def prove_chains(seeds):
    for seed in seeds:
        assert far_off(drawn_chain(np.random.default_rng(seed))) == {}, seed


def prove_nets(seeds, left_out=lambda _problem: set(), **kinds):
    """Every step of these networks is found; `left_out` names those that are not looked at."""
    for seed in seeds:
        problem = drawn_net(np.random.default_rng(seed), **kinds)
        assert far_off(problem).keys() - left_out(problem) == set(), seed


def output_and_loss(problem):
    """What two tests of their own look at: the loss, and its gradient by the value of the last layer."""
    output = f"dL_da{problem.options['depth']}"
    return {output} if problem.options["loss"] == "binary-cross-entropy" else {"L"}


def test_every_value_and_gradient_of_random_chains_is_found_tame_and_saturated():
    prove_chains(range(40))


def test_every_value_and_gradient_of_random_nets_is_found_tame_and_saturated():
    prove_nets(range(60), output_and_loss)


def test_every_value_and_gradient_of_tame_nets_with_softmax_anywhere_is_found():
    prove_nets(range(20), activations=tuple(ACTIVATIONS), largest=(0.4,))


@pytest.mark.soak
@pytest.mark.parametrize("block", range(4))
def test_every_value_and_gradient_of_thousands_of_chains_and_nets_is_found(block):
    prove_chains(range(1000 * block, 1000 * (block + 1)))
    prove_nets(range(1000 * block, 1000 * (block + 1)), output_and_loss)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_a_squared_loss_next_to_its_target_keeps_its_digits(activation):
    given = {"W": [[[1.0]]], "b": [[0.0]], "x": [20.0], "y": [1.0]}
    for loss in ("squared", "half-squared", "mean-squared"):
        assert far_off(problems.pose("mlp-backprop", **given, activations=activation, loss=loss)) == {}


def test_the_gradient_of_binary_cross_entropy_by_a_saturated_output_keeps_its_digits():
    for z, y in ((20.0, 0.0), (40.0, 0.0), (40.0, 0.5), (50.0, 0.0), (-50.0, 1.0)):
        given = {"W": [[[z]]], "b": [[0.0]], "x": [1.0], "y": [y]}
        assert far_off(problems.pose("mlp-backprop", **given, loss="binary-cross-entropy")) == {}


@pytest.mark.parametrize("loss", ["squared", "half-squared", "mean-squared"])
def test_softmax_under_a_squared_loss_keeps_its_digits_where_one_share_is_next_to_1(loss):
    for y in ([0.0, 1.0], [1.0, 0.0], [0.3, 0.6]):
        given = {"W": [[[1.0], [0.0]]], "b": [[0.0, 0.0]], "x": [40.0], "y": y}
        assert far_off(problems.pose("mlp-backprop", **given, activations="softmax", loss=loss)) == {}


def test_every_value_and_gradient_of_random_nets_with_softmax_anywhere_is_found():
    prove_nets(range(60), output_and_loss, activations=tuple(ACTIVATIONS))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("family", "options"),
    [
        ("vanishing-gradient", {"depth": 8, "bias": True}),
        ("vanishing-gradient", {"depth": 4, "activation": "tanh"}),
        ("exploding-gradient", {"depth": 8}),
        ("exploding-gradient", {"depth": 3, "activation": "elu", "loss": "squared", "bias": True}),
        ("mlp-backprop", {"sizes": "3-4-3", "loss": "softmax-cross-entropy"}),
        ("mlp-backprop", {"depth": 3, "activations": "tanh", "loss": "mean-squared"}),
        ("mlp-backprop", {"depth": 2, "activations": "leaky-relu", "loss": "binary-cross-entropy"}),
    ],
)
def test_what_is_drawn_is_solved_for_the_decimals_that_are_shown_not_for_their_binary_neighbours(family, options, seed):
    assert far_off(problems.draw(family, seed=seed, **options), as_typed) == {}


# Sums that are 0 in decimals.
