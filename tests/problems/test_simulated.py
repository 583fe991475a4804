"""Classes of simulated students, over every family and option: short here, a million steps in the soak."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from students import exact_answers, honest_answers

import problems
from problems import information
from problems.catalogue import current_families
from problems.graph import evaluate
from problems.mistakes import mistakes_of
from problems.readings.exact import EXACT

VARIANTS = [(family.slug, stated) for family in current_families() for stated in information.variants(family)]
every_variant = pytest.mark.parametrize(
    ("slug", "options"), VARIANTS, ids=[f"{slug} {options}" for slug, options in VARIANTS]
)


PRECISIONS = ((3, 3), (3, 3), (2, 2), (4, 3), (2, 4), (4, 4))
"""Decimals and significant figures; the first, the default, twice as often."""


def numbers(problem):
    """The steps that take numbers with digits, by id."""
    return {name: step for name, step in problem.worksheet.steps.items() if step.asked and not step.whole}


def honest_class(slug, options, rng, *, draws, students):
    """Verdicts of honest students: each rounds, cuts off, mixes, keeps extra digits, takes either route."""
    counted = Counter()
    for _draw in range(draws):
        decimals, sigfigs = PRECISIONS[rng.integers(len(PRECISIONS))]
        try:
            problem = problems.draw(slug, seed=int(rng.integers(2**62)), decimals=decimals, sigfigs=sigfigs, **options)
        except problems.NoFairDraw:  # two figures are too few for some long problems, which then are not issued
            continue
        for _student in range(students):
            answers = honest_answers(problem, rng)
            if rng.integers(3) == 0:
                answers = {name: answer for name, answer in answers.items() if rng.integers(4)}
            for name, step in problems.grade(problem, answers).steps.items():
                if name not in answers:
                    continue
                for verdict in [entry.verdict for entry in step.entries] or [step.verdict]:
                    counted[verdict] += 1
                    if verdict != "correct":
                        counted[f"{problems.to_json(problem)} {answers} {name}"] += 1
    return counted


def visible_mistakes(problem):
    """(step, mistake) for all that give another number than the right one."""
    exact = evaluate(problem.worksheet.graph, problem.inputs, EXACT)
    for name, mistakes in mistakes_of(problem.worksheet).items():
        for mistake in mistakes:
            wrong, right = exact.value_of(mistake.formula), exact.expected[name]
            if not np.all(np.abs(wrong - right) <= 1e-12 * np.abs(right)):
                yield name, mistake


def mistaken_class(slug, options, rng, *, draws, students, at_once=1):
    """What is found of known mistakes, `at_once` of them at different steps, in work that is honest elsewhere."""
    counted = Counter()
    for _draw in range(draws):
        problem = problems.draw(slug, seed=int(rng.integers(2**62)), **options)
        visible = list(visible_mistakes(problem))
        steps = sorted({name for name, _mistake in visible})
        for _student in range(students if len(steps) >= at_once else 0):
            made = {}
            for name in rng.permutation(steps)[:at_once]:
                ways = [mistake for step, mistake in visible if step == name]
                made[str(name)] = ways[rng.integers(len(ways))]
            answers = honest_answers(problem, rng, {name: mistake.formula for name, mistake in made.items()})
            if made.keys() - answers.keys():
                continue  # after the first, the second could not be computed
            grade = problems.grade(problem, answers)
            named = [mistake.slug in grade.steps[name].candidates for name, mistake in made.items()]
            later = {one.verdict for name, one in grade.steps.items() if name not in made}
            counted["made"] += 1
            counted["judged right"] += any(grade.steps[name].verdict == "correct" for name in made)
            counted["named"] += all(named)
            counted["named first"] += all(grade.steps[name].mistake == one.slug for name, one in made.items())
            counted["later not carried"] += not later <= {"correct", "carried", "blank"}
            if not all(named) or not later <= {"correct", "carried", "blank"}:
                slugs = {name: one.slug for name, one in made.items()}
                found = {name: grade.steps[name].candidates for name in made}
                counted[f"made {slugs}, found {found}: {problems.to_json(problem)} {answers}"] += 1
    return counted


def guessing_class(slug, options, rng, *, draws, students):
    """Verdicts of those who guess within a factor of two of the truth."""
    counted = Counter()
    for _draw in range(draws):
        problem = problems.draw(slug, seed=int(rng.integers(2**62)), **options)
        right, exact = problems.solve(problem), exact_answers(problem)
        for name, step in numbers(problem).items():
            for _student in range(students):
                factors = 2.0 ** rng.uniform(-1, 1, step.shape)
                guess = np.vectorize("{:.6g}".format, otypes=[object])(right[name] * factors)
                judged = problems.grade(problem, {**exact, name: guess.tolist()}).steps[name]
                verdicts = [entry.verdict for entry in judged.entries] or [judged.verdict]
                truths = np.atleast_1d(right[name]).reshape(-1)
                for verdict, truth in zip(verdicts, truths, strict=True):
                    counted["guesses"] += truth != 0
                    counted["right"] += verdict in ("correct", "carried") and truth != 0
    return counted


@every_variant
def test_no_honest_student_is_judged_wrong(slug, options):
    counted = honest_class(slug, options, np.random.default_rng(1), draws=3, students=4)
    assert set(counted) <= {"correct"}


@every_variant
def test_a_mistake_is_never_right_and_is_named(slug, options):
    counted = mistaken_class(slug, options, np.random.default_rng(2), draws=2, students=6)
    assert counted["judged right"] == 0
    assert counted["named"] == counted["made"]
    assert counted["later not carried"] == 0


def in_all_families(run, seed, **sizes):
    """The counts of a class in every family and option."""
    total = Counter()
    for place, (slug, options) in enumerate(VARIANTS):
        total += run(slug, options, np.random.default_rng([seed, place]), **sizes)
    return total


def test_of_two_mistakes_both_are_named_nine_times_in_ten():
    counted = in_all_families(mistaken_class, 3, draws=1, students=4, at_once=2)
    assert counted["named"] >= 0.9 * counted["made"] > 0
    assert counted["later not carried"] == 0


def test_fewer_than_two_guesses_in_a_hundred_are_right():
    counted = in_all_families(guessing_class, 4, draws=1, students=1)
    assert counted["right"] < 0.02 * counted["guesses"]


@pytest.mark.soak
@every_variant
def test_in_a_million_honest_steps_none_is_judged_wrong(slug, options):
    # 100 families with options, some 10 000 steps each.
    counted = honest_class(slug, options, np.random.default_rng(5), draws=80, students=12)
    assert set(counted) <= {"correct"}


@pytest.mark.soak
@every_variant
def test_of_many_mistakes_ninety_nine_in_a_hundred_are_named(slug, options):
    counted = mistaken_class(slug, options, np.random.default_rng(6), draws=30, students=20)
    assert counted["judged right"] == 0
    assert counted["named"] >= 0.99 * counted["made"]
    assert counted["later not carried"] == 0


@pytest.mark.soak
def test_of_many_guesses_fewer_than_two_in_a_hundred_are_right():
    counted = in_all_families(guessing_class, 7, draws=10, students=4)
    assert counted["right"] < 0.02 * counted["guesses"]


@pytest.mark.soak
def test_of_many_pairs_of_mistakes_both_are_named_nine_times_in_ten():
    counted = in_all_families(mistaken_class, 8, draws=8, students=12, at_once=2)
    assert counted["named"] >= 0.9 * counted["made"] > 0
