"""Pictures: everything that they show is said, and they are plain SVG that a strict page may hold."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from made_up import items_of, work

from problems.mistake_kinds import KINDS
from quizsvc.services.statistics import statistics_of
from quizsvc.services.statistics.maps import map_svg, mistake_map, verdict_map
from quizsvc.services.statistics.pictures import (
    MOST_MISTAKES,
    difficulty_svg,
    items_svg,
    mistakes_svg,
    totals_svg,
)

SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "title", "desc", "text", "tspan", "path", "rect", "circle"}


@pytest.fixture(scope="module")
def found():
    """A class of 40 in four items, with every mistake that there is made by somebody."""
    rng, works, kinds = np.random.default_rng(7), [], list(KINDS)
    for student in range(40):
        for place, item in enumerate(items_of(4)):
            verdicts = {
                step: rng.choice(
                    ["correct", "correct", "carried", "wrong", f"mistake:{kinds[(student + 7 * place) % len(kinds)]}"]
                )
                for step in ("z1", "a1", "dL_dw1", "diagnosis")
            }
            parameters = {"depth": int(rng.integers(2, 9)), "activation": ("sigmoid", "tanh")[student % 2]}
            works.append(work(student, item.key, verdicts=verdicts, first=verdicts, parameters=parameters))
    titled = [replace(item, title=f"Item {item.key} <&>") for item in items_of(4, points=5)]
    return statistics_of("Drawn", titled, works)


@pytest.fixture(scope="module")
def drawn(found):
    item = found.items[0]
    return {
        "totals": totals_svg(found.totals),
        "items": items_svg(found.items),
        "mistakes": mistakes_svg(found.mistakes),
        "verdicts": map_svg(verdict_map(item, first=True)),
        "mistakes of steps": map_svg(mistake_map(item)),
        **{one.parameter: difficulty_svg(one) for one in item.difficulties},
    }


def root_of(picture):
    return ET.fromstring(picture)  # noqa: S314 - our own


def said_in(picture):
    return root_of(picture).findtext(f"{SVG}desc")


def texts_in(picture):
    return ["".join(text.itertext()) for text in root_of(picture).iter(f"{SVG}text")]


def test_every_picture_is_plain_marks_with_a_title_and_a_description(drawn):
    for picture in drawn.values():
        root = root_of(picture)
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= ALLOWED
        assert not any("style" in element.attrib for element in root.iter())
        title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert title.text
        assert len(description.text) > 30


def test_every_mark_is_inside_and_a_phone_shows_nothing_at_less_than_four_fifths(drawn):
    for picture in drawn.values():
        root = root_of(picture)
        left, top, width, height = map(float, root.get("viewBox").split())
        assert width * 0.8 <= 341  # what a phone of 375 pixels leaves for a picture
        for text in root.iter(f"{SVG}text"):
            assert left <= float(text.get("x")) <= left + width
            assert top <= float(text.get("y")) <= top + height


def test_the_histogram_says_how_many_students_have_how_many_points(found, drawn):
    said = said_in(drawn["totals"])
    for one in found.totals.bins:
        assert (f"{one.low:g} to {one.high:g} points: {one.students}." in said) == (one.students > 0)
    counts = [str(one.students) for one in found.totals.bins if one.students]
    assert [text for text in texts_in(drawn["totals"]) if text in counts][: len(counts)] == counts
    assert said.startswith(f"40 students, mean {found.totals.mean:.1f}, median {found.totals.median:.1f} of 20 points.")


def test_bars_are_as_high_as_the_counts(found, drawn):
    tall = [float(bar.get("height")) for bar in root_of(drawn["totals"]).iter(f"{SVG}rect")]
    counts = [one.students for one in found.totals.bins if one.students]
    assert tall == pytest.approx([170 * count / max(counts) for count in counts], abs=0.06)


def test_every_item_has_a_dot_at_its_facility_and_stands_below_by_name(found, drawn):
    root = root_of(drawn["items"])
    xs = [float(dot.get("cx")) for dot in root.iter(f"{SVG}circle")]
    by_facility = sorted(range(4), key=lambda place: found.items[place].facility)
    assert sorted(range(4), key=xs.__getitem__) == by_facility
    for number, item in enumerate(found.items, start=1):
        assert f"{number}, {item.title}: facility" in said_in(drawn["items"])
        assert f"{number} {item.title}" in texts_in(drawn["items"])


def test_where_items_are_very_hard_or_very_easy_it_is_marked():
    works = [work(student, "a", Fraction(student % 5, 40)) for student in range(20)]
    works += [work(student, "b", 1 - Fraction(student % 4, 40)) for student in range(20)]
    texts = texts_in(items_svg(statistics_of("", items_of(2), works).items))
    assert {"hard", "easy"} < set(texts)


def test_numbers_of_items_that_are_near_do_not_cover_each_other():
    works = []
    for student in range(30):
        for place, item in enumerate(items_of(9)):
            works.append(work(student, item.key, Fraction((student + place // 3) % 10, 10)))
    picture = items_svg(statistics_of("", items_of(9), works).items)
    spots = {
        text.text: (float(text.get("x")), float(text.get("y")))
        for text in root_of(picture).iter(f"{SVG}text")
        if "halo" in text.get("class")
    }
    assert len(spots) == 9
    assert len(set(spots.values())) == 9


def test_the_commonest_mistakes_have_a_bar_as_long_as_they_are_common(found, drawn):
    widths = [float(bar.get("width")) for bar in root_of(drawn["mistakes"]).iter(f"{SVG}rect")]
    shown = found.mistakes[:MOST_MISTAKES]
    assert widths == pytest.approx([240 * one.students / shown[0].students for one in shown], abs=0.06)
    assert all(f"{one.title}: {one.students} students" in said_in(drawn["mistakes"]) for one in shown)
    assert f"and {len(found.mistakes) - MOST_MISTAKES} kinds more" in texts_in(drawn["mistakes"])


def test_every_value_that_was_drawn_stands_with_its_interval(found, drawn):
    for difficulty in found.items[0].difficulties:
        said = said_in(drawn[difficulty.parameter])
        for band in difficulty.bands:
            assert f"{band.label}: {band.facility:.0%}".replace("%", "\N{NO-BREAK SPACE}%") in said
            assert f"{band.students} students." in said
            assert f"n = {band.students}" in texts_in(drawn[difficulty.parameter])


def test_a_map_is_darker_where_there_are_more_and_has_their_share(found, drawn):
    heat = verdict_map(found.items[0], first=True)
    cells = list(root_of(drawn["verdicts"]).iter(f"{SVG}rect"))
    shares = [share for row in heat.shares for share in row if share]
    opacities = [float(cell.get("fill-opacity")) for cell in cells]
    assert len(cells) == len(shares)
    assert sorted(range(len(cells)), key=lambda place: (opacities[place], shares[place])) == sorted(
        range(len(cells)), key=lambda place: (shares[place], opacities[place])
    )
    assert max(opacities) <= 0.5
    assert [text for text in texts_in(drawn["verdicts"]) if text.isdigit()] == [
        f"{100 * share:.0f}" for share in shares
    ]
    assert {cell.get("class") for cell in cells} <= {f"cell is-{verdict}" for verdict in heat.columns}


def test_a_map_of_mistakes_says_below_what_its_columns_are(found, drawn):
    heat = mistake_map(found.items[0])
    below = " ".join(texts_in(drawn["mistakes of steps"]))
    for number, heading in enumerate(heat.headings, start=1):
        assert re.sub(r"\W", "", f"{number}{heading}") in re.sub(r"\W", "", below)


def test_pictures_of_nothing_are_none():
    empty = statistics_of("", items_of(1), [])
    assert totals_svg(empty.totals) is None
    assert items_svg(empty.items) is None
    assert mistakes_svg(empty.mistakes) is None
    assert map_svg(verdict_map(empty.items[0])) is None
    assert map_svg(mistake_map(statistics_of("", items_of(1), [work(1, verdicts={"z1": "correct"})]).items[0])) is None
