"""Items and steps: what is measured is what was planted."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import items_of, judged, work, works_of
from students import honest_answers

from problems import draw, grade
from problems.grading import VERDICTS
from problems.mistake_kinds import KINDS
from problems.mistakes import mistakes_of
from quizsvc.services.statistics import Work, statistics_of
from quizsvc.services.statistics.maps import mistake_map, verdict_map
from quizsvc.services.statistics.steps import SHOWN_VERDICTS

STEPS = ("z1", "a1", "L")
ANY_VERDICT = st.sampled_from([*VERDICTS, "mistake:bias-left-out"])
PAPERS = st.lists(st.tuples(*[ANY_VERDICT] * 3).map(lambda told: dict(zip(STEPS, told, strict=True))), min_size=1)


def only(statistics):
    [item] = statistics.items
    return item


def test_every_verdict_has_its_place():
    assert sorted(SHOWN_VERDICTS) == sorted(VERDICTS)


@given(PAPERS, PAPERS)
def test_shares_of_verdicts_add_up_and_facility_is_the_mean_credit(papers, firsts):
    works = [work(student, verdicts=paper, first=firsts[student % len(firsts)]) for student, paper in enumerate(papers)]
    item = only(statistics_of("", items_of(1), works))
    assert item.facility == pytest.approx(float(np.mean([float(one.share) for one in works])))
    for step in item.steps:
        brought = [float(Fraction(one.grade["steps"][step.step]["credit"])) for one in works]
        assert step.facility == pytest.approx(np.mean(brought))
        assert sum(step.verdicts.values()) == step.students == len(papers)
        assert sum(step.shares.values()) == pytest.approx(1)
        assert sum(step.first_shares.values()) == pytest.approx(1)
        assert step.shares["carried"] == pytest.approx(step.verdicts["carried"] / len(papers))
    assert [step.step for step in item.steps] == list(STEPS)


def test_planted_mistakes_are_counted_to_the_last_student():
    verdicts = [
        {"z1": "mistake:bias-left-out" if student < 30 else "correct", "a1": "correct", "L": "correct"}
        for student in range(100)
    ]
    firsts = [
        {"z1": "correct", "a1": "mistake:value-for-slope"} if student % 10 == 0 else None for student in range(100)
    ]
    works = [work(student, verdicts=verdicts[student], first=firsts[student]) for student in range(100)]
    works += [work(student, "b", verdicts={"z1": "mistake:bias-left-out"}) for student in range(20, 50)]
    found = statistics_of("", items_of(2), works)
    assert [(one.mistake, one.students, one.share, one.places) for one in found.mistakes] == [
        ("bias-left-out", 50, 0.5, 60),
        ("value-for-slope", 10, 0.1, 10),
    ]
    first, second = found.items
    assert [(one.mistake, one.students, one.places) for one in first.mistakes] == [
        ("bias-left-out", 30, 30),
        ("value-for-slope", 10, 10),
    ]
    assert [(one.students, one.share) for one in second.mistakes] == [(30, 1.0)]
    by_step = {step.step: [(one.mistake, one.students, one.share) for one in step.mistakes] for step in first.steps}
    assert by_step == {
        "z1": [("bias-left-out", 30, 0.3)],
        "a1": [("value-for-slope", 10, 0.1)],
        "L": [],
    }
    assert found.mistakes[0].title == KINDS["bias-left-out"].title


def test_a_mistake_in_any_entry_of_an_array_counts_once():
    stored = judged({"W1": "mistake:bias-left-out"})
    stored["steps"]["W1"]["entries"] = [
        {"index": [0], "verdict": "mistake", "credit": "0", "mistake": "bias-left-out", "message": ""},
        {"index": [1], "verdict": "mistake", "credit": "0", "mistake": "error-sign", "message": ""},
        {"index": [2], "verdict": "correct", "credit": "1", "mistake": None, "message": ""},
    ]
    found = statistics_of("", items_of(1), [work(1, grade=stored, first_grade=stored)])
    assert {one.mistake: (one.students, one.places) for one in found.mistakes} == {
        "bias-left-out": (1, 1),
        "error-sign": (1, 1),
    }


def test_a_mistake_that_is_known_no_longer_keeps_its_name():
    found = statistics_of("", items_of(1), [work(1, verdicts={"z1": "mistake:sign-of-old"})])
    assert [(one.mistake, one.title) for one in found.mistakes] == [("sign-of-old", "sign of old")]


def test_graded_papers_of_a_class_show_the_misconception_that_was_planted():
    rng, works = np.random.default_rng(3), []
    for student in range(12):
        problem = draw("vanishing-gradient", seed=student, depth=2)
        wrong = next(one for one in mistakes_of(problem.worksheet)["s1"] if one.slug == "value-for-slope")
        answers = honest_answers(problem, rng, {"s1": wrong.formula} if student < 5 else None)
        result = grade(problem, answers)
        share = result.points / result.max_points
        works.append(
            Work(student, "a", share, share, 1, 1, None, student, str(student), {}, result.to_dict(), result.to_dict())
        )
    item = only(statistics_of("", items_of(1), works))
    slope = next(step for step in item.steps if step.step == "s1")
    assert slope.verdicts["mistake"] == 5
    assert slope.verdicts["correct"] == 7
    assert [(one.mistake, one.students) for one in slope.mistakes] == [("value-for-slope", 5)]
    assert [step.step for step in item.steps] == list(draw("vanishing-gradient", seed=1, depth=2).worksheet.steps)
    assert slope.symbol == "s₁"


def test_steps_of_shorter_variants_stand_with_those_of_the_longest():
    works = [
        work(1, verdicts={"z1": "correct", "L": "wrong"}),
        work(2, verdicts={"z1": "correct", "z2": "correct", "L": "correct"}),
        work(3, verdicts={"z1": "blank", "L": "blank"}),
    ]
    item = only(statistics_of("", items_of(1), works))
    assert [(step.step, step.students) for step in item.steps] == [("z1", 3), ("z2", 1), ("L", 3)]


def test_a_step_asked_in_first_submissions_alone_has_no_shares_that_count():
    item = only(
        statistics_of("", items_of(1), [work(1, verdicts={"z1": "correct"}, first={"z1": "wrong", "z2": "wrong"})])
    )
    _, last = item.steps
    assert (last.students, last.facility, last.shares, last.first_facility) == (0, None, {}, 0.0)
    assert verdict_map(item).shares[1] == ()


def test_a_step_is_compared_with_all_points_but_its_own():
    papers = [("correct", "wrong", 1), ("wrong", "correct", 0), ("correct", "correct", 1), ("wrong", "wrong", 0)]
    works = [work(student, verdicts={"z1": one, "a1": two}) for student, (one, two, _) in enumerate(papers)]
    works += [work(student, "b", share) for student, (_, _, share) in enumerate(papers)]
    step = statistics_of("", items_of(2), works).items[0].steps[0]
    own = [1, 0, 1, 0]
    rest = [(two == "correct") / 2 + share for _, two, share in papers]
    assert step.step_rest == pytest.approx(np.corrcoef(own, rest)[0, 1])


def test_maps_hold_the_shares_of_the_steps():
    works = [
        work(student, verdicts={"z1": "mistake:bias-left-out" if student < 3 else "correct", "L": "carried"})
        for student in range(12)
    ]
    item = only(statistics_of("", items_of(1), works))
    verdicts, mistakes = verdict_map(item), mistake_map(item)
    assert verdicts.steps == mistakes.steps == ("z1", "L")
    assert dict(zip(verdicts.columns, verdicts.shares[0], strict=True))["mistake"] == 0.25
    assert dict(zip(verdicts.columns, verdicts.shares[1], strict=True))["carried"] == 1
    assert (mistakes.columns, mistakes.shares) == (("bias-left-out",), ((0.25,), (0.0,)))


def test_measures_of_an_item_are_over_those_who_worked_on_it():
    rows = [(1, 1), (1, 0), (Fraction(1, 2), None), (0, None)]
    first, second = statistics_of("", items_of(2), works_of(rows)).items
    assert (first.students, second.students) == (4, 2)
    assert (second.facility, second.facility_of_all) == (0.5, 0.25)
    assert (first.facility, first.facility_of_all) == (0.625, 0.625)


def test_work_and_time_of_an_item_are_told():
    works = [
        work(1, submissions=1, variants=1, seconds=60.0, first_share=Fraction(0)),
        work(2, submissions=3, variants=2, seconds=None, first_share=None),
        work(3, submissions=2, variants=3, seconds=100.0, first_share=Fraction(1, 2)),
    ]
    found = statistics_of("", items_of(1), works)
    item = only(found)
    assert (item.mean_submissions, item.mean_variants, item.median_seconds) == (2, 2, 80)
    assert item.first_facility == 0.25
    assert (found.totals.submissions, found.totals.median_seconds) == (6, 80)


def flags_of(rows):
    works = works_of(rows)
    return statistics_of("", items_of(len(rows[0])), works).items[0].flags


def test_an_item_that_all_do_is_too_easy_and_one_that_none_does_too_hard():
    assert flags_of([(1, place / 20) for place in range(20)])[0].startswith("Too easy: 100%")
    assert flags_of([(0, place / 20) for place in range(20)])[0].startswith("Too hard: 0%")


def test_easy_is_what_is_right_at_once_not_in_the_end():
    works = [work(student, first_share=Fraction(1, 2)) for student in range(20)]
    works += [work(student, "b", Fraction(student, 20)) for student in range(20)]
    assert not any("easy" in flag for flag in statistics_of("", items_of(2), works).items[0].flags)


def test_an_item_that_the_best_fail_is_negative_for_certain_and_with_few_perhaps():
    sure = flags_of([(Fraction(20 - place, 20), Fraction(place, 10)) for place in range(11)])
    assert [flag.partition(":")[0] for flag in sure] == ["Negative"]
    assert "chance" not in sure[0]
    [slight] = flags_of([(place in (0, 1, 5, 6, 10), *[Fraction(place, 11)] * 3) for place in range(12)])
    assert slight.startswith("Negative")
    assert "chance" in slight


def test_an_item_that_does_not_go_with_the_others_does_not_separate():
    flags = flags_of([(place % 2, *[Fraction(place // 2, 20)] * 20) for place in range(40)])
    assert [flag.partition(":")[0] for flag in flags] == ["Does not separate"]


def test_of_nine_students_nothing_is_said():
    assert flags_of([(1, place / 20) for place in range(9)]) == ()
