"""Steps judged one by one: what a range for each box can tell, and what only the steps above show."""

from __future__ import annotations

import numpy as np
import pytest
from students import exact_answers, written

import problems
from problems import information
from problems.catalogue import current_families
from problems.graph import evaluate
from problems.mistakes import mistakes_of
from problems.readings.exact import EXACT
from problems.single_steps import UnseenMistake, mistaken_ranges, unseen_mistakes

VARIANTS = [(family.slug, stated) for family in current_families() for stated in information.variants(family)]
every_variant = pytest.mark.parametrize(
    ("slug", "options"), [pytest.param(*one, id=f"{one[0]} {one[1]}") for one in VARIANTS]
)


def on_paper(value, problem, shape, *, cut):
    entries = np.broadcast_to(np.asarray(value, dtype=float), (*shape, 1))[..., 0]
    return np.vectorize(lambda one: written(one, problem.precision, cut=cut), otypes=[object])(entries)


def right_sheet(problem, *, cut):
    sheet = {}
    for name, answer in exact_answers(problem).items():
        step = problem.worksheet.steps[name]
        sheet[name] = (
            answer if step.whole else on_paper(np.array(answer, float)[..., None], problem, step.shape, cut=cut)
        )
    return sheet


def mistaken(problem):
    """Step, its mistakes, and the wrong values themselves."""
    walk = evaluate(problem.worksheet.graph, problem.inputs, EXACT)
    for name, mistakes in mistakes_of(problem.worksheet).items():
        for mistake in mistakes:
            with np.errstate(all="ignore"):
                value = np.asarray(walk.value_of(mistake.formula), dtype=float)
            if np.isfinite(value).all():
                yield problem.worksheet.steps[name], mistake.slug, value


def right_alone(problem, step, answer):
    """For each entry whether it is right by the range of the step and nothing else."""
    low, high = problems.ranges(problem)[step.id]
    value = answer.astype(float)
    return ((low <= value) & (value <= high)).tolist()


@every_variant
def test_beside_right_steps_a_mistake_is_right_alone_only_where_it_is_said_to_be_unseen(slug, options):
    problem = problems.draw(slug, seed=3, **options)
    unseen, found = {(one.step, one.slug) for one in unseen_mistakes(problem)}, set()
    sheets = [right_sheet(problem, cut=cut) for cut in (False, True)]
    assert [problems.grade(problem, sheet).score for sheet in sheets] == [1, 1]
    for place, (step, mistake, value) in enumerate(mistaken(problem)):
        answer = on_paper(value, problem, step.shape, cut=bool(place % 2))
        judged = problems.grade(problem, sheets[place % 2] | {step.id: answer}).steps[step.id]
        correct = np.array([one.verdict == "correct" for one in judged.entries] or [judged.verdict == "correct"])
        if correct.tolist() != np.ravel(right_alone(problem, step, answer)).tolist():
            found.add((step.id, mistake))
    assert found <= unseen


@every_variant
def test_a_mistake_that_nothing_is_written_beside_is_in_its_range_and_named_by_the_grader(slug, options):
    problem = problems.draw(slug, seed=4, **options)
    told = mistaken_ranges(problem)
    assert set(told) == {name for name, step in problem.worksheet.steps.items() if step.asked and not step.whole}
    for step, mistake, value in mistaken(problem):
        answer = on_paper(value, problem, step.shape, cut=False)
        wrong = answer.astype(float)
        ranges = [one for one in told[step.id] if one.slug == mistake]
        assert any(((one.low <= wrong) & (wrong <= one.high)).all() for one in ranges)
        judged = problems.grade(problem, {step.id: answer}).steps[step.id]
        if judged.mistake == mistake:
            messages = {judged.message, *(entry.message for entry in judged.entries)}
            assert messages & {one.message for one in ranges}


def test_slips_of_sign_and_decimal_point_are_among_them():
    problem = problems.pose("vanishing-gradient", w=[0.5], x=1)
    slips = {(one.slug, float(one.low), float(one.high)) for one in mistaken_ranges(problem)["a1"]}
    low, high = problems.ranges(problem)["a1"]
    assert ("sign-slip", -high, -low) in slips
    assert ("decimal-shift", low / 10, high / 10) in slips


def test_what_hides_behind_wide_ranges_is_told():
    problem = problems.draw("recurrent-gradient", seed=0, steps=6)
    assert UnseenMistake("dL_dw_h", "z-for-activation") in unseen_mistakes(problem)
    assert unseen_mistakes(problems.draw("concepts", seed=0)) == ()
