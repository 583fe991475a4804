"""Judging again by a corrected family: what was issued by the faulty version is judged by the newest, if it can be."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest
from desk import RIGHT, Desk, a_set, sixths

import problems
from problems import catalogue
from problems.families.vanishing_gradient import FAMILY
from problems.words import value

CORRECT = RIGHT | {"product": "0.12"}
"""Right by the version in which the weight belongs to the product, too: 0.5 · 0.235."""
SMALL = "given: {w: [0.5], x: 1}, options: {decimals: 2, sigfigs: 2}"
LARGE = "given: {w: [0.5], x: 3}, options: {decimals: 2, sigfigs: 2}"


def with_weight(options):
    """The steps, the weight in the product."""
    formula = value("s1") * value("w1")
    return tuple(replace(step, formula=formula) if step.id == "product" else step for step in FAMILY.steps(options))


def without_product(options):
    """The steps, the product not asked."""
    return tuple(replace(step, asked=step.id != "product") for step in FAMILY.steps(options))


def small_inputs_alone(given):
    """The given number, refused where it is an input above 2."""
    too_large = "an input of at most 2"
    return replace(given, requires=lambda x, _options: too_large if given.name == "x" and x > 2 else "")


@pytest.fixture
def release(monkeypatch):
    """Puts another version of the family into the catalogue, and tells what changed in it."""

    def put(version, **changed):
        family = replace(FAMILY, version=version, **changed)
        families = MappingProxyType({**catalogue.catalogue(), (family.slug, version): family})
        monkeypatch.setattr(catalogue, "catalogue", lambda: families)

    return put


@pytest.fixture
def desk(classroom):
    """Ada is right by the first version, Bao by the one to come."""
    desk = Desk(classroom, a_set())
    desk.submit(desk.ada, desk.open(desk.ada), RIGHT)
    desk.submit(desk.bao, desk.open(desk.bao), CORRECT)
    return desk


def scores(desk, person):
    """Version and score of every judgement of the person's submission, the first one first."""
    [submission] = desk.submissions(desk.problems_of(person)[0])
    return [(one.family_version, one.score) for one in (submission, *submission.rejudgements)]


def test_what_a_faulty_version_issued_is_judged_by_the_corrected_one(desk, release):
    assert [desk.mark(person).earned for person in (desk.ada, desk.bao)] == [10, 10 * sixths(5)]
    release(2, steps=with_weight)
    plan = desk.regrade()
    judged = {one.user_id: one for one in plan.judgements}
    assert judged[desk.bao].reasons == ("family version 1 → 2",)
    assert [(step.step, step.before, step.after) for step in judged[desk.bao].steps] == [
        ("product", "mistake 0", "correct 1")
    ]
    assert (judged[desk.ada].kept, judged[desk.bao].kept) == (True, False)
    assert (scores(desk, desk.ada), scores(desk, desk.bao)) == ([(1, 1)], [(1, sixths(5)), (2, 1)])
    assert [desk.mark(person).earned for person in (desk.ada, desk.bao)] == [10, 10]
    assert desk.plan().changes_nothing
    assert desk.verify().faults == ()


def test_who_asks_for_lower_marks_gets_those_of_the_corrected_version(desk, release):
    release(2, steps=with_weight)
    desk.regrade(allow_lower=True)
    assert scores(desk, desk.ada) == [(1, 1), (2, sixths(5))]
    assert [desk.mark(person).earned for person in (desk.ada, desk.bao)] == [10 * sixths(5), 10]


def test_by_the_versions_that_were_issued_nothing_changes(desk, release):
    release(2, steps=with_weight)
    plan = desk.regrade(newest_families=False)
    assert (plan.changes_nothing, plan.judgements, plan.notes) == (True, (), ())
    assert desk.plan(newest_families=False).token != desk.plan().token


def test_back_to_the_versions_that_were_issued(desk, release):
    release(2, steps=with_weight)
    desk.regrade(allow_lower=True)
    desk.regrade(allow_lower=True, newest_families=False)
    assert scores(desk, desk.ada) == [(1, 1), (2, sixths(5)), (1, 1)]
    assert scores(desk, desk.bao) == [(1, sixths(5)), (2, 1), (1, sixths(5))]
    assert desk.verify().faults == ()


def test_what_is_judged_already_by_the_newest_is_judged_by_one_newer_still(desk, release):
    release(2, steps=with_weight)
    desk.regrade(allow_lower=True)
    release(3)
    plan = desk.regrade(allow_lower=True)
    assert {reason for one in plan.judgements for reason in one.reasons} == {"family version 2 → 3"}
    assert scores(desk, desk.bao) == [(1, sixths(5)), (2, 1), (3, sixths(5))]


def test_the_problem_itself_and_new_answers_to_it_stay_with_the_version_that_issued_it(desk, release):
    release(2, steps=with_weight)
    desk.regrade()
    [issued] = desk.problems_of(desk.bao)
    assert desk.view(desk.bao, issued).problem.version == 1
    assert desk.submit(desk.bao, issued, RIGHT).score == 1
    assert desk.submissions(issued)[1].family_version == 1


def test_numbers_that_the_newest_version_refuses_are_left_and_noted(classroom, release):
    items = tuple(f"- {{id: {key}, family: vanishing-gradient, {rest}}}" for key, rest in (("a", SMALL), ("b", LARGE)))
    desk = Desk(classroom, a_set(items=items))
    for key in ("a", "b"):
        for person in (desk.ada, desk.bao):
            desk.submit(person, desk.open(person, key), CORRECT)
    before = [scores_of.score for problem in desk.problems_of(desk.ada)[1:] for scores_of in desk.submissions(problem)]
    release(2, steps=with_weight, givens=tuple(map(small_inputs_alone, FAMILY.givens)))
    plan = desk.regrade()
    assert plan.notes == (
        "b: version 2 of vanishing-gradient cannot judge it: Given x is 3.0: it takes an input of at most 2.",
    )
    assert {one.item for one in plan.judgements} == {"a"}
    left = desk.submissions(desk.problems_of(desk.ada)[1])
    assert [(one.score, one.rejudgements) for one in left] == [(before[0], [])]
    assert desk.plan().changes_nothing


def test_where_the_newest_version_no_longer_asks_what_was_answered_it_is_left_and_noted(desk, release):
    release(2, steps=without_product)
    plan = desk.regrade()
    assert (plan.changes_nothing, plan.judgements) == (True, ())
    [note] = plan.notes
    assert note.startswith("one: version 2 of vanishing-gradient cannot judge it: No step 'product' is asked")


def test_another_grader_is_a_reason_too(desk, monkeypatch):
    judge = problems.grade

    def stricter(problem, answers, scheme):
        """As before, but the product is not taken."""
        return replace(judge(problem, {**answers, "product": ""}, scheme), version=99)

    monkeypatch.setattr(problems, "grade", stricter)
    plan = desk.regrade(allow_lower=True)
    [judged] = plan.judgements
    assert judged.user_id == desk.ada
    assert judged.reasons == (f"grader version {problems.GRADER_VERSION} → 99",)
    assert desk.mark(desk.ada).earned == 10 * sixths(5)
