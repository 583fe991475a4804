"""Leave to register oneself is used once, whoever else tries at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from linked_course import OURS, SEAL, linked

from quizsvc.errors import Closed, Conflict, Invalid, NotAllowed, NotFound
from quizsvc.services.lms import deep_linking, invitations, registrations
from quizsvc.services.lms.deep_linking import ChooseSets
from quizsvc.services.lms.registrations import Registration
from quizsvc.store.database import transaction

AT_ONCE = 12
DAY = timedelta(days=1)


def invite(room, name="Moodle", **wanted):
    with transaction(room.engine) as session:
        settings = {"secret": "s", "lasts": DAY, "now": room.now} | wanted
        return invitations.invite(session, name=name, **settings).id


def take(room, later=timedelta(0)):
    with transaction(room.engine) as session:
        return invitations.take(session, secret="s", now=room.now + later).id


def outcomes(count, do):
    """What came of doing it so many times at once."""

    def outcome(_number):
        try:
            return do()
        except (NotAllowed, Closed) as error:
            return type(error)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(outcome, range(count)))


def test_of_many_that_come_at_once_one_may_register(classroom):
    number = invite(classroom)
    found = outcomes(AT_ONCE, lambda: take(classroom))
    assert sorted(found, key=str) == [number, *[NotAllowed] * (AT_ONCE - 1)]


def test_of_many_answers_at_once_one_is_sent(classroom):
    _, request_id = linked(classroom)
    command = ChooseSets(classroom.instructor, request_id, (classroom.set_id,))

    def answer():
        with transaction(classroom.engine) as session:
            deep_linking.answer_request(session, command, ours=OURS, seal=SEAL, nonce="n", now=classroom.now)
        return "sent"

    found = outcomes(AT_ONCE, answer)
    assert found.count("sent") == 1
    assert found.count(Closed) == AT_ONCE - 1


def test_one_that_was_given_back_is_good_again_until_it_ends(classroom):
    number = invite(classroom)
    assert take(classroom) == number
    with transaction(classroom.engine) as session:
        invitations.give_back(session, number)
    with pytest.raises(NotAllowed, match="no longer valid"):
        take(classroom, later=DAY)
    assert take(classroom, later=DAY - timedelta(seconds=1)) == number


def test_what_cannot_be_invited(classroom):
    with pytest.raises(Invalid, match="end at once"):
        invite(classroom, lasts=timedelta(0))
    with pytest.raises(Invalid, match="name needs"):
        invite(classroom, name="")
    with pytest.raises(NotFound, match="no course"):
        invite(classroom, course_slug="nope")
    with transaction(classroom.engine) as session:
        addresses = {kind: f"https://x.example/{kind}" for kind in ("auth_url", "token_url", "jwks_url")}
        registration = Registration(name="Moodle", issuer="https://x.example", client_id="c", **addresses)
        registrations.register(session, registration, seal=SEAL, now=classroom.now)
    with pytest.raises(Conflict, match="choose another name"):
        invite(classroom)
