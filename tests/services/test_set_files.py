"""Problem sets as YAML: what is taken, and what is said of what is not."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from quizsvc.errors import Invalid
from quizsvc.services.set_files import SET_SCHEMA, read_set
from quizsvc.services.set_spec import slug_of

WHOLE = """
title: The vanishing gradient   # shown above the set
slug: week-3
text: |
  Keep three decimals.
opens: 2026-11-20T08:00+01:00
due: 2026-11-27T23:59:00Z
feedback: after-due
submissions: 3
new_variants: true
credit: {carried: 0.9, imprecise: 1/3, mistake: 0, entries: all}
items:
  - family: vanishing-gradient
    title: A chain
    points: 12
    options: {depth: 3..4, activation: sigmoid|tanh}
  - family: vanishing-gradient
    given: {w: [0.5, 0.5], x: 1}
    options: {decimals: 2, sigfigs: 2}
"""


def complaints(text):
    with pytest.raises(Invalid) as refused:
        read_set(text)
    return [str(detail) for detail in refused.value.details]


def test_a_whole_file():
    spec = read_set(WHOLE)
    assert (spec.slug, spec.title, spec.text) == ("week-3", "The vanishing gradient", "Keep three decimals.")
    assert spec.opens == datetime(2026, 11, 20, 7, tzinfo=UTC)
    assert spec.due == datetime(2026, 11, 27, 23, 59, tzinfo=UTC)
    assert (spec.feedback, spec.submissions_per_variant, spec.variants) == ("after-due", 3, "new-on-demand")
    assert (spec.scheme.carried, spec.scheme.imprecise, spec.scheme.entries) == (Fraction(9, 10), Fraction(1, 3), "all")
    first, second = spec.items
    assert (first.title, first.points, first.options) == (
        "A chain",
        12,
        {"depth": "3..4", "activation": "sigmoid|tanh"},
    )
    assert (second.points, second.given, type(second.given["x"])) == (10, {"w": [0.5, 0.5], "x": 1}, int)


def test_little_is_needed():
    spec = read_set("title: Dead units\nitems: [{family: dying-relu}]")
    assert (spec.slug, spec.due, spec.submissions_per_variant) == ("dead-units", None, None)
    assert spec.items[0].title


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("slug: week-3", "slug: Week 3", "line 3, slug: 'Week 3' must be small letters"),
        (
            "feedback: after-due",
            "feedback: later",
            "line 8, feedback: 'later' is not possible here; write immediately or",
        ),
        ("submissions: 3", "submissions: 0", "line 9, submissions: 0 must be at least 1."),
        (
            "submissions: 3",
            "submissions: many",
            "line 9, submissions: 'many' is not possible here; this must be a whole number.",
        ),
        ("submissions: 3", "submisions: 3", "line 9, submisions: There is no such field: did you mean submissions?"),
        (
            "new_variants: true",
            "new_variants: perhaps",
            "line 10, new_variants: 'perhaps' is not possible here; this must be true or false.",
        ),
        ("imprecise: 1/3", "imprecise: 2", "line 11, credit.imprecise: 2 is not possible here; write a number"),
        ("due: 2026-11-27T23:59:00Z", "due: 2026-11-27T23:59:00", "line 7, due: 2026-11-27T23:59:00 has no time zone"),
        ("due: 2026-11-27T23:59:00Z", "due: next week", "line 7, due: 'next week' is no date and time"),
        ("due: 2026-11-27T23:59:00Z", "due: 2026-11-01T00:00Z", "line 7, due: The set would be due before it opens"),
        (
            "due: 2026-11-27T23:59:00Z",
            "due: 0001-01-01T00:00+14:00",
            "line 7, due: '0001-01-01T00:00+14:00' is too far away",
        ),
        (
            "points: 12",
            "points: 1.5",
            "line 15, items[0].points: 1.5 is not possible here; this must be a whole number.",
        ),
        ("depth: 3..4", "depth: 3..400", "line 16, items[0].options.depth: "),
        ("depth: 3..4", "dept: 3", "line 16, items[0].options.dept: "),
        ("depth: 3..4", "seed: 3", "line 16, items[0].options.seed: seed is no option"),
        ("sigmoid|tanh", "sigmoid|softplus", "line 16, items[0].options.activation: "),
        ("given: {w: [0.5, 0.5], x: 1}", "given: {w: [0.5, 0.5]}", "line 17, items[1]: "),
        ("given: {w: [0.5, 0.5], x: 1}", "given: {w: [a, b], x: 1}", "line 18, items[1].given.w: "),
        (
            "- family: vanishing-gradient\n    title",
            "- family: vanishing-gradients\n    title",
            "line 13, items[0].family: ",
        ),
        ("- family: vanishing-gradient\n    title", "- title", "line 13, items[0]: The field family is missing."),
        ("title: The", "titel: The", "line 1: The field title is missing."),
        ("title: The", "title: A\ntitle: The", "line 3: Found duplicate key"),
        ("text: |", "text: [", "line "),
        ("points: 12", "points: &p 12", None),
        ("points: 12", "points: !!int 12", "Tags (!name) are not used here"),
        ("points: 12", "points: *p", "Aliases (*name) are not used here"),
        ("points: 12", "points: " + "[" * 40 + "]" * 40, "It is nested more than 20 deep."),
    ],
)
def test_what_is_not_right_is_told_with_line_and_remedy(old, new, said):
    assert old in WHOLE
    text = WHOLE.replace(old, new, 1)
    if said is None:
        assert read_set(text)
        return
    assert any(said in line for line in complaints(text)), complaints(text)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("new_variants: !!bool x", "line 3: Tags (!name) are not used here"),
        ("credit: {carried: 5/1}", "line 3, credit.carried: '5/1' is no share"),
        ("credit: {mistake: .nan}", "line 3, credit.mistake: nan is no share"),
        ("credit: {imprecise: 0.123456}", "line 3, credit.imprecise: 0.123456 is no share"),
        ("credit: {imprecise: 1.2345e-300}", "line 3, credit.imprecise: 1.2345e-300 is no share"),
        ('text: "a\\0b"', "line 3, text: There are characters that cannot be printed"),
        ('slug: "abc\\n"', "line 3, slug: "),
        ("feedback: after-due", "line 3, feedback: Without a due time"),
    ],
)
def test_fields_that_fit_the_schema_and_nothing_else(field, said):
    found = complaints(f"title: T\nitems: [{{family: dying-relu}}]\n{field}\n")
    assert any(line.startswith(said) for line in found), found


@pytest.mark.parametrize("title", ["'   '", '"a\\0b"', '"a\\ud800"', '"\\e[31m"'])
def test_titles_that_nobody_could_read(title):
    found = complaints(f"title: {title}\nitems: [{{family: dying-relu}}]\n")
    assert any(line.startswith("line 1, title: The title needs 1 to 200 printable") for line in found), found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "42",
        "[]",
        "just words",
        "items: []\ntitle: T",
        "title: T\nitems: {}",
        "\x00",
        "a: !!python/object:os.system {}",
    ],
)
def test_other_files_are_refused(text):
    assert complaints(text)


@given(st.text(max_size=200))
def test_no_text_makes_it_crash(text):
    try:
        read_set(text)
    except Invalid as error:
        assert error.details  # noqa: PT017 - either outcome is right, a crash is not


@given(st.text(min_size=1, max_size=300))
def test_every_title_gives_a_slug(title):
    Draft202012Validator(SET_SCHEMA["$defs"]["slug"]).validate(slug_of(title))


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SET_SCHEMA)
