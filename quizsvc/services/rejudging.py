"""A submission judged again: a row beside the first judgement, which stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quizsvc.store.models import Rejudgement

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from quizsvc.store.models import Submission

JUDGED = ("grade", "score", "counted", "time_credit", "family_version", "grader_version")


def rejudge(submission: Submission, changed: Mapping[str, Any], *, reason: str, now: datetime) -> Rejudgement:
    """A new judgement: what holds now, with these columns changed."""
    standing = submission.standing
    columns = {name: changed[name] if name in changed else getattr(standing, name) for name in JUDGED}
    number = len(submission.rejudgements) + 1
    return Rejudgement(submission=submission, number=number, reason=reason, judged_at=now, **columns)


def rejudged_body(again: Rejudgement) -> dict[str, Any]:
    """What the audit log says of it."""
    return {
        "counted": again.counted,
        "family_version": again.family_version,
        "grader_version": again.grader_version,
        "number": again.number,
        "reason": again.reason,
        "score": str(again.score),
        "submission": again.submission_id,
        "time_credit": str(again.time_credit),
    }
