"""Failures that nobody foresaw: logged in full, told by a reference only."""

from __future__ import annotations

import logging
import secrets

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

SERVER_ERROR = 500
UNAVAILABLE = 503
RETRY_AFTER = "5"

_LOG = logging.getLogger("quizsvc")


def note_failure(error: Exception) -> tuple[int, str]:
    """Write the failure into the log; the status to answer with, and the reference to find it by."""
    reference = secrets.token_hex(4)
    _LOG.error("Request failed, reference %s", reference, exc_info=error)
    unavailable = isinstance(error, (OperationalError, InterfaceError, PoolTimeout))
    return (UNAVAILABLE if unavailable else SERVER_ERROR), reference
