"""What was drawn of a problem beside its numbers."""

from __future__ import annotations

from math import log10

import pytest

from problems import draw, pose
from problems.catalogue import current_families
from problems.parameters import GRADIENT, parameters_of
from problems.plots import layer_gradients


@pytest.mark.parametrize("family", current_families(), ids=lambda family: family.slug)
def test_every_option_of_every_family_is_a_word_or_a_number_and_no_precision_is_among_them(family):
    problem = draw(family.slug, seed=3)
    parameters = parameters_of(problem)
    assert parameters.keys() - {GRADIENT} == {option.name for option in family.options}
    assert all(isinstance(value, str | int | float) and not isinstance(value, bool) for value in parameters.values())
    assert (GRADIENT in parameters) == bool(layer_gradients(problem))


def test_the_gradient_is_that_of_the_first_layer_as_a_power_of_ten():
    problem = draw("depth-scaling", seed=5, depth=7)
    first = problem.given["w"] * 0.25
    assert parameters_of(problem)[GRADIENT] == pytest.approx(7 * log10(first))
    assert parameters_of(problem)["depth"] == 7


def test_what_differs_between_draws_differs_in_the_parameters():
    drawn = [parameters_of(draw("vanishing-gradient", seed=seed, activation="sigmoid|tanh")) for seed in range(12)]
    assert {one["activation"] for one in drawn} == {"sigmoid", "tanh"}
    assert len({one[GRADIENT] for one in drawn}) > 6


def test_lists_are_words_and_yes_and_no_are_words_too():
    parameters = parameters_of(draw("mlp-backprop", seed=1, sizes="3-2-1", activations="relu,tanh"))
    assert (parameters["sizes"], parameters["activations"]) == ("3-2-1", "relu, tanh")
    assert (parameters["bias"], parameters["update"]) == ("yes", "no")


def test_a_gradient_that_is_exactly_0_has_no_power_of_ten():
    dead = pose("exploding-gradient", activation="relu", depth=2, w=[2, 3], x=-1)
    assert next(iter(layer_gradients(dead).values())) == 0
    assert GRADIENT not in parameters_of(dead)
