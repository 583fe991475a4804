"""Scores on their way to a platform: what is sent, when it is sent again, and what a person is told."""

from __future__ import annotations

import threading
from datetime import timedelta
from fractions import Fraction

import pytest
from desk import DUE, Desk, a_set, right, sixths
from fault_platform import FaultPlatform
from linked import SCOPES, link_set
from linked_course import once
from post_office import PostOffice
from sqlalchemy import select

from quizsvc.jobs.couriers import Misses
from quizsvc.services import sets
from quizsvc.services.answers import Answer
from quizsvc.services.lms.scores import Outcome
from quizsvc.store.api_models import Courier
from quizsvc.store.database import reading, transaction
from quizsvc.store.lms_models import Context, ContextMember, Platform, ResourceLink, ScorePassed


@pytest.fixture
def platform():
    platform = FaultPlatform()
    with platform.serve():
        yield platform


@pytest.fixture
def desk(classroom):
    return Desk(classroom, a_set("feedback: immediately", "submissions: 20"))


@pytest.fixture
def office(desk):
    office = PostOffice(desk.engine, [desk.at(2)])
    yield office
    office.close()


@pytest.fixture
def linked(desk, platform):
    return a_link(desk, platform)


def a_link(desk, platform, **more):
    platform.add_column()
    return link_set(
        desk.engine, course_id=desk.course_id, set_id=desk.set_id, students=[desk.ada, desk.bao], now=desk.start,
        base=platform.base, **{"line_items_url": platform.line_items_url} | more,
    )  # fmt: skip


def hand_in(desk, person, count, at=1):
    desk.submit(person, desk.open(person), right(count), at=at)


def row(linked, desk):
    return linked.scores()[desk.ada]


def later(office, **time):
    office.clock[0] += timedelta(**time)


def run_twice(office):
    """What finds the column being looked for comes a little later."""
    office.run()
    later(office, seconds=5)
    office.run()


def test_a_score_arrives_as_the_gradebook_has_it(desk, platform, linked, office):
    hand_in(desk, desk.ada, 4, at=1)
    office.run()
    [score] = platform.scores
    assert score == {
        "userId": f"s{desk.ada}",
        "scoreGiven": pytest.approx(100 * 4 / 6),
        "scoreMaximum": 100,
        "timestamp": "2026-11-03T18:02:00.000Z",
        "activityProgress": "InProgress",
        "gradingProgress": "FullyGraded",
        "submission": {"startedAt": "2026-11-03T18:00:00.000Z", "submittedAt": "2026-11-03T18:01:00.000Z"},
    }
    score = row(linked, desk)
    assert (score.sent, score.sent_share, score.sent_at, score.next_try_at) == (1, sixths(4), desk.at(2), None)
    assert platform.violations == []


@once
@pytest.mark.usefixtures("linked")
def test_nought_is_sent_as_nought_and_an_ended_attempt_is_completed(desk, platform, office):
    desk.open(desk.ada)
    desk.finish(desk.ada)
    office.run()
    [score] = platform.scores
    assert (score["scoreGiven"], score["activityProgress"]) == (0, "Completed")
    assert "submittedAt" not in score["submission"]


@pytest.mark.usefixtures("linked")
def test_only_what_has_changed_is_sent_and_later_by_a_second(desk, platform, office):
    hand_in(desk, desk.ada, 3)
    hand_in(desk, desk.bao, 3)
    run_twice(office)
    desk.by_hand(desk.ada, Fraction(1), at=2)
    office.run()
    desk.by_hand(desk.ada, Fraction(2), at=2)
    office.run()
    assert platform.counts["scores"] == 4
    stamps = platform.stamps[f"s{desk.ada}"]
    assert stamps[2] - stamps[1] == timedelta(seconds=1)
    assert platform.violations == []


@once
@pytest.mark.usefixtures("linked")
def test_one_token_serves_all(desk, platform, office):
    for person in (desk.ada, desk.bao):
        hand_in(desk, person, 3)
    run_twice(office)
    assert platform.counts["scores"] == 2
    assert platform.counts["tokens"] <= 2  # one to see the column, one to pass scores


@once
def test_a_token_that_is_refused_is_replaced_once(desk, platform, linked, office):
    hand_in(desk, desk.ada, 3)
    office.run()
    platform.tokens.clear()
    desk.by_hand(desk.ada, Fraction(10), at=2)
    office.run()
    assert platform.share(f"s{desk.ada}") == pytest.approx(1)
    tokens = platform.counts["tokens"]
    platform.tokens = _Forgetful()
    desk.by_hand(desk.ada, Fraction(0), at=2)
    office.run()
    assert platform.counts["tokens"] == tokens + 1
    assert "401" in row(linked, desk).reason
    assert row(linked, desk).next_try_at > office.clock[0]
    assert platform.violations == []


class _Forgetful(set):
    def add(self, _token):
        pass


@once
def test_a_platform_that_is_down_is_tried_less_and_less_often_and_then_gets_everything(desk, platform, linked, office):
    hand_in(desk, desk.ada, 3)
    platform.down = True
    office.run()
    first = row(linked, desk)
    assert "could not be asked" in first.reason
    later(office, hours=3)
    office.run()
    assert row(linked, desk).failed_at is None
    platform.down = False
    later(office, hours=21)
    office.run()
    assert platform.share(f"s{desk.ada}") == pytest.approx(0.5)
    assert row(linked, desk).reason == ""


@once
def test_what_was_wanted_for_a_week_in_vain_waits_for_a_person(desk, platform, linked, office):
    hand_in(desk, desk.ada, 3)
    platform.down = True
    office.run()
    later(office, days=8)
    office.run()
    assert row(linked, desk).failed_at == office.clock[0]


def test_what_the_platform_refuses_fails_at_once_with_its_words(desk, platform, linked, office):
    platform.refuses.add(f"s{desk.ada}")
    for person in (desk.ada, desk.bao):
        hand_in(desk, person, 3)
    run_twice(office)
    failed = row(linked, desk)
    assert (failed.failed_at is not None, failed.next_try_at) == (True, None)
    assert "answered 400 Bad Request" in failed.reason
    assert platform.share(f"s{desk.bao}") == pytest.approx(0.5)
    platform.refuses.clear()
    desk.by_hand(desk.ada, Fraction(10), at=2)  # a new mark is a new chance
    office.run()
    assert row(linked, desk).failed_at is None
    assert platform.share(f"s{desk.ada}") == pytest.approx(1)


@once
@pytest.mark.usefixtures("linked")
@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(minutes=4), timedelta(hours=1)])
def test_a_platform_that_has_something_newer_gets_a_later_stamp(desk, platform, office, ahead):
    newer = office.clock[0] + ahead
    platform.gradebook[f"s{desk.ada}"] = (0.1, newer)
    hand_in(desk, desk.ada, 3)
    office.run()
    share, stamp = platform.gradebook[f"s{desk.ada}"]
    assert share == pytest.approx(0.5)
    assert stamp > newer
    assert platform.counts["scores"] == 2


@once
def test_a_platform_that_has_the_same_already_is_left_alone(desk, platform, linked, office):
    platform.gradebook[f"s{desk.ada}"] = (0.5, office.clock[0] + timedelta(hours=1))
    hand_in(desk, desk.ada, 3)
    office.run()
    assert platform.counts["scores"] == 1
    assert row(linked, desk).sent_share == sixths(3)


@once
def test_where_results_cannot_be_seen_the_platforms_clock_decides(desk, platform, office):
    linked = a_link(desk, platform, scopes=[one for one in SCOPES if "result" not in one])
    platform.gradebook[f"s{desk.ada}"] = (0.1, office.clock[0])
    hand_in(desk, desk.ada, 3)
    office.run()
    assert row(linked, desk).sent_share == sixths(3)
    assert platform.share(f"s{desk.ada}") == pytest.approx(0.5)


@once
def test_a_conflict_without_end_is_not_pursued(desk, platform, linked, office, monkeypatch):
    monkeypatch.setattr(platform, "apply", lambda _body: False)
    hand_in(desk, desk.ada, 3)
    office.run()
    assert platform.counts["scores"] == 3
    assert row(linked, desk).tries == 1


@once
def test_the_column_is_found_where_the_platform_does_not_name_it(desk, platform, office):
    platform.add_column(5, link="other")
    linked = a_link(desk, platform)
    hand_in(desk, desk.ada, 3)
    office.run()
    with_column = linked.scores()[desk.ada]
    assert with_column.sent == 1
    assert platform.counts["columns made"] == 0


@once
def test_a_column_is_made_where_there_is_none_and_never_two(desk, platform, office):
    a_link(desk, platform)
    platform.columns.clear()
    for person in (desk.ada, desk.bao):
        hand_in(desk, person, 3)
    office.run()
    later(office, minutes=1)
    office.run()
    assert platform.counts["columns made"] == 1
    assert len(platform.gradebook) == 2
    [column] = platform.columns.values()
    assert (column["resourceId"], column["scoreMaximum"]) == (f"set-{desk.set_id}", 10)


@once
@pytest.mark.usefixtures("linked")
def test_a_column_that_was_removed_is_made_anew(desk, platform, office):
    hand_in(desk, desk.ada, 3)
    office.run()
    platform.columns.clear()
    desk.by_hand(desk.ada, Fraction(10), at=2)
    office.run()
    assert platform.counts["columns made"] == 1
    assert platform.share(f"s{desk.ada}") == pytest.approx(1)


@once
def test_a_column_that_is_gone_and_cannot_be_made_is_told(desk, platform, office):
    linked = a_link(
        desk, platform, scopes=[one for one in SCOPES if not one.endswith("lineitem")],
        line_item_url=platform.line_item_url,
    )  # fmt: skip
    platform.columns.clear()
    hand_in(desk, desk.ada, 3)
    office.run()
    assert "404" in row(linked, desk).reason
    assert row(linked, desk).failed_at is not None


@once
def test_a_course_whose_scopes_do_not_let_us_is_told(desk, platform, office):
    linked = a_link(desk, platform, scopes=[])
    hand_in(desk, desk.ada, 3)
    office.run()
    assert "does not let us pass scores" in row(linked, desk).reason
    assert platform.counts["tokens"] == 0


@once
def test_marks_that_students_may_not_see_yet_wait_until_the_set_is_over(classroom, platform):
    desk = Desk(classroom, a_set("feedback: after-due"))
    office = PostOffice(desk.engine, [desk.at(2)])
    linked = a_link(desk, platform)
    hand_in(desk, desk.ada, 3)
    office.run()
    assert platform.scores == []
    assert "may not see marks" in row(linked, desk).reason
    office.clock[0] = desk.at(DUE) + timedelta(milliseconds=1)
    office.run()
    assert platform.share(f"s{desk.ada}") == pytest.approx(0.5)
    office.close()


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


@once
def test_scopes_that_come_later_are_used(desk, platform, office):
    linked = a_link(desk, platform, scopes=[])
    hand_in(desk, desk.ada, 3)
    office.run()
    linked.change(Context, linked.context, scopes=SCOPES)
    desk.by_hand(desk.ada, Fraction(10), at=2)
    office.run()
    assert platform.share(f"s{desk.ada}") == pytest.approx(1)


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


@once
def test_a_set_whose_marks_may_be_seen_earlier_has_them_passed_within_the_hour(classroom, platform):
    desk = Desk(classroom, a_set("feedback: after-due"))
    office = PostOffice(desk.engine, [desk.at(2)])
    linked = a_link(desk, platform)
    hand_in(desk, desk.ada, 3)
    office.run()
    desk.update(a_set("feedback: immediately"), at=3)
    later(office, hours=1)
    office.run()
    assert platform.share(f"s{desk.ada}") == pytest.approx(0.5)
    assert row(linked, desk).reason == ""
    office.close()


@once
def test_marks_of_a_set_without_an_end_wait_until_it_is_closed(classroom, platform):
    desk = Desk(classroom, a_set("feedback: never").replace("due: 2026-11-03T19:00Z\n", ""))
    office = PostOffice(desk.engine, [desk.at(2)])
    a_link(desk, platform)
    hand_in(desk, desk.ada, 3)
    for _ in range(2):
        office.run()
        later(office, hours=1)
    assert platform.scores == []
    with transaction(desk.engine) as session:
        sets.close_set(session, problem_set=desk.set(session), now=office.clock[0])
    later(office, hours=1)
    office.run()
    assert platform.share(f"s{desk.ada}") == pytest.approx(0.5)
    office.close()


@once
def test_a_platform_that_names_no_column_and_shows_none_is_told(desk, platform, office):
    linked = a_link(desk, platform, scopes=[one for one in SCOPES if one.endswith("score")])
    hand_in(desk, desk.ada, 3)
    office.run()
    assert "names no column for this link" in row(linked, desk).reason
    assert row(linked, desk).failed_at is not None


@once
def test_a_conflict_about_a_column_whose_results_are_nowhere_is_stamped_anew(desk, platform, linked, office):
    platform.gradebook[f"s{desk.ada}"] = (0.1, office.clock[0])
    linked.change(ResourceLink, linked.link, line_item_url=platform.line_item_url, line_item_maximum=Fraction(100))
    platform.hides_results = True
    hand_in(desk, desk.ada, 3)
    office.run()
    assert platform.share(f"s{desk.ada}") == pytest.approx(0.5)
