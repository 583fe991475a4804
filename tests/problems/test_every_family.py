"""What every family must keep, met unasked: a new file in families/ is tried here with each of its options."""

from __future__ import annotations

import json
import re

import mpmath
import numpy as np
import pytest
from independent import MPMATH
from students import exact_answers, honest_answers, in_full, written

import problems
from problems import information
from problems.catalogue import current_families
from problems.family import Role
from problems.graph import Op, Walk, evaluate
from problems.mistake_kinds import KINDS
from problems.mistakes import mistakes_of
from problems.readings.complex_step import COMPLEX
from problems.readings.exact import EXACT
from problems.readings.markup import MARKUP
from problems.readings.rounding import ranges_at
from problems.verifying import derivative_of, doubted_steps, forward_graph


def variants():
    """Each family with its defaults, each other choice, and a small and a large size."""
    for family in current_families():
        for stated in information.variants(family):
            yield family.slug, stated


VARIANTS = [pytest.param(slug, options, id=f"{slug} {options}") for slug, options in variants()]
every_variant = pytest.mark.parametrize(("slug", "options"), VARIANTS)
SEEDS = range(4)


@every_variant
def test_the_same_seed_and_options_draw_the_same_problem_and_another_seed_another(slug, options):
    drawn = {problems.to_json(problems.draw(slug, seed=seed, **options)) for seed in (1, 1, 2, 3)}
    assert len(drawn) == 3


@every_variant
def test_a_problem_survives_json_without_loss(slug, options):
    problem = problems.draw(slug, seed=5, **options)
    again = problems.from_json(problems.to_json(problem))
    assert again == problem
    assert problems.to_json(again) == problems.to_json(problem)
    assert set(json.loads(problems.to_json(problem))) == {"family", "version", "seed", "options", "given", "precision"}


@every_variant
def test_every_step_agrees_with_fifty_digits(slug, options):
    for seed in SEEDS:
        problem = problems.draw(slug, seed=seed, **options)
        exact = problems.solve(problem)
        truth = evaluate(problem.worksheet.graph, problem.inputs, MPMATH).expected
        for name, step in problem.worksheet.steps.items():
            theirs = np.broadcast_to(truth[name], (*step.shape, 1))[..., 0]
            for index in np.ndindex(step.shape):
                ours = float(np.asarray(exact[name])[index])
                assert abs(ours - theirs[index]) <= 2e-15 * abs(theirs[index]), (name, index)


@every_variant
def test_a_second_computation_confirms_every_step(slug, options):
    for seed in SEEDS:
        problem = problems.draw(slug, seed=seed, **options)
        assert doubted_steps(problem) == ()
        graph = forward_graph(problem.worksheet)
        for name, step in problem.worksheet.steps.items():
            pair = derivative_of(step, problem.worksheet)
            if pair is None:
                assert not re.fullmatch(r"d\w+_d(\w+)", name) or name.rpartition("_d")[2] not in problem.worksheet.roles
            else:
                assert pair[0] in graph, name


@every_variant
def test_honest_students_are_never_judged_wrong(slug, options):
    rng = np.random.default_rng(17)
    for seed in range(3):
        problem = problems.draw(slug, seed=seed, **options)
        for _student in range(3):
            answers = honest_answers(problem, rng)
            grade = problems.grade(problem, answers)
            verdicts = {name: step.verdict for name, step in grade.steps.items()}
            assert set(verdicts.values()) == {"correct"}, (problems.to_json(problem), answers, verdicts)
            assert grade.score == 1.0
            assert grade.first_error is None


@every_variant
def test_ranges_hold_what_honest_students_write_and_every_exact_value(slug, options):
    problem = problems.draw(slug, seed=3, **options)
    exact, ranges = problems.solve(problem), problems.ranges(problem)
    for step in problem.steps:
        low, high = ranges[step.id]
        assert np.all(low <= exact[step.id])
        assert np.all(exact[step.id] <= high)
        if step.kind == "number":
            for cut in (False, True):
                assert low <= float(written(exact[step.id], problem.precision, cut=cut)) <= high


@every_variant
def test_every_mistake_is_seen_and_named_and_later_steps_are_carried(slug, options):
    problem = problems.draw(slug, seed=21, **options)
    right = problems.solve(problem)
    tried = 0
    for name, mistakes in mistakes_of(problem.worksheet).items():
        for mistake in mistakes:
            answers, wrong = _with_mistake(problem, name, mistake.formula)
            same = np.all(np.abs(wrong - right[name]) <= 1e-12 * np.abs(right[name]))
            if same:
                assert mistake.kind.may_agree, (name, mistake.slug)
                continue
            grade = problems.grade(problem, answers)
            step = grade.steps[name]
            assert step.verdict == "mistake", (name, mistake.slug, step)
            assert mistake.slug in step.candidates, (name, mistake.slug, step.candidates)
            assert step.message
            assert grade.first_error == name
            later = {other.verdict for other_name, other in grade.steps.items() if other_name != name}
            assert later <= {"correct", "carried", "blank"}, (name, mistake.slug, later)
            tried += 1
    assert tried > 0 or all(step.whole for step in problem.worksheet.steps.values())


def _with_mistake(problem, name, formula):
    """Exact work but for one formula, and the value that it gives."""
    worksheet = problem.worksheet
    walk = Walk(EXACT, dict(problem.inputs))
    answers = {}
    for step_name, right in worksheet.graph.items():
        step = worksheet.steps[step_name]
        with np.errstate(all="ignore"):
            value = np.broadcast_to(walk.value_of(formula if step_name == name else right), (*step.shape, 1))
        walk.known[step_name] = value
        if step.choices:
            picked = np.flatnonzero(value[..., 0]) if step.shape else [int(value[0])]
            answers[step_name] = [step.choices[place].id for place in picked] or "none"
        elif step.asked and np.all(np.isfinite(value)):  # else the box stays blank
            answers[step_name] = np.vectorize(in_full, otypes=[object], excluded=[1])(
                value[..., 0], problem.precision
            ).tolist()
    return answers, walk.known[name][..., 0]


@every_variant
def test_exact_answers_earn_full_marks_and_no_answers_none(slug, options):
    problem = problems.draw(slug, seed=2, **options)
    assert problems.grade(problem, exact_answers(problem)).score == 1.0
    nothing = problems.grade(problem, {})
    assert nothing.score == 0.0
    assert nothing.first_error is None
    assert {step.verdict for step in nothing.steps.values()} == {"blank"}


@every_variant
def test_zero_is_right_only_where_the_truth_is_zero(slug, options):
    problem = problems.draw(slug, seed=6, **options)
    exact = problems.solve(problem)
    for step in problem.steps:
        if step.kind == "number":
            verdict = problems.grade(problem, {step.id: "0"}).steps[step.id].verdict
            assert (verdict == "correct") == (exact[step.id] == 0.0)


@every_variant
def test_the_worked_solution_shows_every_step_with_formula_numbers_and_result(slug, options):
    problem = problems.draw(slug, seed=8, **options)
    solved = problems.worked_solution(problem)
    assert [step.step for step in solved] == [step.id for step in problem.steps]
    for step in solved:
        chosen = problem.worksheet.steps[step.step].formula.head is Op.CHOSEN
        for part in (step.symbol, step.result) if chosen else (step.symbol, step.formula, step.numbers, step.result):
            assert part.text
            assert part.latex.count("{") == part.latex.count("}")


@every_variant
def test_no_text_that_a_student_sees_before_the_due_date_holds_an_exact_value(slug, options):
    problem = problems.draw(slug, seed=9, **options)
    shown = " ".join((problem.intro, *problem.conventions, *(repr(step) for step in problem.steps)))
    for step in problem.steps:
        if step.kind == "number":
            assert repr(problems.solve(problem)[step.id])[:8] not in shown or step.shape


@every_variant
def test_bulk_draws_are_fair_and_solved_like_single_ones(slug, options):
    batch = problems.draw_many(slug, count=20, seed=4, **options)
    assert len(batch) == 20
    for place in (0, 19):
        for name, value in problems.solve(batch[place]).items():
            np.testing.assert_allclose(batch.solution[name][..., place], value, rtol=1e-12, atol=0)


@pytest.mark.parametrize("reading", [EXACT, MARKUP, COMPLEX, ranges_at(problems.precision.Precision()), MPMATH])
def test_every_reading_has_a_rule_for_every_primitive(reading):
    assert set(reading.rules) | ({Op.EITHER} if reading.route is not None else set()) == set(Op)


def test_every_kind_of_mistake_can_be_made_in_some_family_and_there_are_many():
    made = {mistake.slug for family in problems.families() for mistake in family.mistakes}
    assert made == set(KINDS)
    assert len(made) >= 60


def test_every_kind_of_mistake_that_a_family_lists_says_what_was_done():
    for family in problems.families():
        for mistake in family.mistakes:
            assert KINDS[mistake.slug].title == mistake.title
            assert mistake.message.endswith(".")


def test_the_exact_primitives_keep_their_digits_under_saturation():
    z = np.concatenate([np.linspace(-800, 800, 801), [-1e-9, 0.0, 1e-9, 0.5]])
    for op in (Op.SIGMOID, Op.SIGMOID_SLOPE, Op.TANH, Op.TANH_SLOPE):
        ours = EXACT.rules[op](z)
        truth = MPMATH.rules[op](MPMATH.number(z))
        for value, true in zip(ours, truth, strict=True):
            assert abs(mpmath.mpf(float(value)) - true) <= 4 * mpmath.mpf(float(np.spacing(abs(float(true))))), op


def test_roles_are_told_for_every_name_in_every_formula():
    for slug, options in variants():
        worksheet = problems.draw(slug, seed=1, **options).worksheet
        for step in worksheet.steps.values():
            assert all(isinstance(worksheet.roles[name], Role) for name in step.formula.names())
