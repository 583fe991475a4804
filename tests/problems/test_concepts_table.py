"""The table of concepts is sound, rich and even enough for fair questions to be drawn from it."""

import re
from collections import Counter
from itertools import product
from math import comb
from statistics import mean, median

import numpy as np
import pytest

from problems.concepts.statement import Statement
from problems.concepts_table import ASPECTS, MAIN_SUBJECTS, STATEMENTS, SUBJECTS, distractors, keys

QUESTIONS = list(product(MAIN_SUBJECTS, ASPECTS))
TABLE = {each.id: each for each in STATEMENTS}
FILLERS = {"the", "problem", "gradient", "output", "training"}  # title words that tell nothing
GIVEAWAYS = {
    "vanishing-gradient": r"\bvanish|\bdisappear",
    "exploding-gradient": r"\bexplo|\bblow",
    "dying-relu": r"\bdying\b|\bdie[sd]?\b|\bdead\b|\bdeath\b|\breviv|relu\b|\brelus\b|\brectif",
}


def _meanings(statements):
    return {each.meaning for each in statements}


def _length(statements):
    return median(len(each.text) for each in statements)


@pytest.mark.parametrize("attribute", ["id", "text"])
def test_no_two_statements_share_an_id_or_a_text(attribute):
    counts = Counter(getattr(each, attribute).casefold() for each in STATEMENTS)
    assert [value for value, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda each: each.id)
def test_every_statement_is_whole(statement: Statement):
    assert statement.aspect in ASPECTS
    assert statement.true_of
    assert statement.true_of | statement.arguable_for <= set(SUBJECTS)
    assert not statement.true_of & statement.arguable_for
    assert statement.meaning
    assert re.search(r"\b(19|20)\d\d\b|https?://|Google", statement.source), "a source has a year or an address"
    assert 4 <= len(statement.text.split()) <= 24
    assert statement.text[0].isupper()
    assert statement.text.endswith(".")


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda each: each.id)
def test_no_statement_names_a_subject_that_it_is_true_of(statement):
    text = statement.text.casefold()
    for subject in statement.true_of:
        stems = {word[:5] for word in SUBJECTS[subject].casefold().split() if word not in FILLERS}
        assert [stem for stem in stems if stem in text] == []
        assert not re.search(GIVEAWAYS.get(subject, r"(?!)"), text)


def test_the_stems_name_the_subject_once():
    for stem in ASPECTS.values():
        for text in stem:
            assert text.count("{subject}") == 1


@pytest.mark.parametrize(("subject", "aspect"), QUESTIONS)
def test_there_are_keys_and_distractors_of_distinct_meanings_for_any_question(subject, aspect):
    assert len(keys(subject, aspect)) >= 5
    assert len(_meanings(keys(subject, aspect))) >= 4
    assert len(_meanings(distractors(subject, aspect))) >= 6


@pytest.mark.parametrize(("subject", "aspect"), QUESTIONS)
def test_no_distractor_means_what_a_key_means(subject, aspect):
    assert _meanings(keys(subject, aspect)).isdisjoint(_meanings(distractors(subject, aspect)))


@pytest.mark.parametrize(("subject", "aspect"), QUESTIONS)
def test_every_other_main_subject_lends_distractors(subject, aspect):
    lenders = frozenset().union(*(each.true_of for each in distractors(subject, aspect)))
    assert set(MAIN_SUBJECTS) - {subject} <= lenders


@pytest.mark.parametrize(("subject", "aspect"), QUESTIONS)
def test_the_key_cannot_be_told_by_its_length(subject, aspect):
    ratio = _length(keys(subject, aspect)) / _length(distractors(subject, aspect))
    assert 1 / 1.25 < ratio < 1.25


@pytest.mark.parametrize("sign", [1, -1], ids=["longest", "shortest"])
@pytest.mark.parametrize(("subject", "aspect"), QUESTIONS)
def test_picking_the_longest_or_shortest_of_four_options_is_no_strategy(subject, aspect, sign):
    sizes = [sign * len(each.text) for each in distractors(subject, aspect)]
    beaten = [sum(size < sign * len(key.text) for size in sizes) for key in keys(subject, aspect)]
    assert mean(comb(count, 3) / comb(len(sizes), 3) for count in beaten) < 0.45  # blind guessing: 0.25


@pytest.mark.parametrize(("subject", "aspect"), QUESTIONS)
def test_a_statement_is_a_key_or_a_distractor_or_disputed_and_never_shown(subject, aspect):
    disputed = [each for each in STATEMENTS if each.aspect == aspect and subject in each.arguable_for]
    together = Counter(each.id for each in (*keys(subject, aspect), *distractors(subject, aspect), *disputed))
    assert together == Counter(each.id for each in STATEMENTS if each.aspect == aspect)


@pytest.mark.parametrize(
    ("subject", "ids"),
    {
        "vanishing-gradient": [
            *("sigmoid-layers", "tanh-layers", "depth", "start-at-one-over-n", "small-start"),
            *("relu-for-sigmoid", "leaky", "xavier-start", "he-start", "batch-norm"),
        ],
        "exploding-gradient": [
            *("large-start", "long-sequences", "depth", "high-learning-rate", "three-weights-of-three"),
            *("he-start", "xavier-start", "batch-norm"),
        ],
        "dying-relu": ["flat-negative-side", "leaky", "learned-slope", "elu"],
    }.items(),
)
def test_what_the_lecture_says_is_in_the_table(subject, ids):
    assert [name for name in ids if subject not in TABLE[name].true_of] == []


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("vanishing-gradient", "clip-norm"),  # a small gradient is never clipped
        ("vanishing-gradient", "lower-learning-rate"),
        ("exploding-gradient", "relu-for-sigmoid"),
        ("dying-relu", "relu-for-sigmoid"),
        ("dying-relu", "sigmoid-layers"),
    ],
)
def test_classic_mix_ups_are_offered_as_distractors(subject, name):
    assert TABLE[name] in distractors(subject, TABLE[name].aspect)


@pytest.mark.parametrize(
    ("name", "width", "deviation", "slope", "low", "high"),
    [
        ("start-at-one-hundredth", 500, 0.01, 1.0, 0.0, 0.5),  # even with no slope in the way
        ("start-at-one-over-n", 400, 1 / 400, 1.0, 0.0, 0.5),
        ("lecun-start", 400, 1 / np.sqrt(400), 1.0, 0.9, 1.1),
        ("he-start", 400, np.sqrt(2 / 400), "relu", 0.9, 1.1),
        ("start-at-eight-over-n", 400, np.sqrt(8 / 400), "relu", 1.8, 2.2),
    ],
)
def test_the_gradient_grows_per_layer_as_the_statements_on_starting_weights_say(
    name, width, deviation, slope, low, high
):
    assert name in TABLE
    rng = np.random.default_rng(0)
    gradient = rng.standard_normal(width)
    before = np.linalg.norm(gradient)
    for _layer in range(10):
        slopes = rng.integers(0, 2, width) if slope == "relu" else slope  # half of the ReLUs are active
        gradient = slopes * (gradient @ rng.normal(0, deviation, (width, width)))
    assert low < (np.linalg.norm(gradient) / before) ** (1 / 10) < high


def test_the_numbers_in_the_mechanisms_are_right():
    z = np.linspace(-9, 9, 1801)
    slope = 1 / (2 + np.exp(z) + np.exp(-z))
    assert slope.max() == pytest.approx(0.25)
    assert z[slope.argmax()] == pytest.approx(0)
    assert slope.max() ** 10 == pytest.approx(1e-6, rel=0.05)
    assert (3 * 1) ** 3 == 27
