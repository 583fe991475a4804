"""Problem sets as YAML: what is taken, and what is said of what is not."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from quizsvc.errors import Invalid
from quizsvc.services.set_files import SET_SCHEMA, read_set, stored_set
from quizsvc.services.set_spec import entries_of, keys_of, slug_of

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


EXAM = """
title: The exam
timezone: America/New_York
opens: 2026-12-01T09:00
due: 2026-12-01T12:30
late: {hours: 36, credit: 2/3}
grace: 90
time_limit: 45
access_code: Blue Heron 7
variants: same-for-all
grade_by: average
shuffle: true
weight: 2.5
items:
  - {family: dying-relu, id: warm-up, dropped: full-marks}
  - pick: 2
    of:
      - {family: vanishing-gradient, points: 4, options: {depth: 2}}
      - {family: vanishing-gradient, points: 4, title: Deeper, options: {depth: 3}}
      - {family: exploding-gradient, id: large, points: 4}
  - {family: dying-relu, dropped: excluded}
  - pick: 1
    of:
      - {family: weight-update, dropped: no}
      - {family: weight-update, id: weight-update-2}
      - {family: weight-update}
"""
"""What an exam says that a first set does not."""

SHORT = "title: T\nitems: [{family: dying-relu}]\n"
"""What every file says, in two lines."""


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


def test_the_policy_of_an_exam():
    spec = read_set(EXAM)
    assert (spec.opens, spec.due) == (datetime(2026, 12, 1, 14, tzinfo=UTC), datetime(2026, 12, 1, 17, 30, tzinfo=UTC))
    assert (spec.late_minutes, spec.late_credit, spec.grace_seconds) == (36 * 60, Fraction(2, 3), 90)
    assert (spec.time_limit_minutes, spec.access_code, spec.shuffle) == (45, "Blue Heron 7", True)
    assert (spec.mode, spec.variants, spec.grade_by) == ("graded", "same-for-all", "average")
    assert spec.weight == Fraction(5, 2)
    assert stored_set(EXAM) == spec


def test_the_pools_ids_and_dropped_problems_of_an_exam():
    items = read_set(EXAM).items
    assert [(item.key, item.pool, item.pick, item.points, item.dropped) for item in items] == [
        ("warm-up", None, None, 10, "full-marks"),
        ("vanishing-gradient", 1, 2, 4, "no"),
        ("vanishing-gradient-2", 1, 2, 4, "no"),
        ("large", 1, 2, 4, "no"),
        ("dying-relu", None, None, 10, "excluded"),
        ("weight-update", 2, 1, 10, "no"),
        ("weight-update-2", 2, 1, 10, "no"),
        ("weight-update-3", 2, 1, 10, "no"),
    ]
    assert items[2].title == "Deeper"
    assert items[1].options == {"depth": 2}


def test_what_is_left_out_is_lenient():
    spec = read_set(SHORT)
    assert (spec.mode, spec.variants, spec.grade_by, spec.shuffle, spec.weight) == (
        "graded",
        "one-each",
        "best",
        False,
        None,
    )
    assert (spec.late_minutes, spec.late_credit, spec.grace_seconds, spec.opens) == (0, 0, 0, None)
    assert (spec.time_limit_minutes, spec.access_code, spec.items[0].pool, spec.items[0].dropped) == (
        None,
        None,
        None,
        "no",
    )


@pytest.mark.parametrize(
    ("fields", "variants"),
    [
        ("mode: practice", "new-on-demand"),
        ("mode: practice\nvariants: one-each", "one-each"),
        ("mode: practice\nnew_variants: false", "one-each"),
        ("new_variants: true", "new-on-demand"),
        ("new_variants: false", "one-each"),
        ("variants: new-on-demand", "new-on-demand"),
    ],
)
def test_practice_gives_new_numbers_on_demand_unless_the_file_says_otherwise(fields, variants):
    assert read_set(f"{SHORT}{fields}\n").variants == variants


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
        ("late: {hours: 2, credit: 1/2}", "line 3, late: Without a due time nothing can be late; add the field due"),
        ("due: 2026-12-01T00:00Z\nlate: {hours: 2, credit: 7/3}", "line 4, late.credit: '7/3' is no share"),
        ("weight: .nan", "line 3, weight: nan is no weight; write a number from 0 to 1000"),
        ("weight: 1e-70", "line 3, weight: 1e-70 is no weight"),
        ("timezone: Berlin", "line 3, timezone: 'Berlin' is no time zone; write one like Europe/Berlin"),
        ("timezone: Europe/Berlin\ndue: 2026-10-25T02:30", "line 4, due: Clocks in Europe/Berlin show"),
        ("due: 2026-12-01", "line 3, due: '2026-12-01' is no date and time"),
        ('access_code: "a\\tb"', "line 3, access_code: There are characters that cannot be typed"),
        ("access_code: '  '", "line 3, access_code: There is nothing to type in it"),
        ("variants: one-each\nnew_variants: true", "line 4, new_variants: The field variants says it already"),
        ("mode: practice\nfeedback: after-due", "line 4, feedback: Without a due time"),
    ],
)
def test_fields_that_fit_the_schema_and_nothing_else(field, said):
    found = complaints(f"{SHORT}{field}\n")
    assert any(line.startswith(said) for line in found), found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("hours: 36", "hours: 0", "line 6, late.hours: 0 must be at least 1."),
        ("hours: 36", "hours: 2161", "line 6, late.hours: 2161 must be at most 2160."),
        ("hours: 36", "hours: 1.5", "line 6, late.hours: 1.5 is not possible here; this must be a whole number."),
        ("hours: 36, ", "", "line 6, late: The field hours is missing."),
        (", credit: 2/3", "", "line 6, late: The field credit is missing."),
        ("credit: 2/3", "credit: most", "line 6, late.credit: 'most' is not possible here; write a number from 0 to 1"),
        ("{hours: 36, credit: 2/3}", "36", "line 6, late: 36 is not possible here; this must be fields with their"),
        ("grace: 90", "grace: -1", "line 7, grace: -1 must be at least 0."),
        ("grace: 90", "grace: 3601", "line 7, grace: 3601 must be at most 3600."),
        ("grace: 90", "grace: 90.0", "line 7, grace: 90.0 is not possible here; this must be a whole number."),
        ("time_limit: 45", "time_limit: 0", "line 8, time_limit: 0 must be at least 1."),
        ("time_limit: 45", "time_limit: 1h", "line 8, time_limit: '1h' is not possible here; this must be a whole"),
        ("access_code: Blue Heron 7", "access_code: 1234", "line 9, access_code: 1234 is not possible here; this must"),
        ("access_code: Blue Heron 7", "access_code: ''", "line 9, access_code: '' must not be empty."),
        (
            "variants: same-for-all",
            "variants: all",
            "line 10, variants: 'all' is not possible here; write same-for",
        ),
        ("grade_by: average", "grade_by: mean", "line 11, grade_by: 'mean' is not possible here; write best or last"),
        ("shuffle: true", "shuffle: 1", "line 12, shuffle: 1 is not possible here; this must be true or false."),
        ("weight: 2.5", "weight: -1", "line 13, weight: -1 must be at least 0."),
        ("weight: 2.5", "weight: heavy", "line 13, weight: 'heavy' is not possible here; this must be a number."),
        ("timezone: America/New_York", "timezone: 5", "line 3, timezone: 5 is not possible here; this must be text."),
        ("timezone: America/New_York\n", "mode: exam\n", "line 3, mode: 'exam' is not possible here; write graded or"),
        ("timezone: America/New_York\n", "", "line 3, opens: 2026-12-01T09:00 has no time zone; add the offset"),
        ("id: warm-up", "id: Warm up", "line 15, items[0].id: 'Warm up' must be small letters"),
        ("id: large", "id: warm-up", "line 20, items[1].of[2].id: Another problem has the id warm-up; each needs its"),
        ("dropped: full-marks", "dropped: all", "line 15, items[0].dropped: 'all' is not possible here; write no or"),
        ("pick: 2", "pick: 3", "line 16, items[1].pick: Of 3 problems at most 2 can be picked; to give all"),
        ("pick: 2", "pick: 0", "line 16, items[1].pick: 0 must be at least 1."),
        ("  - pick: 2\n    of:", "  - of:", "line 16, items[1]: The field pick is missing."),
        ("pick: 2", "pick: 2\n    points: 4", "line 17, items[1].points: There is no such field: the fields are pick"),
        ("title: Deeper, ", "pick: 1, ", "line 19, items[1].of[1].pick: There is no such field"),
        (
            "large, points: 4",
            "large, points: 5",
            "line 20, items[1].of[2].points: The problems of a pool are worth",
        ),
        ("{depth: 3}", "{depth: 30}", "line 19, items[1].of[1].options.depth: "),
        ("family: exploding", "family: imploding", "line 20, items[1].of[2].family: "),
    ],
)
def test_what_is_not_right_in_an_exam_is_told_with_line_and_remedy(old, new, said):
    assert old in EXAM
    found = complaints(EXAM.replace(old, new, 1))
    assert any(line.startswith(said) for line in found), found


def test_a_pool_of_one_problem_is_none():
    found = complaints("title: T\nitems: [{pick: 1, of: [{family: dying-relu}]}]\n")
    assert found[0].startswith("line 2, items[0].of: [{'family': 'dying-relu'}] is too short: write 2 or more")


entries = st.lists(
    st.builds(
        lambda family, own: {"family": family} | ({"id": own} if own else {}),
        st.sampled_from(["a", "a-2", "b"]),
        st.sampled_from(["", "", "a", "a-2", "a-3", "a-2-2", "b", "b-2"]),
    ),
    min_size=1,
    max_size=9,
    unique_by=lambda entry: entry.get("id", object()),
)


@given(entries, st.integers(0, 9))
def test_every_problem_has_a_key_of_its_own_and_the_one_that_it_states(listed, pooled):
    items = [*listed[:pooled], {"pick": 1, "of": listed[pooled:]}] if listed[pooled:] else listed
    keys = keys_of({"items": items})
    assert len(set(keys)) == len(keys) == len(listed)
    for (_path, entry, _pool), key in zip(entries_of({"items": items}), keys, strict=True):
        assert key == entry["id"] if "id" in entry else key.startswith(entry["family"])
    alone = [entry["family"] for entry in listed if "id" not in entry]
    stated = {entry["id"] for entry in listed if "id" in entry}
    assert set(alone) <= set(keys) | stated


@given(entries)
def test_a_problem_that_is_put_at_the_end_changes_no_other_key(listed):
    more = [*listed, {"family": "a"}]
    assert keys_of({"items": more})[:-1] == keys_of({"items": listed})


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
