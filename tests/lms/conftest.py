"""Platforms for tests: Moodles that answer as recorded, and Open edX's own code."""

from __future__ import annotations

import openedx
import pytest
from house import House
from moodle_answers import VERSIONS
from moodle_double import MoodleDouble


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
