"""Moodle XML: read back and marked as Moodle marks, it gives the marks that we give."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import assume, given
from hypothesis import strategies as st
from moodle_marks import NUMBER, Alternative, Field, numerical, read_moodle, several
from sheets import HALF, export_of, in_boxes, in_letters, share, sheets

import problems
from problems import MarkScheme, information
from problems.catalogue import current_families
from quizsvc.errors import Invalid
from quizsvc.exports.moodle_xml import FRACTIONS, fraction_of, moodle_xml, value_and_tolerance
from quizsvc.exports.questions import Answer, ExportItem, QuestionSet, questions_of, whole_weights

VARIANTS = [(family.slug, stated) for family in current_families() for stated in information.variants(family)]
PHASES = ("forward", "backward", "update", "conclusion")
MATHML = "{http://www.w3.org/1998/Math/MathML}"


def typed_in(question, sheet):
    """What stands in the fields of the question, in their order."""
    typed = in_boxes(question, sheet)
    fields = []
    for box in sorted(question.boxes, key=lambda box: PHASES.index(box.step.phase)):
        answer = typed[box.id]
        if answer and box.step.kind == "choices":
            answer = in_letters(box, answer)
        elif answer and box.step.kind == "choice":
            (answer,) = answer
        fields.append(answer or "")
    return fields


NUMERICAL = Field("NUMERICAL", 1, (Alternative("9.81:0.05", 1, ""), Alternative("9.81:0.5", 0.5, "")))
SHORT = Field("SHORTANSWER", 1, (Alternative("Paris", 1, ""), Alternative("par*", 0.5, "")))


@pytest.mark.parametrize(
    ("field", "typed", "mark"),
    [
        *((NUMERICAL, typed, 1) for typed in ("9.8", "9.8 m/s")),
        *((NUMERICAL, typed, 0.5) for typed in ("9.8600001", "10.2", "1e1")),
        *((NUMERICAL, typed, 0) for typed in ("9,8", "abc", "")),
        (NUMERICAL, "9.86", 1),
        (SHORT, "paris", 1),
        (SHORT, " PARIS ", 1),
        (SHORT, "Parma", 0.5),
        (SHORT, "Rome", 0),
    ],
)
def test_the_marks_of_a_real_moodle_are_those_of_the_rules_here(field, typed, mark):
    assert field.fraction(typed) == mark


def test_several_picked_answers_are_marked_as_a_real_moodle_does():
    fractions = {"a": 33.33333, "b": 33.33333, "c": 33.33333, "bad": -50}
    assert several(fractions, "abc") == pytest.approx(0.9999999)
    assert several(fractions, "a") == pytest.approx(0.3333333)
    assert several(fractions, ["a", "bad"]) == 0
    assert several(fractions, ["a", "b", "c", "bad"]) == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize(("slug", "options"), [pytest.param(*one, id=f"{one[0]} {one[1]}") for one in VARIANTS])
def test_right_cut_off_and_mistaken_answers_get_the_marks_that_we_give(slug, options):
    rng = np.random.default_rng(0)
    exported = export_of(problems.draw(slug, seed=11, **options))
    for question, read in zip(exported.questions, read_moodle(moodle_xml(exported)), strict=True):
        unseen = {(one.step, one.slug) for one in question.unseen}
        for what, sheet in sheets(question.problem, rng):
            if what not in unseen:
                assert read.share(typed_in(question, sheet)) == pytest.approx(
                    float(share(question.problem, sheet)), abs=1e-9
                ), what


@pytest.mark.parametrize("credit", [Fraction(1, 4), HALF, Fraction(2, 3), Fraction(1)])
def test_a_known_mistake_earns_its_share_and_is_explained(credit):
    rng, scheme = np.random.default_rng(1), MarkScheme(mistake=credit)
    exported = export_of(
        *(problems.draw(slug, seed=2) for slug in ("vanishing-gradient", "weight-update", "softmax-cross-entropy")),
        scheme=scheme,
    )
    explained = 0
    for question, read in zip(exported.questions, read_moodle(moodle_xml(exported)), strict=True):
        for what, sheet in sheets(question.problem, rng, most=60):
            typed = typed_in(question, sheet)
            assert read.share(typed) == pytest.approx(float(share(question.problem, sheet, scheme)), abs=1e-6), what
            found = [field.matching(one) for field, one in zip(read.fields, typed, strict=True)]
            judged = problems.grade(question.problem, sheet, scheme)
            told = {step.message for step in judged.steps.values() if step.verdict == "mistake"}
            explained += bool(told & {one.feedback for one in found if one})
    assert explained > 20


@given(
    st.floats(-1e6, 1e6),
    st.floats(0, 1e3),
    st.integers(-10, 20),
    st.decimals(-2, 2, places=10),
)
def test_a_tolerance_holds_what_the_range_holds(low, width, power, typed):
    scale = 10.0**power
    high = (low + width) * scale
    low *= scale
    assume(max(abs(low), abs(high)) > 1e-10)
    answer = ":".join(value_and_tolerance(Answer(low, high, Fraction(1))))
    assert re.fullmatch(f"{NUMBER}:{NUMBER}", answer)
    assert numerical(answer, repr(low))
    assert numerical(answer, repr(high))
    hair = 1e-12 * max(abs(low), abs(high), 1e-300)
    value = float(typed) * max(abs(low), abs(high))
    if low <= value <= high:
        assert numerical(answer, repr(value))
    elif value < low - hair or value > high + hair:
        assert not numerical(answer, repr(value))


@given(st.fractions(0, 1))
def test_a_share_becomes_the_nearest_percentage_that_moodle_takes(share):
    nearest = float(fraction_of(share))
    assert min(abs(one - 100 * share) for one in FRACTIONS) == pytest.approx(
        abs(nearest - float(100 * share)), abs=1e-4
    )


def test_weights_are_whole_and_in_proportion():
    assert whole_weights([Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)]) == [3, 2, 1]
    assert whole_weights([Fraction(1, 5)] * 5) == [1] * 5


TITLE = "Ünlü é <b>&\"' / {1:SHORTANSWER:=x} ~ # \\"


def test_titles_are_kept_whatever_is_in_them_and_every_question_has_its_own_number():
    drawn = [problems.draw(slug, seed=seed) for slug in ("concepts", "dying-relu") for seed in (1, 2)]
    read = read_moodle(moodle_xml(export_of(*drawn, title=TITLE)))
    assert [one.name for one in read] == [
        f"{TITLE}: {slug}, variant {variant}" for slug in ("concepts", "dying-relu") for variant in (1, 2)
    ]
    assert len({one.idnumber for one in read}) == 4
    assert {one.category.replace("//", "") for one in read} == {
        f"$course$/top/{TITLE}/{TITLE}: {slug}".replace(" / ", "  ") for slug in ("concepts", "dying-relu")
    }
    assert {one.type for one in read[:2]} == {"multichoice"}
    assert not re.search(r"\{1:SHORTANSWER:=x", "".join(one.text for one in read))


def test_problems_of_one_title_are_kept_apart():
    one, other = (problems.draw("concepts", seed=seed) for seed in (1, 2))
    items = [ExportItem("first", "Causes", 1, [one]), ExportItem("second", "Causes", 1, [other])]
    questions = tuple(question for item in items for question in questions_of(item, MarkScheme()))
    read = read_moodle(moodle_xml(QuestionSet("s", "A/B", "graded", MarkScheme(), questions)))
    assert [one.category for one in read] == [f"$course$/top/A//B/Causes ({key})" for key in ("first", "second")]


@pytest.mark.parametrize("slug", [family.slug for family in current_families()])
def test_the_text_is_xhtml_with_formulas_and_the_picture_is_in_the_file(slug):
    exported = export_of(problems.draw(slug, seed=5))
    (read,) = read_moodle(moodle_xml(exported))
    text = fromstring(read.text)
    problem = exported.questions[0].problem
    assert problem.intro in "".join(text.itertext())
    assert all(step.prompt in "".join(text.itertext()) for step in problem.steps if step.asked)
    if problems.given_rows(problem):
        assert text.find(f".//{MATHML}math") is not None
    images = [one.get("src") for one in text.iter("img")]
    assert images == [f"@@PLUGINFILE@@/{name}" for name in read.files]
    assert all(one.get("alt") for one in text.iter("img"))
    assert [fromstring(svg).tag for svg in read.files.values()] == ["{http://www.w3.org/2000/svg}svg"] * len(images)
    assert "seed" not in read.text


def test_the_same_problems_give_the_same_bytes():
    drawn = [problems.draw("mlp-backprop", seed=seed) for seed in (1, 2)]
    assert moodle_xml(export_of(*drawn)) == moodle_xml(export_of(*drawn))


@pytest.mark.parametrize("scheme", [MarkScheme(), MarkScheme(mistake=HALF)])
def test_0_earns_only_what_the_grader_gives_for_it_even_where_rounding_reaches_so_far(scheme):
    problem = problems.pose("vanishing-gradient", w=[0.5, 0.5], b=[0, -0.311], x=1)  # z2 = 0.00023
    low, high = problems.ranges(problem)["z2"]
    assert low < 0 < high
    exported = export_of(problem, scheme=scheme)
    (read,) = read_moodle(moodle_xml(exported))
    for sheet in ({"z2": "0"}, {"z2": "0.0002"}, {"z2": "0.00023"}, {"z1": "0"}):
        assert read.share(typed_in(exported.questions[0], sheet)) == pytest.approx(float(share(problem, sheet, scheme)))


def test_what_has_no_end_cannot_be_exported():
    problem = problems.pose("softmax-cross-entropy", z=[0, 800], y=[1, 0])
    with pytest.raises(Invalid, match="has no end"):
        export_of(problem)
