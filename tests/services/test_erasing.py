"""What is kept of a person is given out in full; erased, nobody can tell whose marks they were, and they stay."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from quizsvc.cli.output import json_text
from quizsvc.errors import NotFound, NotLoggedIn
from quizsvc.services import accounts, attempts, extensions, gradebook, ledger, privacy, submitting
from quizsvc.store import sets
from quizsvc.store.database import reading, transaction
from quizsvc.store.models import Base

CANARIES = {"answer": "0.50001234", "draft": "0.61115678", "reason": "Canary Reason"}


@pytest.fixture
def known(classroom):
    """Ada, with a password, a log-in, work, a draft and an extension."""
    now, who = classroom.now, classroom.ada
    with transaction(classroom.engine) as session:
        hashed = accounts.hash_password("a long password")
        accounts.set_password(session, email="ada@example.org", password_hash=hashed, now=now)
        accounts.begin_login(session, user_id=who, now=now)
        issued = attempts.open_problem(session, user_id=who, item_id=classroom.items[0], now=now, seed=1)
        command = submitting.SubmitSteps(who, issued.id, {"z1": CANARIES["answer"]})
        submitting.submit_steps(session, command, now=now)
        submitting.save_draft(session, submitting.SaveDraft(who, issued.id, {"z1": CANARIES["draft"]}, 0), now=now)
        longer = extensions.GrantExtension(who, CANARIES["reason"], due=now + timedelta(days=20))
        extensions.grant_extension(session, sets.get_set(session, classroom.set_id), longer, now=now)
    return classroom


def everything(engine):
    """All that stands in the database, as one text."""
    with engine.connect() as connection:
        return "\n".join(
            str(tuple(row)) for table in Base.metadata.sorted_tables for row in connection.execute(sa.select(table))
        )


def book(room):
    with reading(room.engine) as session:
        rows = gradebook.gradebook_of(session, sets.get_set(session, room.set_id)).rows
        return {row.user_id: (row.name, row.mark) for row in rows}


def test_all_of_it_is_given_out_and_no_secret(known):
    with reading(known.engine) as session:
        text = json_text(privacy.export_person(session, " ADA@example.org"))
    data = json.loads(text)
    assert all(canary in text for canary in (*CANARIES.values(), "Ada", "ada@example.org"))
    assert "argon2" not in text
    assert [attempt["set"] for attempt in data["attempts"]] == ["chains"]
    assert {entry["kind"] for entry in data["audit"]} == {"started", "submitted", "extended"}
    with reading(known.engine) as session:
        assert CANARIES["answer"] not in json_text(privacy.export_person(session, "bao@example.org"))


def test_after_erasing_nothing_tells_who_it_was_and_the_marks_are_there(known):
    before = book(known)
    with transaction(known.engine) as session:
        erased = privacy.erase_person(session, "ada@example.org", now=known.now)
    text = everything(known.engine)
    assert "ada@example.org" not in text
    assert "'Ada'" not in text
    assert CANARIES["reason"] not in text
    assert CANARIES["draft"] not in text
    assert CANARIES["answer"] in text  # what the mark was given for
    after = book(known)
    assert after[known.ada] == (erased.name, before[known.ada][1])
    assert {who: row for who, row in after.items() if who != known.ada} == {
        who: row for who, row in before.items() if who != known.ada
    }
    with reading(known.engine) as session:
        assert ledger.verify_course(session, "deep").faults == ()
        with pytest.raises(NotLoggedIn):
            accounts.authenticate(session, email="ada@example.org", password="a long password")
        with pytest.raises(NotLoggedIn):
            accounts.authenticate(session, email=erased.email, password="a long password")
        with pytest.raises(NotFound):
            privacy.export_person(session, "ada@example.org")


def test_the_address_is_free_for_another_account(known):
    with transaction(known.engine) as session:
        privacy.erase_person(session, "ada@example.org", now=known.now)
        fresh = accounts.create_user(session, email="ada@example.org", name="Another Ada", now=known.now)
    with reading(known.engine) as session:
        assert privacy.export_person(session, "ada@example.org")["attempts"] == []
    assert fresh.id != known.ada


def test_who_has_no_account_is_told_so(known):
    with reading(known.engine) as session, pytest.raises(NotFound, match="no account"):
        privacy.export_person(session, "nobody@example.org")
