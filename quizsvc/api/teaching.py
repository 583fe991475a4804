"""The operations of instructors: extensions, grading again, and statistics."""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flask import g

from quizsvc.api.blueprint import api, engine, requires, token, writing
from quizsvc.api.described import BODY, HERE, NOW, QUERY, described, errors, reads
from quizsvc.api.paging import next_cursor
from quizsvc.api.repeats import created_once
from quizsvc.api.statistics_models import StatisticsOut
from quizsvc.api.teaching_models import (
    ExtensionOut,
    ExtensionRequest,
    ExtensionsOut,
    ExtensionsQuery,
    RegradeOut,
    RegradeRequest,
)
from quizsvc.errors import Detail, Invalid
from quizsvc.services import programs, regrading, set_statistics
from quizsvc.services.extensions import GrantExtension, grant_extension
from quizsvc.services.instants import instant_of
from quizsvc.store import portions
from quizsvc.store.database import reading

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response
    from sqlalchemy.orm import Session

    from quizsvc.services.marks import SetMark
    from quizsvc.services.regrading import RegradePlan
    from quizsvc.store.models import Extension

TAG = "Teaching"


@api.post("/api/v1/extensions")
@requires("extensions:write")
@api.input(ExtensionRequest, location="json", arg_name="wanted")
@api.output(ExtensionOut, status_code=201)
@api.doc(**described("grantExtension", "extensions:write", errors(**BODY, **HERE), TAG))
def post_extension(wanted: ExtensionRequest) -> Response:
    """Give a student more time or more submissions in a set.

    What came too late and is now in time gets its marks, and no mark falls. Takes an `Idempotency-Key`.
    """

    def grant(session: Session) -> dict[str, Any]:
        problem_set = programs.get_set(session, token(), wanted.problem_set)
        command = GrantExtension(
            user_id=programs.get_student(session, problem_set.course, wanted.user).id,
            reason=wanted.reason,
            due=None if wanted.due is None else _instant(wanted.due),
            time_factor=None if wanted.time_factor is None else Fraction(wanted.time_factor),
            more_submissions=wanted.more_submissions,
        )
        return _extension(grant_extension(session, problem_set, command, now=g.now))

    return created_once(ExtensionOut, grant)


def _instant(text: str) -> datetime:
    try:
        return instant_of(text)
    except ValueError as error:
        raise Invalid(str(error), [Detail("due", str(error))]) from None


@api.get("/api/v1/extensions")
@requires("extensions:read")
@api.input(ExtensionsQuery, location="query", arg_name="wanted")
@api.output(ExtensionsOut)
@api.doc(**described("listExtensions", "extensions:read", reads(**QUERY, **HERE), TAG))
def list_extensions(wanted: ExtensionsQuery) -> dict[str, Any]:
    """List extensions, of a course, a set or a person if one is named."""
    with reading(engine()) as session:
        which = programs.which_work(
            session, token(), course=wanted.course, set_id=wanted.problem_set, user_id=wanted.user
        )
        found = portions.extensions(session, wanted.rows, which)
    return {"items": [_extension(one) for one in found[: wanted.limit]], "next": next_cursor(found, wanted)}


def _extension(extension: Extension) -> dict[str, Any]:
    return {
        "id": extension.id,
        "problem_set": extension.set_id,
        "user": extension.user_id,
        "due": extension.due,
        "time_factor": None if extension.time_factor is None else str(extension.time_factor),
        "more_submissions": extension.more_submissions,
        "reason": extension.reason,
        "made_at": extension.made_at,
    }


@api.post("/api/v1/problem-sets/<int:set_id>/regrade")
@requires("regrade")
@api.input(RegradeRequest, location="json", arg_name="wanted")
@api.output(RegradeOut)
@api.doc(**described("regrade", "regrade", errors(**BODY, **HERE, **NOW), TAG))
def regrade(set_id: int, wanted: RegradeRequest) -> dict[str, Any]:
    """Judge a set again: first as a dry run, then in earnest with the token that the dry run answered with.

    409 where anything has changed since the dry run: look at a new one.
    """
    if wanted.dry_run == (wanted.token is not None):
        message = "Send either dry_run: true, to see what would change, or the token that it answered with."
        raise Invalid(message, [Detail("dry_run", message)])
    options = regrading.RegradeOptions(allow_lower=wanted.allow_lower, newest_families=wanted.newest_families)
    with reading(engine()) as session:
        plan = regrading.plan_regrade(session, programs.get_set(session, token(), set_id), options)
    if wanted.token is not None:
        with writing() as session:
            regrading.apply_regrade(session, plan, token=wanted.token, now=g.now)
    return _plan(plan, applied=wanted.token is not None)


def _plan(plan: RegradePlan, *, applied: bool) -> dict[str, Any]:
    return {
        "problem_set": plan.set_id,
        "applied": applied,
        "token": plan.token,
        "judged": plan.judged,
        "new_rules": plan.new_rules,
        "submissions": [
            {
                "submission": one.submission_id,
                "user": one.user_id,
                "item": one.item,
                "before": str(one.before),
                "after": str(one.after),
                "kept": one.kept,
                "reasons": one.reasons,
                "steps": [asdict(step) for step in one.steps],
            }
            for one in plan.judgements
        ],
        "marks": [
            {
                "user": one.user_id,
                "name": one.name,
                "email": one.email,
                "before": _mark(one.before),
                "after": _mark(one.after),
                "held": None if one.held is None else str(one.held),
                "reasons": one.reasons,
            }
            for one in plan.marks
        ],
        "notes": plan.notes,
    }


def _mark(mark: SetMark) -> dict[str, Any]:
    return {"points": str(mark.earned), "max_points": mark.max_points}


@api.get("/api/v1/problem-sets/<int:set_id>/statistics")
@requires("statistics:read")
@api.output(StatisticsOut)
@api.doc(**described("getStatistics", "statistics:read", reads(**HERE), TAG))
def get_statistics(set_id: int) -> dict[str, Any]:
    """Tell what a set tells of itself: totals, reliability, problems, steps, mistakes, and whether it was fair."""
    with reading(engine()) as session:
        return set_statistics.statistics_of_set(session, programs.get_set(session, token(), set_id)).to_dict()
