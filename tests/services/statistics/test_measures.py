"""Measures and rank tests, against the definitions and against SciPy."""

from __future__ import annotations

import statistics
from collections import Counter
from fractions import Fraction
from itertools import combinations, pairwise, permutations
from math import sqrt

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st

from quizsvc.services.statistics.association import PERMUTATIONS, holm, kruskal_wallis, said_p, spearman
from quizsvc.services.statistics.bands import OTHERS, bands_of, places_of_numbers, places_of_words
from quizsvc.services.statistics.measures import correlation, mean, sd, upper_lower, wilson
from quizsvc.services.statistics.reliability import cronbach_alpha, feldt_interval

SHARES = st.fractions(0, 1, max_denominator=12)
COLUMNS = st.integers(2, 9).flatmap(
    lambda students: st.lists(st.lists(SHARES, min_size=students, max_size=students), min_size=2, max_size=5)
)
PAIRS = st.lists(st.tuples(SHARES, SHARES), min_size=2, max_size=30)


def covariance(xs, ys):
    x_mean, y_mean = statistics.mean(xs), statistics.mean(ys)
    return sum(((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True)), Fraction(0)) / (len(xs) - 1)


@given(COLUMNS)
def test_alpha_is_the_mean_covariance_of_items_over_the_mean_entry_of_their_matrix(columns):
    varying = [column for column in columns if len(set(column)) > 1]
    items = len(varying)
    entries = [[covariance(one, other) for other in varying] for one in varying]
    whole = sum(map(sum, entries), Fraction(0))
    alpha = cronbach_alpha(columns)
    if items < 2 or not whole:
        assert alpha is None
    else:
        between = (whole - sum(entries[place][place] for place in range(items))) / (items * (items - 1))
        assert alpha == between / (whole / items**2)


@given(COLUMNS, st.fractions(-5, 5, max_denominator=9).filter(bool), st.lists(SHARES, min_size=5, max_size=5))
def test_alpha_stays_when_all_marks_are_scaled_and_each_item_is_shifted(columns, scale, shifts):
    moved = [[scale * mark + shift for mark in column] for column, shift in zip(columns, shifts, strict=False)]
    assert cronbach_alpha(moved) == cronbach_alpha(columns)


@given(COLUMNS)
def test_alpha_is_at_most_one_and_its_interval_holds_it(columns):
    alpha = cronbach_alpha(columns)
    assume(alpha is not None)
    assert alpha <= 1
    low, high = feldt_interval(float(alpha), len(columns[0]), len(columns))
    assert low <= float(alpha) <= high <= 1


def test_items_that_are_the_same_are_wholly_consistent_and_opposite_ones_cancel():
    marks = [Fraction(mark, 4) for mark in (0, 1, 3, 4, 4)]
    assert cronbach_alpha([marks, marks, marks]) == 1
    assert cronbach_alpha([marks, [1 - mark for mark in marks]]) is None


def test_nine_in_ten_and_more_of_feldts_intervals_hold_the_true_alpha():
    rng, items, students, held = np.random.default_rng(8), 6, 25, 0
    true = items / (items + 1.5**2)  # true marks vary by 1, the error of each item by 1.5²
    for _ in range(300):
        marks = rng.normal(size=(students, 1)) + 1.5 * rng.normal(size=(students, items))
        columns = [[Fraction(float(mark)) for mark in column] for column in marks.T]
        low, high = feldt_interval(float(cronbach_alpha(columns)), students, items)
        held += low <= true <= high
    assert held / 300 == pytest.approx(0.95, abs=0.035)


@given(PAIRS)
def test_a_correlation_is_pearsons_and_undefined_where_nothing_varies(pairs):
    xs, ys = (list(side) for side in zip(*pairs, strict=True))
    found = correlation(xs, ys)
    if len(set(xs)) == 1 or len(set(ys)) == 1:
        assert found is None
    else:
        assert -1 <= found <= 1
        assert found == pytest.approx(
            float(covariance(xs, ys)) / sqrt(covariance(xs, xs)) / sqrt(covariance(ys, ys)), abs=1e-12
        )
        assert correlation(ys, xs) == found


@given(st.lists(st.tuples(st.booleans(), SHARES), min_size=2, max_size=30))
def test_of_right_and_wrong_it_is_the_point_biserial_one(pairs):
    right = [mark for is_right, mark in pairs if is_right]
    wrong = [mark for is_right, mark in pairs if not is_right]
    marks = [mark for _, mark in pairs]
    assume(right and wrong and len(set(marks)) > 1)
    part = len(right) / len(pairs)
    apart = float(statistics.mean(right) - statistics.mean(wrong))
    expected = apart / sqrt(statistics.pvariance(marks)) * sqrt(part * (1 - part))
    assert correlation([Fraction(is_right) for is_right, _ in pairs], marks) == pytest.approx(expected, abs=1e-12)


@given(st.lists(SHARES, max_size=20))
def test_mean_and_spread_are_numpys_and_nothing_comes_of_nothing(marks):
    if marks:
        assert mean(marks) == pytest.approx(np.mean(list(map(float, marks))))
    if len(marks) > 1:
        assert sd(marks) == pytest.approx(np.std(list(map(float, marks)), ddof=1), abs=1e-12)
    assert mean([]) is sd([]) is sd(marks[:1]) is None


@given(st.lists(st.tuples(SHARES, st.integers(0, 3)), min_size=2, max_size=6))
def test_ties_at_the_border_count_as_on_the_average_of_all_orders(pairs):
    totals = [Fraction(total) for _, total in pairs]
    found = upper_lower([share for share, _ in pairs], totals)
    if len(set(totals)) == 1:
        assert found is None
        return
    count = max(1, int(0.27 * len(pairs) + 0.5))
    each = []
    for order in permutations(pairs):
        by_total = sorted(order, key=lambda pair: pair[1])
        lowest, best = by_total[:count], by_total[-count:]
        each.append(sum(share for share, _ in best) / count - sum(share for share, _ in lowest) / count)
    assert found == pytest.approx(float(statistics.mean(each)), abs=1e-12)
    assert -1 <= found <= 1


def test_the_best_and_the_last_are_27_of_a_hundred():
    totals = [Fraction(place) for place in range(100)]
    shares = [Fraction(place >= 73) for place in range(100)]
    assert upper_lower(shares, totals) == 1
    assert upper_lower([Fraction(place >= 74) for place in range(100)], totals) == pytest.approx(26 / 27)


@given(st.integers(1, 60), st.fractions(0, 1, max_denominator=60))
def test_wilsons_interval_is_scipys_for_counts_and_holds_the_share(students, share):
    low, high = wilson(float(share), students)
    assert 0 <= low <= share <= high <= 1
    count = int(share * students)
    theirs = scipy.stats.binomtest(count, students).proportion_ci(method="wilson")
    assert wilson(count / students, students) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(st.lists(st.tuples(SHARES, st.sampled_from("abc")), min_size=10, max_size=30))
def test_h_is_scipys_and_the_order_of_students_changes_nothing(pairs):
    shares, groups = zip(*pairs, strict=True)
    found = kruskal_wallis(shares, groups)
    if len(set(shares)) == 1 or len(set(groups)) == 1:
        assert found is None
        return
    rows = [[float(share) for share, group in pairs if group == name] for name in sorted(set(groups))]
    assert found.statistic == pytest.approx(scipy.stats.kruskal(*rows).statistic, abs=1e-9)
    assert 0 < found.p <= 1
    assert 0 <= found.explained <= 1
    assert kruskal_wallis(shares[::-1], groups[::-1]) == found


@given(st.lists(st.tuples(SHARES, st.integers(-9, 9)), min_size=10, max_size=30))
def test_rho_is_scipys_and_turns_with_the_numbers(pairs):
    shares, values = zip(*pairs, strict=True)
    found = spearman(shares, values)
    if len(set(shares)) == 1 or len(set(values)) == 1:
        assert found is None
        return
    theirs = scipy.stats.spearmanr(list(map(float, shares)), values).statistic
    assert found.statistic == pytest.approx(theirs, abs=1e-9)
    turned = spearman(shares, [-value for value in values])
    assert turned.statistic == pytest.approx(-found.statistic, abs=1e-9)
    assert spearman(shares[::-1], values[::-1]) == found


@pytest.mark.parametrize("seed", range(8))
def test_p_is_that_of_all_deals_up_to_chance(seed):
    rng = np.random.default_rng(seed)
    shares = [Fraction(int(mark), 6) for mark in rng.integers(0, 7, 10)]
    found = kruskal_wallis(shares, "aaaaabbbbb")
    ranks = scipy.stats.rankdata(list(map(float, shares)))
    far = abs(sum(ranks[:5]) - sum(ranks) / 2)
    deals = [abs(sum(ranks[list(five)]) - sum(ranks) / 2) >= far - 1e-9 for five in combinations(range(10), 5)]
    exact = float(np.mean(deals))
    assert found.p == pytest.approx(exact, abs=4 * sqrt(exact * (1 - exact) / PERMUTATIONS) + 1e-3)


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_raises_each_p_by_how_many_were_not_rejected_before(ps):
    corrected = holm(ps)
    for p, raised in zip(ps, corrected, strict=True):
        smaller = [other for other in ps if other <= p]
        expected = max(min(1, (len(ps) - sum(one < other for one in ps)) * other) for other in smaller)
        assert raised == pytest.approx(expected)
        assert p <= raised <= 1


def test_holm_as_in_the_textbook():
    assert holm([0.01, 0.04, 0.03, 0.02]) == pytest.approx([0.04, 0.06, 0.06, 0.06])


def test_p_values_are_written_in_as_many_digits_as_they_deserve():
    assert [said_p(p) for p in (0.0005, 0.0215, 0.4321, 1.0)] == ["p < 0.001", "p = 0.021", "p = 0.43", "p = 1.00"]


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=60))
def test_bands_of_numbers_hold_every_student_once_and_do_not_overlap(numbers):
    places = places_of_numbers(numbers)
    bands = bands_of([Fraction(1, 2)] * len(numbers), places)
    assert sum(band.students for band in bands) == len(numbers)
    by_place = {}
    for (place, _), number in zip(places, numbers, strict=True):
        by_place.setdefault(place, []).append(number)
    rows = [by_place[place] for place in sorted(by_place)]
    assert all(max(lower) < min(upper) for lower, upper in pairwise(rows))
    if len(set(numbers)) <= 5:
        assert [band.label for band in bands] == [str(number).replace("-", "−") for number in sorted(set(numbers))]


def test_of_many_words_the_rare_ones_are_taken_together():
    words = [word for place, word in enumerate("abcdefghij") for _ in range(20 - place)]
    counts = Counter(label for _, label in places_of_words(words))
    assert counts == {**{word: 20 - place for place, word in enumerate("abcdefg")}, OTHERS: 13 + 12 + 11}
    assert bands_of([Fraction(1)] * len(words), places_of_words(words))[-1].label == OTHERS
