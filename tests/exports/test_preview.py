"""The preview: one document that needs nothing from outside, in which nothing that people wrote becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from pages import HEADING, item, one_of_each

import problems
from quizsvc.errors import Invalid
from quizsvc.exports.bounds import bounds_of
from quizsvc.exports.content import Heading, Paper
from quizsvc.exports.preview import preview_html

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Reader(HTMLParser):
    """Elements with their attributes, and texts; complains of what is not closed."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.texts, self._open = [], [], []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_it_asks_for_nothing_from_outside_and_runs_nothing():
    html = preview_html(HEADING, one_of_each())
    page = Reader(html)
    assert not {"script", "link", "img", "iframe", "object", "form"} & {tag for tag, _ in page.elements}
    asked = [
        (name, value)
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "action", "data", "xlink:href") or name.startswith("on")
    ]
    assert asked == [("href", f"#paper-{number}") for number in range(1, len(one_of_each()) + 1)]
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org/)", re.sub(r">[^<]*<", "><", html))
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(names) == len(set(names)) == len(one_of_each())


def test_it_shows_every_problem_with_its_solution_and_ranges():
    html = preview_html(HEADING, one_of_each())
    text = "".join(Reader(html).texts)
    for paper in one_of_each():
        problem = paper.items[0].problem
        assert paper.code in text
        assert problem.intro in text
        for solved in problems.worked_solution(problem):
            step = problem.worksheet.steps[solved.step]
            assert step.prompt in text
            assert solved.formula.mathml in html
            if not step.choices:
                assert solved.result.math() in html
                low, high = problems.ranges(problem)[solved.step]
                for bounds in bounds_of(low, high, None if step.whole else problem.precision):
                    assert bounds.low.math() in html
                    assert bounds.high.math() in html
            assert all(sentence in text for sentence in solved.notes)


def test_what_people_write_is_text():
    hostile = "<script>alert('1')</script> & \"quoted\" {{ 7 * 7 }} {% raw %} <!-- no comment"
    heading = Heading(course=f"C {hostile}", title=f"T {hostile}", text=f"X {hostile}", date=f"D {hostile}")
    html = preview_html(heading, [Paper(f"K {hostile}", (item("concepts", title=f"P {hostile}"),))])
    page = Reader(html)
    assert "script" not in {tag for tag, _ in page.elements}
    assert {letter for letter in "CTXDKP" if f"{letter} {hostile}" in "".join(page.texts)} == set("CTXDKP")


def test_nothing_to_show_is_said():
    with pytest.raises(Invalid, match="There is no paper to print"):
        preview_html(HEADING, [])
