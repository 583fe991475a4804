"""A platform's column compared with our marks: what got lost is sent again, what somebody changed there is not."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from desk import right
from linked import SCOPES, link_set
from linked_course import once

from quizsvc.errors import NotAllowed
from quizsvc.jobs.asking import compare_column
from quizsvc.services.lms import passed
from quizsvc.services.lms.comparing import Comparison
from quizsvc.services.lms.results import read_result
from quizsvc.store import scores_passed
from quizsvc.store.database import reading, transaction
from quizsvc.store.lms_models import Context, ContextMember, ResourceLink


@pytest.fixture
def linked(desk, platform, office):
    """Ada has half of the marks, Bao all; the platform has both."""
    platform.add_column()
    linked = link_set(
        desk.engine, course_id=desk.course_id, set_id=desk.set_id, students=[desk.ada, desk.bao], now=desk.start,
        base=platform.base, line_items_url=platform.line_items_url,
    )  # fmt: skip
    for person, count in ((desk.ada, 3), (desk.bao, 6)):
        desk.submit(person, desk.open(person), right(count))
    for _ in range(2):
        office.run()
        office.clock[0] += timedelta(seconds=5)
    assert platform.share(f"s{desk.ada}") == pytest.approx(0.5)
    return linked


def compare(office, linked):
    return compare_column(office.engine, office.couriers.services, linked.link, clock=lambda: office.clock[0])


def statuses(desk):
    with reading(desk.engine) as session:
        return passed.grades_passed(session, set_id=desk.set_id, user_id=desk.instructor)


@once
def test_what_is_the_same_stays(platform, linked, office):
    sent = platform.counts["scores"]
    assert compare(office, linked) == Comparison(same=2, sent_again=0, changed_there=0)
    office.run()
    assert platform.counts["scores"] == sent


def test_what_is_missing_or_older_there_is_sent_again(desk, platform, linked, office):
    del platform.gradebook[f"s{desk.ada}"]
    platform.gradebook[f"s{desk.bao}"] = (0.1, desk.start)
    assert compare(office, linked) == Comparison(same=0, sent_again=2, changed_there=0)
    office.run()
    assert (platform.share(f"s{desk.ada}"), platform.share(f"s{desk.bao}")) == (pytest.approx(0.5), 1)
    assert platform.violations == []


@once
def test_what_somebody_changed_there_is_told_and_stays_until_the_instructor_decides(desk, platform, linked, office):
    platform.gradebook[f"s{desk.ada}"] = (0.75, office.clock[0])
    assert compare(office, linked) == Comparison(same=1, sent_again=0, changed_there=1)
    office.run()
    assert platform.share(f"s{desk.ada}") == 0.75
    [(_status, scores)] = statuses(desk).links
    assert [(one.user_id, one.state) for one in scores] == [(desk.ada, "changed"), (desk.bao, "passed")]
    assert "The platform has 75.0 %" in scores[0].reason
    with transaction(desk.engine) as session:
        assert passed.send_grades_again(
            session, set_id=desk.set_id, user_id=desk.instructor, now=office.clock[0], student_id=desk.ada
        )
    office.run()
    assert platform.share(f"s{desk.ada}") == pytest.approx(0.5)


@once
def test_what_was_changed_back_there_is_told_no_more(desk, platform, linked, office):
    platform.gradebook[f"s{desk.ada}"] = (0.75, office.clock[0])
    compare(office, linked)
    platform.gradebook[f"s{desk.ada}"] = (0.5, office.clock[0])
    assert compare(office, linked).same == 2
    assert {row.reason for row in linked.scores().values()} == {""}


@once
def test_a_new_mark_here_wins_over_what_was_changed_there_before(desk, platform, linked, office):
    platform.gradebook[f"s{desk.ada}"] = (0.75, office.clock[0])
    compare(office, linked)
    desk.by_hand(desk.ada, Fraction(9), at=3)
    office.run()
    assert platform.share(f"s{desk.ada}") == pytest.approx(0.9)


@once
def test_what_was_never_noted_is_noted(desk, platform, linked, office):
    linked.change(ContextMember, 1, left_at=desk.start)
    desk.by_hand(desk.ada, Fraction(9), at=3)
    office.run()
    linked.change(ContextMember, 1, left_at=None)
    assert compare(office, linked).sent_again == 1
    office.run()
    assert platform.share(f"s{desk.ada}") == pytest.approx(0.9)


@pytest.mark.usefixtures("linked")
def test_columns_are_compared_every_night(desk, platform, office):
    del platform.gradebook[f"s{desk.ada}"]
    office.run()
    assert f"s{desk.ada}" not in platform.gradebook
    office.clock[0] += timedelta(days=1)
    office.run()
    assert platform.share(f"s{desk.ada}") == pytest.approx(0.5)


@once
def test_a_platform_that_is_down_or_does_not_let_us_is_not_asked_all_night(desk, platform, linked, office, caplog):
    office.clock[0] += timedelta(days=1)
    platform.down = True
    office.run()
    assert "could not be looked at" in caplog.text
    platform.down = False
    platform.columns.clear()
    office.clock[0] += timedelta(minutes=1)
    office.run()
    assert "cannot be looked at" in caplog.text
    with reading(desk.engine) as session:
        assert session.get(ResourceLink, linked.link).reconciled_at == office.clock[0]


@once
def test_where_results_cannot_be_seen_that_is_told(linked, office):
    linked.change(Context, linked.context, scopes=SCOPES[:1])
    with pytest.raises(NotAllowed, match="does not let us see"):
        compare(office, linked)


def test_failed_ones_come_first_and_are_sent_again_on_demand(desk, platform, linked, office):
    platform.refuses.add(f"s{desk.bao}")
    desk.by_hand(desk.bao, Fraction(1), at=3)
    office.run()
    [(status, scores)] = statuses(desk).links
    assert (status.taken, status.failed, status.waiting) == (1, 1, 0)
    assert (scores[0].user_id, scores[0].state) == (desk.bao, "failed")
    with reading(desk.engine) as session:
        assert [one.user_id for one in passed.failures(session, linked.link)] == [desk.bao]
    platform.refuses.clear()
    with transaction(desk.engine) as session:
        links = scores_passed.links_to_set(session, desk.set_id)
        assert passed.send_again(session, links, now=office.clock[0]) == 1
    office.run()
    assert platform.share(f"s{desk.bao}") == pytest.approx(0.1)


@once
@pytest.mark.usefixtures("linked")
def test_comparing_on_demand_is_done_by_a_courier(desk, platform, office):
    del platform.gradebook[f"s{desk.ada}"]
    with transaction(desk.engine) as session:
        assert passed.have_compared(session, set_id=desk.set_id, user_id=desk.instructor, now=office.clock[0]) == 1
    office.run()
    assert platform.share(f"s{desk.ada}") == pytest.approx(0.5)


@pytest.mark.parametrize(
    "entry",
    [
        None,
        {},
        {"userId": "1"},
        {"userId": "1", "resultScore": "9", "resultMaximum": 10},
        {"userId": "1", "resultScore": True, "resultMaximum": 10},
        {"userId": "1", "resultScore": 9, "resultMaximum": 0},
        {"userId": "1", "resultScore": float("nan"), "resultMaximum": 10},
    ],
)
def test_what_is_no_result_is_passed_over(entry):
    assert read_result(entry) is None


def test_results_are_read_exactly_and_compared_but_for_rounding():
    result = read_result({"userId": 7, "resultScore": 66.66667, "resultMaximum": 100, "timestamp": "2026-11-03T18:00"})
    assert (result.subject, result.share, result.at) == ("7", Fraction(6666667, 10_000_000), None)
    assert result.says(Fraction(2, 3))
    assert not result.says(Fraction(667, 1000))
