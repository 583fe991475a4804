"""What is noted of the log of a course: who is to get which score, once, and only what is news."""

from __future__ import annotations

from fractions import Fraction

import pytest
from desk import DUE, Desk, a_set, right, sixths
from linked import link_set
from sqlalchemy import delete, select

from quizsvc.services import noting, sets
from quizsvc.store import couriers
from quizsvc.store.api_models import Courier, Webhook, WebhookMessage
from quizsvc.store.database import reading, transaction
from quizsvc.store.lms_models import ContextMember, ResourceLink
from quizsvc.store.models import Membership


@pytest.fixture
def desk(classroom):
    return Desk(classroom, a_set("feedback: immediately", "submissions: 20"))


@pytest.fixture
def linked(desk):
    return link_set(
        desk.engine, course_id=desk.course_id, set_id=desk.set_id, students=[desk.ada, desk.bao], now=desk.start
    )


def note(desk, at=1):
    """Read on in the log, and note what is new; whether anything was kept."""
    with reading(desk.engine) as session:
        changes = noting.read_changes(session, desk.course_id)
    with transaction(desk.engine) as session:
        return noting.keep_changes(session, changes, now=desk.at(at))


def on_the_way(engine):
    with reading(engine) as session:
        return set(session.scalars(select(Courier.destination).where(Courier.job_id.is_not(None))))


def hand_in(desk, person, count, at=1):
    desk.submit(person, desk.open(person), right(count), at=at)


def test_nobody_sets_out_in_a_course_that_nobody_is_told_of(desk):
    hand_in(desk, desk.ada, 3)
    assert on_the_way(desk.engine) == set()


@pytest.mark.usefixtures("linked")
def test_a_courier_sets_out_with_the_work_and_only_one(desk):
    hand_in(desk, desk.ada, 3)
    hand_in(desk, desk.bao, 3)
    assert on_the_way(desk.engine) == {f"course:{desk.course_id}"}


def test_a_score_is_wanted_as_the_gradebook_has_it(desk, linked):
    hand_in(desk, desk.ada, 3, at=2)
    note(desk)
    [(person, row)] = linked.scores().items()
    assert (person, row.share, row.wanted, row.sent) == (desk.ada, sixths(3), 1, 0)
    assert (row.next_try_at, row.submitted_at) == (desk.at(1), desk.at(2))
    assert f"platform:{linked.platform}" in on_the_way(desk.engine)


def test_nothing_is_noted_twice_and_nothing_that_is_no_news(desk, linked):
    hand_in(desk, desk.ada, 3)
    note(desk)
    hand_in(desk, desk.ada, 2, at=5)  # the better one counts
    note(desk, at=6)
    desk.extend(desk.ada, due=desk.at(90), at=7)
    note(desk, at=8)
    assert [row.wanted for row in linked.scores().values()] == [1]


def test_who_has_read_on_in_between_is_noticed(desk, linked):
    hand_in(desk, desk.ada, 3)
    with reading(desk.engine) as session:
        changes = noting.read_changes(session, desk.course_id)
    assert note(desk)
    with transaction(desk.engine) as session:
        assert not noting.keep_changes(session, changes, now=desk.at(2))
    assert [row.wanted for row in linked.scores().values()] == [1]


def test_no_work_is_no_score_but_an_attempt_that_ended_is_nought(desk, linked):
    desk.open(desk.ada)
    desk.open(desk.bao)
    desk.finish(desk.bao)
    note(desk)
    assert {person: row.share for person, row in linked.scores().items()} == {desk.bao: Fraction(0)}


def test_a_mark_by_hand_changes_the_score_and_what_is_taken_back_leaves_nought(desk, linked):
    desk.by_hand(desk.ada, Fraction(1))
    note(desk)
    first = linked.scores()[desk.ada].share
    desk.by_hand(desk.ada, None, at=2)
    note(desk, at=3)
    row = linked.scores()[desk.ada]
    assert (first > 0, row.share, row.wanted) == (True, 0, 2)


def test_a_regrade_wants_what_has_changed_alone(desk, linked):
    hand_in(desk, desk.ada, 6)
    hand_in(desk, desk.bao, 3)
    note(desk)
    desk.by_hand(desk.ada, Fraction(0), at=3)
    desk.regrade(at=100)
    note(desk, at=101)
    assert {person: row.wanted for person, row in linked.scores().items()} == {desk.ada: 2, desk.bao: 1}


def test_a_whole_class_is_noted_at_once(desk, linked):
    people = desk.enrol(25)
    with transaction(desk.engine) as session:
        for person in people:
            session.add(ContextMember(context_id=linked.context, user_id=person, subject=f"s{person}", role="student"))
    for person in people:
        hand_in(desk, person, 2)
    note(desk)
    assert {row.share for row in linked.scores().values()} == {sixths(2)}
    assert len(linked.scores()) == 25


def test_a_link_that_is_new_gets_what_there_was(desk):
    hand_in(desk, desk.ada, 4)
    linked = link_set(desk.engine, course_id=desk.course_id, set_id=None, students=[desk.ada], now=desk.start)
    note(desk)
    linked.change(ResourceLink, linked.link, set_id=desk.set_id)
    with reading(desk.engine) as session:
        assert couriers.courses_to_read(session) == [desk.course_id]
    note(desk)
    assert linked.scores()[desk.ada].share == sixths(4)
    with reading(desk.engine) as session:
        assert couriers.courses_to_read(session) == []


@pytest.mark.parametrize("role", ["instructor", None])
def test_only_students_whom_the_platform_has_get_scores(desk, linked, role):
    with transaction(desk.engine) as session:
        of_ada = ContextMember.user_id == desk.ada
        if role is None:
            session.execute(delete(ContextMember).where(of_ada))
        else:
            session.scalars(select(ContextMember).where(of_ada)).one().role = role
    hand_in(desk, desk.ada, 4)
    note(desk)
    assert linked.scores() == {}


def test_instructors_here_get_no_scores(desk, linked):
    with transaction(desk.engine) as session:
        session.scalars(select(Membership).where(Membership.user_id == desk.ada)).one().role = "instructor"
    hand_in(desk, desk.ada, 4)
    note(desk)
    assert linked.scores() == {}


def test_where_the_platform_has_no_column_and_lets_us_make_none_nothing_waits(desk):
    linked = link_set(
        desk.engine,
        course_id=desk.course_id,
        set_id=desk.set_id,
        students=[desk.ada],
        now=desk.start,
        line_items_url=None,
    )
    hand_in(desk, desk.ada, 4)
    note(desk)
    assert linked.scores() == {}


def webhook(desk, *events):
    with transaction(desk.engine) as session:
        hook = Webhook(
            course_id=desk.course_id, url="https://app.example.org/hook", events=list(events), secret="sealed",
            created_at=desk.at(2),
        )  # fmt: skip
        session.add(hook)
        session.flush()
        return hook.id


def messages(desk):
    with reading(desk.engine) as session:
        return session.scalars(select(WebhookMessage).order_by(WebhookMessage.id)).all()


def test_a_webhook_is_told_of_ended_attempts_and_changed_scores(desk):
    hook = webhook(desk, "attempt.finished", "score.changed")
    hand_in(desk, desk.ada, 3, at=3)
    desk.finish(desk.ada, at=4)
    note(desk, at=5)
    told = [(one.event, one.body["user"], one.body["score"]["share"]) for one in messages(desk)]
    assert told == [("attempt.finished", desk.ada, "1/2"), ("score.changed", desk.ada, "1/2")]
    assert {one.webhook_id for one in messages(desk)} == {hook}
    assert len({one.message_id for one in messages(desk)}) == 2
    assert f"webhook:{hook}" in on_the_way(desk.engine)
    assert "Ada" not in str([one.body for one in messages(desk)])


def test_a_webhook_is_told_a_score_once_and_again_when_it_changes(desk):
    webhook(desk, "score.changed")
    hand_in(desk, desk.ada, 3, at=3)
    note(desk, at=4)
    desk.extend(desk.ada, due=desk.at(DUE + 5), at=5)
    note(desk, at=6)
    hand_in(desk, desk.ada, 5, at=7)
    note(desk, at=8)
    assert [one.share for one in messages(desk)] == [sixths(3), sixths(5)]


def test_a_webhook_is_told_nothing_that_was_before_it(desk):
    hand_in(desk, desk.ada, 3, at=1)
    desk.finish(desk.ada, at=1)
    webhook(desk, "attempt.finished")
    note(desk, at=5)
    assert messages(desk) == []


def test_a_set_that_is_removed_leaves_its_link_behind(desk, linked):
    with transaction(desk.engine) as session:
        sets.delete_set(session, problem_set=desk.set(session))
    with reading(desk.engine) as session:
        assert session.get(ResourceLink, linked.link).set_id is None
