"""Scores on their way to a platform: what is sent, when it is sent again, and what a person is told."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from desk import DUE, Desk, a_set, sixths
from linked import SCOPES
from linked_course import once
from on_the_way import a_link, hand_in, later, row, run_twice
from post_office import PostOffice

from quizsvc.services import sets
from quizsvc.store.database import transaction
from quizsvc.store.lms_models import ResourceLink


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
def test_a_conflict_about_a_column_whose_results_are_nowhere_is_stamped_anew(desk, platform, linked, office):
    platform.gradebook[f"s{desk.ada}"] = (0.1, office.clock[0])
    linked.change(ResourceLink, linked.link, line_item_url=platform.line_item_url, line_item_maximum=Fraction(100))
    platform.hides_results = True
    hand_in(desk, desk.ada, 3)
    office.run()
    assert platform.share(f"s{desk.ada}") == pytest.approx(0.5)
