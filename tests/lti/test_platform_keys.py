"""A platform's keys are asked for when they are needed, and no more often than that."""

from __future__ import annotations

import threading
from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, RSAKey
from signing_platform import KEY, OTHER_KEY, later, signed

from quizsvc.errors import LaunchRefused, NotReached
from quizsvc.services.lms.platform_keys import LONGEST_FRESH, SHORTEST_FRESH, PlatformKeyring, fresh_time, read_keys
from quizsvc.services.lms.registrations import get_platform
from quizsvc.store.database import reading
from quizsvc.store.lms_models import PlatformKeys

TWO = {"alg": "RS256", "kid": "two"}


def launch(quiz, header=None, key=KEY):
    """The status of a launch that is signed so."""
    browser = quiz.browser()
    asked = browser.asked()
    return browser.answer(asked.state, signed(quiz.platform.claims(asked.nonce, quiz.now), header, key)).status_code


def at_once(count, work):
    start, done = threading.Barrier(count), []

    def one():
        start.wait()
        done.append(work())

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def test_many_launches_fetch_once(quiz):
    assert [launch(quiz) for _ in range(5)] == 5 * [303]
    assert quiz.platform.fetches == 1


def test_a_burst_fetches_once(quiz):
    assert set(at_once(30, lambda: launch(quiz))) == {303}
    assert quiz.platform.fetches == 1


def test_a_new_key_is_fetched_at_once_and_the_old_one_still_holds(quiz):
    launch(quiz)
    quiz.platform.keys = [KEY, OTHER_KEY]
    later(quiz, seconds=1)
    assert set(at_once(10, lambda: launch(quiz, TWO, OTHER_KEY))) == {303}
    assert launch(quiz) == 303
    assert quiz.platform.fetches == 2


def test_an_unknown_key_is_asked_for_once_a_minute(quiz):
    launch(quiz)
    assert {launch(quiz, {"alg": "RS256", "kid": f"made-up-{number}"}) for number in range(100)} == {401}
    assert quiz.platform.fetches == 2
    quiz.platform.keys = [OTHER_KEY]
    later(quiz, seconds=59)
    assert launch(quiz, TWO, OTHER_KEY) == 401
    later(quiz, seconds=1)
    assert launch(quiz, TWO, OTHER_KEY) == 303
    assert quiz.platform.fetches == 3


def test_unknown_keys_at_once_are_asked_for_once(quiz):
    launch(quiz)
    assert set(at_once(20, lambda: launch(quiz, TWO, OTHER_KEY))) == {401}
    assert quiz.platform.fetches == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("told", "fresh"),
    [(None, 300), ("max-age=60", 300), ("max-age=3600", 3600), ("public, max-age=999999", 86_400)],
)
def test_keys_are_fetched_again_when_they_are_no_longer_fresh(quiz, told, fresh):
    quiz.platform.cache_control = told
    launch(quiz)
    later(quiz, seconds=fresh - 1)
    launch(quiz)
    assert quiz.platform.fetches == 1
    later(quiz, seconds=1)
    assert launch(quiz) == 303
    assert quiz.platform.fetches == 2


def test_who_has_an_old_key_to_go_on_with_does_not_wait_for_a_newer_one(quiz):
    launch(quiz)
    later(quiz, minutes=5)
    asked, go_on = threading.Event(), threading.Event()
    quiz.platform.wait = lambda: asked.set() or go_on.wait(60)
    first = threading.Thread(target=launch, args=[quiz])
    first.start()
    assert asked.wait(60)
    assert launch(quiz) == 303
    assert quiz.platform.fetches == 2
    go_on.set()
    first.join()


def test_a_key_that_the_platform_has_taken_back_is_no_longer_taken(quiz):
    launch(quiz)
    quiz.platform.keys = [OTHER_KEY]
    later(quiz, minutes=5)
    assert launch(quiz) == 401


def test_while_a_platform_does_not_answer_its_old_keys_serve_for_two_days(quiz):
    launch(quiz)
    quiz.platform.broken = True
    later(quiz, hours=24)
    assert [launch(quiz) for _ in range(3)] == 3 * [303]
    assert quiz.platform.fetches == 2
    later(quiz, hours=24)
    assert launch(quiz) == 303
    later(quiz, seconds=1)
    assert launch(quiz) == 502
    quiz.platform.broken = False
    later(quiz, seconds=10)
    assert launch(quiz) == 303


def test_without_any_key_a_launch_says_that_the_platform_does_not_answer_and_can_be_tried_again(quiz):
    quiz.platform.broken = True
    browser = quiz.browser()
    asked = browser.asked()
    answer = browser.answer(asked.state, browser.token(asked))
    assert answer.status_code == 502
    assert "cannot be asked for its keys" in answer.text
    assert set(at_once(5, lambda: launch(quiz))) == {502}
    assert quiz.platform.fetches == 1
    quiz.platform.broken = False
    later(quiz, seconds=10)
    assert browser.answer(asked.state, browser.token(asked)).status_code == 303


def test_keys_are_remembered_by_all_processes(quiz, classroom):
    launch(quiz)
    quiz.app.extensions["platform_keyring"] = PlatformKeyring(quiz.engine, quiz.app.extensions["outside"])
    assert launch(quiz) == 303
    assert quiz.platform.fetches == 1
    [kept] = quiz.rows(PlatformKeys)
    assert list(kept.keys) == ["one"]
    assert kept.fetched_at == classroom.now


def read(*keys, status=200):
    return read_keys(httpx.Response(status, json={"keys": list(keys)}))


def in_processes(quiz, count):
    """The service as so many processes, each with what it alone knows."""
    outside = quiz.app.extensions["outside"]
    return [PlatformKeyring(quiz.engine, outside) for _ in range(count)]


def find(quiz, keyring, kid):
    with reading(quiz.engine) as session:
        platform = get_platform(session, 1)
    try:
        return keyring.find_key(platform, kid, now=quiz.now)["kid"]
    except LaunchRefused:
        return "refused"


@pytest.mark.parametrize(("kid", "found"), [("one", "one"), ("made-up", "refused")])
def test_of_several_processes_that_miss_a_key_at_once_one_asks(quiz, kid, found):
    keyrings = in_processes(quiz, 4)
    everybody_came = threading.Barrier(4)
    told = []

    def one(keyring):
        everybody_came.wait()
        told.append(find(quiz, keyring, kid))

    threads = [threading.Thread(target=one, args=[keyring]) for keyring in keyrings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == 4 * [found]
    assert quiz.platform.fetches == 1


def test_a_process_that_died_while_asking_holds_nobody_up_for_long(quiz, monkeypatch):
    monkeypatch.setattr("quizsvc.services.lms.platform_keys.WAITED_SECONDS", 0.1)
    dying, living = in_processes(quiz, 2)

    def die():
        raise SystemExit

    quiz.platform.wait = die
    with pytest.raises(SystemExit):
        find(quiz, dying, "one")
    quiz.platform.wait = lambda: None
    with pytest.raises(NotReached):
        find(quiz, living, "one")
    later(quiz, seconds=41)
    assert find(quiz, living, "one") == "one"
    assert quiz.platform.fetches == 2


def test_only_public_rsa_keys_for_signatures_are_kept_and_of_them_only_the_public_part():
    good = KEY.as_dict(private=True) | {"x5c": ["…"], "alg": "RS256"}
    assert read(good) == {"one": {name: good[name] for name in ("kty", "kid", "n", "e")}}
    bad = [
        ECKey.generate_key("P-256", {"kid": "ec"}).as_dict(private=False),
        OctKey.generate_key(256, {"kid": "oct"}).as_dict(),
        RSAKey.generate_key(2048, {"kid": "enc", "use": "enc"}).as_dict(private=False),
        RSAKey.generate_key(2048, {"kid": "ps", "alg": "PS256"}).as_dict(private=False),
        {**good, "kid": None},
        {**good, "kid": 7},
        {**good, "kid": "a\0"},
        {**good, "n": good["n"][:300]},
        {"kty": "RSA", "kid": "empty"},
        "no key",
    ]
    assert read(*bad) == {}
    assert list(read(*bad, good)) == ["one"]


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"keys": {}}),
        httpx.Response(200, text="[" * 100_000),
        httpx.Response(404, json={"keys": []}),
        httpx.Response(302, headers={"Location": "https://elsewhere.example.org"}),
    ],
)
def test_what_is_no_key_set_is_told(response):
    with pytest.raises(NotReached, match="no key set"):
        read_keys(response)


@given(st.text() | st.integers(0, 10**12).map("private, max-age={}".format))
def test_a_key_set_is_fresh_for_five_minutes_to_a_day(header):
    assert SHORTEST_FRESH <= fresh_time(header) <= LONGEST_FRESH


@pytest.mark.parametrize("header", ["max-age=600", "public,max-age=600", 'Max-Age="600"', "s-maxage=9, max-age=600"])
def test_max_age_is_read(header):
    assert fresh_time(header) == timedelta(minutes=10)
