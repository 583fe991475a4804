"""How often one may ask: so many times a minute, over all processes together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from quizsvc.errors import TooOften
from quizsvc.store.request_counts import count_request, milliseconds

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """Of `limit` requests in a window, `used` were made, this one included; in so many `seconds` it is over."""

    limit: int
    used: int
    seconds: int

    @property
    def remaining(self) -> int:
        """How many more are taken in this window."""
        return max(self.limit - self.used, 0)

    def require(self) -> None:
        """Raises TooOften where this was one too many."""
        if self.used > self.limit:
            message = f"At most {self.limit} a minute are taken; try again in {self.seconds} seconds."
            raise TooOften(message, seconds=self.seconds)


def count(session: Session, key: str, *, limit: int, now: datetime) -> Allowance:
    """Count one more of this key. In a transaction of its own, so that it is counted whatever becomes of the rest."""
    counted = count_request(session, key, window=WINDOW, now=now)
    left = counted.ends - milliseconds(now)
    return Allowance(limit, counted.times, max(1, -(-left // 1000)))
