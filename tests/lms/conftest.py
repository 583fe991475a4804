"""Platforms for tests: Moodles that answer as recorded, and Open edX's own code."""

from __future__ import annotations

import openedx
import pytest


@pytest.fixture(scope="session")
def edx(tmp_path_factory):
    """An Open edX; tools of other tests are registered with it as well."""
    with openedx.serving(tmp_path_factory.mktemp("openedx")) as platform:
        yield platform
