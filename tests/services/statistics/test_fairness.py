"""What makes an item hard, and whether it is fair: classes in which it is known."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from made_up import items_of, work

from quizsvc.services.statistics import statistics_of
from quizsvc.services.statistics.association import TESTED_FROM
from quizsvc.services.statistics.fairness import fairness_of
from quizsvc.services.statistics.parameters import difficulties_of


def class_of(rng, students, draw, hardness):
    """Students of any skill; `draw` gives each a variant, and `hardness` what is taken off for it."""
    works = []
    for student in range(students):
        drawn = draw(student)
        steps = rng.random(8) < np.clip(0.75 + 0.1 * rng.normal() - hardness(drawn), 0, 1)
        works.append(work(student, share=Fraction(int(steps.sum()), 8), **drawn))
    return works


def shared(variants):
    """Students in turn get one of so many variants."""
    return lambda student: {"problem_id": 100 + student % variants, "numbers": f"numbers {student % variants}"}


def fairness(works):
    return statistics_of("", items_of(1), works).items[0].fairness


@pytest.mark.parametrize("seed", range(5))
def test_a_variant_that_is_harder_is_found_and_named(seed):
    rng = np.random.default_rng(seed)
    works = class_of(rng, 60, shared(4), lambda drawn: 0.5 if drawn["problem_id"] == 102 else 0.0)
    found = fairness(works)
    assert found.tested == "variants"
    assert found.unfair
    assert found.p < 0.01
    assert "With the numbers of problem 102, 15 students reach" in found.words
    assert [band.students for band in found.variants] == [15] * 4
    item = statistics_of("", items_of(1), works).items[0]
    assert any(flag.startswith("Not equally hard") for flag in item.flags)


def test_fair_variants_give_a_false_alarm_once_in_twenty_classes():
    alarms = 0
    for seed in range(200):
        works = class_of(np.random.default_rng(seed), 40, shared(4), lambda _drawn: 0.0)
        alarms += fairness_of(works, ()).p < 0.05
    assert 2 <= alarms <= 20  # 10 expected, with a standard deviation of 3


def test_a_fair_class_is_said_to_be_fair():
    found = fairness(class_of(np.random.default_rng(1), 60, shared(4), lambda _drawn: 0.0))
    assert not found.unfair
    assert found.words.startswith(
        "No sign that the mark depends on the variant: 4 variants that 60 students share were"
    )
    assert f"p = {found.p:.2f}" in found.words


def drawn_by(rng):
    return lambda _student: {
        "parameters": {
            "activation": ("sigmoid", "tanh")[rng.integers(2)],
            "depth": int(rng.integers(2, 6)),
            "log10 |gradient|": float(rng.normal(-2, 1)),
            "loss": "half-squared",
        }
    }


def test_where_everyone_has_own_numbers_the_parameter_that_matters_is_found():
    rng = np.random.default_rng(2)
    works = class_of(rng, 80, drawn_by(rng), lambda drawn: 0.12 * (drawn["parameters"]["depth"] - 3))
    found = statistics_of("", items_of(1), works).items[0]
    assert found.fairness.tested == "parameters"
    assert found.fairness.unfair
    assert found.fairness.parameter == "depth"
    assert found.fairness.words.startswith("The mark depends on depth: every student had numbers of their own")
    by_name = {one.parameter: one for one in found.difficulties}
    assert list(by_name) == ["activation", "depth", "log10 |gradient|"]
    assert by_name["depth"].words.startswith("The larger it is, the lower the share: Spearman ρ = −")
    assert by_name["activation"].words.startswith("No sign that it matters: Kruskal-Wallis H = ")
    facilities = [band.facility for band in by_name["depth"].bands]
    assert facilities == sorted(facilities, reverse=True)
    assert [band.label for band in by_name["depth"].bands] == ["2", "3", "4", "5"]
    assert sum(band.students for band in by_name["log10 |gradient|"].bands) == 80


def test_a_harder_word_is_found_with_its_facility():
    rng = np.random.default_rng(4)
    harder = lambda drawn: 0.4 * (drawn["parameters"]["activation"] == "sigmoid")  # noqa: E731 - said where it is used
    works = class_of(rng, 60, drawn_by(rng), harder)
    [activation, *_] = difficulties_of(works)
    assert activation.words.startswith("It matters which one is drawn: Kruskal-Wallis")
    for band in activation.bands:
        shares = [one.share for one in works if one.parameters["activation"] == band.label]
        assert (band.students, band.facility) == (len(shares), pytest.approx(float(sum(shares)) / len(shares)))
        assert band.low <= band.facility <= band.high


def test_parameters_without_effect_give_a_false_alarm_once_in_twenty_classes():
    alarms = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        alarms += fairness(class_of(rng, 30, drawn_by(rng), lambda _drawn: 0.0)).unfair
    assert alarms <= 20  # at most 10 expected, as Holm's correction is on the safe side


def test_many_fair_items_together_give_no_more_false_alarms_than_one():
    alarms = 0
    for seed in range(40):
        rng, works = np.random.default_rng(seed), []
        for item in items_of(6):
            one = class_of(rng, 24, shared(3), lambda _drawn: 0.0)
            works += [work(mine.student, item.key, mine.share, numbers=mine.numbers) for mine in one]
        found = statistics_of("", items_of(6), works)
        alarms += any(item.fairness.unfair for item in found.items)
        assert ("No sign" in found.fairness) != any(item.fairness.unfair for item in found.items)
    assert alarms <= 6  # 2 expected


@pytest.mark.parametrize(
    ("works", "words"),
    [
        (
            [work(student, share=Fraction(student, 9)) for student in range(TESTED_FROM - 1)],
            "Too few students to test: 9",
        ),
        (
            [work(student, share=Fraction(student, 20), numbers="one") for student in range(20)],
            "Everybody had the same",
        ),
        ([work(student, numbers=str(student % 2)) for student in range(20)], "All have the same share"),
        (
            [work(student, share=Fraction(student, 20)) for student in range(20)],
            "Every student had numbers of their own, and no parameter varies: nothing was tested.",
        ),
        (
            [work(student, share=Fraction(student, 20), numbers=str(max(student, 4))) for student in range(20)],
            "Too few students share numbers, and no parameter varies: nothing was tested.",
        ),
    ],
)
def test_why_nothing_is_tested_is_said(works, words):
    found = fairness(works)
    assert found.tested == "nothing"
    assert (found.p, found.corrected, found.unfair) == (None, None, False)
    assert found.words.startswith(words)


def test_a_parameter_that_does_not_vary_or_too_few_have_is_not_tested():
    works = [work(student, share=Fraction(student, 9), parameters={"depth": 2 + student % 2}) for student in range(9)]
    [depth] = difficulties_of(works)
    assert (depth.test, [band.students for band in depth.bands]) == (None, [5, 4])
    assert depth.words.startswith("Too few students to test: 9")
    assert difficulties_of([work(student, parameters={"depth": 2}) for student in range(20)]) == ()
    [same] = difficulties_of([work(student, parameters={"depth": 2 + student % 2}) for student in range(20)])
    assert same.words == "All have the same share: there is nothing to test."
