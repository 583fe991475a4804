"""Wrong answers that are in print: each is posed, typed as printed, and must be named for what it is.

Where a source tells the slip without figures, the numbers are drawn, and `published_slips` works it out.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from published_slips import SLIPS
from students import in_full

import problems

MISTAKES = json.loads((Path(__file__).parents[1] / "data" / "published_mistakes.json").read_text(encoding="utf-8"))


def posed(published):
    """The problem with the published numbers, or with drawn ones."""
    options = {**published.get("options", {}), **published.get("precision", {})}
    if "seed" in published:
        return problems.draw(published["family"], seed=published["seed"], **options)
    return problems.pose(published["family"], **published["given"], **options)


def typed(values, precision):
    """Values as texts with all their digits."""
    return {
        step: np.vectorize(in_full, otypes=[object], excluded=[1])(value, precision).tolist()
        for step, value in values.items()
    }


def answers_to(problem, published):
    """What is right, what is wrong, and what follows from it."""
    right, wrong, follows = (published.get(part, {}) for part in ("right", "wrong", "follows"))
    if published["name"] in SLIPS:
        slipped, after = SLIPS[published["name"]](problem.given)
        wrong, follows = wrong | typed(slipped, problem.precision), follows | typed(after, problem.precision)
    return right, wrong, follows


def verdicts(judged):
    """The verdicts on what was written of a step."""
    return {one.verdict for one in judged.entries if one.verdict != "blank"} or {judged.verdict}


def test_every_slip_without_figures_is_worked_out():
    names = [published["name"] for published in MISTAKES]
    assert len(set(names)) == len(names)
    assert {published["name"] for published in MISTAKES if not published.get("wrong")} == set(SLIPS)
    assert all(address.startswith("http") for published in MISTAKES for address in published["addresses"])


def test_elu_is_not_posed_with_an_alpha_below_zero_whose_slopes_are_in_print():
    # https://github.com/pytorch/pytorch/issues/47671: 1, 1, -2, 1, 1, since the side was told by the sign of the value.
    with pytest.raises(problems.BadGiven, match="numbers above 0"):
        problems.pose("activation-values", activation="elu", z=[-2, -1, 0, 1, 2], alpha=-2)


@pytest.mark.parametrize("published", MISTAKES, ids=[published["name"] for published in MISTAKES])
def test_a_published_mistake_is_named_and_what_follows_is_carried(published):
    problem = posed(published)
    right, wrong, follows = answers_to(problem, published)
    grade = problems.grade(problem, right | wrong | follows)
    assert set(wrong) == set(published["mistakes"])
    for step, slug in published["mistakes"].items():
        judged = grade.steps[step]
        assert (judged.verdict, judged.mistake) == ("mistake", slug)
        assert judged.message
        assert {(one.verdict, one.mistake) for one in judged.entries} <= {("mistake", slug), ("correct", None)}
    assert {step: verdicts(grade.steps[step]) for step in right} == {step: {"correct"} for step in right}
    assert all("carried" in verdicts(grade.steps[step]) <= {"carried", "correct"} for step in follows)
    assert grade.first_error == next(iter(published["mistakes"]))
