"""QTI 1.2 in a Common Cartridge: complete, and marked as it says, it gives the marks that we give."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st
from qti_marks import CARTRIDGE, parsed, read_cartridge
from sheets import export_of, in_boxes, in_letters, share, sheets

import problems
from problems import MarkScheme, information
from problems.catalogue import current_families
from problems.precision import Precision
from quizsvc.exports.common_cartridge import HEAVIEST, MOST_TEXTS, common_cartridge, texts_within
from quizsvc.exports.questions import Answer

VARIANTS = [
    (family.slug, stated) for family in current_families() for stated in list(information.variants(family))[-3:]
]


def typed_in(question, sheet, items):
    """What is typed in each item, or which choice is picked."""
    typed = in_boxes(question, sheet)
    for box, item in zip(question.boxes, items, strict=True):
        answer = typed[box.id]
        if answer and box.step.kind == "choices":
            yield in_letters(box, answer)
        elif answer and box.step.kind == "choice":
            yield item.labels[answer[0]]
        else:
            yield answer or ""


def marks(question, sheet, items, **how):
    earned = [item.score(one, **how)[0] for item, one in zip(items, typed_in(question, sheet, items), strict=True)]
    weights = [float(item.fields["points_possible"]) for item in items]
    return sum(map(float.__mul__, earned, weights)) / 100 / sum(weights)


@pytest.mark.parametrize(("slug", "options"), [pytest.param(*one, id=f"{one[0]} {one[1]}") for one in VARIANTS])
def test_right_cut_off_and_mistaken_answers_get_the_marks_that_we_give(slug, options):
    rng = np.random.default_rng(0)
    exported = export_of(problems.draw(slug, seed=12, **options))
    ((_title, items),) = read_cartridge(common_cartridge(exported)).items()
    (question,) = exported.questions
    unseen = {(one.step, one.slug) for one in question.unseen}
    for what, sheet in sheets(question.problem, rng, most=5):
        if what not in unseen:
            ours = float(share(question.problem, sheet))
            assert marks(question, sheet, items) == pytest.approx(ours, abs=1e-4), what
            # A program that knows no ranges has the numbers with the digits that are asked for as texts, and no others.
            if what != ("by hand", ""):
                assert marks(question, sheet, items, strict=False) == pytest.approx(ours, abs=1e-4), what


def test_a_known_mistake_is_explained_and_may_earn_a_share():
    scheme = MarkScheme(mistake=Fraction(1, 4))
    exported = export_of(problems.pose("vanishing-gradient", w=[0.5, 0.6], x=1), scheme=scheme)
    items = {item.id: item for item in next(iter(read_cartridge(common_cartridge(exported)).values()))}
    item = items["quiz-1-problem-vanishing-gradient-1-s1"]
    assert item.score("0.235") == (100, None)
    assert item.score("0.23500371") == (100, None)
    assert item.score("0.622") == (25, "The activation itself stands where its derivative belongs: this is a₁.")
    assert item.score("0.9") == item.score("nonsense") == (0, None)


def test_a_cartridge_has_a_quiz_for_each_variant_and_every_name_in_it_once():
    drawn = [problems.draw("dying-relu", seed=seed) for seed in (1, 2, 3)] + [problems.draw("concepts", seed=1)]
    content = common_cartridge(export_of(*drawn, title="Ünlü é <b>&\"'"))
    quizzes = read_cartridge(content)
    assert list(quizzes) == [f"Ünlü é <b>&\"', variant {number}" for number in (1, 2, 3)]
    assert len({len(items) for items in quizzes.values()}) == 1
    assert quizzes["Ünlü é <b>&\"', variant 2"][0].title == "Ünlü é <b>&\"': dying-relu, variant 2: a (1)"
    names = [item.id for items in quizzes.values() for item in items]
    assert len(set(names)) == len(names)
    files = parsed(content)
    listed = {file.get("href") for file in files["imsmanifest.xml"].iterfind(".//cp:file", CARTRIDGE)}
    assert listed | {"imsmanifest.xml"} == set(files)
    shown = {one.get("identifierref") for one in files["imsmanifest.xml"].iterfind(".//cp:item", CARTRIDGE)} - {None}
    assert shown == {one.get("identifier") for one in files["imsmanifest.xml"].iterfind(".//cp:resource", CARTRIDGE)}
    assert common_cartridge(export_of(*drawn, title="T")) == common_cartridge(export_of(*drawn, title="T"))


@pytest.mark.parametrize("slug", [family.slug for family in current_families()])
def test_every_question_stands_by_itself(slug):
    exported = export_of(problems.draw(slug, seed=6))
    for items in read_cartridge(common_cartridge(exported)).values():
        for item, box in zip(items, exported.questions[0].boxes, strict=True):
            text = "".join(fromstring(item.text).itertext())
            assert exported.questions[0].problem.intro in text
            assert box.step.prompt in text
            assert 1 <= int(item.fields["cc_weighting"]) <= HEAVIEST
            assert item.fields["cc_profile"] in ("cc.fib.v0p1", "cc.multiple_choice.v0p1")
            images = [one.get("src") for one in fromstring(item.text).iter("img")]
            assert all(one.startswith("data:image/svg+xml;base64,") for one in images)


@pytest.mark.parametrize("points", [7, 97])
def test_weights_are_in_proportion_within_a_problem_where_they_cannot_be_in_all(points):
    drawn = [problems.draw("mlp-backprop", seed=1), problems.draw("batch-norm", seed=1, features=3)]
    exported = export_of(*drawn, points=points)
    (items,) = read_cartridge(common_cartridge(exported)).values()
    weights = iter(int(item.fields["cc_weighting"]) for item in items)
    for question in exported.questions:
        ratios = {Fraction(next(weights)) / box.weight for box in question.boxes}
        assert len(ratios) == 1


def test_weights_that_are_too_large_for_a_cartridge_are_nearly_in_proportion():
    exported = export_of(problems.draw("mlp-backprop", seed=1, sizes="3-5-7-4"))
    (items,) = read_cartridge(common_cartridge(exported)).values()
    weights = [int(item.fields["cc_weighting"]) for item in items]
    assert max(weights) == HEAVIEST
    for box, weight in zip(exported.questions[0].boxes, weights, strict=True):
        assert weight / sum(weights) == pytest.approx(float(box.weight), abs=0.01)


@given(st.floats(-100, 100), st.floats(0.5, 400), st.integers(0, 6), st.integers(1, 6))
def test_the_numbers_that_are_listed_are_right_and_those_next_to_the_exact_one_are_there(value, units, places, figures):
    precision = Precision(places, figures)
    unit = float(precision.unit(value))
    right = Answer(value - units * unit, value + units * unit, Fraction(1))
    texts = texts_within(right, value, precision)
    assert 0 < len(texts) <= 4 * MOST_TEXTS
    assert all(right.low - 1e-9 <= float(text) <= right.high + 1e-9 for text in texts)
    places = precision.places(value)
    if round(value, places) != 0 and units >= 1:
        assert f"{value:.{places}f}" in texts
