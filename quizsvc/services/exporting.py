"""A set in the forms that other programs read: variants drawn for it, and what these programs cannot do in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

import problems
from problems.mistake_kinds import KINDS
from problems.single_steps import unseen_mistakes
from quizsvc.errors import Invalid
from quizsvc.exports.common_cartridge import common_cartridge
from quizsvc.exports.moodle_xml import fraction_of, moodle_xml
from quizsvc.exports.qti3 import qti3_package
from quizsvc.exports.questions import ExportItem, Question, QuestionSet, questions_of
from quizsvc.services.drawing import draw_item, draw_item_for_class
from quizsvc.services.preparing import SEED_BITS
from quizsvc.services.scoring import scheme_of
from quizsvc.services.variants_csv import variants_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from quizsvc.store.models import Item, ProblemSet

Form = Literal["moodle", "qti-1.2", "qti-3.0", "csv"]
WRITERS: dict[Form, Callable[[QuestionSet], bytes]] = {
    "moodle": moodle_xml,
    "qti-1.2": common_cartridge,
    "qti-3.0": qti3_package,
    "csv": lambda question_set: variants_csv(question_set).encode(),
}
MOST_VARIANTS = 50
LOOKED_AT = 8
"""Of so many problems for each that is wanted, those are taken whose mistakes can all be seen."""


def export_set(problem_set: ProblemSet, count: int, seed: int) -> QuestionSet:
    """The set with so many variants of each problem; one where all get the same. The same seed gives the same.

    Taken are variants in which a range alone tells every known mistake from what is right, as far as there are such.
    Raises Invalid, ProblemError.
    """
    if not 1 <= count <= MOST_VARIANTS:
        message = f"{count} variants cannot be exported at once: write 1 to {MOST_VARIANTS}."
        raise Invalid(message)
    scheme, rng = scheme_of(problem_set), np.random.default_rng(seed)
    questions: list[Question] = []
    for item in problem_set.items:
        own = int(rng.integers(SEED_BITS))
        if item.dropped != "excluded":
            variants = _variants(problem_set, item, count, own)
            questions += questions_of(ExportItem(item.key, item.title, item.points, variants), scheme)
    if not questions:
        message = "There is nothing to export: every problem of the set is excluded."
        raise Invalid(message)
    return QuestionSet(problem_set.slug, problem_set.title, problem_set.mode, scheme, tuple(questions))


def _variants(problem_set: ProblemSet, item: Item, count: int, seed: int) -> Sequence[problems.Problem]:
    if item.problem is not None:
        return [problems.from_json(item.problem)]
    if item.given is not None or problem_set.variants == "same-for-all":
        return [draw_item(item, seed)]
    unseen, looked_at = dict[problems.Problem, int](), count
    while looked_at <= LOOKED_AT * count:
        graded = problem_set.mode == "graded"
        drawn = draw_item_for_class(item, looked_at, seed).problems if graded else _any(item, looked_at, seed)
        unseen |= {problem: len(unseen_mistakes(problem)) for problem in drawn[len(unseen) :]}
        if sum(not hidden for hidden in unseen.values()) >= count:
            break
        looked_at *= 2
    different = {problems.fingerprint(problem): problem for problem in sorted(unseen, key=lambda one: unseen[one])}
    return list(different.values())[:count]


def _any(item: Item, count: int, seed: int) -> list[problems.Problem]:
    rng = np.random.default_rng(seed)
    return [draw_item(item, int(rng.integers(SEED_BITS))) for _ in range(count)]


def notes_on(question_set: QuestionSet, form: Form) -> list[str]:
    """What the program that reads the file does otherwise than we, a sentence each."""
    return [*_on_marks(question_set, form), *_on_mistakes(question_set)] if form != "csv" else []


def _on_marks(question_set: QuestionSet, form: Form) -> Iterator[str]:
    scheme = question_set.scheme
    if scheme.carried:
        yield "Every answer is judged by itself there: what follows rightly from a wrong step earns nothing."
    if scheme.imprecise:
        yield f"Answers that only lack digits earn nothing there; here they earn {scheme.imprecise}."
    if scheme.entries == "all":
        yield "Each entry of a vector or matrix counts by itself there; here only the whole of it does."
    if scheme.mistake and form == "qti-1.2":
        yield f"Known mistakes earn nothing in programs that do not read shares; here they earn {scheme.mistake}."
    elif scheme.mistake:
        percent = fraction_of(scheme.mistake) if form == "moodle" else f"{float(100 * scheme.mistake):g}"
        yield f"A known mistake earns {percent} %, but not swapped digits, and not the value of another box."
    if form == "qti-1.2":
        yield "Moodle reads of a cartridge only the numbers with as many digits as are asked for: give it Moodle XML."
    if form == "moodle":
        points, names = {one.key: one.points for one in question_set.questions}, question_set.names()
        yield f"Set the marks in the quiz: {', '.join(f'{points[key]} for {name}' for key, name in names.items())}."


def _on_mistakes(question_set: QuestionSet) -> Iterator[str]:
    names = question_set.names()
    for variants in question_set.by_item():
        hidden = [question for question in variants if question.unseen]
        if hidden:
            one = hidden[0]
            unseen = one.unseen[0]
            step = next(step for step in one.problem.steps if step.id == unseen.step)
            yield (
                f"{names[one.key]}: in {len(hidden)} of {len(variants)} variants some mistakes count as right: only "
                f"the steps above show them ({step.text}: {KINDS[unseen.slug].title})."
            )


def summary_of(question_set: QuestionSet, form: Form) -> dict[str, Any]:
    """What was exported, as plain values."""
    return {
        "set": question_set.slug,
        "form": form,
        "problems": len(question_set.by_item()),
        "questions": len(question_set.questions),
        "boxes": sum(len(question.boxes) for question in question_set.questions),
        "notes": notes_on(question_set, form),
    }
