"""Attempts as clients get them: nothing that the services do not show, and no seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import problems
from quizsvc.api.views import shown_problem

if TYPE_CHECKING:
    from quizsvc.services.on_behalf import AttemptView, ProblemAtHand, SentAnswers
    from quizsvc.services.policy import Window
    from quizsvc.services.problem_view import ProblemView
    from quizsvc.store.models import Attempt, ProblemSet

SEEN = (
    "variant",
    "answers",
    "revision",
    "submissions_used",
    "submissions_allowed",
    "can_submit",
    "can_draw_new",
    "reason",
    "judged",
)


def attempt_summary(attempt: Attempt, problem_set: ProblemSet) -> dict[str, Any]:
    """An attempt without its problems."""
    user = attempt.user
    return {
        "id": attempt.id,
        "problem_set": attempt.set_id,
        "course": problem_set.course.slug,
        "user": {"id": user.id, "name": user.name, "email": user.email},
        "set_version": attempt.set_version,
        "started_at": attempt.started_at,
        "finished_at": attempt.finished_at,
        "finished_by": attempt.finished_by,
    }


def whole_attempt(view: AttemptView) -> dict[str, Any]:
    """An attempt with its problems."""
    progress = view.progress
    return attempt_summary(view.attempt, progress.set) | {
        "state": progress.state,
        "window": _window(view.seat.window),
        "points": None if progress.score is None else str(progress.score),
        "max_points": progress.max_points,
        "problems": [problem_at_hand(one) for one in view.problems],
    }


def _window(window: Window) -> dict[str, Any]:
    return {
        "opens": window.opens,
        "due": window.due,
        "in_time_until": window.in_time_until,
        "ends": window.ends,
        "grace_seconds": round(window.grace.total_seconds()),
    }


def problem_at_hand(one: ProblemAtHand) -> dict[str, Any]:
    """A problem of an attempt, opened or not."""
    card = one.card
    return {
        "item": card.item.key,
        "title": card.item.title,
        "max_points": card.item.points,
        "status": card.status,
        "points": None if card.mark is None else str(card.mark.earned),
        "opened": None if one.view is None else _opened(one.view),
    }


def _opened(view: ProblemView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in SEEN} | {
        "id": view.issued_id,
        "problem": _as_students_see_it(view.problem),
        "solution": _solution(view.problem) if view.solution_visible else None,
    }


def _as_students_see_it(problem: problems.Problem) -> dict[str, Any]:
    """The problem as its student sees it: nothing that is not shown, for answers may follow from it.

    From the seed follows all of it, and from the numbers of statements which of them are true.
    """
    rows = [
        {"name": row.name, "meaning": row.meaning, "latex": f"{row.symbol.latex} = {row.value.latex}", "text": row.text}
        for row in problems.given_rows(problem)
    ]
    seen = {name: value for name, value in shown_problem(problem).items() if name not in ("seed", "options")}
    return seen | {"given": seen["given"] if rows else {}, "shown": rows}


def _solution(problem: problems.Problem) -> dict[str, Any]:
    """The right value of every step that is asked; of a choice, what is to be picked."""
    found: dict[str, Any] = {}
    for name, value in problems.solve(problem).items():
        step = problem.worksheet.steps[name]
        if not step.asked:
            continue
        if not step.choices:
            found[name] = np.asarray(value).tolist()
        elif step.shape:
            found[name] = [step.choices[place].id for place in np.flatnonzero(value)]
        else:
            found[name] = step.choices[int(value)].id
    return found


def submission(sent: SentAnswers) -> dict[str, Any]:
    """A submission, with its verdicts where they may be seen."""
    view = sent.view
    return {
        "problem": sent.problem_id,
        "item": sent.item,
        "variant": sent.variant,
        "number": view.number,
        "answers": sent.answers,
        "arrived_at": view.arrived_at,
        "counted": view.counted,
        "late": view.late,
        "time_credit": str(view.time_credit),
        "origin": view.origin,
        "score": None if view.score is None else str(view.score),
        "judged": view.judged,
    }
