"""Platforms for tests: Moodles that answer as recorded, Open edX's own code, and one that is often at fault."""

from __future__ import annotations

import openedx
import pytest
from desk import Desk, a_set
from fault_platform import FaultPlatform
from house import House
from moodle_answers import VERSIONS
from moodle_double import MoodleDouble
from on_the_way import a_link
from post_office import PostOffice


@pytest.fixture(scope="session")
def edx(tmp_path_factory):
    """An Open edX; tools of other tests are registered with it as well."""
    with openedx.serving(tmp_path_factory.mktemp("openedx")) as platform:
        yield platform


@pytest.fixture(params=VERSIONS)
def moodle(request):
    return MoodleDouble(request.param, issuer="https://moodle.example")


@pytest.fixture
def house(classroom, moodle):
    """The service and one Moodle, which do not know each other yet."""
    house = House(classroom, moodle)
    yield house
    house.close()


@pytest.fixture
def platform():
    """Takes scores, and fails where it is told to."""
    platform = FaultPlatform()
    with platform.serve():
        yield platform


@pytest.fixture
def desk(classroom):
    """A set that students may hand in again and again, and see their marks of at once."""
    return Desk(classroom, a_set("feedback: immediately", "submissions: 20"))


@pytest.fixture
def office(desk):
    """The couriers of one process, two minutes after the set began."""
    office = PostOffice(desk.engine, [desk.at(2)])
    yield office
    office.close()


@pytest.fixture
def linked(desk, platform):
    """The set, linked to by the platform."""
    return a_link(desk, platform)
