"""Our keys: each platform its own, exchanged without a call that fails, and never seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from quizsvc.errors import NotReady
from quizsvc.services.lms import tool_keys
from quizsvc.services.lms.registrations import Registration, register
from quizsvc.services.sealing import Seal
from quizsvc.store.database import reading, transaction
from quizsvc.store.lms_models import Platform, ToolKey
from quizsvc.store.models import Base

NOW = datetime(2026, 11, 3, 18, tzinfo=UTC)
SEAL = Seal("k" * 40)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def registered(session, name="Moodle", now=NOW):
    addresses = {kind: f"https://lms.example.org/{kind}" for kind in ("auth_url", "token_url", "jwks_url")}
    return register(
        session,
        Registration(name=name, issuer="https://lms.example.org", client_id=name, **addresses),
        seal=SEAL,
        now=now,
    )


def signed(session, platform, now, seal=SEAL):
    return tool_keys.sign(session, platform, {"iss": "client", "iat": int(now.timestamp())}, seal=seal, now=now)


def known(keys, token):
    """Whether who has fetched these keys can verify the token."""
    decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=["RS256"])
    return decoded.claims["iss"] == "client" and decoded.header["alg"] == "RS256"


def kid_of(token, keys):
    return jwt.decode(token, KeySet.import_key_set(keys), algorithms=["RS256"]).header["kid"]


def test_what_is_signed_is_verified_with_what_is_published(engine):
    with transaction(engine) as session:
        platform = registered(session)
    with reading(engine) as session:
        keys = tool_keys.public_keys(session, now=NOW)
        assert known(keys, signed(session, platform, NOW))
    [key] = keys["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "alg", "use"}
    assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")


def test_each_platform_has_a_pair_of_its_own(engine):
    with transaction(engine) as session:
        first, second = registered(session), registered(session, "Canvas")
        keys = tool_keys.public_keys(session, now=NOW)
        assert len(keys["keys"]) == 2
        assert kid_of(signed(session, first, NOW), keys) != kid_of(signed(session, second, NOW), keys)


def test_the_private_half_is_nowhere_in_the_open(engine):
    with transaction(engine) as session:
        registered(session)
        [stored] = session.scalars(select(ToolKey.private_key)).all()
        assert "PRIVATE KEY" not in stored
        assert "PRIVATE KEY" in SEAL.open(stored)
        [key] = session.scalars(select(ToolKey)).all()
        assert not {"d", "p", "q", "dp", "dq", "qi"} & set(key.public_key)


def test_keys_that_were_sealed_with_another_secret_are_told_and_can_be_replaced(engine):
    with transaction(engine) as session:
        platform = registered(session)
        other = Seal("o" * 40)
        with pytest.raises(NotReady, match="another SECRET_KEY"):
            signed(session, platform, NOW, other)
        tool_keys.rotate(session, platform, seal=other, now=NOW, leaked=True)
        assert known(tool_keys.public_keys(session, now=NOW), signed(session, platform, NOW, other))


def test_a_leaked_pair_is_gone_at_once(engine):
    with transaction(engine) as session:
        platform = registered(session)
        [old] = tool_keys.public_keys(session, now=NOW)["keys"]
        tool_keys.rotate(session, platform, seal=SEAL, now=NOW + DAY, leaked=True)
        keys = tool_keys.public_keys(session, now=NOW + DAY)
        assert old not in keys["keys"]
        assert known(keys, signed(session, platform, NOW + DAY))


def test_without_any_pair_it_is_told_what_to_do(engine):
    with transaction(engine) as session:
        platform = registered(session)
        platform.tool_keys[0].retired_at = NOW
        with pytest.raises(NotReady, match="lti rotate-keys"):
            signed(session, platform, NOW)


def test_the_drill_old_and_new_are_published_and_no_signature_fails_at_any_time(engine):
    """A platform that remembers our keys for up to an hour verifies whatever we sign, before, while and after."""
    with transaction(engine) as session:
        platform = registered(session)
        rotated, kids, counts = NOW + DAY, [], []
        tool_keys.rotate(session, platform, seal=SEAL, now=rotated)
        for minutes in (0, 1, 30, 59, 60, 61, 120, 24 * 60, 7 * 24 * 60, 8 * 24 * 60):
            now = rotated + timedelta(minutes=minutes)
            token = signed(session, platform, now)
            for age in (timedelta(0), timedelta(minutes=5), HOUR):  # of what the platform remembers
                assert known(tool_keys.public_keys(session, now=max(now - age, rotated)), token), (minutes, age)
            kids.append(kid_of(token, tool_keys.public_keys(session, now=now)))
            counts.append(len(tool_keys.public_keys(session, now=now)["keys"]))
    assert len(set(kids[:4])) == 1
    assert len(set(kids[4:])) == 1
    assert kids[3] != kids[4]
    assert counts == [2] * 8 + [1] * 2


@pytest.fixture(scope="module")
def memory():
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@settings(max_examples=40)
@given(gaps=st.lists(st.integers(0, 3 * 24 * 60), max_size=5), later=st.integers(0, 14 * 24 * 60))
def test_however_often_keys_are_rotated_what_is_signed_was_published_an_hour_before_or_ever(memory, gaps, later):
    with Session(memory) as session:
        platform, now = registered(session), NOW
        for minutes in gaps:
            now += timedelta(minutes=minutes)
            tool_keys.rotate(session, platform, seal=SEAL, now=now)
        now += timedelta(minutes=later)
        token = signed(session, platform, now)
        assert known(tool_keys.public_keys(session, now=now), token)
        key = tool_keys.signing_key(session, platform, now=now)
        oldest = session.scalars(select(ToolKey).order_by(ToolKey.id)).first()
        assert key.created_at <= now - HOUR or key is oldest
        assert session.get(Platform, platform.id) is platform
        session.rollback()
