"""What stands in a platform's gradebook column (AGS 2.0, result service)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from quizsvc.services.lms.addresses import with_query
from quizsvc.services.lms.platform_services import Request, below
from quizsvc.store.lti_vocabulary import RESULT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quizsvc.services.lms.access_tokens import Client
    from quizsvc.services.lms.platform_services import PlatformServices

MANY = "application/vnd.ims.lis.v2.resultcontainer+json"
FINEST = 10_000
"""Platforms round: what differs by less than this part of the column's full mark is the same."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the platform has of one of its users: the share of the column's full mark, and since when, if it tells."""

    subject: str
    share: Fraction
    at: datetime | None

    def says(self, share: Fraction) -> bool:
        """Whether it is this share, but for rounding."""
        return abs(self.share - share) * FINEST <= 1


def find_result(services: PlatformServices, client: Client, line_item_url: str, subject: str) -> Result | None:
    """What stands there for one user; None where nothing does. Raises as `results_in`."""
    url = with_query(below(line_item_url, "results"), user_id=subject)
    return next((one for one in _results(services, client, url) if one.subject == subject), None)


def results_in(services: PlatformServices, client: Client, line_item_url: str) -> dict[str, Result]:
    """Subject -> what stands there.

    Raises NotReached where the platform could not be asked, NotFound where there is no such column, NotAllowed where we
    may not see it.
    """
    return {one.subject: one for one in _results(services, client, below(line_item_url, "results"))}


def _results(services: PlatformServices, client: Client, url: str) -> Iterator[Result]:
    for page in services.pages(client, Request("GET", url, RESULT, MANY)):
        for item in page if isinstance(page, list) else []:
            result = read_result(item)
            if result is not None:
                yield result


def read_result(item: Any) -> Result | None:  # noqa: ANN401 - whatever the platform sent
    """What an entry says; None where it is no mark, or of nobody."""
    if not isinstance(item, dict) or not isinstance(item.get("userId"), str | int):
        return None
    score, maximum = _number(item.get("resultScore")), _number(item.get("resultMaximum", 1))
    if score is None or not maximum:
        return None
    return Result(str(item["userId"]), score / maximum, _instant(item.get("timestamp")))


def _number(value: Any) -> Fraction | None:  # noqa: ANN401 - the same
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 10**9:
        return None
    return Fraction(str(value))


def _instant(value: Any) -> datetime | None:  # noqa: ANN401 - the same
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo is not None else None
