"""Lists in portions. What comes next is told by a cursor, which is signed: nobody needs to know what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from pydantic import ConfigDict, Field

from quizsvc.api.models import Sent
from quizsvc.errors import Detail, Invalid
from quizsvc.store.portions import After

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quizsvc.store.models import Base

LONGEST_CURSOR = 200


class Portion(Sent):
    """Which part of a list."""

    model_config = ConfigDict(extra="forbid", strict=False)

    cursor: str | None = Field(
        default=None, max_length=LONGEST_CURSOR, description="`next` of the portion before; left out for the first."
    )
    limit: int = Field(default=50, ge=1, le=100)

    @property
    def rows(self) -> After:
        """The rows that are wanted; raises Invalid where the cursor is not one of this list."""
        if self.cursor is None:
            return After(0, self.limit)
        try:
            return After(int(_signer().loads(self.cursor)), self.limit)
        except BadSignature:
            message = "This cursor is not one of this list; send `next` of the portion before as it came."
            raise Invalid(message, [Detail("cursor", message)]) from None


def next_cursor(rows: Sequence[Base], wanted: Portion) -> str | None:
    """What to send to get what comes after; `rows` are those asked for, and one more where there are more."""
    return _signer().dumps(rows[wanted.limit - 1].id) if len(rows) > wanted.limit else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.extensions["settings"].secret_key.get_secret_value(), f"list {request.path}")
