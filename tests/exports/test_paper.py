"""Printed papers and their key: everything can be set, texts stand as they are, and no answer is on a paper."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import sys

import numpy as np
import pypdf
import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import (
    HEADING,
    NUMBER,
    as_large_as_can_be,
    by_code,
    every_variant,
    item,
    key_of_families,
    one_of_each,
    packed,
    pages_of_families,
    plain,
    read,
)

import problems
from quizsvc.errors import Invalid, TooLarge
from quizsvc.exports.content import Heading, Paper, papers_content
from quizsvc.exports.paper import MOST_PAPERS, key_pdf, papers_pdf
from quizsvc.exports.typesetting import typeset

HOSTILE = [
    "Ångström & Gödel's #set *bold* $x$ [test] \\ @label <tag>",
    '#panic("no") #{1 + 1} #let x = 1; #sys.inputs.data #import "paper.typ": *',
    "= Heading - item + item / term: what `raw` ```code``` // comment /* comment */",
    "'single' \"double\" -- --- ... ~ https://example.org \\u{41} \\#",
    '</script><svg onload="alert(1)"> {{ 7 * 7 }} {% raw %} &amp; <!-- -->',
    "Σ ∂L/∂z₁ μ² ½ Žluťoučký Ελληνικά Русский",
]


@pytest.mark.parametrize(("template", "solved"), [("paper.typ", False), ("key.typ", True)])
def test_every_family_in_each_of_its_options_is_set_without_a_warning(template, solved, monkeypatch):
    warned = []

    def compile_strictly(*arguments, **named):
        pdf, warnings = typst.compile_with_warnings(*arguments, **named)
        warned.extend(warning.message for warning in warnings)
        return pdf

    monkeypatch.setattr(typst, "compile", compile_strictly)
    pdf = typeset(template, papers_content(HEADING, every_variant(), solved=solved))
    assert warned == []
    assert pdf.startswith(b"%PDF-")


def test_nothing_is_printed_into_the_margins_or_beyond_them():
    places = []

    def keep(text, page, line, *_font):
        if text.strip():
            places.append((line[4] * page[0] + page[4], line[5] * page[3] + page[5]))

    for sheet in pypdf.PdfReader(io.BytesIO(papers_pdf(HEADING, [as_large_as_can_be()]))).pages:
        sheet.extract_text(visitor_text=keep)
    millimetres = np.asarray(places) * 25.4 / 72
    assert len(millimetres) > 1000
    assert np.all((millimetres[:, 0] > 21) & (millimetres[:, 0] < 204))
    assert np.all((millimetres[:, 1] > 9) & (millimetres[:, 1] < 282))


def test_every_page_has_the_code_of_its_paper_and_its_number_among_the_pages_of_this_paper():
    papers = by_code(pages_of_families())
    assert list(papers) == [paper.code for paper in one_of_each()]
    for own in papers.values():
        numbers = [re.search(r"page (\d+) of (\d+)", page).groups() for page in own]
        assert numbers == [(str(number), str(len(own))) for number in range(1, len(own) + 1)]


def test_every_paper_begins_on_a_right_hand_page_and_its_heading_stands_there():
    pages = pages_of_families()
    fronts = [place for place, page in enumerate(pages, 1) if "Student no." in page]
    assert len(fronts) == len(one_of_each())
    assert all(place % 2 == 1 for place in fronts)
    assert {len(own) % 2 for own in by_code(pages).values()} == {0}
    for place in fronts:
        front = packed(pages[place - 1])
        for said in (HEADING.course, HEADING.title, HEADING.date, *HEADING.text.split("\n\n"), "Name", "Signature"):
            assert packed(said) in front


def test_the_front_says_what_can_be_earned_and_how_many_digits_are_kept():
    several = Paper("MANY-0001", tuple(item("softmax-cross-entropy", points=points) for points in range(1, 15)))
    front = packed(read(papers_pdf(HEADING, [several]))[0])
    assert packed("Problem 1 2 3 4 5 6 7 8 9 10 11 12 Points 1 2 3 4 5 6 7 8 9 10 11 12") in front
    assert packed("Problem 13 14 Σ Points 13 14 105") in front
    assert packed("Keep at least 3 decimals and at least 3 significant figures in every step") in front


def test_problems_that_ask_for_different_digits_say_so_themselves():
    differing = [item("weight-update"), item("weight-update", decimals=1, sigfigs=1), item("concepts")]
    text = "".join(read(papers_pdf(HEADING, [Paper("TWO-DIGITS", tuple(differing))])))
    assert text.count("Keep at least 3 decimals and at least 3 significant figures") == 1
    assert text.count("Keep at least 1 decimal and at least 1 significant figure ") == 1
    assert text.count("Keep at least") == 2


def test_every_step_that_is_asked_stands_on_the_paper_by_its_letter_in_the_order_of_the_phases():
    for paper in one_of_each():
        (one,) = paper.items
        text = packed("".join(by_code(pages_of_families())[paper.code]))
        asked = [step for step in one.problem.steps if step.asked]
        order = sorted(asked, key=lambda step: ("forward", "backward", "update", "conclusion").index(step.phase))
        letters = [f"({letter})" for letter in "abcdefghijklmnopqrstuvwxyz"] if len(asked) > 1 else [""]
        plain = str.maketrans("⁻ᵏ", "−k")
        places = [
            text.index(packed(letter + step.prompt).translate(plain))
            for letter, step in zip(letters, order, strict=False)
        ]
        assert places == sorted(places)


def results(problem):
    """What is to be found, as it is shown: only numbers with a fraction, since page numbers are whole."""
    found = set()
    for solved in problems.worked_solution(problem):
        if not problem.worksheet.steps[solved.step].choices:
            found |= set(NUMBER.findall(solved.result.text))
    return {number for number in found if "." in number}


def given_numbers(problem):
    rows = problems.given_rows(problem)
    told = " ".join([problem.intro, *problem.conventions, *(row.text for row in rows)])
    return set(NUMBER.findall(told))


@pytest.mark.parametrize("paper", one_of_each(), ids=lambda paper: paper.items[0].problem.family)
def test_no_answer_stands_on_a_paper_and_all_stand_in_its_key(paper):
    problem = paper.items[0].problem
    on_paper = " ".join(by_code(pages_of_families())[paper.code])
    in_key = key_of_families()[paper.code]
    answers = results(problem)
    assert not answers & set(NUMBER.findall(on_paper)) - given_numbers(problem)
    assert [answer for answer in answers if answer not in in_key] == []
    assert "✗" not in on_paper


def test_the_key_ticks_what_is_right_and_nothing_else():
    for paper in one_of_each():
        problem = paper.items[0].problem
        values = problems.solve(problem)
        text = packed(key_of_families()[paper.code])
        for step in (step for step in problem.steps if step.choices):
            right = values[step.id] if step.shape else np.arange(len(step.choices)) == values[step.id]
            for choice, is_right in zip(step.choices, right, strict=True):
                lettered = f"({choice.id})" if problem.family == "concepts" else ""
                shown = packed(lettered + choice.label)
                assert shown in text
                assert (f"✗{shown}" in text) == bool(is_right)


def test_the_key_tells_the_range_of_every_number():
    for paper in one_of_each():
        problem = paper.items[0].problem
        text = key_of_families()[paper.code]
        numbers = [float(number.replace("−", "-")) for number in NUMBER.findall(text)]
        unit = 10.0**-problem.precision.decimals
        for name, (low, high) in problems.ranges(problem).items():
            if problem.worksheet.steps[name].choices:
                continue
            for least, greatest in zip(np.ravel(low), np.ravel(high), strict=True):
                if abs(least) >= 1e-3 and abs(greatest) >= 1e-3:  # smaller ones are written as powers of ten
                    assert any(least - 1e-12 <= number <= least + unit / 5 for number in numbers)
                    assert any(greatest - unit / 5 <= number <= greatest + 1e-12 for number in numbers)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_write_stands_there_letter_by_letter(text):
    heading = Heading(course=f"C {text}", title=f"T {text}", text=f"X {text}\n\nY {text}", date=f"D {text}")
    paper = Paper("AB#$-*_\\<", (item("concepts", title=f"P {text}"),))
    for pdf in (papers_pdf(heading, [paper]), key_pdf(heading, [paper])):
        shown = packed("".join(read(pdf)))
        said = [heading.course, heading.title, paper.code, paper.items[0].title]
        for one in said:
            assert packed(plain(one)) in shown
        assert packed(plain(f"{heading.course} – {heading.title}")) in packed(
            plain(pypdf.PdfReader(io.BytesIO(pdf)).metadata.title)
        )
    front = packed(read(papers_pdf(heading, [paper]))[0])
    for one in (heading.date, *heading.text.split("\n\n")):
        assert packed(plain(one)) in front


@settings(max_examples=12)
@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_keeps_a_paper_from_being_printed(one, other):
    heading = Heading(course=one, title=other, text=f"{one}\n\n{other}", date=other)
    paper = Paper(one, (item("concepts", title=other),))
    for pdf in (papers_pdf(heading, [paper]), key_pdf(heading, [paper])):
        assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) >= 2


def test_the_same_papers_give_the_same_bytes_in_another_process():
    papers = one_of_each()[:4]
    printed = papers_pdf(HEADING, papers) + key_pdf(HEADING, papers)
    told = """
import hashlib, sys
sys.path.insert(0, "tests/exports")
from pages import *
papers = one_of_each()[:4]
print(hashlib.sha256(papers_pdf(HEADING, papers) + key_pdf(HEADING, papers)).hexdigest())
"""
    other = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True)
    assert other.stdout.strip() == hashlib.sha256(printed).hexdigest()


def test_a_pdf_tells_title_author_and_language_but_no_time_and_is_tagged():
    for pdf in (papers_pdf(HEADING, one_of_each()[:1]), key_pdf(HEADING, one_of_each()[:1])):
        reader = pypdf.PdfReader(io.BytesIO(pdf))
        assert reader.metadata.title.endswith("Deep learning – Exam")
        assert reader.metadata.author == "Deep learning"
        assert reader.metadata.creation_date is reader.metadata.modification_date is None
        root = reader.trailer["/Root"]
        assert root["/Lang"] == "en"
        assert root["/MarkInfo"]["/Marked"]
        assert "/StructTreeRoot" in root
        assert any(one_of_each()[0].code in str(entry.title) for entry in reader.outline if not isinstance(entry, list))


def test_what_was_typeset_is_forgotten():
    told = """
import sys, resource
sys.path.insert(0, "tests/exports")
from pages import *
for seed in range(1, 5):
    papers_pdf(HEADING, [Paper(f"S-{n}", (item("mlp-backprop", seed=100 * seed + n),)) for n in range(15)])
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    run = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True)
    used = [int(line) for line in run.stdout.split()]
    assert used[-1] < 1.3 * used[0]


@pytest.mark.parametrize("print_pdf", [papers_pdf, key_pdf])
def test_what_cannot_be_printed_is_said(print_pdf):
    with pytest.raises(Invalid, match="There is no paper to print"):
        print_pdf(HEADING, [])
    with pytest.raises(Invalid, match="There is no problem on paper EMPTY-01: it needs one"):
        print_pdf(HEADING, [one_of_each()[0], Paper("EMPTY-01", ())])
    with pytest.raises(TooLarge, match="501 papers are too many for one PDF: print at most 500 at once"):
        print_pdf(HEADING, one_of_each()[:1] * (MOST_PAPERS + 1))
