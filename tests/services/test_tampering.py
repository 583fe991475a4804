"""Whoever changes the log, or a mark behind its back, is found out; and the database refuses it to begin with."""

from __future__ import annotations

import hashlib
import random
from datetime import timedelta
from fractions import Fraction

import pytest
import sqlalchemy as sa
from students import exact_answers

import problems
from quizsvc.services import adjusting, attempts, extensions, ledger, regrading, set_files, sets, submitting
from quizsvc.services.audit import BEGINNING
from quizsvc.store import audit
from quizsvc.store import sets as stored
from quizsvc.store.database import reading, transaction

SEALED = ("audit_entries", "rejudgements", "adjustments", "submissions")
DAY = timedelta(days=1)


def deeds(room, count, seed=1):
    """So many things that decide marks, one after the other, by chance."""
    rng, now = random.Random(seed), room.now  # noqa: S311 - no secret
    for number in range(count):
        now += timedelta(hours=1)
        who, item = rng.choice([room.ada, room.bao]), rng.choice(room.items)
        deed = rng.choice(["submit", "submit", "submit", "late", "by hand", "withdraw", "extend", "file", "regrade"])
        with transaction(room.engine) as session:
            problem_set = stored.get_set(session, room.set_id)
            if deed in ("submit", "late"):
                when = room.now + (timedelta(minutes=number) if deed == "submit" else 30 * DAY)
                issued = attempts.open_problem(
                    session, user_id=who, item_id=item, now=min(when, room.now + DAY), seed=number
                )
                typed = exact_answers(problems.from_json(issued.problem)) | {"z1": rng.choice(["0.5", "77", "?"])}
                command = submitting.SubmitSteps(who, issued.id, typed | {"a1": f"0.{number + 100}"})
                submitting.submit_steps(session, command, now=when)
            elif deed in ("by hand", "withdraw"):
                points = Fraction(rng.randint(0, 20), 2) if deed == "by hand" else None
                key = rng.choice([None, problem_set.items[0].key])
                mark = adjusting.SetMarkByHand(who, points, "by chance", key)
                adjusting.set_mark_by_hand(session, problem_set, mark, now=now)
            elif deed == "extend":
                longer = extensions.GrantExtension(who, "by chance", due=room.now + rng.randint(31, 60) * DAY)
                extensions.grant_extension(session, problem_set, longer, now=now)
            elif deed == "file":
                source = sets.source_of(problem_set).replace("submissions: 3", "submissions: 900")
                other = source.partition("imprecise: ")[2][:3]
                source = source.replace(f"imprecise: {other}", f"imprecise: 1/{rng.randint(2, 9)}")
                spec = set_files.read_set(source)
                sets.update_set(session, problem_set=problem_set, spec=spec, now=now, seed=number)
            else:
                options = regrading.RegradeOptions(allow_lower=rng.random() < 0.5)
                plan = regrading.plan_regrade(session, problem_set, options)
                regrading.apply_regrade(session, plan, token=plan.token, now=now)


def faults(room, expected=None):
    with reading(room.engine) as session:
        return ledger.verify_course(session, "deep", expected=expected).faults


def digest(room):
    with reading(room.engine) as session:
        return ledger.verify_course(session, "deep").digest


@pytest.fixture
def generous(classroom):
    """The classroom, in whose set one may submit as often as one likes."""
    with transaction(classroom.engine) as session:
        problem_set = stored.get_set(session, classroom.set_id)
        source = sets.source_of(problem_set).replace("submissions: 3", "submissions: 900")
        spec = set_files.read_set(source)
        sets.update_set(session, problem_set=problem_set, spec=spec, now=classroom.now, seed=1)
    return classroom


@pytest.fixture
def worked(generous):
    """A classroom in which much has happened; of each thing at least one."""
    deeds(generous, 30)
    late = generous.now + 80 * DAY
    with transaction(generous.engine) as session:
        issued = attempts.open_problem(
            session, user_id=generous.ada, item_id=generous.items[0], now=generous.now, seed=1
        )
        command = submitting.SubmitSteps(generous.ada, issued.id, {"z1": "0.50"})
        submitting.submit_steps(session, command, now=late)
        problem_set = stored.get_set(session, generous.set_id)
        longer = extensions.GrantExtension(generous.ada, "ill", due=generous.now + 90 * DAY)
        extensions.grant_extension(session, problem_set, longer, now=late + DAY)
        by_hand = adjusting.SetMarkByHand(generous.bao, Fraction(7, 2), "heard")
        adjusting.set_mark_by_hand(session, problem_set, by_hand, now=late + DAY)
    return generous


@pytest.fixture
def unsealed(worked):
    """Somebody who may do everything in the database: the triggers that refuse changes are gone."""

    def run(statement):
        with worked.engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                for table in SEALED:
                    for verb in ("update", "delete"):
                        connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
            else:
                connection.execute(sa.text("SET session_replication_role = replica"))
            connection.execute(sa.text(statement))

    return run


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_the_log_tells_of_the_marks_that_there_are(generous, seed):
    deeds(generous, 80, seed)
    assert faults(generous) == ()


def test_a_digest_is_that_of_the_fields_and_the_digest_before(worked):
    with reading(worked.engine) as session:
        before, count = BEGINNING, 0
        for entry in audit.entries(session, 1):
            count += 1
            fields = (before, 1, count, entry.at.isoformat(timespec="microseconds"), entry.actor_id, entry.kind)
            lines = ["" if one is None else str(one) for one in (*fields, entry.set_id, entry.user_id, entry.body)]
            assert entry.digest == hashlib.sha256("\n".join(lines).encode()).hexdigest()
            before = entry.digest
        assert count > 20


TAMPERING = {
    "a body": "UPDATE audit_entries SET body = replace(body, 'score', 'scorn') WHERE number = 9",
    "a time": "UPDATE audit_entries SET at = (SELECT at FROM audit_entries WHERE number = 2) WHERE number = 9",
    "a person": "UPDATE audit_entries SET user_id = 999 WHERE number = 9",
    "a digest": "UPDATE audit_entries SET digest = previous WHERE number = 9",
    "an entry taken out": "DELETE FROM audit_entries WHERE number = 9",
    "a gap closed": "UPDATE audit_entries SET number = number + 1000 WHERE number = 9",
    "a score": "UPDATE submissions SET score = '99/100' WHERE id = (SELECT max(id) FROM submissions)",
    "a mark by hand": "UPDATE adjustments SET points = '1/7' WHERE id = (SELECT max(id) FROM adjustments)",
    "the points of a problem": "UPDATE items SET points = 99",
}


@pytest.mark.parametrize("statement", TAMPERING.values(), ids=TAMPERING.keys())
def test_what_was_changed_is_told(worked, unsealed, statement):
    assert faults(worked) == ()
    unsealed(statement)
    assert faults(worked) != ()


def test_a_tail_that_is_cut_off_is_missed_by_who_noted_the_digest(worked, unsealed):
    noted = digest(worked)
    unsealed("DELETE FROM audit_entries WHERE number = (SELECT max(number) FROM audit_entries)")
    assert f"The digest {noted} is not in the log" in " ".join(faults(worked, expected=noted))


@pytest.mark.parametrize("table", SEALED)
@pytest.mark.parametrize("statement", ["UPDATE {table} SET id = id", "DELETE FROM {table}"])
def test_the_database_refuses(worked, table, statement):
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), worked.engine.begin() as connection:
        connection.execute(sa.text(statement.format(table=table)))
    assert faults(worked) == ()
