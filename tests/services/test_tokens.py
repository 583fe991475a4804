"""Keys to the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from quizsvc.errors import Invalid, NotAllowed, NotFound, NotLoggedIn
from quizsvc.services import tokens
from quizsvc.store.database import reading, transaction

HOUR = timedelta(hours=1)


def create(room, **wanted):
    with transaction(room.engine) as session:
        settings = {"name": "LMS", "scopes": ["grade"], "now": room.now} | wanted
        token, secret = tokens.create_token(session, **settings)
        return token.id, secret


def check(room, secret, scope="grade", later=timedelta(0)):
    with reading(room.engine) as session:
        return tokens.check_token(session, secret=secret, scope=scope, now=room.now + later)


def test_a_token_opens_what_its_scopes_say_and_nothing_else(classroom):
    number, secret = create(classroom)
    assert check(classroom, secret).id == number
    with pytest.raises(NotAllowed, match="lacks the scope problems:draw"):
        check(classroom, secret, "problems:draw")


def test_the_secret_is_nowhere_in_the_database(classroom):
    _, secret = create(classroom, course_slug="deep")
    with reading(classroom.engine) as session:
        [token] = tokens.list_tokens(session)
        stored = " ".join(str(value) for value in vars(token).values())
        assert token.course.slug == "deep"
    assert secret not in stored
    assert secret.startswith(token.prefix)


def test_revoked_expired_and_unknown_ones_open_nothing(classroom):
    number, secret = create(classroom, expires_at=classroom.now + HOUR)
    with pytest.raises(NotLoggedIn, match="expired"):
        check(classroom, secret, later=HOUR)
    with transaction(classroom.engine) as session:
        first = tokens.revoke_token(session, token_id=number, now=classroom.now).revoked_at
        assert tokens.revoke_token(session, token_id=number, now=classroom.now + HOUR).revoked_at == first
    with pytest.raises(NotLoggedIn, match="revoked"):
        check(classroom, secret)
    with pytest.raises(NotLoggedIn, match="not known"):
        check(classroom, "gfq_nothing")


@pytest.mark.parametrize("wanted", [{"scopes": ["everything"]}, {"scopes": []}, {"name": " "}, {"expires_at": "past"}])
def test_tokens_that_cannot_be_made(classroom, wanted):
    if "expires_at" in wanted:
        wanted = {"expires_at": classroom.now}
    with pytest.raises(Invalid):
        create(classroom, **wanted)


def test_a_token_that_is_not_there(classroom):
    with transaction(classroom.engine) as session, pytest.raises(NotFound):
        tokens.revoke_token(session, token_id=77, now=classroom.now)
