"""Made-up classes: works from plain shares and verdicts, in the form in which judgements are stored."""

from __future__ import annotations

from fractions import Fraction

from problems.grading import Grade, StepGrade
from quizsvc.services.statistics import ItemInfo, Work


def judged(verdicts):
    """A stored judgement of steps worth a point each, from step -> verdict; "mistake:bias-left-out" names a mistake."""
    steps = {}
    for name, told in verdicts.items():
        verdict, _, mistake = told.partition(":")
        credit = Fraction(verdict in ("correct", "carried"))
        steps[name] = StepGrade(verdict, credit, credit, 1, mistake or None)
    return Grade(steps, None, sum((step.points for step in steps.values()), Fraction(0)), len(steps)).to_dict()


def work(student, item="a", share=Fraction(1), verdicts=None, first=None, **others):
    """One work; where verdicts are given, the share is what they bring."""
    grade = judged(verdicts or {})
    if verdicts:
        share = Fraction(grade["points"]) / grade["max_points"]
    known = {
        "first_share": Fraction(share),
        "submissions": 1,
        "variants": 1,
        "seconds": None,
        "problem_id": student,
        "numbers": str(student),
        "parameters": {},
        "grade": grade,
        "first_grade": judged(first) if first else None,
    }
    return Work(student=student, item=item, share=Fraction(share), **known | others)


def items_of(count, points=1):
    """That many items, called a, b, c and so on."""
    return [ItemInfo(key, f"Item {key}", points) for key in "abcdefghijklmnopqrstuvwxyz"[:count]]


def works_of(rows):
    """The works of a class: a row of shares for each student, None for an item that was not worked on."""
    keys = [item.key for item in items_of(max(map(len, rows), default=0))]
    return [
        work(student, key, Fraction(share))
        for student, row in enumerate(rows)
        for key, share in zip(keys, row, strict=True)
        if share is not None
    ]
