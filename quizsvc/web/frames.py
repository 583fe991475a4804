"""Which sites may show our pages in a frame."""

from __future__ import annotations

import logging
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from quizsvc.services.lms.registrations import frame_origins_of, list_platforms
from quizsvc.store.database import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy import Engine

REMEMBERED_SECONDS = 5.0
NOBODY = "'none'"

_LOG = logging.getLogger("quizsvc")


class FrameAncestors:
    """The sites of the setting and those of the learning platforms in use, looked up again every few seconds."""

    def __init__(self, engine: Engine, setting: str, *, now: Callable[[], float] = monotonic) -> None:
        self._engine = engine
        self._setting = setting
        self._now = now
        self._lock = Lock()
        self._found = setting
        self._good_until = 0.0

    def __call__(self) -> str:
        """The directive's value; where the database does not answer, as it was before."""
        if self._now() >= self._good_until and self._lock.acquire(blocking=False):
            try:
                self._found = self._looked_up()
            except SQLAlchemyError as error:
                _LOG.warning("Which platforms may show pages in a frame is not known: %s", type(error).__name__)
            finally:
                self._good_until = self._now() + REMEMBERED_SECONDS
                self._lock.release()
        return self._found

    def _looked_up(self) -> str:
        with reading(self._engine) as session:
            in_use = [platform for platform in list_platforms(session) if platform.disabled_at is None]
        return with_origins(self._setting, {origin for platform in in_use for origin in frame_origins_of(platform)})


def with_origins(setting: str, origins: Collection[str]) -> str:
    """The value of the directive that allows these origins as well; to allow nobody stands alone or not at all."""
    if not origins:
        return setting
    return " ".join((*(word for word in setting.split() if word != NOBODY), *sorted(origins)))
