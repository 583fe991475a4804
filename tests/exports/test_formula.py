"""Mathematics on paper: nothing of a formula is lost, and nothing in it runs as code."""

from __future__ import annotations

import io
import json
from collections import Counter
from xml.etree import ElementTree as ET

import pypdf
import pytest
import typst
from pages import every_variant, packed, plain

import problems
from quizsvc.exports.typesetting import TEMPLATES

SETTER = b"""
#import "formula.typ": formula
#set page(width: auto, height: auto)
#json(bytes(sys.inputs.formulas)).map(formula).join(pagebreak())
"""
NOT_READ = "()[]|√∑∏^\u0302\u2061\u2062"
"""Brackets grow, as roots and sums do; a hat is drawn above its letter."""


def set_by_typst(formulas):
    """What can be read of each formula, which has a page of its own."""
    told = json.dumps([{"mathml": formula, "text": "as it is spoken"} for formula in formulas])
    pdf = typst.compile(
        SETTER, root=TEMPLATES, ignore_system_fonts=True, sys_inputs={"formulas": told}, format="pdf", pdf_tags=False
    )
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def signs(text):
    """How often each sign stands there, whatever the order: what is above and below is read in another."""
    return Counter(packed(plain(text)).replace("⋅", "·").replace("*", "∗")) - Counter(dict.fromkeys(NOT_READ, 10**6))


def formulas():
    """Every formula of every family, in symbols and numbers, each once."""
    found = {}
    for paper in every_variant():
        for item in paper.items:
            rows, solved = problems.given_rows(item.problem), problems.worked_solution(item.problem)
            shown = [part for row in rows for part in (row.symbol, row.value)]
            shown += [part for one in solved for part in (one.symbol, one.formula, one.numbers)]
            choices = {step.id for step in item.problem.steps if step.choices}
            shown += [one.result for one in solved if one.step not in choices]
            found |= {part.math(): None for part in shown if part.text}
    return list(found)


def test_every_sign_of_every_formula_is_on_paper():
    everything = formulas()[::4]
    pages = set_by_typst(everything)
    assert len(pages) == len(everything) > 300
    for formula, page in zip(everything, pages, strict=True):
        said = "".join(ET.fromstring(formula).itertext())  # noqa: S314 - our own text
        assert not signs(said) - signs(page)
        if formula.count("<mtr>") < 3 and formula.count("<mtd>") < 17:  # taller brackets are made of parts
            assert signs(page) == signs(said)


@pytest.mark.parametrize(
    "text",
    ["#panic()", "$x$ #let y = 1", "*bold* _slanted_ \\ @label <tag>", "// comment", "#sys.inputs.formulas", "a' b'"],
)
def test_what_stands_in_a_formula_is_text(text):
    row = ET.Element("math")
    for tag in ("mtext", "mn", "mi", "mo"):
        ET.SubElement(row, tag).text = text if tag != "mo" else "+"
    (page,) = set_by_typst([ET.tostring(row, encoding="unicode")])
    assert packed(plain(page)) == packed(text * 3) + "+"


@pytest.mark.parametrize(
    ("formula", "complaint"),
    [
        ("<math><mphantom><mi>z</mi></mphantom></math>", "mphantom"),
        ("<math>z</math>", "text outside of mi, mn, mo, mtext: z"),
        ("<math><mi>z</math>", "found closing tag 'math' instead of 'mi'"),
    ],
)
def test_what_is_not_ours_is_refused(formula, complaint):
    with pytest.raises(typst.TypstError, match=complaint):
        set_by_typst([formula])
