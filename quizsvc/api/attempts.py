"""The operations on students' attempts: with them a page of another system runs a whole quiz, by the rules of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g

from quizsvc.api.attempt_models import (
    AttemptOut,
    AttemptProblemOut,
    AttemptsOut,
    AttemptsQuery,
    DraftOut,
    DraftRequest,
    OpenRequest,
    StartRequest,
    SubmissionOut,
    SubmissionsOut,
    SubmitRequest,
)
from quizsvc.api.attempt_shapes import attempt_summary, problem_at_hand, submission, whole_attempt
from quizsvc.api.blueprint import api, engine, new_seed, requires, token, writing
from quizsvc.api.described import BODY, HERE, NOW, QUERY, described, errors, link, reads
from quizsvc.api.models import reference_to
from quizsvc.api.paging import Portion, next_cursor
from quizsvc.api.repeats import created_once
from quizsvc.services import attempts, on_behalf, programs
from quizsvc.services.on_behalf import OpenItem
from quizsvc.services.submitting import SaveDraft
from quizsvc.store import portions
from quizsvc.store.database import reading

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy.orm import Session

TAG = "Attempts"
READ, WRITE = "attempts:read", "attempts:write"
OF_ATTEMPT = {
    "itself": link("getAttempt", attempt_id="$response.body#/id"),
    "submissions": link("listSubmissions", attempt_id="$response.body#/id"),
    "finish": link("finishAttempt", attempt_id="$response.body#/id"),
    "open": {
        "operationId": "openProblem",
        "parameters": {"attempt_id": "$response.body#/id"},
        "requestBody": {"item": "$response.body#/problems/0/item"},
    },
}
OF_OPENED = {
    "whole": link("getAttempt", attempt_id="$request.path.attempt_id"),
    "submit": {
        "operationId": "submitAnswers",
        "parameters": {"attempt_id": "$request.path.attempt_id"},
        "requestBody": {"problem": "$response.body#/opened/id", "answers": {}},
    },
    "save": {
        "operationId": "saveDraft",
        "parameters": {"attempt_id": "$request.path.attempt_id"},
        "requestBody": {
            "problem": "$response.body#/opened/id",
            "base": "$response.body#/opened/revision",
            "answers": {},
        },
    },
}
BEGUN_BEFORE = {
    "description": "It was begun before.",
    "content": {"application/json": {"schema": reference_to(AttemptOut)}},
    "links": OF_ATTEMPT,
}


@api.post("/api/v1/attempts")
@requires(WRITE)
@api.input(StartRequest, location="json", arg_name="wanted")
@api.output(AttemptOut, status_code=201, description="Begun.", links=OF_ATTEMPT)
@api.doc(**described("startAttempt", WRITE, errors(**BODY, **HERE, **NOW) | {200: BEGUN_BEFORE}, TAG))
def start_attempt(wanted: StartRequest) -> tuple[dict[str, Any], int]:
    """Begin a set for a student, or come back to what the student has begun.

    The clock runs from here. 201 where it was begun now, 200 where it had been.
    """
    with writing() as session:
        problem_set = programs.get_set(session, token(), wanted.problem_set)
        student = programs.get_student(session, problem_set.course, wanted.user)
        command = attempts.StartAttempt(student.id, problem_set.id, wanted.access_code)
        attempt, is_new = on_behalf.begun_by(session, command, now=g.now, seed=new_seed())
        return _shown(session, attempt.id), 201 if is_new else 200


@api.get("/api/v1/attempts")
@requires(READ)
@api.input(AttemptsQuery, location="query", arg_name="wanted")
@api.output(AttemptsOut, links={"first": link("getAttempt", attempt_id="$response.body#/items/0/id")})
@api.doc(**described("listAttempts", READ, reads(**QUERY, **HERE), TAG))
def list_attempts(wanted: AttemptsQuery) -> dict[str, Any]:
    """List students' attempts, of a course, a set or a person if one is named."""
    with reading(engine()) as session:
        which = programs.which_work(
            session, token(), course=wanted.course, set_id=wanted.problem_set, user_id=wanted.user
        )
        found = portions.attempts(session, wanted.rows, which)
        items = [attempt_summary(one, one.problem_set) for one in found[: wanted.limit]]
    return {"items": items, "next": next_cursor(found, wanted)}


@api.get("/api/v1/attempts/<int:attempt_id>")
@requires(READ)
@api.output(AttemptOut, links=OF_ATTEMPT)
@api.doc(**described("getAttempt", READ, reads(**HERE), TAG))
def get_attempt(attempt_id: int) -> dict[str, Any]:
    """Show an attempt as its student may see it now.

    With the problems that are opened, what is saved and, where the set's policy shows them, verdicts and solutions.
    """
    with reading(engine()) as session:
        return _shown(session, attempt_id)


@api.post("/api/v1/attempts/<int:attempt_id>/problems")
@requires(WRITE)
@api.input(OpenRequest, location="json", arg_name="wanted")
@api.output(AttemptProblemOut, links=OF_OPENED)
@api.doc(**described("openProblem", WRITE, errors(**BODY, **HERE, **NOW), TAG))
def open_problem(attempt_id: int, wanted: OpenRequest) -> dict[str, Any]:
    """Open a problem, which is drawn when it is opened first, or draw other numbers for it."""
    with writing() as session:
        seat = programs.get_seat(session, token(), attempt_id)
        item = OpenItem(wanted.item, wanted.variant)
        return problem_at_hand(on_behalf.open_item(session, seat, item, now=g.now, seed=new_seed()))


@api.put("/api/v1/attempts/<int:attempt_id>/draft")
@requires(WRITE)
@api.input(DraftRequest, location="json", arg_name="wanted")
@api.output(DraftOut)
@api.doc(**described("saveDraft", WRITE, errors(**BODY, **HERE, **NOW), TAG))
def save_draft(attempt_id: int, wanted: DraftRequest) -> dict[str, Any]:
    """Keep what stands in the boxes, unjudged; when time is up, it is submitted.

    409 where somebody else has saved in between, so that `base` is not the newest revision.
    """
    with writing() as session:
        seat = programs.get_seat(session, token(), attempt_id)
        command = SaveDraft(seat.membership.user_id, wanted.problem, wanted.answers, wanted.base)
        draft = on_behalf.save(session, seat, command, now=g.now)
        return {
            "problem": wanted.problem,
            "revision": draft.revision,
            "answers": draft.answers,
            "saved_at": draft.saved_at,
        }


@api.post("/api/v1/attempts/<int:attempt_id>/submissions")
@requires(WRITE)
@api.input(SubmitRequest, location="json", arg_name="wanted")
@api.output(
    SubmissionOut, status_code=201, links={"all": link("listSubmissions", attempt_id="$request.path.attempt_id")}
)
@api.doc(**described("submitAnswers", WRITE, errors(**BODY, **HERE, **NOW), TAG))
def submit_answers(attempt_id: int, wanted: SubmitRequest) -> Response:
    """Submit answers: they are judged, and kept. What arrives decides, by the time at which it arrived.

    With an `Idempotency-Key` it can be sent again when no answer came: it is kept once, and answered alike.
    """

    def submit(session: Session) -> dict[str, Any]:
        seat = programs.get_seat(session, token(), attempt_id)
        return submission(on_behalf.submit(session, seat, wanted.problem, wanted.answers, now=g.now))

    return created_once(SubmissionOut, submit)


@api.get("/api/v1/attempts/<int:attempt_id>/submissions")
@requires(READ)
@api.input(Portion, location="query", arg_name="wanted")
@api.output(SubmissionsOut)
@api.doc(**described("listSubmissions", READ, reads(**QUERY, **HERE), TAG))
def list_submissions(attempt_id: int, wanted: Portion) -> dict[str, Any]:
    """List what was submitted in an attempt, as its student may see it now."""
    with reading(engine()) as session:
        seat = programs.get_seat(session, token(), attempt_id)
        found = portions.submissions(session, wanted.rows, attempt_id=attempt_id)
        items = [submission(one) for one in on_behalf.as_seen(found[: wanted.limit], seat, now=g.now)]
    return {"items": items, "next": next_cursor(found, wanted)}


@api.post("/api/v1/attempts/<int:attempt_id>/finish")
@requires(WRITE)
@api.output(AttemptOut, links={"itself": OF_ATTEMPT["itself"]})
@api.doc(**described("finishAttempt", WRITE, errors(_415=BODY["_415"], _413=BODY["_413"], **HERE, **NOW), TAG))
def finish_attempt(attempt_id: int) -> dict[str, Any]:
    """Hand an attempt in: nothing more is taken after that. Sent again, it keeps its first time."""
    with writing() as session:
        seat = programs.get_seat(session, token(), attempt_id)
        attempts.finish_attempt(session, user_id=seat.membership.user_id, set_id=seat.set.id, now=g.now)
        return _shown(session, attempt_id)


def _shown(session: Session, attempt_id: int) -> dict[str, Any]:
    """The attempt as its student may see it now."""
    return whole_attempt(on_behalf.view_attempt(session, programs.get_seat(session, token(), attempt_id), now=g.now))
