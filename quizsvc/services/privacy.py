"""What is kept of one person: given out in full, or taken away as far as marks must not stay accountable."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quizsvc.errors import NotFound
from quizsvc.services.accounts import read_email
from quizsvc.services.audit import Event, record
from quizsvc.store import people, personal

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from quizsvc.store.models import Draft, IssuedProblem, Rejudgement, Submission, User

ERASED = "Erased person"
GONE = "erased"


def export_person(session: Session, email: str) -> dict[str, Any]:
    """Everything that is kept of a person, as plain values; raises NotFound.

    Passwords and the secrets of log-ins are kept as hashes, and are not in it.
    """
    user = _person(session, email)
    return {
        "account": {"name": user.name, "email": user.email, "created_at": user.created_at},
        "logins": [{"began_at": one.began_at, "ended_at": one.ended_at} for one in personal.logins(session, user.id)],
        "courses": [
            {"course": one.course.slug, "role": one.role, "time_factor": one.time_factor}
            for one in people.memberships_of(session, user.id, even_left=True)
        ],
        "platforms": [
            {"platform": one.platform.name, "subject": one.subject, "email": one.email}
            for one in personal.platform_users(session, user.id)
        ],
        "platform_courses": [
            {
                "platform": one.context.platform.name,
                "course": one.context.title,
                "role": one.role,
                "left_at": one.left_at,
            }
            for one in personal.context_members(session, user.id)
        ],
        "passed_grades": [
            {"link": one.link.title, "share": one.share, "wanted_at": one.wanted_at, "sent_at": one.sent_at}
            for one in personal.scores_passed(session, user.id)
        ],
        "attempts": [
            {
                "course": attempt.problem_set.course.slug,
                "set": attempt.problem_set.slug,
                "started_at": attempt.started_at,
                "finished_at": attempt.finished_at,
                "finished_by": attempt.finished_by,
                "paper": personal.paper_code(session, attempt.id),
                "problems": [_problem(issued) for issued in personal.issued_in_attempt(session, attempt.id)],
            }
            for attempt in personal.attempts(session, user.id)
        ],
        "extensions": [
            {
                "set_id": one.set_id,
                "due": one.due,
                "time_factor": one.time_factor,
                "more_submissions": one.more_submissions,
                "reason": one.reason,
                "made_at": one.made_at,
            }
            for one in personal.extensions(session, user.id)
        ],
        "adjustments": [
            {
                "set_id": one.set_id,
                "item": one.item_key,
                "points": one.points,
                "held": one.held,
                "reason": one.reason,
                "made_at": one.made_at,
            }
            for one in personal.adjustments(session, user.id)
        ],
        "audit": [
            {
                "course_id": one.course_id,
                "number": one.number,
                "at": one.at,
                "kind": one.kind,
                "body": json.loads(one.body),
            }
            for one in personal.audit_entries(session, user.id)
        ],
    }


def _problem(issued: IssuedProblem) -> dict[str, Any]:
    """A problem that the person had, with all that was typed."""
    return {
        "item": issued.item.key,
        "variant": issued.variant,
        "problem": json.loads(issued.problem),
        "issued_at": issued.issued_at,
        "draft": None if issued.draft is None else _draft(issued.draft),
        "submissions": [_submission(one) for one in issued.submissions],
    }


def _draft(draft: Draft) -> dict[str, Any]:
    """What stands in the boxes, and what stood there when it could last be read."""
    return {
        "answers": draft.answers,
        "saved_at": draft.saved_at,
        "readable_answers": draft.readable_answers,
        "readable_at": draft.readable_at,
    }


def _submission(submission: Submission) -> dict[str, Any]:
    """What was submitted, with every judgement, the oldest first: the last one holds."""
    return {
        "arrived_at": submission.arrived_at,
        "origin": submission.origin,
        "late": submission.late,
        "answers": submission.answers,
        "judgements": [
            _judgement(submission),
            *({**_judgement(one), "reason": one.reason, "judged_at": one.judged_at} for one in submission.rejudgements),
        ],
    }


def _judgement(one: Submission | Rejudgement) -> dict[str, Any]:
    return {"score": one.score, "time_credit": one.time_credit, "counted": one.counted, "grade": one.grade}


@dataclass(frozen=True, slots=True)
class Erasure:
    """Under which name a person's marks are kept from now on."""

    name: str
    email: str


def erase_person(session: Session, email: str, *, now: datetime) -> Erasure:
    """Take away who somebody is: name, address, password, log-ins, platforms, drafts, and the reasons of extensions.

    Marks stay, and what they were given for, under a pseudonym: the audit log knows people by numbers alone. Raises
    NotFound.
    """
    user = _person(session, email)
    courses = [one.course_id for one in people.memberships_of(session, user.id, even_left=True)]
    for course_id in courses:
        people.find_membership(session, user_id=user.id, course_id=course_id, lock=True)
    user.name = f"{ERASED} {user.id}"
    user.email = f"{GONE}-{secrets.token_hex(8)}@{GONE}.invalid"
    user.password_hash, user.erased_at = None, now
    personal.forget(session, user.id, GONE)
    session.flush()
    for course_id in courses:
        record(session, Event(course_id, "erased", {}, None, user.id), now=now)
    return Erasure(user.name, user.email)


def _person(session: Session, email: str) -> User:
    user = people.find_user(session, read_email(email))
    if user is None:
        message = f"There is no account of {email.strip()!r:.80}."
        raise NotFound(message)
    return user
