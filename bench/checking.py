"""A benchmark of wrong numbers is worthless: what is timed is checked in the same run."""

from __future__ import annotations


class WrongNumbers(Exception):
    """What was measured did not do what it should; nothing of the run may be quoted."""


def require(true: object, complaint: str) -> None:
    """Raises WrongNumbers with this complaint, unless it is true."""
    if not true:
        raise WrongNumbers(complaint)
