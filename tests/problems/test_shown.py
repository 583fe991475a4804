"""What is shown: formulas, given numbers, worked solutions, pictures. Complete, and no answer too early."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np
import pytest
from test_every_family import VARIANTS

import problems
from problems.plots import layer_gradients
from problems.precision import Precision
from problems.readings.notation import array_markup, number_markup, symbol_of

every_variant = pytest.mark.parametrize(("slug", "options"), VARIANTS)


@every_variant
def test_the_gradient_of_every_layer_is_plotted_where_there_is_one(slug, options):
    problem = problems.draw(slug, seed=5, **options)
    picture, gradients = problems.gradient_svg(problem), layer_gradients(problem)
    if picture is None:
        assert gradients == {}
        return
    root = ET.fromstring(picture)  # noqa: S314 - our own text
    bars = [float(bar.attrib["height"]) for bar in root.iter("{http://www.w3.org/2000/svg}rect")]
    sizes = [abs(value) for value in gradients.values()]
    assert len(sizes) == problem.options["depth"]
    assert len(bars) == np.count_nonzero(sizes)
    assert np.argsort(bars).tolist() == np.argsort([size for size in sizes if size]).tolist()
    for symbol in gradients:
        assert symbol in root[1].text


def test_the_gradients_of_the_lecture_shrink_by_slope_and_weight():
    problem = problems.pose("vanishing-gradient", w=[0.5, 0.5, 0.5], x=1)
    values, gradients = problems.solve(problem), layer_gradients(problem)
    assert list(gradients) == ["∂a₃/∂z₁", "∂a₃/∂z₂", "∂a₃/∂z₃"]
    assert gradients["∂a₃/∂z₃"] == pytest.approx(float(values["s3"]), rel=1e-14)
    assert gradients["∂a₃/∂z₁"] * 0.5 == pytest.approx(float(values["da_dx"]), rel=1e-14)


@every_variant
def test_given_rows_name_every_number(slug, options):
    problem = problems.draw(slug, seed=5, **options)
    rows = problems.given_rows(problem)
    hidden = {given.name for given in problem.worksheet.givens if not given.shown}
    assert {row.name for row in rows} == problem.inputs.keys() - hidden
    for row in rows:
        ET.fromstring(row.value.math())  # noqa: S314 - our own text
        assert row.meaning


@every_variant
def test_every_step_is_worked_out_and_well_formed(slug, options):
    problem = problems.draw(slug, seed=5, **options)
    solved = problems.worked_solution(problem)
    assert [one.step for one in solved] == list(problem.worksheet.steps)
    for one in solved:
        for part in (one.symbol, one.formula, one.numbers, one.result):
            ET.fromstring(part.math())  # noqa: S314 - our own text
            assert part.latex.count("{") == part.latex.count("}")
        assert one.symbol.text
        assert one.result.text


@pytest.mark.parametrize(
    ("name", "latex", "text"),
    [
        ("z1", "z_{1}", "z₁"),
        ("dL_dz3", r"\frac{\partial L}{\partial z_{3}}", "∂L/∂z₃"),
        ("a_leaky", r"a^{\text{leaky}}", "a leaky"),
        ("alpha", r"\alpha", "α"),
        ("w12", "w_{12}", "w₁₂"),
    ],
)
def test_symbols(name, latex, text):
    assert (symbol_of(name).latex, symbol_of(name).text) == (latex, text)


@pytest.mark.parametrize(
    ("value", "precision", "text"),
    [
        (0.5, None, "0.5"),
        (-3.0, None, "−3"),
        (0.014043, Precision(2, 2), "0.014"),
        (12.345, Precision(2, 2), "12.35"),
        (3.2e-9, Precision(3, 3), "3.20×10⁻⁹"),
        (0.0, Precision(3, 3), "0.000"),
        (-0.0001, Precision(3, 3), "−0.000100"),
    ],
)
def test_numbers_as_they_are_written_by_hand(value, precision, text):
    assert number_markup(value, precision).text == text


@pytest.mark.parametrize("x", [350.0, 372.0, 800.0])
def test_what_float64_can_hardly_hold_is_worked_out_and_judged(x):
    problem = problems.pose("vanishing-gradient", w=[1, 1], x=x, activation="tanh")
    assert [one.step for one in problems.worked_solution(problem)] == list(problem.worksheet.steps)
    slope = problems.solve(problem)["s1"]
    assert problems.grade(problem, {"s1": repr(slope)}).steps["s1"].verdict == "correct"
    assert problems.grade(problem, {"s1": "0.5"}).steps["s1"].verdict in ("wrong", "mistake")


def test_arrays_stand_in_brackets():
    assert array_markup([1, -2.5]).text == "[1, −2.5]"
    assert array_markup([[1, 2], [3, 4]]).latex == r"\begin{pmatrix}1 & 2 \\ 3 & 4\end{pmatrix}"
