"""Pictures: every problem has one that fits, complete, legible, and without an answer."""

from __future__ import annotations

import re
from itertools import combinations
from types import MappingProxyType, SimpleNamespace
from typing import NamedTuple
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_every_family import VARIANTS

import problems
from problems import plots
from problems.diagrams.anatomy import Anatomy
from problems.diagrams.chain import chain
from problems.diagrams.step_graph import MOST_SHOWN, step_graph
from problems.diagrams.wires import Wire, places_on
from problems.family import Family, Given, Grid, Role, Step
from problems.graph import Op
from problems.precision import Precision
from problems.problem import Problem
from problems.readings.notation import number_markup
from problems.svg import ADVANCE, SIZES, Canvas
from problems.words import ACTIVATIONS, apply, number, value

LARGE = [
    ("mlp-backprop", {"sizes": "6-6-6-6-6-6-6"}),
    ("mlp-backprop", {"sizes": "16-16-16"}),
    ("mlp-backprop", {"sizes": "2-3-1", "loss": "binary-cross-entropy", "update": True}),
    ("mlp-backprop", {"sizes": "1-4-1"}),
    ("depth-scaling", {"depth": 50}),
    ("recurrent-gradient", {"steps": 1}),
    ("recurrent-gradient", {"steps": 8}),
    ("recurrent-gradient", {"steps": 8, "loss_at": "every", "clip_by": "norm"}),
    ("vanishing-gradient", {"depth": 12, "bias": True}),
    ("exploding-gradient", {"depth": 12, "loss": "squared", "activation": "leaky-relu"}),
    ("remedies", {"depth": 6, "change": "init"}),
    ("remedies", {"depth": 6, "change": "batch-norm"}),
    ("remedies", {"depth": 6, "change": "clipping"}),
    ("batch-norm", {"samples": 8, "features": 4}),
    ("activation-values", {"units": 12}),
    ("relu-variants", {"units": 8}),
    ("softmax-cross-entropy", {"classes": 8}),
    ("dying-relu", {"form": "layer", "units": 10, "inputs": 4}),
    ("dying-relu", {"form": "layer", "units": 2, "inputs": 1, "samples": 1}),
    ("weight-update", {"form": "descent", "inputs": 6}),
]
ALL = [*VARIANTS, *(pytest.param(slug, options, id=f"{slug} {options}") for slug, options in LARGE)]
every_picture = pytest.mark.parametrize(("slug", "options"), ALL)
SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"−?\d+(?:\.\d+)?(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?")


class Words(NamedTuple):
    """A text in a picture, and the room that it takes."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def shared_with(self, other: Words) -> float:
        """The area that both take, as a share of the smaller one's."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        areas = [(one.right - one.left) * (one.bottom - one.top) for one in (self, other)]
        return max(wide, 0.0) * max(high, 0.0) / min(areas)


def words_in(root):
    for text in root.iter(f"{SVG}text"):
        content = "".join(text.itertext())
        size, width = SIZES[text.attrib["class"].split()[0]], 0.0
        width = ADVANCE * size * len(content.replace("\u0302", ""))
        x, y = float(text.attrib["x"]), float(text.attrib["y"])
        left = x - width * {"start": 0, "middle": 0.5, "end": 1}[text.attrib["text-anchor"]]
        yield Words(content, left, y - 0.75 * size, left + width, y + 0.25 * size)


def checked(picture):
    """The picture's root: well-formed, told in words, no style or script in it, all texts inside and apart."""
    root = ET.fromstring(picture)  # noqa: S314 - our own text
    assert len(picture) < 60_000
    assert root.attrib["role"] == "img"
    assert [child.tag for child in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
    assert all(child.text for child in root[:2])
    assert root.attrib["aria-labelledby"].split() == [child.attrib["id"] for child in root[:2]]
    assert not re.search(r"<style|<script|style=|\son\w+=|href=|nan|inf(?!e)", picture)
    left, top, width, height = map(float, root.attrib["viewBox"].split())
    words = list(words_in(root))
    for one in words:
        assert left <= one.left < one.right <= left + width, one
        assert top <= one.top < one.bottom <= top + height, one
    for one, other in combinations(words, 2):
        assert one.shared_with(other) < 0.1, (one, other)
    return root


def numbers_of(problem):
    return {
        number_markup(float(one)).text for row in problems.given_rows(problem) for one in problem.inputs[row.name].flat
    }


def show_no_answer(problem, texts):
    """Whatever looks like a number is given, or counts units, layers or steps."""
    given_numbers = numbers_of(problem)
    shown = {one for text in texts for one in NUMBER.findall(text)}
    assert {one for one in shown - given_numbers if not one.isdigit() or int(one) > 50} == set()
    for step, answer in problems.solve(problem).items():
        if problem.worksheet.steps[step].asked and not problem.worksheet.steps[step].choices:
            written = {number_markup(float(one), problem.precision).text for one in np.ravel(answer)}
            assert not {one for one in (written & shown) - given_numbers if "." in one}, step


@every_picture
def test_every_problem_has_a_legible_picture_with_its_given_numbers_and_no_answer(slug, options):
    problem = problems.draw(slug, seed=5, **options)
    picture, rows = problems.network_svg(problem), problems.given_rows(problem)
    if not rows:
        assert picture is None
        return
    root = checked(picture)
    texts = [one.text for one in words_in(root)]
    for row in rows:
        if not np.ndim(problem.inputs[row.name][..., 0]):
            assert row.text.replace("_", "") in texts
            assert row.text in root[1].text
    show_no_answer(problem, [*texts, root[1].text])


@every_picture
def test_the_graph_of_the_steps_fits_every_problem(slug, options):
    problem = problems.draw(slug, seed=5, **options)
    canvas = step_graph(Anatomy(problem))
    if not problems.given_rows(problem):
        assert canvas is None
        return
    root = checked(canvas.picture("steps", "The steps"))
    shown = problem.worksheet.roles.keys()
    assert len(canvas.texts) == min(len(shown), len(canvas.texts)) <= MOST_SHOWN
    show_no_answer(problem, [one.text for one in words_in(root)])


def count(picture, tag, kind):
    """How many marks of a kind there are; a path may be several lines."""
    root = ET.fromstring(picture)  # noqa: S314 - our own text
    marks = [one.attrib for one in root.iter(f"{SVG}{tag}") if kind in one.attrib["class"].split()]
    return sum(one.get("d", "M").count("M") for one in marks)


@pytest.mark.parametrize(
    ("slug", "options", "tag", "kind", "how_many"),
    [
        ("vanishing-gradient", {"depth": 5}, "rect", "unit", 5),
        ("remedies", {"depth": 4}, "rect", "unit", 8),
        ("remedies", {"change": "batch-norm"}, "path", "curve", 6),
        ("remedies", {"change": "clipping"}, "rect", "clip", 1),
        ("mlp-backprop", {"sizes": "3-4-2"}, "circle", "unit", 6),
        ("mlp-backprop", {"sizes": "3-4-2"}, "circle", "input", 3),
        ("mlp-backprop", {"sizes": "3-4-2"}, "circle", "target", 2),
        ("mlp-backprop", {"sizes": "3-4-2"}, "circle", "loss", 1),
        ("mlp-backprop", {"sizes": "2-3-2"}, "text", "halo", 12 + 5),
        ("mlp-backprop", {"sizes": "3-4-2"}, "text", "halo", 0),
        ("recurrent-gradient", {"steps": 8}, "rect", "unit", 8),
        ("recurrent-gradient", {"steps": 8}, "circle", "loss", 1),
        ("recurrent-gradient", {"steps": 4, "loss_at": "every"}, "rect", "target", 4),
        ("relu-variants", {"units": 3}, "path", "curve", 12),
        ("dying-relu", {"units": 4}, "path", "curve", 8),
        ("dying-relu", {"form": "layer", "units": 4}, "circle", "unit", 4),
        ("activation-values", {"units": 7}, "circle", "unit", 7),
        ("depth-scaling", {"depth": 50}, "circle", "unit", 4),
        ("softmax-cross-entropy", {"classes": 4}, "path", "shares", 4 * 3),
    ],
)
def test_the_picture_has_what_the_problem_has(slug, options, tag, kind, how_many):
    assert count(problems.network_svg(problems.draw(slug, seed=5, **options)), tag, kind) == how_many


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "leaky-relu", "prelu", "elu"])
def test_every_activation_has_a_curve_of_its_own(activation):
    pictures = {
        word: problems.network_svg(problems.pose("activation-values", z=[0.5], activation=word))
        for word in (activation, "sigmoid", "relu")
    }
    curves = {word: re.search(r'class="curve" d="([^"]+)', picture)[1] for word, picture in pictures.items()}
    assert len(set(curves.values())) == len(curves)


def _grid(_options):
    return Grid(0.1, 1, 0.1)


def problem_of(steps, **numbers):
    """A problem of a family that nobody has declared, with one given number for each name."""
    family = Family(
        slug="new",
        version=1,
        title="New",
        topic="new",
        teaches="",
        options=(),
        givens=tuple(Given(name, role, name, _grid, np.shape(one)) for name, (role, one) in numbers.items()),
        steps=lambda _options: steps,
        intro=lambda _options: "",
    )
    stored = {name: one for name, (_, one) in numbers.items()}
    problem = Problem("new", 1, None, MappingProxyType({}), stored, Precision(3, 3))
    vars(problem)["definition"] = family
    return problem


NEURON = (
    Step("z", value("w") * value("x") + value("b"), Role.PREACTIVATION, "forward", ""),
    Step("a", ACTIVATIONS["sigmoid"].at("z"), Role.ACTIVATION, "forward", ""),
    Step("L", apply(Op.HALF_SQUARED_ERROR, value("a"), value("y")), Role.LOSS, "forward", ""),
)


def test_a_new_family_of_plain_layers_is_drawn_as_a_network_unasked():
    problem = problem_of(NEURON, w=(Role.WEIGHT, 0.5), b=(Role.BIAS, 0.2), x=(Role.INPUT, 1.5), y=(Role.TARGET, 0.3))
    picture = problems.network_svg(problem)
    texts = [one.text for one in words_in(checked(picture))]
    assert {"sigmoid", "z", "a", "L", "half squared", "error", "w = 0.5", "b = 0.2", "x = 1.5", "y = 0.3"} == set(texts)


def test_a_new_family_of_another_kind_is_drawn_as_the_graph_of_its_steps():
    steps = (
        Step("s", value("k") + value("m"), Role.RESULT, "forward", ""),
        Step("t", value("s") * value("k"), Role.RESULT, "forward", ""),
    )
    problem = problem_of(steps, k=(Role.PARAMETER, 0.5), m=(Role.PARAMETER, 0.25))
    root = checked(problems.network_svg(problem))
    assert root[0].text == "The steps"
    assert "s from k and m. t from k and s." in root[1].text
    assert {"k", "m", "s", "t", "k = 0.5", "m = 0.25"} == {one.text for one in words_in(root)}


def test_layers_that_branch_are_no_chain():
    steps = (
        Step("z1", value("w") * value("x"), Role.PREACTIVATION, "forward", ""),
        Step("a1", ACTIVATIONS["tanh"].at("z1"), Role.ACTIVATION, "forward", ""),
        Step("z2", value("w") * value("a1"), Role.PREACTIVATION, "forward", ""),
        Step("z3", value("v") * value("a1"), Role.PREACTIVATION, "forward", ""),
    )
    problem = problem_of(steps, w=(Role.WEIGHT, 0.5), v=(Role.WEIGHT, 0.25), x=(Role.INPUT, 1.5))
    assert chain(Anatomy(problem)) is None
    assert checked(problems.network_svg(problem))[0].text == "The steps"


@pytest.mark.parametrize(
    ("steps", "numbers"),
    [
        pytest.param(
            [Step("z1", value("w") * value("x") + value("k"), Role.PREACTIVATION, "forward", "")],
            {"w": (Role.WEIGHT, 0.5), "x": (Role.INPUT, 1.5), "k": (Role.PARAMETER, 0.2)},
            id="a weighted input with something else in it",
        ),
        pytest.param(
            [
                Step("z1", value("w") * value("x") + value("h0"), Role.PREACTIVATION, "forward", ""),
                Step("h1", ACTIVATIONS["tanh"].at("z1"), Role.ACTIVATION, "forward", ""),
            ],
            {"w": (Role.WEIGHT, 0.5), "x": (Role.INPUT, 1.5), "h0": (Role.ACTIVATION, 0.2)},
            id="a state without a weight",
        ),
        pytest.param(
            [Step("S", apply(Op.SQUARE, value("X")), Role.RESULT, "forward", "")],
            {"X": (Role.INPUT, [[0.5, 0.2], [0.1, 0.3]])},
            id="a table that nothing averages",
        ),
    ],
)
def test_what_is_almost_a_network_or_a_batch_is_drawn_as_the_graph_of_its_steps(steps, numbers):
    assert checked(problems.network_svg(problem_of(tuple(steps), **numbers)))[0].text == "The steps"


def test_steps_that_follow_from_nothing_given_have_no_picture():
    problem = problem_of((Step("s", number(2) + number(3), Role.RESULT, "forward", ""),))
    assert problems.network_svg(problem) is None


def test_a_huge_graph_shows_its_first_steps():
    steps = [Step("s0", value("k") + number(1), Role.RESULT, "forward", "")]
    steps += [Step(f"s{n}", value(f"s{n - 1}") * value("k"), Role.RESULT, "forward", "") for n in range(1, 300)]
    canvas = step_graph(Anatomy(problem_of(tuple(steps), k=(Role.PARAMETER, 0.5))))
    assert len(canvas.texts) == MOST_SHOWN


def test_numbers_too_long_for_their_wires_are_left_to_the_table():
    weights = [[0.12345678901234, 0.2], [0.3, 0.4]]
    long = [0.1, 0.123456789]
    problem = problems.pose("mlp-backprop", W=[weights, weights], x=long, y=long, bias=False)
    picture = problems.network_svg(problem)
    assert count(picture, "text", "halo") == 0
    checked(picture)


def test_the_largest_network_has_a_picture_of_the_usual_size():
    weights = np.random.default_rng(0).uniform(-1, 1, (6, 16, 16)).round(1).tolist()
    long = [0.5] * 16
    problem = problems.pose("mlp-backprop", W=weights, x=long, y=long, bias=False, activations="tanh")
    root = checked(problems.network_svg(problem))
    assert float(root.attrib["width"]) <= 1000


def test_the_middle_of_a_number_stands_on_its_wire():
    wires = [Wire((0.0, y), (190.0, to_y)) for to_y in (0.0, 80.0) for y in (0.0, 80.0)]
    for wire, (x, y) in zip(wires, places_on(wires, ["0.5"] * 4, 24.0), strict=True):
        assert wire.at(x / 190.0) == pytest.approx((x, y))
    assert places_on(wires, ["0.123456789012345"] * 4, 24.0) is None


def test_what_stands_behind_an_underscore_is_set_lower():
    canvas = Canvas()
    canvas.text((0, 0), "w_h = 0.5 & <b>", "number")
    canvas.said.append("So be it.")
    [text] = ET.fromstring(canvas.picture("one", "One")).iter(f"{SVG}text")  # noqa: S314 - our own text
    assert "".join(text.itertext()) == "wh = 0.5 & <b>"
    assert [part.attrib["dy"] for part in text] == ["4", "-4"]


def plot_of(monkeypatch, gradients):
    monkeypatch.setattr(plots, "layer_gradients", lambda _problem: gradients)
    return plots.gradient_svg(SimpleNamespace(precision=Precision(3, 3)))


def sizes_in(root):
    return [float(bar.attrib["height"]) for bar in root.iter(f"{SVG}rect")]


@pytest.mark.parametrize("layers", [1, 2, 12, 50])
@pytest.mark.parametrize("exponents", [(-30, 30), (30, -30), (-3, -2.9), (0, 0), (-300, 300)])
def test_the_plot_has_room_for_every_depth_and_size(monkeypatch, layers, exponents):
    gradients = {f"∂L/∂z{n}": -(10.0**size) for n, size in enumerate(np.linspace(*exponents, layers), 1)}
    root = checked(plot_of(monkeypatch, gradients))
    assert float(root.attrib["width"]) <= 940
    sizes = sizes_in(root)
    assert len(sizes) == layers
    assert min(sizes) > 4
    assert np.allclose(np.diff(sizes, n=2), 0, atol=0.3)
    texts = {one.text for one in words_in(root)}
    assert {"∂L/∂z1", f"∂L/∂z{layers}"} - texts in (set(), {"∂L/∂z1"})
    assert all(f"{symbol} = " in root[1].text for symbol in gradients)


def test_gradients_of_zero_have_a_cross_and_are_told(monkeypatch):
    root = checked(plot_of(monkeypatch, {"a": 0.0, "b": 1e-5, "c": -0.0, "d": 3.0}))
    assert len(sizes_in(root)) == 2
    assert sum("dead" in path.attrib["class"] for path in root.iter(f"{SVG}path")) == 2
    assert "× no gradient arrives: exactly 0" in {one.text for one in words_in(root)}
    assert "a = 0.000" in root[1].text


def test_a_plot_of_zeros_alone_has_crosses_alone(monkeypatch):
    root = checked(plot_of(monkeypatch, {"a": 0.0, "b": 0.0}))
    assert sizes_in(root) == []


def test_gradients_beyond_float64_reach_the_top(monkeypatch):
    root = checked(plot_of(monkeypatch, {"a": np.inf, "b": 1.0, "c": np.nan}))
    assert "a = ∞, b = 1.000, c = ?" in root[1].text
    assert sizes_in(root)[0] >= sizes_in(root)[1]


def test_a_dead_chain_is_plotted_with_crosses():
    problem = problems.pose("exploding-gradient", w=[2, -3, 2], x=1)
    assert 0.0 in plots.layer_gradients(problem).values()
    assert count(problems.gradient_svg(problem), "path", "dead") >= 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(1e-30, 1e30) | st.just(0.0), min_size=1, max_size=50))
def test_larger_gradients_have_larger_bars(values):
    with pytest.MonkeyPatch.context() as patch:
        root = checked(plot_of(patch, {f"g{n}": one for n, one in enumerate(values)}))
    bars = sizes_in(root)
    assert len(bars) == np.count_nonzero(values)
    order = np.argsort([one for one in values if one], kind="stable")
    assert (np.diff(np.array(bars)[order]) >= -0.11).all()
