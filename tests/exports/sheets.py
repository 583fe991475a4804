"""What students write on a sheet, box by box: all right, cut off, and with one known mistake in it."""

from __future__ import annotations

from fractions import Fraction
from string import ascii_uppercase

import numpy as np
from students import exact_answers, honest_answers, written

import problems
from problems.graph import evaluate
from problems.mistakes import mistakes_of
from problems.readings.exact import EXACT
from quizsvc.exports.questions import ExportItem, QuestionSet, questions_of

PLAIN, HALF = problems.MarkScheme(), Fraction(1, 2)


def on_paper(value, problem, shape, *, cut):
    entries = np.broadcast_to(np.asarray(value, dtype=float), (*shape, 1))[..., 0]
    return np.vectorize(lambda one: written(one, problem.precision, cut=cut), otypes=[object])(entries)


def right_sheet(problem, *, cut):
    """Step -> answer, for the grader."""
    sheet = {}
    for name, answer in exact_answers(problem).items():
        step = problem.worksheet.steps[name]
        value = np.array(answer, dtype=float)[..., np.newaxis] if not step.whole else None
        sheet[name] = answer if value is None else on_paper(value, problem, step.shape, cut=cut).tolist()
    return sheet


def sheets(problem, rng, most=15):
    """Right sheets, a blank one, one worked out by hand, and such with one mistake: (what it is, step -> answer)."""
    right = [right_sheet(problem, cut=cut) for cut in (False, True)]
    yield from zip((("rounded", ""), ("cut off", "")), right, strict=True)
    yield ("blank", ""), {}
    yield ("by hand", ""), honest_answers(problem, rng)
    walk = evaluate(problem.worksheet.graph, problem.inputs, EXACT)
    every = [(name, one) for name, mistakes in mistakes_of(problem.worksheet).items() for one in mistakes]
    for place in rng.permutation(len(every))[:most]:
        name, mistake = every[place]
        with np.errstate(all="ignore"):
            value = np.asarray(walk.value_of(mistake.formula), dtype=float)
        if np.isfinite(value).all():
            cut = bool(rng.integers(2))
            shape = problem.worksheet.steps[name].shape
            yield (name, mistake.slug), right[cut] | {name: on_paper(value, problem, shape, cut=cut).tolist()}
    for name in {name for name, _mistake in every}:
        answer = np.asarray(right[0][name], dtype=object)
        slip = np.vectorize(_turned, otypes=[object])(answer)
        yield (name, "sign-slip"), right[0] | {name: slip.tolist()}


def _turned(number):
    """With the other sign, but 0 as it is."""
    if float(number) == 0:
        return number
    return number[1:] if number.startswith("-") else f"-{number}"


def in_boxes(question, sheet):
    """Box -> what is typed there, or the labels of what is picked."""
    typed = {}
    for box in question.boxes:
        answer = sheet.get(box.step.id)
        if answer is None:
            typed[box.id] = ""
        elif box.step.choices:
            chosen = [choice.label for choice in box.step.choices if choice.id in np.ravel(answer)]
            typed[box.id] = chosen
        else:
            typed[box.id] = str(np.asarray(answer, dtype=object)[box.place])
    return typed


def in_letters(box, picked):
    """What is typed where the letters of all that applies are asked for."""
    labels = [choice.label for choice in box.step.choices]
    return "".join(ascii_uppercase[labels.index(one)] for one in picked) or "none"


def share(problem, sheet, scheme=PLAIN):
    """What the grader gives: for an answer that carries on from a wrong one, too, what it is worth by itself."""
    grade = problems.grade(problem, sheet, scheme)
    assert all(step.verdict != "carried" for step in grade.steps.values())
    return grade.points / grade.max_points


def export_of(*drawn, scheme=PLAIN, title="A set", points=10):
    """A set of these problems, a variant each of an item of its own family."""
    items = {}
    for problem in drawn:
        items.setdefault(problem.family, []).append(problem)
    questions = [
        question
        for slug, variants in items.items()
        for question in questions_of(ExportItem(slug, f"{title}: {slug}", points, variants), scheme)
    ]
    return QuestionSet("a-set", title, "graded", scheme, tuple(questions))
