"""Judging a set again: what a plan tells, that its token fits it alone, and that nothing falls unless asked."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import count

import pytest
from desk import DUE, ONE, RIGHT, UNIT, Desk, a_set, right, sixths
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import problems
from quizsvc.errors import Conflict

HALF = Fraction(1, 2)
TWO = (ONE, f"- {{id: two, {UNIT}, points: 20}}")
ROUGH = RIGHT | {"a1": "0.6"}
"""One step with too few digits: worth 5/6, and whatever that one is worth."""
SLIP = right(2) | {"s1": "0.62"}
"""One known mistake after two right steps."""
numbers = count()


def items(**points):
    """The two problems with these points, or with whatever else stands for them."""
    return tuple(f"- {{id: {key}, {UNIT}, {stated}}}" for key, stated in points.items())


@pytest.fixture
def desk(classroom):
    """Ada is rough in one problem and slips in the other; Bao does half of the first."""
    desk = Desk(classroom, a_set(items=TWO))
    desk.submit(desk.ada, desk.open(desk.ada, "one"), ROUGH)
    desk.submit(desk.ada, desk.open(desk.ada, "two"), SLIP)
    desk.submit(desk.bao, desk.open(desk.bao, "one"), right(3))
    return desk


def everything(desk):
    """All that a regrade could change."""
    judged = [
        (one.id, one.score, one.time_credit, one.counted, one.grade, len(one.rejudgements))
        for person in (desk.ada, desk.bao)
        for problem in desk.problems_of(person)
        for one in desk.submissions(problem)
    ]
    return desk.marks(), desk.verify(), desk.kinds(), judged


def test_a_plan_changes_nothing_and_comes_out_the_same_again(desk):
    desk.update(a_set("credit: {imprecise: 1/2}", items=TWO))
    before = everything(desk)
    plan = desk.plan()
    assert not plan.changes_nothing
    assert everything(desk) == before
    assert desk.plan() == plan
    assert desk.plan().token == plan.token
    assert (len(plan.token), plan.judged) == (16, 3)


def new_submission(desk):
    desk.submit(desk.bao, desk.open(desk.bao, "two"), right(1))


def extension(desk):
    desk.extend(desk.bao, due=desk.at(DUE + 1))


def new_file(desk):
    desk.update(a_set("credit: {imprecise: 1/2}", "text: Good luck.", items=TWO), at=3)


def mark_by_hand(desk):
    desk.by_hand(desk.bao, Fraction(1), "two")


def other_regrade(desk):
    desk.regrade(at=99)


@pytest.mark.parametrize("between", [new_submission, extension, new_file, mark_by_hand, other_regrade])
def test_the_token_is_refused_once_anything_was_done_in_between(desk, between):
    desk.update(a_set("credit: {imprecise: 1/2}", items=TWO))
    plan = desk.plan()
    between(desk)
    before = everything(desk)
    for now in (plan, desk.plan()):
        with pytest.raises(Conflict, match="This is not the token of what would happen now"):
            desk.apply(now, token=plan.token)
    assert everything(desk) == before


@pytest.mark.parametrize("options", [{"allow_lower": True}, {"newest_families": False}])
def test_the_token_does_not_fit_other_options(desk, options):
    plan = desk.plan()
    with pytest.raises(Conflict):
        desk.apply(desk.plan(**options), token=plan.token)
    desk.apply(desk.plan(**options))


def test_of_several_who_apply_one_plan_at_once_one_does_it(desk):
    desk.update(a_set("credit: {imprecise: 1/2}", items=TWO))
    plan = desk.plan()

    def apply(_one):
        try:
            desk.apply(plan)
        except Conflict:
            return 0
        return 1

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(apply, range(4))) == 1
    assert desk.kinds().count("rejudged") == 1
    assert desk.verify().faults == ()


def test_students_who_submit_meanwhile_are_neither_lost_nor_left_out(desk):
    problem = desk.open(desk.bao, "two")
    desk.update(a_set("credit: {mistake: 1/2}", items=TWO))

    def regrade(_one):
        try:
            desk.regrade()
        except Conflict:
            return 0
        return 1

    with ThreadPoolExecutor(2) as pool:
        trying = pool.map(regrade, range(6))
        sent = pool.map(lambda done: desk.submit(desk.bao, problem, SLIP | {"z1": f"0.{done}"}), range(10, 22))
        assert len(list(sent)) == 12
        assert all(one in (0, 1) for one in trying)
    desk.regrade()
    assert [one.number for one in desk.submissions(problem)] == list(range(1, 13))
    assert {len(one.rejudgements) for one in desk.submissions(problem)} <= {0, 1}
    assert desk.verify().faults == ()
    assert desk.plan().changes_nothing


def test_what_a_new_scheme_gives_is_given_to_all_and_says_why(desk):
    assert desk.update(a_set("credit: {imprecise: 1/2}", items=TWO)).regrade_needed
    assert desk.mark(desk.ada).earned == 10 * sixths(5) + 20 * sixths(2)
    plan = desk.regrade()
    [judged], [change] = plan.judgements, plan.marks
    assert (judged.before, judged.after, judged.kept) == (sixths(5), Fraction(11, 12), False)
    assert judged.reasons == ("credit for imprecise 0 → 1/2",)
    assert [(step.step, step.before, step.after) for step in judged.steps] == [("a1", "imprecise 0", "imprecise 1/2")]
    assert (change.user_id, change.email, change.held) == (desk.ada, "ada@example.org", None)
    assert change.after.earned - change.before.earned == 10 * sixths(1) / 2
    assert change.reasons == ("one: credit for imprecise 0 → 1/2: a1 imprecise 0 → imprecise 1/2",)
    assert desk.mark(desk.ada) == change.after
    assert desk.kinds()[-3:] == ["submitted", "graded-by", "rejudged"]
    assert desk.verify().faults == ()


def test_the_first_judgement_stays_beside_all_later_ones(desk):
    problem = desk.open(desk.ada)
    [first] = desk.submissions(problem)
    scores = [Fraction(11, 12), sixths(5), sixths(5) + Fraction(1, 24)]
    for at, credit in enumerate(("1/2", "0", "1/4"), 100):
        desk.update(a_set(f"credit: {{imprecise: {credit}}}", items=TWO), at=at)
        desk.regrade(at=at, allow_lower=True)
    [now] = desk.submissions(problem)
    assert (now.score, now.grade, now.answers) == (first.score, first.grade, ROUGH)
    assert [(one.number, one.score, one.judged_at) for one in now.rejudgements] == [
        (number, score, desk.at(99 + number)) for number, score in enumerate(scores, 1)
    ]
    assert [one.grade["steps"]["a1"]["points"] for one in now.rejudgements] == ["1/2", "0", "1/4"]
    assert desk.view(desk.ada, problem).judged == now.rejudgements[-1].grade


@pytest.mark.parametrize(
    ("file", "ada", "most"),
    [
        (a_set(items=items(one="points: 30", two="points: 20")), 30 * sixths(5) + 20 * sixths(2), 50),
        (a_set(items=items(one="points: 10", two="points: 20, dropped: excluded")), 10 * sixths(5), 10),
        (a_set(items=items(one="points: 10", two="points: 20, dropped: full-marks")), 10 * sixths(5) + 20, 30),
        (a_set("grade_by: last", items=TWO), 10 * sixths(5) + 20 * sixths(2), 30),
        (a_set("grade_by: average", items=TWO), 10 * sixths(5) + 20 * sixths(2), 30),
    ],
)
def test_points_and_what_is_dropped_hold_once_it_is_graded_again(desk, file, ada, most):
    before = desk.marks()
    assert desk.update(file).regrade_needed
    assert desk.marks() == before
    desk.regrade(allow_lower=True)
    assert (desk.mark(desk.ada).earned, desk.mark(desk.ada).max_points) == (ada, most)
    assert desk.plan().changes_nothing
    assert "rejudged" not in desk.kinds()
    assert desk.verify().faults == ()


def test_which_of_several_counts_changes_once_it_is_graded_again(classroom):
    family = "- {id: one, family: vanishing-gradient, options: {depth: 1}}"
    desk = Desk(classroom, a_set("variants: new-on-demand", items=(family,)))
    first = desk.open(desk.ada)
    z1 = repr(float(problems.solve(desk.view(desk.ada, first).problem)["z1"]))
    desk.submit(desk.ada, first, {"z1": z1}, at=1)
    desk.submit(desk.ada, first, {"z1": "9"}, at=2)
    second = desk.redraw(desk.ada, first, at=3)
    desk.submit(desk.ada, second, {"z1": "9"}, at=4)
    share = sixths(1)
    for policy, expected in (("average", share / 2), ("last", 0), ("best", share)):
        desk.update(a_set("variants: new-on-demand", f"grade_by: {policy}", items=(family,)))
        plan = desk.regrade(allow_lower=True)
        assert desk.mark(desk.ada).earned == 10 * expected
        assert any(f"→ {policy}" in reason for one in plan.marks for reason in one.reasons)
    assert desk.verify().faults == ()


def test_practice_has_nothing_to_grade_again(classroom):
    desk = Desk(classroom, a_set("mode: practice"))
    with pytest.raises(Conflict, match="This set is for practice"):
        desk.plan()


def test_a_submission_that_would_be_worth_less_is_kept_as_it_was_unless_marks_may_fall(classroom):
    generous, strict = a_set("credit: {imprecise: 1/2}", items=TWO), a_set(items=TWO)
    desk = Desk(classroom, generous)
    problem = desk.open(desk.ada)
    desk.submit(desk.ada, problem, ROUGH)
    desk.update(strict)
    plan = desk.regrade()
    [judged] = plan.judgements
    assert (judged.before, judged.after, judged.kept, plan.marks) == (Fraction(11, 12), sixths(5), True, ())
    assert desk.mark(desk.ada).earned == Fraction(110, 12)
    assert desk.submissions(problem)[0].rejudgements == []
    assert desk.plan().changes_nothing
    assert not desk.plan(allow_lower=True).changes_nothing
    desk.regrade(allow_lower=True)
    assert desk.mark(desk.ada).earned == 10 * sixths(5)
    assert desk.plan(allow_lower=True).changes_nothing


def test_the_mark_of_a_set_is_held_where_it_would_fall_and_let_go_where_it_may(desk):
    desk.update(a_set(items=items(one="points: 1", two="points: 29")))
    was = desk.mark(desk.ada).share
    plan = desk.regrade()
    held = {one.user_id: one.held for one in plan.marks}
    assert held == {desk.ada: was, desk.bao: Fraction(5, 30)}
    assert (desk.mark(desk.ada).share, desk.mark(desk.ada).source) == (was, "held")
    assert desk.kinds()[-3:] == ["graded-by", "adjusted", "adjusted"]
    assert desk.plan().changes_nothing
    assert desk.verify().faults == ()

    desk.submit(desk.bao, desk.open(desk.bao, "two"), RIGHT, at=5)
    assert (desk.mark(desk.bao).earned, desk.mark(desk.bao).source) == (HALF + 29, "sum")

    lower = desk.regrade(allow_lower=True)
    assert set(lower.released) == {desk.ada, desk.bao}
    assert [one.user_id for one in lower.marks] == [desk.ada]
    assert (desk.mark(desk.ada).earned, desk.mark(desk.ada).source) == (sixths(5) + 29 * sixths(2), "sum")
    assert desk.plan(allow_lower=True).changes_nothing
    assert desk.verify().faults == ()


def test_who_has_not_begun_does_not_lose_either(classroom):
    desk = Desk(classroom, a_set(items=TWO))
    desk.submit(desk.ada, desk.open(desk.ada), right(1))
    desk.by_hand(desk.bao, Fraction(20), "two")
    desk.update(a_set(items=items(one="points: 80", two="points: 20")))
    plan = desk.regrade()
    assert {one.user_id: one.held for one in plan.marks}[desk.bao] == Fraction(20, 30)
    assert desk.mark(desk.bao).share == Fraction(20, 30)
    assert desk.plan().changes_nothing
    assert desk.verify().faults == ()


def test_what_was_worth_nothing_for_its_time_is_judged_anew_as_well(desk):
    problem = desk.open(desk.bao)
    desk.submit(desk.bao, problem, ROUGH, at=DUE + 5)
    desk.update(a_set("credit: {imprecise: 1/2}", items=TWO))
    desk.regrade()
    assert desk.mark(desk.bao).earned == 5
    desk.extend(desk.bao, due=desk.at(DUE + 10), at=200)
    assert desk.mark(desk.bao).earned == 10 * Fraction(11, 12)
    assert desk.plan().changes_nothing


def test_late_work_that_is_in_time_by_a_new_file_gets_its_marks(desk):
    problem = desk.open(desk.bao)
    desk.submit(desk.bao, problem, RIGHT, at=DUE + 5)
    desk.update(a_set(items=TWO).replace("19:00", "20:00"))
    [judged] = desk.regrade().judgements
    assert judged.reasons == ("credit for its time 0 → 1",)
    assert desk.mark(desk.bao).earned == 10


WORK = [right(done) for done in range(7)] + [ROUGH, SLIP, SLIP | {"product": "0.62"}, {"z1": "half"}]
CREDITS = st.sampled_from(["0", "1/2", "1"])


def policies():
    """Scheme, which counts, and what the two problems are worth."""
    worth = st.builds(
        "points: {}, dropped: {}".format, st.integers(1, 30), st.sampled_from(["no", "no", "excluded", "full-marks"])
    )
    scheme = st.builds("credit: {{carried: {}, imprecise: {}, mistake: {}}}".format, CREDITS, CREDITS, CREDITS)
    return st.tuples(scheme, st.sampled_from(["grade_by: best", "grade_by: last"]), worth, worth)


def do_all(desk, sent):
    for first, other, answers, at in sent:
        person = desk.ada if first else desk.bao
        desk.submit(person, desk.open(person, "two" if other else "one"), answers, at=at)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.booleans(), st.booleans(), st.sampled_from(WORK), st.integers(1, DUE + 5)),
        max_size=6,
        unique_by=lambda one: (one[0], one[1], str(one[2])),
    ),
    st.lists(st.tuples(policies(), st.booleans()), min_size=1, max_size=2),
)
def test_no_share_falls_unless_asked_and_then_all_is_as_if_it_had_always_been_so(classroom, sent, changes):
    slug = f"slug: s-{next(numbers)}"
    desk = Desk(classroom, a_set(slug, items=TWO))
    do_all(desk, sent)
    for (scheme, grade_by, one, two), allow_lower in changes:
        desk.update(a_set(slug, scheme, grade_by, items=items(one=one, two=two)))
        before = desk.marks()
        desk.regrade(allow_lower=allow_lower)
        after = desk.marks()
        assert desk.plan(allow_lower=allow_lower).changes_nothing
        assert allow_lower or all(
            was.share <= after[person].share
            for person, was in before.items()
            if was.share is not None and after[person].share is not None
        )
    assert desk.verify().faults == ()
    desk.regrade(allow_lower=True)
    fresh = Desk(classroom, a_set(f"slug: s-{next(numbers)}", scheme, grade_by, items=items(one=one, two=two)))
    do_all(fresh, sent)
    for person in (desk.ada, desk.bao):
        as_if, now = fresh.mark(person), desk.mark(person)
        assert (now.earned, now.max_points) == (as_if.earned, as_if.max_points)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(WORK), min_size=1, max_size=4), policies())
def test_what_is_unchanged_is_judged_again_to_the_byte(classroom, sent, policy):
    scheme, grade_by, one, two = policy
    desk = Desk(classroom, a_set(f"slug: s-{next(numbers)}", scheme, grade_by, items=items(one=one, two=two)))
    problem = desk.open(desk.ada)
    for answers in sent:
        desk.submit(desk.ada, problem, answers)
    plan = desk.plan()
    assert (plan.judgements, plan.marks, plan.changes_nothing) == ((), (), True)
    for kept in desk.submissions(problem):
        again = problems.grade(desk.view(desk.ada, problem).problem, kept.answers, plan.marking.scheme)
        assert json.dumps(again.to_dict()) == json.dumps(kept.grade)
    digest = desk.verify().digest
    desk.apply(plan)
    assert desk.verify().digest == digest
