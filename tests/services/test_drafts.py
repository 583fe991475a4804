"""Drafts: what is saved while somebody types."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from desk import DUE, Desk, a_set, right
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from quizsvc.errors import Closed, Conflict, Invalid
from quizsvc.jobs import closing as job


def close(desk):
    """Time is up."""
    return job.close_ended(desk.engine, now=desk.at(DUE + 10))


def test_each_save_is_a_revision_and_the_same_answers_again_are_none(classroom):
    desk = Desk(classroom, a_set())
    problem = desk.open(desk.ada)
    assert desk.save(desk.ada, problem, right(1), base=0, at=1) == 1
    assert desk.save(desk.ada, problem, right(2), base=1, at=2) == 2
    assert [desk.save(desk.ada, problem, right(2), base=base, at=3) for base in (0, 1, 2)] == [2, 2, 2]
    assert desk.draft(problem).saved_at == desk.at(2)
    assert (desk.view(desk.ada, problem).answers, desk.view(desk.ada, problem).revision) == (right(2), 2)
    assert (desk.submissions(problem), desk.kinds(desk.ada)) == ([], ["started"])


@pytest.mark.parametrize("base", [0, 1, 3, -1])
def test_a_save_that_does_not_go_on_from_the_newest_is_refused_and_changes_nothing(classroom, base):
    desk = Desk(classroom, a_set())
    problem = desk.open(desk.ada)
    desk.save(desk.ada, problem, right(1), base=0)
    desk.save(desk.ada, problem, right(2), base=1)
    with pytest.raises(Conflict, match="in another tab") as refused:
        desk.save(desk.ada, problem, right(5), base=base)
    assert (refused.value.status, refused.value.details[0].message) == (409, "The newest draft has the revision 2.")
    kept = desk.draft(problem)
    assert (kept.revision, kept.answers, kept.readable_answers) == (2, right(2), right(2))


def test_a_draft_that_does_not_fit_the_problem_is_refused_with_the_step(classroom):
    desk = Desk(classroom, a_set())
    problem = desk.open(desk.ada)
    with pytest.raises(Invalid) as refused:
        desk.save(desk.ada, problem, {"z9": "1"})
    assert "z9" in refused.value.details[0].message
    assert desk.draft(problem) is None


@pytest.mark.parametrize(
    ("policy", "last"), [((), DUE), (("grace: 30",), DUE + 0.5), (("grace: 30", "late: {hours: 1, credit: 0}"), 120.5)]
)
def test_drafts_are_taken_as_long_as_answers_and_not_after_the_end(classroom, policy, last):
    desk = Desk(classroom, a_set(*policy))
    problem = desk.open(desk.ada)
    assert desk.save(desk.ada, problem, right(1), at=last) == 1
    with pytest.raises(Closed, match="was due on 03 November 2026 at 19:00 UTC"):
        desk.save(desk.ada, problem, right(2), base=1, at=last + 0.001)
    assert desk.draft(problem).answers == right(1)


def test_after_it_was_handed_in_no_draft_is_taken(classroom):
    desk = Desk(classroom, a_set())
    problem = desk.open(desk.ada)
    desk.finish(desk.ada, at=2)
    with pytest.raises(Closed, match="You have handed in this set"):
        desk.save(desk.ada, problem, right(1), at=3)
    assert desk.draft(problem) is None


def test_a_draft_that_comes_once_the_attempt_was_ended_is_refused_although_it_arrived_in_time(classroom):
    """Nobody would ever submit it, and the page must not say that it is safe."""
    desk = Desk(classroom, a_set())
    problem = desk.open(desk.ada)
    close(desk)
    with pytest.raises(Closed):
        desk.save(desk.ada, problem, right(1), at=DUE - 1)


class TwoTabs(RuleBasedStateMachine):
    """One problem open in two tabs: each knows the revision that it saw last."""

    def __init__(self, desk):
        super().__init__()
        self.desk, self.clock = desk, count(1)
        self.problem = desk.open(desk.ada)
        self.seen, self.revision, self.answers = [0, 0], 0, None
        self.sent: list[dict[str, str]] = []

    def now(self):
        return next(self.clock) / 100

    @rule(tab=st.sampled_from([0, 1]))
    def load(self, tab):
        self.seen[tab] = self.desk.view(self.desk.ada, self.problem, at=self.now()).revision
        assert self.seen[tab] == self.revision

    @rule(tab=st.sampled_from([0, 1]), done=st.integers(0, 3), unreadable=st.booleans())
    def save(self, tab, done, unreadable):
        answers = {"z1": "half"} if unreadable else right(done)
        newest = self.seen[tab] == self.revision
        try:
            found = self.desk.save(self.desk.ada, self.problem, answers, base=self.seen[tab], at=self.now())
        except Conflict:
            assert not newest
            assert answers != self.answers
            return
        assert newest or answers == self.answers
        self.revision += answers != self.answers
        self.answers = answers
        assert found == self.revision
        self.seen[tab] = found

    @precondition(lambda self: self.answers)
    @rule()
    def submit(self):
        self.desk.submit(self.desk.ada, self.problem, self.answers, at=self.now())
        if self.answers not in self.sent:
            self.sent.append(self.answers)

    @invariant()
    def what_is_stored_is_the_newest_that_anybody_saw_and_changed(self):
        draft = self.desk.draft(self.problem)
        assert (draft.revision, draft.answers) == (self.revision, self.answers) if draft else self.revision == 0
        assert [one.answers for one in self.desk.submissions(self.problem)] == self.sent


def test_an_older_draft_never_overwrites_a_newer_one_in_two_tabs(classroom):
    numbers = count()
    run_state_machine_as_test(
        lambda: TwoTabs(Desk(classroom, a_set(f"slug: tabs-{next(numbers)}"))),
        settings=settings(max_examples=10, stateful_step_count=12, deadline=None),
    )


def test_tabs_that_save_at_once_make_one_revision_and_the_others_are_told(classroom):
    desk = Desk(classroom, a_set())
    problem = desk.open(desk.ada)

    def save(done):
        try:
            return desk.save(desk.ada, problem, right(done), base=0)
        except Conflict:
            return 0

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(save, range(1, 7))) == [0, 0, 0, 0, 0, 1]
    assert desk.draft(problem).revision == 1
