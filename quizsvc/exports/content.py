"""What stands on a paper, in its key and in a preview: plain data that the templates lay out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count, product
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

import problems
from problems.family import Phase, Role
from quizsvc.errors import Invalid
from quizsvc.exports.bounds import Bounds, bounds_of
from quizsvc.exports.pictures import printed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from problems.problem import ShownStep
    from problems.readings.notation import Markup

SHORT = 12
"""Characters of an answer to tick that stands in a row with the others, as on the page."""
TELLING = frozenset({Role.UPSTREAM, Role.TARGET, Role.PARAMETER})
"""Given numbers whose symbol alone does not say what they are, as on the page."""


@dataclass(frozen=True, slots=True)
class PaperItem:
    """One problem of a paper: its title, what it is worth, and the problem with its numbers."""

    title: str
    points: int
    problem: problems.Problem


@dataclass(frozen=True, slots=True)
class Paper:
    """One student's paper; `code` names the variant, as people type it: K7QM-3F2X."""

    code: str
    items: tuple[PaperItem, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands on top of every paper, as plain texts; the date is in words already."""

    course: str
    title: str
    text: str
    date: str = ""


def papers_content(heading: Heading, papers: Sequence[Paper], *, solved: bool) -> dict[str, Any]:
    """The heading and every paper; with the solutions where it is a key.

    Raises Invalid where there is nothing to print.
    """
    empty = [paper.code for paper in papers if not paper.items]
    if empty or not papers:
        message = f"There is no problem on paper {empty[0]}: it needs one." if empty else "There is no paper to print."
        raise Invalid(message)
    return {
        "course": heading.course,
        "title": heading.title,
        "date": heading.date,
        "paragraphs": [part for part in re.split(r"\n\s*\n", heading.text.strip()) if part],
        "precision": _said_by_all(precision_in_words(item.problem) for paper in papers for item in paper.items),
        "papers": [
            {
                "code": paper.code,
                "points": sum(item.points for item in paper.items),
                "items": [item_content(number, item, solved=solved) for number, item in enumerate(paper.items, 1)],
            }
            for paper in papers
        ],
    }


def _said_by_all(sentences: Iterator[str]) -> str:
    """What is said by all that say anything; empty where they differ."""
    said = set(sentences) - {""}
    return said.pop() if len(said) == 1 else ""


def item_content(number: int, item: PaperItem, *, solved: bool) -> dict[str, Any]:
    """A problem by its phases and steps, as a paper has it; with its solution where it is asked for."""
    problem = item.problem
    return {
        "number": number,
        "title": item.title,
        "points": item.points,
        "intro": problem.intro,
        "conventions": list(problem.conventions),
        "precision": precision_in_words(problem),
        "picture": printed(svg) if (svg := problems.network_svg(problem)) else None,
        "given": [
            {
                "symbol": _formula(row.symbol),
                "value": _formula(row.value),
                "meaning": row.meaning if row.role in TELLING else "",
            }
            for row in problems.given_rows(problem)
        ],
        "phases": _phases(problem, _solutions(problem) if solved else {}),
    }


def precision_in_words(problem: problems.Problem) -> str:
    """The digits to keep, as a phrase; empty where nothing is worked out but only picked or counted."""
    if all(step.whole for step in problem.worksheet.steps.values() if step.asked):
        return ""
    kept = (problem.precision.decimals, "decimal"), (problem.precision.sigfigs, "significant figure")
    return " and at least ".join(f"{number} {word if number == 1 else word + 's'}" for number, word in kept)


def _formula(shown: Markup) -> dict[str, str]:
    return {"mathml": shown.math(), "text": shown.text}


def _phases(problem: problems.Problem, solutions: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps by phase, those that are asked by letters in this order; the others only where they are solved."""
    letters = _letters() if sum(step.asked for step in problem.steps) > 1 else iter([""])
    phases = []
    for phase in get_args(Phase):
        steps = [
            _step_content(problem, step, next(letters) if step.asked else "") | solutions.get(step.id, {})
            for step in problem.steps
            if step.phase == phase and (step.asked or solutions)
        ]
        if steps:
            phases.append({"title": phase.capitalize(), "steps": steps})
    return phases


def _letters() -> Iterator[str]:
    """The letters a, b, …, z, aa, ab, …, without end."""
    return ("".join(letters) for length in count(1) for letters in product(ascii_lowercase, repeat=length))


def _step_content(problem: problems.Problem, step: ShownStep, letter: str) -> dict[str, Any]:
    return {
        "id": step.id,
        "letter": letter,
        "prompt": step.prompt,
        "hint": _hint(step, whole=problem.worksheet.steps[step.id].whole),
        "symbol": {"mathml": step.mathml, "text": step.text},
        "shape": list(step.shape),
        "choices": [
            # A question's answers go by letters, and the sentences of its solution speak of these.
            {"letter": choice.id if len(choice.id) == 1 and choice.id.isalpha() else "", "label": choice.label}
            for choice in step.choices
        ],
        "in_a_row": step.kind == "choices" and max(len(choice.label) for choice in step.choices) <= SHORT,
    }


def _hint(step: ShownStep, *, whole: bool) -> str:
    """What the prompt does not say of the answer."""
    if step.kind == "choice":
        return "Tick one."
    if step.kind == "choices":
        return "" if "all that apply" in step.prompt else "Tick all that apply."
    return "(a whole number)" if whole else ""


def _solutions(problem: problems.Problem) -> dict[str, dict[str, Any]]:
    """Step id -> its worked line, the sentences below it, the ranges of its entries, the places of what is picked."""
    values, ranges = problems.solve(problem), problems.ranges(problem)
    solutions = {}
    for solved in problems.worked_solution(problem):
        step, value = problem.worksheet.steps[solved.step], values[solved.step]
        line = solved.line[:-1] if step.choices else solved.line  # what is picked is ticked
        precision = None if step.whole else problem.precision
        solutions[solved.step] = {
            "line": [_formula(part) for part in line] if len(line) > 1 else [],
            "notes": list(solved.notes),
            "ranges": [] if step.choices else [_range(one) for one in bounds_of(*ranges[solved.step], precision)],
            "picked": _picked(value) if step.choices else [],
        }
    return solutions


def _picked(value: Any) -> list[int]:  # noqa: ANN401 - a float, or an array of yes and no
    return [int(value)] if np.ndim(value) == 0 else [int(place) for place in np.flatnonzero(value)]


def _range(bounds: Bounds) -> dict[str, Any]:
    return {"place": bounds.place, "low": _formula(bounds.low), "high": _formula(bounds.high)}
