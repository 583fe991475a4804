"""The operations: families, problems, grades. No state is kept."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flask import current_app

import problems
from quizsvc.api.blueprint import api, requires
from quizsvc.api.described import BODY, errors, reads
from quizsvc.api.models import (
    FamiliesOut,
    FamilyOut,
    GradeOut,
    GradeRequest,
    Page,
    ProblemOut,
    ProblemRequest,
    SchemeIn,
)
from quizsvc.errors import Detail, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SHOWN = ("id", "symbol", "kind", "shape", "asked", "points", "prompt", "phase")


@api.get("/api/v1/families")
@requires("problems:read")
@api.input(Page, location="query", arg_name="wanted")
@api.output(FamiliesOut)
@api.doc(
    operation_id="listFamilies",
    security=[{"token": ["problems:read"]}],
    responses=reads(_422="A query parameter does not fit."),
)
def list_families(wanted: Page) -> dict[str, Any]:
    """List the families of problems.

    By slug, with options, given numbers and the mistakes that are known in each.
    """
    found = problems.families()
    start = (wanted.page - 1) * wanted.per_page
    items = [asdict(family) for family in found[start : start + wanted.per_page]]
    return {"items": items, "page": wanted.page, "per_page": wanted.per_page, "total": len(found)}


@api.get("/api/v1/families/<slug>")
@requires("problems:read")
@api.output(FamilyOut)
@api.doc(
    operation_id="getFamily",
    security=[{"token": ["problems:read"]}],
    responses=reads(_404="There is no family of that slug."),
)
def get_family(slug: str) -> dict[str, Any]:
    """Tell all of one family."""
    try:
        return asdict(problems.family(slug))
    except problems.UnknownFamily as error:
        raise problems.UnknownFamily(error.message) from None


@api.post("/api/v1/problems")
@requires("problems:draw")
@api.input(ProblemRequest, location="json", arg_name="wanted")
@api.output(ProblemOut, status_code=201)
@api.doc(operation_id="createProblem", security=[{"token": ["problems:draw"]}], responses=errors(**BODY))
def create_problem(wanted: ProblemRequest) -> Any:  # noqa: ANN401 - a response, which APIFlask checks against the model
    """Draw a problem, or pose one with given numbers.

    The same family, version, seed and options give the same problem. The answer holds no solution, and is not stored:
    keep it, and send it back with the answers to have them judged.
    """
    for name in ("slug", "seed"):
        if name in wanted.options or name in (wanted.given or {}):
            message = f"{name} is no option of a family."
            place = "options" if name in wanted.options else "given"
            raise Invalid(message, [Detail(f"{place}.{name}", message)])
    if wanted.given is not None and wanted.seed is not None:
        message = "A problem with given numbers has no seed; leave one of them out."
        raise Invalid(message, [Detail("seed", message)])
    seed = current_app.extensions["draw_seed"]() if wanted.seed is None else wanted.seed
    with located({"options": wanted.options, "given": wanted.given or {}}):
        if wanted.given is None:
            return shown_problem(problems.draw(wanted.family, seed=seed, **wanted.options))
        return shown_problem(problems.pose(wanted.family, **{**wanted.options, **wanted.given}))


@contextmanager
def located(parts: Mapping[str, Mapping[str, Any]], within: str = "") -> Iterator[None]:
    """Errors of problems in the block say where in the body they are: options.depth, problem.given.w.

    `parts` are the fields of the body that hold options, given numbers and the like, by their names.
    """
    try:
        yield
    except problems.ProblemError as error:
        if not error.where:
            raise
        raise Invalid(error.message, [Detail(f"{within}{_place(error, parts)}", error.message)]) from error


def _place(error: problems.ProblemError, parts: Mapping[str, Mapping[str, Any]]) -> str:
    """The field that an error is about; one that was not sent is sought where it should have been."""
    kind = error.__cause__ if isinstance(error, problems.BadProblem) else error
    for part, sent in parts.items():
        if error.where in sent:
            return f"{part}.{error.where}"
    if isinstance(kind, problems.BadOption):
        return f"options.{error.where}"
    if isinstance(kind, problems.BadGiven) and error.where not in parts:
        return f"given.{error.where}"
    return error.where


def shown_problem(problem: problems.Problem) -> dict[str, Any]:
    """The problem as clients get it."""
    steps = [
        {name: getattr(step, name) for name in SHOWN}
        | {"whole": problem.worksheet.steps[step.id].whole, "choices": [asdict(choice) for choice in step.choices]}
        for step in problem.steps
    ]
    return problems.to_dict(problem) | {
        "title": problem.title,
        "intro": problem.intro,
        "conventions": problem.conventions,
        "steps": steps,
    }


@api.post("/api/v1/grade")
@requires("grade")
@api.input(GradeRequest, location="json", arg_name="wanted")
@api.output(GradeOut)
@api.doc(operation_id="grade", security=[{"token": ["grade"]}], responses=errors(**BODY))
def grade(wanted: GradeRequest) -> dict[str, Any]:
    """Judge answers, step by step.

    Every step is judged by what the student's own steps above it make right. Nothing is stored.
    """
    sent = wanted.problem.model_dump()
    with located({name: sent[name] for name in ("options", "given", "precision")}, within="problem."):
        problem = problems.from_dict(sent)
    with located({"answers": wanted.answers}):
        return problems.grade(problem, wanted.answers, _scheme(wanted.scheme)).to_dict()


def _scheme(sent: SchemeIn) -> problems.MarkScheme:
    shares = {name: Fraction(getattr(sent, name)) for name in ("carried", "imprecise", "mistake")}
    for name, share in shares.items():
        if share > 1:
            message = f"{share} is more than all; write a share from 0 to 1."
            raise Invalid(message, [Detail(f"scheme.{name}", message)])
    return problems.MarkScheme(**shares, entries=sent.entries)
