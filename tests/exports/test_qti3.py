"""QTI 3.0: a package that is whole, and marked as its processing says it gives the marks that we give."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring
from qti_marks import PACKAGE, QTI3, number, read_package
from sheets import export_of, in_boxes, share, sheets

import problems
from problems import MarkScheme, information
from problems.catalogue import current_families
from quizsvc.exports.qti3 import qti3_package

VARIANTS = [(family.slug, stated) for family in current_families() for stated in list(information.variants(family))[:3]]


def responses(question, sheet, item):
    """Response -> value, as a player hands it over."""
    given = {}
    for box in question.boxes:
        answer = in_boxes(question, sheet)[box.id]
        if not box.step.choices:
            given[box.id] = number(answer)
            continue
        chosen = [f"choice-{[choice.label for choice in box.step.choices].index(one) + 1}" for one in answer or ()]
        if box.step.kind == "choices" and box.step.id in sheet:
            chosen = chosen or ["choice-none"]
        single = item.responses[box.id].get("cardinality") == "single"
        given[box.id] = (chosen[0] if single else frozenset(chosen)) if chosen else None
    return given


@pytest.mark.parametrize(("slug", "options"), [pytest.param(*one, id=f"{one[0]} {one[1]}") for one in VARIANTS])
def test_right_cut_off_and_mistaken_answers_get_the_marks_that_we_give(slug, options):
    rng = np.random.default_rng(0)
    exported = export_of(problems.draw(slug, seed=13, **options))
    items, _files = read_package(qti3_package(exported))
    (question,) = exported.questions
    item = items[question.id]
    unseen = {(one.step, one.slug) for one in question.unseen}
    for what, sheet in sheets(question.problem, rng, most=5):
        if what not in unseen:
            outcomes = item.outcomes(responses(question, sheet, item))
            assert outcomes["SCORE"] == pytest.approx(10 * float(share(question.problem, sheet)), abs=1e-6), what
            assert outcomes["MAXSCORE"] == 10


def test_a_known_mistake_earns_its_share_and_is_explained():
    scheme = MarkScheme(mistake=Fraction(1, 3))
    exported = export_of(problems.pose("vanishing-gradient", w=[0.5, 0.6], x=1), scheme=scheme)
    (item,) = read_package(qti3_package(exported))[0].values()
    (question,) = exported.questions
    outcomes = item.outcomes(responses(question, {"s1": "0.622"}, item))
    assert outcomes["SCORE"] == pytest.approx(10 / 3 / len(question.boxes))
    (told,) = (one for one in item.tree.iter(f"{QTI3}qti-feedback-inline") if _shown(one, outcomes))
    assert told.text.strip() == "The activation itself stands where its derivative belongs: this is a₁."


def _shown(feedback, outcomes):
    return outcomes[feedback.get("outcome-identifier")] == feedback.get("identifier")


@pytest.mark.parametrize("slug", [family.slug for family in current_families()])
def test_everything_that_is_named_is_there_and_named_once(slug):
    exported = export_of(*(problems.draw(slug, seed=seed) for seed in (1, 2)), title="Ünlü é <b>&\"'")
    items, files = read_package(qti3_package(exported))
    manifest, test = fromstring(files["imsmanifest.xml"]), fromstring(files["test.xml"])
    assert set(files) == {"imsmanifest.xml"} | {
        file.get("href") for file in manifest.iterfind("cp:resources/cp:resource/cp:file", PACKAGE)
    }
    named = [one.get("identifier") for one in manifest.iterfind("cp:resources/cp:resource", PACKAGE)]
    assert len(set(named)) == len(named)
    assert {one.get("identifierref") for one in manifest.iter(f"{{{PACKAGE['cp']}}}dependency")} == set(items)
    assert {one.get("href") for one in test.iter(f"{QTI3}qti-assessment-item-ref")} <= set(files)
    assert test.get("title") == "Ünlü é <b>&\"'"
    for question in exported.questions:
        _whole(question, items[question.id], files)


def _whole(question, item, files):
    assert item.tree.get("identifier") == question.id
    assert item.tree.get("title") == question.name
    outcomes = {one.get("identifier") for one in item.tree.iterfind("qti:qti-outcome-declaration", PACKAGE)}
    body = item.tree.find("qti:qti-item-body", PACKAGE)
    asked = [one.get("response-identifier") for one in body.iter() if one.get("response-identifier")]
    assert sorted(asked) == sorted(item.responses) == sorted(box.id for box in question.boxes)
    assert {one.get("outcome-identifier") for one in body.iter()} - {None} <= outcomes
    set_to = {one.get("identifier") for one in item.tree.iter(f"{QTI3}qti-set-outcome-value")}
    assert set_to <= outcomes
    assert question.problem.intro in "".join(body.itertext())
    images = [f"items/{one.get('src')}" for one in body.iter(f"{QTI3}img")]
    assert all(path in files and fromstring(files[path]) is not None for path in images)
    for one in body.iter(f"{QTI3}qti-choice-interaction"):
        right = item.responses[one.get("response-identifier")].iterfind(
            "qti:qti-correct-response/qti:qti-value", PACKAGE
        )
        assert {value.text for value in right} <= {choice.get("identifier") for choice in one}
