"""When time is up: what was saved last is submitted, whatever else happens at that moment."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from desk import DUE, RIGHT, Desk, a_set, right, sixths
from sqlalchemy import select

from quizsvc.jobs import closing as job
from quizsvc.services import attempts, submitting
from quizsvc.services.closing import SETTLING, Ended, close_attempt
from quizsvc.services.submitting import SaveDraft
from quizsvc.store.database import transaction
from quizsvc.store.models import Draft, Item

SETTLED = DUE + SETTLING.total_seconds() / 60 + 0.001
"""The first minute at which a set without grace is closed."""


def close(desk, at=SETTLED):
    """How many drafts were handed in."""
    return job.close_ended(desk.engine, now=desk.at(at))


def origins(desk, problem):
    return [(one.number, one.origin, one.answers) for one in desk.submissions(problem)]


def test_when_time_is_up_the_draft_is_submitted_as_of_when_it_was_saved(classroom):
    desk = Desk(classroom, a_set("submissions: 1"))
    problem = desk.open(desk.ada)
    desk.save(desk.ada, problem, right(4), at=50)
    assert close(desk) == 1
    [taken] = desk.submissions(problem)
    assert (taken.origin, taken.answers, taken.arrived_at) == ("draft", right(4), desk.at(50))
    assert (taken.late, taken.time_credit, desk.mark(desk.ada).earned) == (False, 1, 10 * sixths(4))
    assert desk.view(desk.ada, problem).submissions_used == 0
    assert (desk.attempt(desk.ada).finished_by, desk.attempt(desk.ada).finished_at) == ("time", desk.due())
    assert desk.kinds(desk.ada) == ["started", "submitted", "finished"]
    assert desk.draft(problem).answers == right(4)


def test_where_the_last_draft_cannot_be_read_the_last_that_could_is_submitted_and_both_are_kept(classroom):
    desk = Desk(classroom, a_set())
    problem = desk.open(desk.ada)
    desk.save(desk.ada, problem, right(3), base=0, at=10)
    desk.save(desk.ada, problem, {"z1": "hal"}, base=1, at=20)
    assert close(desk) == 1
    assert origins(desk, problem) == [(1, "draft", right(3))]
    assert desk.submissions(problem)[0].arrived_at == desk.at(10)
    assert desk.draft(problem).answers == {"z1": "hal"}
    assert desk.view(desk.ada, problem, at=SETTLED).answers == {"z1": "hal"}


def test_a_draft_in_the_time_for_late_work_has_the_credit_of_late_work(classroom):
    desk = Desk(classroom, a_set("late: {hours: 1, credit: 1/2}"))
    problem = desk.open(desk.ada)
    desk.save(desk.ada, problem, RIGHT, at=DUE + 30)
    assert close(desk, at=SETTLED) == 0
    assert close(desk, at=SETTLED + 60) == 1
    assert (desk.submissions(problem)[0].late, desk.mark(desk.ada).earned) == (True, 5)


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        pytest.param([(right(2), 5)], True, id="something-else-before"),
        pytest.param([(right(3), 5)], False, id="the-same-before"),
        pytest.param([(right(3), 15)], False, id="the-same-later"),
        pytest.param([(right(1), 15)], False, id="something-else-later"),
        pytest.param([({"z1": "half"}, 15)], True, id="something-unreadable-later"),
        pytest.param([(right(3), DUE + 0.5)], True, id="the-same-too-late"),
        pytest.param([(RIGHT, DUE + 0.5)], True, id="something-else-too-late"),
        pytest.param([(right(1), 5), (right(2), 6)], False, id="none-left"),
        pytest.param([(right(1), 5), (RIGHT, DUE + 0.5)], True, id="none-left-but-for-one-too-late"),
    ],
)
def test_a_draft_is_submitted_where_nothing_as_good_for_its_time_was(classroom, sent, taken):
    """In whatever order the clock and late answers come."""
    in_time = [one for one in sent if one[1] <= DUE]
    late = [one for one in sent if one[1] > DUE]
    best = max([3 * taken, *(len(answers) for answers, _at in in_time if answers != {"z1": "half"})])
    for slug, ended_first in (("first", True), ("last", False)):
        desk = Desk(classroom, a_set("submissions: 2", f"slug: {slug}"))
        problem = desk.open(desk.ada)
        desk.save(desk.ada, problem, right(3), at=10)
        for answers, at in in_time if ended_first else sent:
            desk.submit(desk.ada, problem, answers, at=at)
        assert close(desk) == taken
        for answers, at in late if ended_first else []:
            desk.submit(desk.ada, problem, answers, at=at)
        assert [answers for _, origin, answers in origins(desk, problem) if origin == "draft"] == [right(3)] * taken
        assert desk.mark(desk.ada).earned == 10 * sixths(best)
    assert desk.verify().faults == ()


def test_where_the_last_counts_what_was_typed_back_is_submitted(classroom):
    desk = Desk(classroom, a_set("grade_by: last"))
    problem = desk.open(desk.ada)
    desk.submit(desk.ada, problem, right(4), at=1)
    desk.submit(desk.ada, problem, right(2), at=2)
    desk.save(desk.ada, problem, right(4), at=3)
    assert close(desk) == 1
    assert desk.mark(desk.ada).earned == 10 * sixths(4)


def test_what_was_handed_in_is_left_alone(classroom):
    desk = Desk(classroom, a_set())
    problem = desk.open(desk.ada)
    desk.save(desk.ada, problem, right(3))
    desk.finish(desk.ada, at=2)
    assert close(desk) == 0
    assert (desk.submissions(problem), desk.attempt(desk.ada).finished_by) == ([], "student")


@pytest.mark.parametrize("grace", [0, 90])
def test_closing_waits_until_all_that_arrived_in_time_has_been_kept(classroom, grace):
    desk = Desk(classroom, a_set(f"grace: {grace}"))
    problem = desk.open(desk.ada)
    desk.save(desk.ada, problem, right(1))
    over = DUE + (grace + SETTLING.total_seconds()) / 60
    assert [close(desk, at=over), desk.attempt(desk.ada).finished_at] == [0, None]
    assert close(desk, at=over + 0.001) == 1


def test_a_time_limit_ends_each_attempt_at_its_own_time(classroom):
    desk = Desk(classroom, a_set("time_limit: 20"))
    for person, began in ((desk.ada, 0), (desk.bao, 10)):
        desk.begin(person, at=began)
        desk.save(person, desk.open(person, at=began), right(2), at=began + 5)
    assert close(desk, at=22) == 1
    assert desk.attempt(desk.ada).finished_at == desk.at(20)
    assert desk.attempt(desk.bao).finished_at is None


def test_who_closes_twice_or_at_once_changes_nothing(classroom):
    desk = Desk(classroom, a_set())
    problem = desk.open(desk.ada)
    desk.save(desk.ada, problem, right(1))
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _one: close(desk), range(4))) == 1
    before = (desk.kinds(), origins(desk, problem), desk.verify().digest)
    assert close(desk, at=SETTLED + 100) == 0
    assert (desk.kinds(), origins(desk, problem), desk.verify().digest) == before


def test_instructors_are_never_ended(classroom):
    desk = Desk(classroom, a_set("time_limit: 20"))
    desk.begin(desk.instructor)
    desk.save(desk.instructor, desk.open(desk.instructor), right(1))
    assert close(desk, at=500) == 0
    assert desk.attempt(desk.instructor).finished_at is None


def test_one_attempt_that_cannot_be_ended_keeps_no_other_from_it(classroom, caplog):
    desk = Desk(classroom, a_set())
    problems = [desk.open(person) for person in (desk.ada, desk.bao)]
    for person, problem in zip((desk.ada, desk.bao), problems, strict=True):
        desk.save(person, problem, right(2))
    with transaction(desk.engine) as session:
        broken = session.scalars(select(Draft).where(Draft.issued_problem_id == problems[0])).one()
        broken.readable_answers = {"z9": "1"}
    with caplog.at_level(logging.ERROR):
        assert close(desk) == 1
    assert f"person {desk.ada} at set {desk.set_id} could not be ended" in caplog.text
    assert [desk.attempt(person).finished_by for person in (desk.ada, desk.bao)] == [None, "time"]


def test_the_job_ends_attempts_until_it_is_told_to_stop(classroom, caplog):
    desk, looks = Desk(classroom, a_set()), count(1)
    problem = desk.open(desk.ada)
    desk.save(desk.ada, problem, right(1))

    class TwoLooks(threading.Event):
        """Waits for nothing, and is set after the second look."""

        def wait(self, timeout=None):
            assert timeout == job.PAUSE_SECONDS
            if next(looks) == 2:
                self.set()

    with caplog.at_level(logging.INFO):
        job.run_closing(desk.engine, lambda: desk.at(SETTLED), TwoLooks())
    assert [record.message for record in caplog.records] == ["Time was up: 1 drafts were handed in."]
    assert len(desk.submissions(problem)) == 1


def test_an_extension_reopens_what_the_clock_has_closed(classroom):
    desk = Desk(classroom, a_set())
    problem = desk.open(desk.ada)
    desk.save(desk.ada, problem, right(2), at=10)
    close(desk)
    desk.extend(desk.ada, due=desk.due(DUE + 60), at=70)
    assert desk.attempt(desk.ada).finished_at is None
    assert desk.view(desk.ada, problem, at=71).can_submit
    desk.save(desk.ada, problem, right(3), base=1, at=71)
    assert close(desk, at=SETTLED + 60) == 1
    assert [done for _number, _origin, done in origins(desk, problem)] == [right(2), right(3)]
    assert desk.kinds(desk.ada) == [
        *("started", "submitted", "finished", "extended", "reopened", "submitted", "finished")
    ]


def test_an_extension_does_not_reopen_what_was_handed_in(classroom):
    desk = Desk(classroom, a_set())
    desk.open(desk.ada)
    desk.finish(desk.ada, at=10)
    desk.extend(desk.ada, due=desk.due(DUE + 60), at=70)
    assert desk.attempt(desk.ada).finished_by == "student"


def test_answers_that_race_with_the_clock_are_all_kept_and_nothing_is_overwritten(classroom):
    """A hundred students, each with a draft of the 50th minute: the clock ends the attempt while answers are judged."""
    desk, both = Desk(classroom, a_set("submissions: 3")), threading.Barrier(2)
    students = desk.enrol(100)
    with transaction(desk.engine) as session:
        [item] = session.scalars(select(Item.id).where(Item.set_id == desk.set_id))
        problems = {
            person: attempts.open_problem(session, user_id=person, item_id=item, now=desk.start, seed=1).id
            for person in students
        }
        for person, problem in problems.items():
            submitting.save_draft(session, SaveDraft(person, problem, right(3), 0), now=desk.at(50))
    cases = [[(right(4), DUE)], [(right(2), 40)], [(right(3), DUE)], [(right(2), 55), (RIGHT, DUE + 0.1)]]

    def clock(person):
        both.wait()
        with transaction(desk.engine) as session:
            return close_attempt(session, Ended(desk.set_id, person), now=desk.at(SETTLED))

    def student(person):
        both.wait()
        return [desk.submit(person, problems[person], answers, at=at) for answers, at in cases[person % 4]]

    with ThreadPoolExecutor(2) as pool:
        for person in students:
            ending, answering = pool.submit(clock, person), pool.submit(student, person)
            taken, shown = ending.result(), answering.result()
            kept = desk.submissions(problems[person])
            assert [one.number for one in kept] == list(range(1, len(kept) + 1))
            assert [one.origin for one in kept].count("draft") == taken
            by_answers = {len(one.answers): one for one in kept}
            assert len(by_answers) == len(kept)
            for (answers, at), view in zip(cases[person % 4], shown, strict=True):
                one = by_answers[len(answers)]
                assert (one.answers, one.number) == (answers, view.number)
                assert one.origin == "draft" or one.arrived_at == desk.at(at)
            if person % 4 == 1:
                assert taken == 1
            assert (3 in by_answers) == (taken == 1 or person % 4 == 2)
            assert desk.attempt(person).finished_by == "time"
    assert desk.verify().faults == ()
