"""What others have published of the same data."""

from __future__ import annotations

from fractions import Fraction

import pytest
from made_up import items_of, works_of
from published import (
    ATTITUDE,
    ATTITUDE_ALPHA,
    ATTITUDE_ALPHA_WITHOUT,
    ATTITUDE_ITEM_REST,
    ATTITUDE_ITEM_TOTAL,
    CAPS,
    CAPS_H,
    CAPS_P,
    INTELLIGENCE,
    LSAT,
    LSAT_ALPHA,
    LSAT_ALPHA_WITHOUT,
    LSAT_FACILITIES,
    LSAT_ITEM_REST,
    LSAT_ITEM_TOTAL,
    LSAT_TOTALS,
    QUESTIONS,
    QUESTIONS_ALPHA,
    QUESTIONS_HIGH,
    QUESTIONS_LOW,
    TELEVISION,
    TELEVISION_P,
    TELEVISION_RHO,
    WILSON,
)

from quizsvc.services.statistics import statistics_of
from quizsvc.services.statistics.association import kruskal_wallis, spearman
from quizsvc.services.statistics.measures import wilson
from quizsvc.services.statistics.reliability import cronbach_alpha, feldt_interval


@pytest.fixture(scope="module")
def lsat():
    return statistics_of("LSAT", items_of(5), works_of(LSAT))


@pytest.fixture(scope="module")
def attitude():
    percents = [[Fraction(answer, 100) for answer in row] for row in ATTITUDE]
    return statistics_of("Attitude", items_of(7), works_of(percents))


def test_lsat_facilities_and_totals_are_the_published_ones(lsat):
    assert [item.facility for item in lsat.items] == pytest.approx(LSAT_FACILITIES)
    assert sum(one.students for one in lsat.totals.bins) == 1000
    by_points = [lsat.totals.bins[2 * points].students for points in range(5)]
    assert [*by_points, lsat.totals.bins[9].students] == list(LSAT_TOTALS)


def test_lsat_alpha_is_the_published_one_with_all_items_and_without_each(lsat):
    assert lsat.reliability.alpha == pytest.approx(LSAT_ALPHA, abs=5e-5)
    assert [item.alpha_without for item in lsat.items] == pytest.approx(LSAT_ALPHA_WITHOUT, abs=5e-5)


def test_lsat_point_biserial_correlations_are_the_published_ones(lsat):
    # ltm divides by the standard deviation with n − 1, a factor of √(999/1000) at the side of Pearson's r.
    factor = (999 / 1000) ** 0.5
    assert [item.item_total * factor for item in lsat.items] == pytest.approx(LSAT_ITEM_TOTAL, abs=1e-4)
    assert [item.item_rest * factor for item in lsat.items] == pytest.approx(LSAT_ITEM_REST, abs=1e-4)


def test_attitude_is_as_psych_shows_it(attitude):
    assert attitude.reliability.alpha == pytest.approx(ATTITUDE_ALPHA, abs=0.005)
    assert [item.alpha_without for item in attitude.items] == pytest.approx(ATTITUDE_ALPHA_WITHOUT, abs=0.005)
    assert [item.item_total for item in attitude.items] == pytest.approx(ATTITUDE_ITEM_TOTAL, abs=0.005)
    assert [item.item_rest for item in attitude.items] == pytest.approx(ATTITUDE_ITEM_REST, abs=0.005)


def test_feldts_interval_is_that_of_pingouins_example():
    alpha = float(cronbach_alpha([list(map(Fraction, row)) for row in QUESTIONS]))
    assert alpha == pytest.approx(QUESTIONS_ALPHA, abs=5e-7)
    assert feldt_interval(alpha, 15, 10) == pytest.approx((QUESTIONS_LOW, QUESTIONS_HIGH), abs=5e-4)


def test_the_bottle_caps_of_kruskal_and_wallis_have_their_h_and_about_their_exact_p():
    machines, caps = zip(*((machine, cap) for machine, made in CAPS.items() for cap in made), strict=True)
    found = kruskal_wallis(list(map(Fraction, caps)), machines)
    assert found.statistic == pytest.approx(CAPS_H, abs=5e-4)
    assert found.p == pytest.approx(CAPS_P, abs=4 * (0.05 * 0.95 / 1999) ** 0.5)


def test_spearmans_rho_of_the_worked_example_is_the_published_one():
    found = spearman(list(map(Fraction, INTELLIGENCE)), TELEVISION)
    assert found.statistic == pytest.approx(TELEVISION_RHO)
    assert found.p == pytest.approx(TELEVISION_P, abs=0.05)  # theirs by the t distribution


@pytest.mark.parametrize(("counted", "interval"), WILSON.items())
def test_wilsons_intervals_are_newcombes(counted, interval):
    successes, students = counted
    assert wilson(successes / students, students) == pytest.approx(interval, abs=5e-5)
