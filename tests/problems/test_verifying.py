"""The second computation: it confirms what is right, and refuses what a wrong rule gives."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest

import problems
from problems import backprop, problem, verifying
from problems.graph import Op, evaluate
from problems.readings import exact
from problems.words import apply, number


@pytest.fixture
def forgetful():
    """Worksheets are kept; a planted error must not be seen by others, nor hidden from this test."""
    problem._worksheet.cache_clear()  # noqa: SLF001 - there is no other way to plant an error
    yield
    problem._worksheet.cache_clear()  # noqa: SLF001 - and to take it away


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize(
    ("op", "wrong"),
    [
        (
            Op.MATVEC,
            lambda gradient, place, sides: (
                apply(Op.MATVEC, sides[0], gradient) if place else apply(Op.OUTER, sides[1], gradient)
            ),
        ),
        (Op.ADD, lambda gradient, _place, _terms: gradient * number(2)),
    ],
    ids=["transposed the wrong way", "twice the gradient"],
)
def test_a_wrong_rule_of_backpropagation_refuses_every_draw(monkeypatch, op, wrong):
    monkeypatch.setattr(backprop, "_RULES", MappingProxyType({**backprop._RULES, op: wrong}))  # noqa: SLF001 - see above
    with pytest.raises(problems.NoFairDraw, match="not confirmed"):
        problems.draw("mlp-backprop", seed=1, sizes="2-2-2")


@pytest.mark.parametrize("op", [Op.TANH_SLOPE, Op.TANH, Op.MATVEC, Op.SQUARE])
def test_a_wrong_exact_rule_is_found_out(op):
    drawn = problems.draw("mlp-backprop", seed=1, activations="tanh")
    right = exact.EXACT.rules[op]
    planted = exact.Reading(
        rules={**exact.EXACT.rules, op: lambda *args: right(*args) * 1.00001},
        number=exact.EXACT.number,
        read_back=exact.EXACT.read_back,
        route=0,
    )
    walk = evaluate(drawn.worksheet.graph, drawn.inputs, planted)
    confirmed = verifying.confirmed_instances(drawn.worksheet, drawn.inputs, walk, 1)
    assert not confirmed.any()


def test_only_the_instances_that_disagree_are_doubted():
    batch = problems.draw_many("exploding-gradient", 5, seed=1, depth=2)
    worksheet = batch[0].worksheet
    inputs = {
        "w1": batch.given["w"][0],
        "w2": batch.given["w"][1],
        "x": batch.given["x"],
        "upstream": batch.given["upstream"],
    }
    walk = evaluate(worksheet.graph, inputs, exact.EXACT)
    walk.expected["dL_dw1"] = walk.expected["dL_dw1"] * np.array([1, 1, 1.001, 1, 1])
    assert verifying.confirmed_instances(worksheet, inputs, walk, 5).tolist() == [True, True, False, True, True]
