"""Exact means exact: primitives under saturation, whole gradients, and sums that are 0, beside mpmath and fractions."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from independent import MPMATH
from mpmath import mpf

import problems
from problems.graph import Op
from problems.network import has_parameter
from problems.readings.exact import EXACT, EXTENDED
from problems.readings.rounding import point, ranges_at
from problems.words import ACTIVATIONS, LOSS_NAMES, OUTPUT_OF_LOSS, SCALAR_ACTIVATIONS

DIGITS = 800
"""So many that 1 - tanh(800), which is 1e-695, keeps its digits without any care."""
SMALLEST = 2.0**-1074
ALPHAS = (0.01, 0.1, 0.3, 1.0, 1.7)


def units_off(found, truth):
    """How far the numbers are from the truth, in units of the last place of a float64; infinity meets its like."""
    off = np.zeros(np.shape(truth))
    for index in np.ndindex(off.shape):
        here, there = float(found[index]), float(truth[index])
        if np.isinf(there) or np.isinf(here):
            off[index] = 0.0 if here == there else np.inf
        else:
            off[index] = abs(mpf(here) - truth[index]) / mpf(float(np.spacing(abs(there))))
    return off


def both_off(op, *args):
    """Of float64 and of the longest float: how far a primitive is from mpmath at most."""
    with mpmath.workdps(DIGITS), np.errstate(over="ignore", under="ignore", divide="ignore"):
        plain = EXACT.rules[op](*map(EXACT.number, args))
        longest = EXTENDED.rules[op](*map(EXTENDED.number, args)).astype(np.float64)
        truth = np.broadcast_to(MPMATH.rules[op](*map(MPMATH.number, args)), plain.shape)
        return units_off(plain, truth).max(), units_off(longest, truth).max()


def dense(count):
    """From -800 to 800, closer near 0, the edges of float64 among them."""
    powers = 10.0 ** np.linspace(-300, 0, 16)
    edges = [0.0, 37.0, 700.0, 708.5, 709.5, 709.78, 745.1, 746.0, 800.0]
    near, far = np.linspace(0, 40, count)[1:], np.linspace(0, 800, count)[1:]
    size = np.unique(np.concatenate([powers, edges, near, far]))
    return np.concatenate([-size[::-1], size])


def random(count, seed=0):
    rng = np.random.default_rng(seed)
    parts = [rng.uniform(-800, 800, count), 3 * rng.standard_normal(count), 20 * rng.standard_normal(count)]
    return np.concatenate(parts)


def within(count):
    """Values of a sigmoid: between 0 and 1, and next to both."""
    rng = np.random.default_rng(1)
    next_to_0, next_to_1 = 10.0 ** -rng.uniform(1, 300, count), 1 - 10.0 ** -rng.uniform(1, 15, count)
    return np.concatenate([rng.uniform(0, 1, count), next_to_0, next_to_1])


OF_Z = {
    Op.SIGMOID: ((),),
    Op.SIGMOID_SLOPE: ((),),
    Op.TANH: ((),),
    Op.TANH_SLOPE: ((),),
    Op.RELU: ((),),
    Op.RELU_SLOPE: ((),),
    Op.NEGATIVE_PART: ((),),
    Op.LEAKY_RELU: tuple((alpha,) for alpha in ALPHAS),
    Op.LEAKY_RELU_SLOPE: tuple((alpha,) for alpha in ALPHAS),
    Op.PRELU: tuple((alpha,) for alpha in ALPHAS),
    Op.PRELU_SLOPE: tuple((alpha,) for alpha in ALPHAS),
    Op.ELU: tuple((alpha,) for alpha in ALPHAS),
    Op.ELU_SLOPE: tuple((alpha,) for alpha in ALPHAS),
    Op.SIGMOID_ERROR: ((0.0,), (1.0,)),
    Op.TANH_ERROR: ((-1.0,), (0.0,), (1.0,)),
    Op.SIGMOID_CROSS_ENTROPY: ((0.0,), (1.0,), (0.3,)),
    Op.CROSS_ENTROPY_SLOPE: ((0.0,), (1.0,)),
}
"""Primitives of one z -> what else they take; no target here is one that a value of z comes near to by chance."""
OF_A_VALUE = {
    Op.SIGMOID_SLOPE_AT_VALUE: ((),),
    Op.TANH_SLOPE_AT_VALUE: ((),),
    Op.ELU_SLOPE_AT_VALUE: tuple((alpha,) for alpha in ALPHAS),
    Op.BINARY_CROSS_ENTROPY: ((0.0,), (1.0,), (0.3,)),
    Op.CROSS_ENTROPY_SLOPE_AT_VALUE: ((0.0,), (1.0,)),
    Op.SQUARED_ERROR: ((0.0,), (1.0,), (0.3,)),
    Op.HALF_SQUARED_ERROR: ((0.0,), (1.0,), (0.3,)),
}
OF_SCORES = (Op.SOFTMAX, Op.SOFTMAX_ERROR, Op.SOFTMAX_CROSS_ENTROPY)


def prove_primitives(op, cases, points):
    for more in cases:
        plain, longest = both_off(op, points, *more)
        assert plain <= 4
        assert longest <= 1


@pytest.mark.parametrize("op", OF_Z, ids=lambda op: op.value)
def test_a_primitive_of_z_keeps_all_its_digits_to_800_on_both_sides(op):
    prove_primitives(op, OF_Z[op], np.concatenate([dense(25), random(15)]))


@pytest.mark.soak
@pytest.mark.parametrize("op", OF_Z, ids=lambda op: op.value)
def test_a_primitive_of_z_keeps_all_its_digits_at_thousands_of_points(op):
    prove_primitives(op, OF_Z[op], np.concatenate([dense(1600), random(1000)]))


@pytest.mark.parametrize("op", OF_A_VALUE, ids=lambda op: op.value)
def test_a_primitive_of_an_activation_keeps_all_its_digits_next_to_0_and_1(op):
    prove_primitives(op, OF_A_VALUE[op], within(40))


def shared(rng, classes, *, one_hot=False):
    """Targets whose sum is 1 to the last bit, so that p - y is the gradient to the last bit."""
    whole = 1 if one_hot else 64
    return rng.multinomial(whole, np.ones(classes) / classes) / whole


def scores(classes, count, seed=2):
    """Scores far apart, near to each other, and decimals; every place is the largest somewhere."""
    rng = np.random.default_rng(seed + classes)
    wide, near = rng.uniform(-800, 800, (classes, count)), 3 * rng.standard_normal((classes, count))
    return np.concatenate([wide, near, 10 * near, np.round(near, 1)], axis=1)


def prove_scores(op, count):
    for classes in (1, 2, 3, 6):
        z = scores(classes, count)
        targets = [np.eye(classes)[:, [right]] for right in range(classes)]
        for y in targets if op is not Op.SOFTMAX else [None]:
            plain, longest = both_off(op, z, *([] if y is None else [y]))
            assert plain <= max(4, classes)  # every share that is summed adds its own rounding
            assert longest <= 1


@pytest.mark.parametrize("op", OF_SCORES, ids=lambda op: op.value)
def test_softmax_its_error_and_its_loss_keep_all_their_digits_for_every_right_class(op):
    prove_scores(op, 5)


@pytest.mark.soak
@pytest.mark.parametrize("op", OF_SCORES, ids=lambda op: op.value)
def test_softmax_its_error_and_its_loss_keep_all_their_digits_at_thousands_of_points(op):
    prove_scores(op, 300)


@pytest.mark.parametrize("op", [Op.SIGMOID_ERROR, Op.TANH_ERROR, Op.CROSS_ENTROPY_SLOPE], ids=lambda op: op.value)
@pytest.mark.parametrize("target", [0.3, 0.9])
def test_where_a_value_comes_near_a_target_between_the_longest_float_still_has_all_digits_of_float64(op, target):
    _, longest = both_off(op, np.concatenate([dense(25), random(15)]), target)
    assert longest <= 1


def test_softmax_with_shared_targets_has_all_digits_of_float64_in_the_longest_float():
    rng = np.random.default_rng(3)
    for classes in (2, 3, 6):
        y = shared(rng, classes)[:, None]
        for op in (Op.SOFTMAX_ERROR, Op.SOFTMAX_CROSS_ENTROPY):
            assert both_off(op, scores(classes, 5), y)[1] <= 1


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
