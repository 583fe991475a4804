"""Moodles register themselves, and what comes of it works."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from house import BASE, BOTH_KINDS
from moodle_double import InProcess, MoodleDouble

from quizsvc.services.lms import invitations
from quizsvc.services.outside import Outside
from quizsvc.store.database import transaction
from quizsvc.store.lms_models import Platform

pytestmark = pytest.mark.parametrize(("database_url", "moodle"), BOTH_KINDS, indirect=True)

SECRET = "s" * 40


def invite(house, secret=SECRET, name="Our Moodle"):
    with transaction(house.engine) as session:
        invitations.invite(
            session, name=name, secret=secret, lasts=timedelta(days=7), now=house.now, course_slug="deep"
        )


def register(house, query, secret=SECRET):
    """Open our page of registration as a Moodle does; what it answers."""
    return house.browser().get(f"/lti/register/{secret}?{urlencode(query)}")


def test_a_moodle_registers_itself_and_everything_works_then(house, moodle):
    invite(house)
    answer = register(house, moodle.registration_query())
    assert (answer.status_code, len(moodle.tools)) == (200, 1)
    [platform] = house.rows(Platform)
    assert (platform.name, platform.client_id) == ("Our Moodle", moodle.tools[0].client_id)
    assert platform.token_url == moodle.token_url
    [told] = moodle.registrations
    assert "https://purl.imsglobal.org/spec/lti-ags/scope/score" in told["scope"].split()

    teacher = house.browser()
    path, page = teacher.arrive(moodle, moodle.deep_link_form())
    assert "Chains" in page
    link = moodle.add_link(custom={"set": "chains"})
    path, _ = house.browser().arrive(moodle, moodle.login_form("student5", link))
    assert path == f"/sets/{house.room.set_id}"


def test_an_invitation_is_good_once(house, moodle):
    invite(house)
    assert register(house, moodle.registration_query()).status_code == 200
    assert register(house, moodle.registration_query()).status_code == 403
    assert len(moodle.tools) == len(house.rows(Platform)) == 1


def test_an_invitation_ends(house, moodle):
    invite(house)
    house.now += timedelta(days=7)
    assert register(house, moodle.registration_query()).status_code == 403
    assert moodle.tools == []


@pytest.mark.parametrize("secret", ["", "t" * 40, "s" * 39])
def test_nobody_registers_without_an_invitation(house, moodle, secret):
    invite(house)
    assert register(house, moodle.registration_query(), secret).status_code in (403, 404)
    assert moodle.log == []


def test_what_the_moodle_refuses_leaves_the_invitation_good(house, moodle):
    invite(house)
    foreign = moodle.registration_query() | {"registration_token": "foreign"}
    assert register(house, foreign).status_code >= 400
    assert house.rows(Platform) == []
    assert register(house, moodle.registration_query()).status_code == 200


def test_a_configuration_of_another_host_is_not_trusted(house, moodle):
    invite(house)
    stranger = MoodleDouble("4.5", issuer="https://stranger.example")
    house.app.extensions["outside"].close()
    house.app.extensions["outside"] = Outside(transport=InProcess({"": moodle, stranger.issuer: stranger}))
    query = moodle.registration_query() | {"openid_configuration": "https://elsewhere.example/configuration"}
    assert register(house, query).status_code >= 400
    query["openid_configuration"] = moodle.configuration_url.replace("moodle.example", "mirror.example")
    assert register(house, query).status_code >= 400
    assert moodle.tools == []


def test_several_moodles_may_register(house, moodle):
    for number in range(2):
        invite(house, f"{number}" * 40, f"Moodle {number}")
        assert register(house, moodle.registration_query(), f"{number}" * 40).status_code == 200
    clients = [platform.client_id for platform in house.rows(Platform)]
    assert clients == [tool.client_id for tool in moodle.tools]
    assert len(set(clients)) == 2
    assert moodle.tools[0].login_url == f"{BASE}/lti/login"
