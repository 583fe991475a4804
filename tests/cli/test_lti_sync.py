"""manage.py lti roster, sync-status, retry and reconcile."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from desk import right
from linked import link_set

from quizsvc.store.database import transaction
from quizsvc.store.lms_models import Context, ResourceLink, ScorePassed

NOW = datetime(2026, 11, 3, 18, tzinfo=UTC)


@pytest.fixture(autouse=True)
def loopback(monkeypatch):
    monkeypatch.setenv("OUTSIDE_ALLOW", "127.0.0.0/8")


@pytest.fixture
def linked(desk, platform):
    return link_set(
        desk.engine, course_id=desk.course_id, set_id=desk.set_id, students=[desk.ada, desk.bao], now=desk.start,
        base=platform.base, line_items_url=platform.line_items_url, line_item_url=platform.line_item_url,
        memberships_url=f"{platform.base}/members",
    )  # fmt: skip


def keep(linked, user_id, **more):
    values = {"share": Fraction(1, 2), "wanted": 1, "wanted_at": NOW, "sent": 0, "tries": 0, "reason": ""} | more
    with transaction(linked.engine) as session:
        session.add(ScorePassed(link_id=linked.link, user_id=user_id, **values))


def test_a_roster_is_taken_over_at_once(run, run_json, platform, linked):
    platform.members = [{"user_id": "1", "name": "Chidi", "roles": ["Learner"]}]
    [told] = run_json("lti", "roster", "--platform", "Moodle", "--course", "deep")
    assert told == {
        "platform": "Moodle", "course": "Deep learning", "people": 1, "news": 1, "left": 2, "refused": None,
    }  # fmt: skip
    assert "Deep learning" in run("lti", "roster").stdout
    linked.change(Context, linked.context, memberships_url=None)
    refused = run("lti", "roster", code=1)
    assert "does not tell who is in Deep learning" in refused.output
    assert "1 of 1 could not be asked" in refused.output


def test_a_column_is_compared_at_once(run, run_json, desk, platform, linked):
    keep(linked, desk.ada, sent=1, sent_share=Fraction(1, 2), sent_at=NOW, stamp=NOW)
    [told] = run_json("lti", "reconcile", "--course", "deep")
    assert (told["same"], told["sent_again"], told["changed_there"]) == (0, 1, 0)
    assert "Sent again" in run("lti", "reconcile").stdout
    platform.columns.clear()
    assert "404" in run("lti", "reconcile", code=1).output


def test_how_it_stands_is_told_with_the_reasons(run, run_json, desk, linked):
    keep(linked, desk.ada, next_try_at=NOW)
    keep(linked, desk.bao, failed_at=NOW, reason="lms answered 400")
    shown = run("lti", "sync-status").stdout
    assert "Moodle, Chains, Bao: lms answered 400" in shown
    [told] = run_json("lti", "sync-status", "--platform", "Moodle")
    assert (told["taken"], told["waiting"], told["failed"]) == (0, 1, 1)
    assert told["waiting_since"] == NOW.isoformat()
    [failure] = told["failures"]
    assert (failure["name"], failure["share"], failure["state"]) == ("Bao", "1/2", "failed")


def test_where_the_platform_takes_no_grades_that_is_told(run, linked):
    linked.change(Context, linked.context, line_items_url=None)
    linked.change(ResourceLink, linked.link, line_item_url=None)
    assert "takes no grades for this link" in run("lti", "sync-status").stdout


def test_what_failed_is_sent_again(run, run_json, desk, linked):
    keep(linked, desk.bao, failed_at=NOW, reason="lms answered 400")
    assert run_json("lti", "retry", "--course", "deep") == {"links": 1, "failed": 1}
    assert linked.scores()[desk.bao].failed_at is None
    assert "0 that had failed" in run("lti", "retry").stdout


def test_where_there_is_no_platform_there_is_nothing_to_ask(run, desk):
    desk.submit(desk.ada, desk.open(desk.ada), right(3))
    assert "comes with the first launch" in run("lti", "roster", code=1).output
    assert "comes with the first launch" in run("lti", "reconcile", code=1).output
    assert run("lti", "sync-status").exit_code == 0
    run("lti", "sync-status", "--platform", "Canvas", code=1)
    run("lti", "sync-status", "--course", "nowhere", code=1)
