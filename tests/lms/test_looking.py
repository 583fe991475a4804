"""Looking for what waits: couriers that died are replaced, and a database that is away is waited for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from desk import right
from linked import link_set
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from quizsvc.jobs import looking
from quizsvc.jobs.couriers import Turn
from quizsvc.store import queue
from quizsvc.store.api_models import Courier
from quizsvc.store.database import reading, transaction


@pytest.fixture
def linked(desk):
    return link_set(
        desk.engine, course_id=desk.course_id, set_id=desk.set_id, students=[desk.ada], now=desk.start,
        line_items_url=None,
    )  # fmt: skip


def look(office):
    return looking.look(office.engine, now=office.clock[0], patience=office.equipment.patience)


def courier(office):
    with reading(office.engine) as session:
        return session.scalars(select(Courier)).one()


def finish(office, job_id):
    """Have the queue hold the job to be over."""
    table = "workflow_status" if office.engine.dialect.name == "sqlite" else "dbos.workflow_status"
    with transaction(office.engine) as session:
        over = f"UPDATE {table} SET status = 'ERROR' WHERE workflow_uuid = :job"  # noqa: S608 - one of two names
        session.execute(text(over), {"job": job_id})


@pytest.mark.usefixtures("linked")
def test_one_that_lives_is_left_alone(desk, office):
    desk.submit(desk.ada, desk.open(desk.ada), right(1), at=2)
    before = courier(office)
    office.clock[0] += timedelta(minutes=1)
    assert look(office) == 0
    assert courier(office).seen_at == before.seen_at


@pytest.mark.usefixtures("linked")
def test_one_that_gives_no_sign_of_life_has_its_job_done_by_another(desk, office, caplog):
    desk.submit(desk.ada, desk.open(desk.ada), right(1), at=2)
    before = courier(office)
    office.clock[0] += timedelta(minutes=3)
    assert look(office) == 0
    after = courier(office)
    assert (after.job_id, after.seen_at) == (before.job_id, office.clock[0])
    assert "gave no sign of life" in caplog.text


@pytest.mark.usefixtures("linked")
def test_where_the_job_is_over_another_sets_out(desk, office):
    desk.submit(desk.ada, desk.open(desk.ada), right(1), at=2)
    before = courier(office)
    finish(office, before.job_id)
    office.clock[0] += timedelta(minutes=3)
    assert look(office) == 1
    assert courier(office).job_id not in (None, before.job_id)


@pytest.mark.usefixtures("linked")
def test_only_one_of_several_who_look_replaces_it(desk, office, monkeypatch):
    desk.submit(desk.ada, desk.open(desk.ada), right(1), at=2)
    office.clock[0] += timedelta(minutes=3)
    looked = []

    def revive(engine, job_id):
        looked.append(job_id)
        looking.look(engine, now=office.clock[0], patience=office.equipment.patience)
        return True

    monkeypatch.setattr(queue, "revive", revive)
    look(office)
    assert len(looked) == 1


def test_nothing_is_loaded_before_there_is_somebody_to_tell(desk, office, monkeypatch):
    loaded = []
    monkeypatch.setattr(queue, "load", lambda: loaded.append("dbos"))
    looking.get_queue_ready(office.engine)
    assert loaded == []
    link_set(desk.engine, course_id=desk.course_id, set_id=desk.set_id, students=[], now=desk.start)
    looking.get_queue_ready(office.engine)
    assert loaded == ["dbos"]


class Worker:
    """A worker of the queue that only tells when it was started and stopped."""

    told: list[str]

    def __init__(self, _url, _run, *, name, poll_seconds):
        assert (name, poll_seconds) == ("id-1", 1.0)
        self.is_started = False

    def start(self):
        self.is_started = True
        self.told.append("started")

    def stop(self):
        self.told.append("stopped")


@pytest.mark.usefixtures("linked")
def test_a_database_that_is_away_is_waited_for_and_old_jobs_are_forgotten(office, monkeypatch, caplog):
    told = Worker.told = []
    times = iter(range(10))

    def look_once(_engine, *, now, patience):
        assert now == office.clock[0]
        assert patience is office.equipment.patience
        told.append("looked")
        office.clock[0] += timedelta(hours=2)
        if next(times) == 0:
            statement = "SELECT"
            raise OperationalError(statement, {}, Exception(statement))
        office.equipment.stop.set()

    monkeypatch.setattr(looking, "QueueWorker", Worker)
    monkeypatch.setattr(looking, "look", look_once)
    monkeypatch.setattr(queue, "forget_finished", lambda _engine, before: told.append(str(office.clock[0] - before)))
    monkeypatch.setattr(office.equipment.stop, "wait", lambda _seconds: None)
    looking.run_couriers(office.equipment, "sqlite://")
    assert told == ["started", "looked", "looked", "1 day, 2:00:00", "stopped"]
    assert "it is tried again" in caplog.text


@pytest.mark.usefixtures("linked")
def test_one_whose_process_is_stopped_lets_another_go_on_at_once(desk, office):
    desk.submit(desk.ada, desk.open(desk.ada), right(1), at=2)
    [(destination, job_id)] = office.sent()
    office.equipment.stop.set()
    office.couriers.run(destination, job_id)
    assert office.sent() == []
    assert look(office) == 1


@pytest.mark.usefixtures("linked")
def test_one_that_was_held_to_be_dead_and_lives_leaves_it_to_the_other(desk, office):
    desk.submit(desk.ada, desk.open(desk.ada), right(1), at=2)
    [(destination, job_id)] = office.sent()
    turn, other = (Turn(office.equipment, destination, job_id) for _ in range(2))
    assert turn.goes_on()
    office.clock[0] += timedelta(minutes=3)
    look(office)
    assert other.goes_on()
    assert not turn.goes_on()
    assert not turn.has_more(None, lambda _session, _now: True)
    turn.ends()
    assert other.has_more(None, lambda _session, _now: True)
    assert office.sent() == [(destination, job_id)]
