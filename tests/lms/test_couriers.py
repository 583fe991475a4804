"""Couriers that die, meet each other, or find that things have changed while they were on the way."""

from __future__ import annotations

import threading
from datetime import timedelta
from fractions import Fraction

import pytest
from linked_course import once
from on_the_way import a_link, hand_in, later, row, run_twice
from post_office import PostOffice
from sqlalchemy import select

from quizsvc.jobs.couriers import Misses
from quizsvc.services.answers import Answer
from quizsvc.services.lms.scores import Outcome
from quizsvc.store.api_models import Courier
from quizsvc.store.database import reading, transaction
from quizsvc.store.lms_models import ContextMember, Platform, ResourceLink, ScorePassed


def test_a_student_who_has_left_gets_nothing_and_who_is_back_does(desk, platform, linked, office):
    hand_in(desk, desk.ada, 3)
    with_notes = PostOffice(desk.engine, office.clock)
    platform.down = True
    with_notes.run()
    platform.down = False
    linked.change(ContextMember, 1, left_at=desk.at(2))
    later(office, minutes=5)
    office.run()
    assert platform.scores == []
    assert row(linked, desk).next_try_at is None
    linked.change(ContextMember, 1, left_at=None)
    linked.change(ResourceLink, linked.link, noted_set_id=None)
    office.run()
    assert platform.share(f"s{desk.ada}") == pytest.approx(0.5)
    with_notes.close()


@once
def test_a_platform_that_is_disabled_is_sent_nothing(desk, platform, linked, office):
    linked.change(Platform, linked.platform, disabled_at=desk.at(1))
    hand_in(desk, desk.ada, 3)
    office.run()
    assert platform.scores == []
    assert row(linked, desk).next_try_at is not None


@once
def test_a_link_that_leads_nowhere_any_more_is_told(desk, platform, linked, office):
    hand_in(desk, desk.ada, 3)
    platform.down = True
    office.run()
    linked.change(ResourceLink, linked.link, set_id=None)
    later(office, minutes=5)
    office.run()
    assert row(linked, desk).reason == "The link leads to no set any more."


def test_a_courier_that_was_overtaken_does_nothing(desk, linked, office):
    hand_in(desk, desk.ada, 3)
    office.couriers.run(f"course:{desk.course_id}", "another job")
    assert linked.scores() == {}


@pytest.mark.usefixtures("linked")
def test_a_courier_that_died_is_replaced(desk, platform, office):
    hand_in(desk, desk.ada, 3)
    [(destination, job_id)] = office.sent()
    later(office, minutes=1)
    office.equipment.stop.set()
    office.couriers.run(destination, job_id)
    office.equipment.stop.clear()
    office.run()
    assert platform.share(f"s{desk.ada}") == pytest.approx(0.5)


def test_what_was_lent_to_one_who_died_is_sent_when_its_time_is_over_and_not_before(desk, platform, linked, office):
    hand_in(desk, desk.ada, 3)
    platform.down = True
    office.run()
    platform.down = False
    [score] = linked.scores().values()
    linked.change(ScorePassed, score.id, busy_until=office.clock[0] + timedelta(minutes=4), next_try_at=desk.at(1))
    later(office, minutes=3)
    office.run()
    assert platform.scores == []
    later(office, minutes=2)
    office.run()
    assert platform.share(f"s{desk.ada}") == pytest.approx(0.5)


def test_parallel_couriers_make_one_column_and_send_each_score_once(desk, platform, office):
    linked = a_link(desk, platform)
    platform.columns.clear()
    platform.latency = 0.05
    for person in (desk.ada, desk.bao):
        hand_in(desk, person, 3)
    [(destination, job_id)] = office.sent()
    office.couriers.run(destination, job_id)
    threads = [
        threading.Thread(target=office.couriers._pass_one_by_one, args=(linked.platform, Misses()))  # noqa: SLF001 - several jobs at once
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    later(office, minutes=1)
    office.run()
    assert platform.counts["columns made"] == 1
    assert platform.most_in_flight == 1
    assert platform.violations == []
    assert len(platform.gradebook) == 2


def meanwhile(platform, monkeypatch, do):
    """Have something done, once, while the platform looks at a score."""
    apply, done = platform.apply, []

    def apply_and_do(body):
        if not done:
            done.append(do())
        return apply(body)

    monkeypatch.setattr(platform, "apply", apply_and_do)


def test_a_mark_that_changes_while_its_score_is_on_the_way_is_sent_next(desk, platform, linked, office, monkeypatch):
    hand_in(desk, desk.ada, 3)
    other = PostOffice(desk.engine, office.clock)

    def change():
        desk.by_hand(desk.ada, Fraction(10), at=2)
        other.couriers.run(*next(one for one in other.sent() if one[0].startswith("course")))

    meanwhile(platform, monkeypatch, change)
    office.run()
    assert [score["scoreGiven"] for score in platform.scores] == [pytest.approx(50), 100]
    score = row(linked, desk)
    assert (score.sent, score.wanted, score.sent_share) == (2, 2, 1)
    assert platform.violations == []
    other.close()


@once
def test_a_failure_of_a_score_that_is_not_wanted_any_more_does_not_count(desk, linked, office, monkeypatch):
    hand_in(desk, desk.ada, 3)
    other = PostOffice(desk.engine, office.clock)

    def change():
        desk.by_hand(desk.ada, Fraction(10), at=2)
        other.couriers.run(*next(one for one in other.sent() if one[0].startswith("course")))

    answers = iter([400, 200])
    deliver = office.couriers._scores.deliver  # noqa: SLF001 - what becomes of the first delivery is decided here

    def refuse_once(delivery):
        if next(answers) == 200:
            return deliver(delivery)
        change()
        return Outcome(Answer("refused", "no"))

    monkeypatch.setattr(office.couriers._scores, "deliver", refuse_once)  # noqa: SLF001 - the same
    office.run()
    assert (row(linked, desk).sent_share, row(linked, desk).failed_at) == (1, None)
    other.close()


def test_who_has_lost_a_score_to_another_writes_nothing_down(desk, platform, linked, office, monkeypatch):
    hand_in(desk, desk.ada, 3)
    until = office.clock[0] + timedelta(hours=1)
    meanwhile(platform, monkeypatch, lambda: linked.change(ScorePassed, row(linked, desk).id, busy_until=until))
    office.run()
    assert platform.counts["scores"] == 1
    assert (row(linked, desk).sent, row(linked, desk).busy_until) == (0, until)


@once
def test_what_took_too_long_to_be_sent_safely_is_not(desk, platform, linked, office, monkeypatch):
    platform.gradebook[f"s{desk.ada}"] = (0.1, office.clock[0] + timedelta(hours=1))
    hand_in(desk, desk.ada, 3)
    meanwhile(platform, monkeypatch, lambda: later(office, minutes=3))
    office.run()
    assert platform.counts["scores"] == 1
    assert "took too long" in row(linked, desk).reason


def test_a_platform_where_everything_fails_is_left_alone_for_a_while(desk, platform, linked, office):
    people = desk.enrol(40)
    with transaction(desk.engine) as session:
        for person in people:
            session.add(ContextMember(context_id=linked.context, user_id=person, subject=f"s{person}", role="student"))
    platform.share_of_faults, platform.latency = 1.0, 0.02
    platform.fault = lambda: None if not platform.counts["lineitems"] else "500"
    for person in people:
        desk.by_hand(person, Fraction(5))
    run_twice(office)
    tried = [score for score in linked.scores().values() if score.tries]
    assert 16 <= len(tried) < 40
    with reading(desk.engine) as session:
        courier = session.scalars(select(Courier).where(Courier.destination == f"platform:{linked.platform}")).one()
    assert courier.rests_until > office.clock[0] - timedelta(seconds=5)
    platform.fault = lambda: None
    for _ in range(3):
        later(office, minutes=1)
        office.run()
    assert len(platform.gradebook) == 40


@once
def test_a_score_with_several_mishaps_arrives_once(desk, platform, linked, office):
    faults = iter(["401", "reset-after", "page", "redirect", "429-later", "503-later", "hang", None])
    platform.hang = 0.05
    platform.fault = lambda: next(faults, None) if platform.counts["lineitems"] else None
    hand_in(desk, desk.ada, 3)
    for _ in range(8):
        office.run()
        later(office, minutes=20)
    assert platform.share(f"s{desk.ada}") == pytest.approx(0.5)
    assert platform.violations == []
    assert row(linked, desk).sent == 1
