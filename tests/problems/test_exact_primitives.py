"""Primitives are exact to the last digits under saturation, one by one and in bulk, beside mpmath."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from independent import MPMATH, shared
from mpmath import mpf

from problems.bulk import Program
from problems.graph import Expr, Op
from problems.readings.exact import EXACT, EXTENDED

DIGITS = 800
"""So many that 1 - tanh(800), which is 1e-695, keeps its digits without any care."""
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


def in_bulk(op, *args):
    """A primitive's values for many instances at once."""
    arrays = [np.broadcast_to(arg, (*np.shape(arg)[:-1], np.shape(args[0])[-1])) for arg in map(EXACT.number, args)]
    names = [f"x{place}" for place in range(len(arrays))]
    shapes = dict(zip(names, (array.shape[:-1] for array in arrays), strict=True))
    with np.errstate(all="ignore"):
        values = np.empty(EXACT.rules[op](*arrays).shape)
    program = Program({"value": Expr(op, tuple(map(Expr, names)))}, shapes | {"value": values.shape[:-1]})
    rows = [np.ascontiguousarray(one).reshape(-1, one.shape[-1]) for one in (*arrays, values)]
    assert program.run(rows, values.shape[-1])
    return values


def both_off(op, *args):
    """Of float64, one by one and in bulk, and of the longest float: how far a primitive is from mpmath at most."""
    with mpmath.workdps(DIGITS), np.errstate(over="ignore", under="ignore", divide="ignore"):
        plain = np.stack([EXACT.rules[op](*map(EXACT.number, args)), in_bulk(op, *args)])
        longest = EXTENDED.rules[op](*map(EXTENDED.number, args)).astype(np.float64)
        truth = np.broadcast_to(MPMATH.rules[op](*map(MPMATH.number, args)), longest.shape)
        return units_off(plain, np.stack([truth, truth])).max(), units_off(longest, truth).max()


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
