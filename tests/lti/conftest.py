"""The service with a platform that signs."""

from __future__ import annotations

import pytest
from signing_platform import quiz_of


@pytest.fixture
def quiz(classroom):
    with quiz_of(classroom) as quiz:
        yield quiz


@pytest.fixture
def browser(quiz):
    return quiz.browser()
