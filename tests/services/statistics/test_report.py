"""The whole of a set's statistics: what it comes to in odd classes, and how it is given on."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from fractions import Fraction
from math import isfinite, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import items_of, judged, work, works_of

from quizsvc.services.statistics import statistics_of
from quizsvc.services.statistics.maps import map_svg, mistake_map, verdict_map
from quizsvc.services.statistics.pictures import difficulty_svg, items_svg, mistakes_svg, totals_svg

VERDICTS = st.sampled_from(["correct", "carried", "wrong", "blank", "mistake:bias-left-out"])


@st.composite
def classes(draw):
    """Any class: items that nobody did, students with one item, blank works, the same numbers or not."""
    items, works = draw(st.integers(0, 4)), []
    for item in items_of(items):
        for student in draw(st.lists(st.integers(0, 14), max_size=14, unique=True)):
            verdicts = draw(st.lists(VERDICTS, max_size=3))
            works.append(
                work(
                    student,
                    item.key,
                    draw(st.fractions(0, 1, max_denominator=6)),
                    {f"z{place + 1}": verdict for place, verdict in enumerate(verdicts)},
                    submissions=draw(st.integers(0, 3)),
                    seconds=draw(st.none() | st.floats(0, 1e6)),
                    numbers=draw(st.sampled_from("uvwxyz")),
                    parameters=draw(
                        st.dictionaries(st.sampled_from(["depth", "activation"]), st.integers(1, 8) | st.text())
                    ),
                )
            )
    return items, works


def numbers_in(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from numbers_in(part)
    elif isinstance(value, float):
        yield value


@given(classes())
def test_whatever_the_class_there_are_numbers_or_nothing_and_no_warning(made):
    items, works = made
    found = statistics_of("Any", items_of(items, points=3), works)
    plain = found.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert all(map(isfinite, numbers_in(plain)))
    for item in found.items:
        for bounded in (item.item_rest, item.item_total, item.discrimination, *(step.step_rest for step in item.steps)):
            assert bounded is None or -1 <= bounded <= 1
        for step in item.steps:
            assert not step.shares or sum(step.shares.values()) == pytest.approx(1)
        for picture in (
            map_svg(verdict_map(item)),
            map_svg(mistake_map(item)),
            *map(difficulty_svg, item.difficulties),
        ):
            assert picture is None or picture.startswith("<svg")
    assert sum(one.students for one in found.totals.bins) == (found.totals.students if items else 0)
    for picture in (totals_svg(found.totals), items_svg(found.items), mistakes_svg(found.mistakes)):
        assert picture is None or picture.startswith("<svg")


@given(classes(), st.randoms(use_true_random=False))
def test_in_whatever_order_students_come_the_statistics_are_the_same(made, random):
    items, works = made
    ids = list(range(15))
    random.shuffle(ids)
    renamed = [replace(one, student=ids[one.student]) for one in works]
    random.shuffle(renamed)
    assert statistics_of("", items_of(items), renamed) == statistics_of("", items_of(items), works)


def test_of_nobody_nothing_is_known():
    found = statistics_of("Empty", items_of(2), [])
    assert found.totals.students == found.totals.submissions == 0
    assert found.totals.mean is found.totals.sd is found.totals.median is found.reliability.alpha is None
    assert [item.facility for item in found.items] == [None, None]
    assert found.fairness.startswith("Nothing could be tested")
    assert statistics_of("No item", [], []).to_csv("items").count("\n") == 1


def test_of_one_student_there_is_a_mean_and_no_spread():
    found = statistics_of("", items_of(2), [work(1, share=Fraction(1, 2)), work(1, "b")])
    assert (found.totals.mean, found.totals.median, found.totals.lower_quartile, found.totals.sd) == (
        1.5,
        1.5,
        1.5,
        None,
    )
    assert found.reliability.words == "α is undefined: there are not two problems in which students differ."
    assert [item.facility for item in found.items] == [0.5, 1.0]


def test_where_all_have_the_same_total_alpha_is_undefined_and_says_why():
    found = statistics_of("", items_of(2), works_of([(0, 1), (1, 0), (0, 1), (1, 0)]))
    assert found.totals.sd == 0
    assert found.reliability.words == "α is undefined: all totals are the same."


def test_totals_are_in_points_with_nothing_for_what_was_not_done():
    items = [replace(item, points=points) for item, points in zip(items_of(2), (10, 30), strict=True)]
    found = statistics_of(
        "", items, works_of([(1, 1), (Fraction(1, 2), None), (None, Fraction(1, 3)), (0, Fraction(2, 3))])
    )
    points = [40, 5, 10, 20]
    assert found.totals.max_points == 40
    assert found.totals.mean == np.mean(points)
    assert found.totals.sd == pytest.approx(np.std(points, ddof=1))
    assert [found.totals.lower_quartile, found.totals.median, found.totals.upper_quartile] == pytest.approx(
        np.percentile(points, [25, 50, 75])
    )
    assert (found.totals.least, found.totals.most) == (5, 40)
    assert [(one.low, one.students) for one in found.totals.bins if one.students] == [(4, 1), (8, 1), (20, 1), (36, 1)]


def test_what_was_opened_and_not_handed_in_counts_for_nothing():
    found = statistics_of("", items_of(1), [work(1), work(2, share=Fraction(0), submissions=0)])
    assert (found.totals.students, found.items[0].students, found.items[0].facility) == (1, 1, 1.0)


def test_the_standard_error_is_the_spread_of_totals_around_the_true_marks():
    rng = np.random.default_rng(6)
    true = rng.uniform(0.3, 0.7, size=(1500, 1))
    marks = np.clip(true + 0.1 * rng.normal(size=(1500, 5)), 0, 1)
    rows = [[Fraction(float(mark)) for mark in row] for row in marks]
    found = statistics_of("", items_of(5), works_of(rows)).reliability
    assert found.standard_error == pytest.approx(np.std(marks.sum(axis=1) - 5 * true[:, 0]), rel=0.06)
    assert found.alpha == pytest.approx(5 * np.var(true) / (5 * np.var(true) + 0.01), abs=0.01)
    assert found.standard_error == pytest.approx(np.std(marks.sum(axis=1), ddof=1) * sqrt(1 - found.alpha))


@pytest.mark.parametrize(
    ("works", "words"),
    [
        ([work(1, "z")], r"A work is of the item 'z': the set has a\."),
        ([work(1), work(1)], r"Student 1 has two works in the item 'a': one counts\."),
    ],
)
def test_works_that_do_not_fit_are_refused(works, words):
    with pytest.raises(ValueError, match=words):
        statistics_of("", items_of(1), works)


@pytest.fixture
def small():
    works = [
        work(
            student,
            verdicts={"z1": "mistake:bias-left-out" if student < 4 else "correct", "L": "correct"},
            first={"z1": "blank"},
        )
        for student in range(10)
    ]
    items = [replace(items_of(1)[0], title="=SUM(A1)")]
    return statistics_of("Small", items, works)


def rows_of(found, table):
    return list(csv.DictReader(io.StringIO(found.to_csv(table))))


def test_the_csv_of_items_has_what_the_page_has_and_no_formula(small):
    [row] = rows_of(small, "items")
    assert row["Problem"] == "'=SUM(A1)"
    assert (row["Students"], row["Facility"], row["Facility, whole class"]) == ("10", "0.8", "0.8")
    assert row["Alpha without it"] == row["Fairness: p in this set"] == ""


def test_the_csv_of_steps_has_a_row_for_each_step(small):
    first, last = rows_of(small, "steps")
    assert (first["Step"], first["Students"], first["Facility"], first["Share mistake"]) == ("z1", "10", "0.6", "0.4")
    assert (first["Share blank, first submission"], first["Its share"]) == ("1", "0.4")
    assert first["Commonest mistake"] == "The bias left out"
    assert (last["Step"], last["Share correct"], last["Commonest mistake"]) == ("L", "1", "")
    assert last["Share blank, first submission"] == ""


def test_the_csv_of_mistakes_counts_them_in_the_set_in_items_and_in_steps(small):
    rows = [(row["Problem"], row["Step"], row["Mistake"], row["Students"]) for row in rows_of(small, "mistakes")]
    title = "'=SUM(A1)"
    assert rows == [
        ("", "", "bias-left-out", "4"),
        (title, "", "bias-left-out", "4"),
        (title, "z1", "bias-left-out", "4"),
    ]


def test_a_work_without_any_judgement_has_no_steps():
    found = statistics_of("", items_of(1), [work(1, grade={}), work(2, grade=judged({}))])
    assert (found.items[0].steps, found.mistakes) == ((), ())
