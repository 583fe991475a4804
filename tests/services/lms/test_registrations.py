"""Platforms are registered, found by issuer and client, changed, and taken out of use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linked_course import once
from sqlalchemy import func, select

from quizsvc.errors import Conflict, Invalid, NotFound
from quizsvc.services.lms import registrations
from quizsvc.services.lms.addresses import is_safe, origin_of, read_id, read_origin, read_url
from quizsvc.services.lms.registrations import Registration
from quizsvc.services.sealing import Seal
from quizsvc.store.database import reading, transaction
from quizsvc.store.lms_models import PlatformKeys

SEAL = Seal("k" * 40)
MOODLE = {
    "name": "Moodle",
    "issuer": "https://moodle.example.org",
    "client_id": "qZ81",
    "auth_url": "https://moodle.example.org/mod/lti/auth.php",
    "token_url": "https://moodle.example.org/mod/lti/token.php",
    "jwks_url": "https://moodle.example.org/mod/lti/certs.php",
}


def register(session, now, **wanted):
    return registrations.register(session, Registration(**(MOODLE | wanted)), seal=SEAL, now=now)


def test_a_platform_is_found_by_its_issuer_and_client_exactly(classroom):
    with transaction(classroom.engine) as session:
        register(
            session, classroom.now, deployments=("1", "2"), course_slug="deep", frame_origins=("https://a.example/",)
        )
        register(session, classroom.now, name="Second client", client_id="another")
    with reading(classroom.engine) as session:
        issuer = MOODLE["issuer"]
        assert [one.name for one in registrations.find_platforms(session, issuer)] == ["Moodle", "Second client"]
        [found] = registrations.find_platforms(session, issuer, "qZ81")
        assert [one.deployment_id for one in found.deployments] == ["1", "2"]
        assert (found.course.slug, found.frame_origins) == ("deep", ["https://a.example"])
        assert registrations.get_platform(session, found.id) is found
        for other in (issuer + "/", issuer.upper(), "https://nobody.example", "a\x00b", ""):
            assert registrations.find_platforms(session, other) == []
        for client in ("qz81", "", "\x00"):
            assert registrations.find_platforms(session, issuer, client) == []


def test_one_that_is_disabled_is_not_found_until_it_is_enabled(classroom):
    with transaction(classroom.engine) as session:
        platform = register(session, classroom.now)
        registrations.disable(platform, now=classroom.now)
        session.flush()
        assert registrations.find_platforms(session, MOODLE["issuer"]) == []
        assert registrations.list_platforms(session) == [platform]
        registrations.enable(platform)
        assert registrations.find_platforms(session, MOODLE["issuer"]) == [platform]


@once
@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"name": " "}, "name needs"),
        ({"issuer": ""}, "is no id"),
        ({"issuer": "https://x.example/" + "a" * 255}, "is no id"),
        ({"client_id": "a\nb"}, "is no id"),
        ({"client_id": " qZ81"}, "is no id"),
        ({"auth_url": "moodle.example.org/auth"}, "is no address"),
        ({"token_url": "ftp://moodle.example.org"}, "is no address"),
        ({"jwks_url": "https://u:p@moodle.example.org/"}, "is no address"),
        ({"token_audience": "a\tb"}, "is no id"),
        ({"frame_origins": ("https://a.example/path",)}, "is no origin"),
        ({"deployments": ("x" * 256,)}, "is no id"),
    ],
)
def test_what_cannot_be_right_is_refused(classroom, wanted, said):
    with pytest.raises(Invalid, match=said), transaction(classroom.engine) as session:
        register(session, classroom.now, **wanted)
    with reading(classroom.engine) as session:
        assert registrations.list_platforms(session) == []


def test_names_and_clients_are_registered_once(classroom):
    with transaction(classroom.engine) as session:
        register(session, classroom.now)
        with pytest.raises(Conflict, match="choose another name"):
            register(session, classroom.now, client_id="another")
        with pytest.raises(Conflict, match="registered already, as 'Moodle'"):
            register(session, classroom.now, name="Again")
        with pytest.raises(NotFound, match="no course 'nope'"):
            register(session, classroom.now, name="Again", client_id="other", course_slug="nope")
        with pytest.raises(NotFound, match="lti list"):
            registrations.get_platform(session, 99)


def test_a_registration_is_changed_field_by_field(classroom):
    with transaction(classroom.engine) as session:
        platform = register(session, classroom.now, deployments=("1",))
        register(session, classroom.now, name="Other", client_id="other")
        registrations.edit(
            session,
            platform,
            {
                "name": "Moodle 4.5",
                "client_id": "new",
                "trust_emails": True,
                "token_audience": "https://moodle.example.org/audience",
                "frame_origins": ("https://b.example",),
                "course_slug": "deep",
                "deployments": ("1", "7"),
            },
        )
    with transaction(classroom.engine) as session:
        [platform] = registrations.find_platforms(session, MOODLE["issuer"], "new")
        assert (platform.name, platform.trust_emails, platform.course.slug) == ("Moodle 4.5", True, "deep")
        assert [one.deployment_id for one in platform.deployments] == ["1", "7"]
        registrations.edit(session, platform, {"course_slug": "", "token_audience": None})
        assert (platform.course, platform.token_audience) == (None, None)
        with pytest.raises(Invalid, match="is no address"):
            registrations.edit(session, platform, {"jwks_url": "nowhere"})
        for changes in ({"name": "Other"}, {"client_id": "other"}):
            with pytest.raises(Conflict), session.begin_nested():
                registrations.edit(session, platform, changes)


def test_one_of_several_deployments_is_removed(classroom):
    with transaction(classroom.engine) as session:
        platform = register(session, classroom.now, deployments=("1", "2"))
        registrations.remove_deployment(session, platform, "2")
        assert [one.deployment_id for one in platform.deployments] == ["1"]
        with pytest.raises(NotFound, match="has no deployment '2'"):
            registrations.remove_deployment(session, platform, "2")


@pytest.mark.parametrize(
    ("changes", "left"),
    [({"jwks_url": "https://new.example.org/keys"}, 0), ({"issuer": "https://new.example.org"}, 0), ({"name": "M"}, 1)],
)
def test_keys_that_were_fetched_from_another_address_are_forgotten(classroom, changes, left):
    with transaction(classroom.engine) as session:
        platform = register(session, classroom.now)
        times = dict.fromkeys(("fetched_at", "fresh_until", "asked_again_from"), classroom.now)
        session.add(PlatformKeys(platform_id=platform.id, keys={}, **times))
        session.flush()
        registrations.edit(session, platform, changes)
        assert session.scalar(select(func.count()).select_from(PlatformKeys)) == left


@given(st.text())
def test_whatever_is_taken_for_an_address_is_one_and_has_an_origin(text):
    for candidate in (text, f"https://{text}", f"http://lms.example/{text}"):
        try:
            url = read_url(candidate, "auth_url")
        except Invalid:
            continue
        origin = origin_of(url)
        assert url.lower().startswith(origin.partition("://")[0] + "://")
        assert read_origin(origin) == origin
        assert not set(origin) & set(" ;,'\"\n\r\\@")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://LMS.example.org:443/a?b=c", "https://lms.example.org"),
        ("http://127.0.0.1:8043/mod", "http://127.0.0.1:8043"),
        ("http://lms.example:80", "http://lms.example"),
        ("https://[2001:db8::1]:8443/", "https://[2001:db8::1]:8443"),
        ("https://lms.example:99999/", None),
        ("https://lms.example:0/", None),
        ("https://lms.example; script-src *", None),
        ("//lms.example", None),
    ],
)
def test_origins(url, origin):
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://LMS.example.org/", "https://lms.example.org"),
        ("https://*.example.org", "https://*.example.org"),
        ("https://*.example.org:8443", "https://*.example.org:8443"),
        ("https://*", None),
        ("https://*.", None),
        ("https://*.org", None),
        ("https://a.*.example.org", None),
        ("https://*.*.example.org", None),
        ("*", None),
        ("https://*.example.org/path", None),
        ("https://*.example.org 'unsafe-inline'", None),
        ("https://a.example; https://b.example", None),
    ],
)
def test_sites_that_may_frame_us(text, origin):
    if origin:
        assert read_origin(text) == origin
    else:
        with pytest.raises(Invalid, match="is no origin"):
            read_origin(text)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://lms.example.org/", True),
        ("http://127.0.0.1:8043/", True),
        ("http://[::1]/", True),
        ("http://localhost:9001/", True),
        ("http://lms.localhost/", True),
        ("http://lms.example.org/", False),
        ("http://10.0.0.1/", False),
        ("http://localhost.example.org/", False),
        ("nowhere", False),
    ],
)
def test_what_nobody_on_the_way_can_read(url, safe):
    assert is_safe(url) is safe


def test_ids_of_255_characters_are_taken_and_of_256_are_not():
    assert read_id("x" * 255, "client_id") == "x" * 255
    with pytest.raises(Invalid):
        read_id("x" * 256, "client_id")
