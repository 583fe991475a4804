"""Pictures on paper say what they say on a page."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from pages import every_variant

import problems
from quizsvc.exports.pictures import printed

SVG = "{http://www.w3.org/2000/svg}"
ON_THE_LINE = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def texts(picture):
    return ["".join(text.itertext()) for text in picture.iter(f"{SVG}text")]


def pictures():
    for paper in every_variant():
        for item in paper.items:
            yield from filter(None, (problems.network_svg(item.problem), problems.gradient_svg(item.problem)))


def test_a_printed_picture_says_the_same_has_its_style_and_names_nothing():
    for svg in pictures():
        before, after = (ET.fromstring(one) for one in (svg, printed(svg)))  # noqa: S314 - our own text
        assert [text.translate(ON_THE_LINE) for text in texts(before)] == texts(after)
        assert not set("₀₁₂₃₄₅₆₇₈₉") & set("".join(texts(after)))
        for told in ("title", "desc"):
            assert after.findtext(f"{SVG}{told}") == before.findtext(f"{SVG}{told}")
        assert after[0].tag == f"{SVG}style"
        assert not [one for one in after.iter() if "id" in one.attrib]


def test_every_kind_of_mark_in_a_picture_has_a_style():
    used = set()
    for svg in pictures():
        marks = (one for one in ET.fromstring(svg).iter() if one.tag != f"{SVG}svg")  # noqa: S314 - our own text
        used |= {kind for mark in marks for kind in mark.get("class", "").split()}
    style = ET.fromstring(printed("<svg xmlns='http://www.w3.org/2000/svg'></svg>"))[0].text  # noqa: S314 - the same
    assert {kind for kind in used if f".{kind}" not in style} <= {"label"}  # which is as text is anyway


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("z₁", 'z<tspan dy="3.5" font-size="72%">1</tspan><tspan dy="-3.5"></tspan>'),
        ("w₁₂ = 0.5", 'w<tspan dy="3.5" font-size="72%">12</tspan><tspan dy="-3.5"> = 0.5</tspan>'),
        ("η = 0.1", '<tspan font-style="italic">η</tspan> = 0.1'),
        ("plain", "plain"),
    ],
)
def test_digits_below_the_line_and_greek_letters(text, shown):
    assert f"<text>{shown}</text>" in printed(f"<svg><title>{text}</title><text>{text}</text></svg>")
    assert f"<title>{text}</title>" in printed(f"<svg><title>{text}</title><text>{text}</text></svg>")
