"""Questions from the table: the key stands anywhere, and no option is nonsense or says what another says."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest

import problems
from problems.concepts_table import ASPECTS, MAIN_SUBJECTS, STATEMENTS
from problems.families.concepts import LETTERS, PLACE

every_question = pytest.mark.parametrize(("subject", "aspect"), list(product(MAIN_SUBJECTS, ASPECTS)))


def statements_of(problem):
    return [STATEMENTS[int(place)] for place in problem.given["statements"]]


@every_question
def test_one_is_right_and_the_others_are_true_of_a_neighbour(subject, aspect):
    for seed in range(30):
        problem = problems.draw("concepts", seed=seed, subject=subject, aspect=aspect)
        shown = statements_of(problem)
        [key] = [place for place, one in enumerate(shown) if subject in one.true_of]
        assert problems.solve(problem)["answer"] == key
        assert [choice.label for choice in problem.steps[0].choices] == [one.text for one in shown]
        assert all(one.aspect == aspect and one.true_of for one in shown)
        assert all(subject not in one.arguable_for for one in shown)
        assert len({one.meaning for one in shown}) == len(shown)


@every_question
def test_of_several_at_least_one_is_right_and_one_is_not(subject, aspect):
    for seed in range(20):
        problem = problems.draw("concepts", seed=seed, subject=subject, aspect=aspect, answers="several", choices=5)
        right = [subject in one.true_of for one in statements_of(problem)]
        assert 0 < sum(right) < 5
        assert problems.solve(problem)["answer"].tolist() == right
        picked = [letter for letter, holds in zip(LETTERS, right, strict=False) if holds]
        assert problems.grade(problem, {"answer": picked}).score == 1.0
        assert problems.grade(problem, {"answer": picked[1:] or "none"}).score == 0.0


def test_the_right_answer_stands_in_every_place_equally_often():
    batch = problems.draw_many("concepts", 4000, seed=1)
    counted = Counter(batch.solution["answer"].astype(int).tolist())
    expected = 4000 / 4
    chi_squared = sum((counted[place] - expected) ** 2 / expected for place in range(4))
    assert chi_squared < 16.3  # p = 0.001 at three degrees of freedom


def test_every_statement_comes_up():
    seen = set()
    for subject, aspect in product(MAIN_SUBJECTS, ASPECTS):
        batch = problems.draw_many("concepts", 300, seed=2, subject=subject, aspect=aspect, choices=6)
        seen |= set(np.unique(batch.given["statements"]).astype(int).tolist())
    assert seen == set(PLACE.values())


def test_the_statements_are_not_among_the_given_numbers():
    assert problems.given_rows(problems.draw("concepts", seed=1)) == ()
