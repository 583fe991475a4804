"""What students type: read as they mean it, or complained of in a sentence that says what and where."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.entry import Unreadable, read_number
from problems.entry_arrays import choices, read_array

WRITTEN = [
    (".62", 0.62, 0.01),
    ("0,62", 0.62, 0.01),
    ("0.620", 0.62, 0.001),
    ("62", 62, 1),
    ("+0.5", 0.5, 0.1),
    ("  -0.5 ", -0.5, 0.1),
    ("−0.5", -0.5, 0.1),
    ("–0.5", -0.5, 0.1),
    ("6.2e-3", 0.0062, 0.0001),
    ("6.2E-3", 0.0062, 0.0001),
    ("6.2*10^-3", 0.0062, 0.0001),
    ("6.2 x 10^-3", 0.0062, 0.0001),
    ("6.2×10^(-3)", 0.0062, 0.0001),
    ("6,2·10⁻³", 0.0062, 0.0001),
    ("-6,2 · 10⁻³", -0.0062, 0.0001),
    ("0", 0, 1),
    ("0.00", 0, 0.01),
    ("٣".translate({0x663: "3"}), 3, 1),
]
CALCULATED = [
    ("1/8", 0.125),
    ("½", 0.5),
    ("-1/8", -0.125),
    ("-e^-0.5", -math.exp(-0.5)),
    ("sqrt(2)", math.sqrt(2)),
    ("√2", math.sqrt(2)),
    ("Sqrt(2)", math.sqrt(2)),
    ("√(2+2)", 2),
    ("2^3^2", 512),
    ("-2^2", -4),
    ("2^-1", 0.5),
    ("(1+2)*3", 9),
    ("1-2-3", -4),
    ("8/4/2", 1),
    ("exp(1)", math.e),
    ("ln(e)", 1),
    ("log10(1000)", 3),
    ("tanh(0.5)", math.tanh(0.5)),
    ("2*pi", 2 * math.pi),
    ("π", math.pi),
    ("2²", 4),
    ("1/(1+e^-0.5)", 1 / (1 + math.exp(-0.5))),
    ("2**3", 8),
]
COMPLAINTS = [
    ("", "Nothing is typed"),
    ("half", '"half" at position 1 is no number'),
    ("0.6.2", "two decimal points: the second is at position 4"),
    ("1 2", ""),
    ("62%", "Write 0.62 instead of 62 %."),
    ("z1=0.5", "without the name and the equals sign"),
    ("1,234.5", "Use either a point or a comma"),
    ("1,2,3", "Use either a point or a comma"),
    ("1/0", ""),
    ("(1", "ends too early"),
    ("1)", "at position 2"),
    ("1+", "ends too early"),
    ("sqrt(-1)", ""),
    ("(-1)^0.5", ""),
    ("ln(0)", ""),
    ("10^401", "no finite number"),
    ("1e999", ""),
    ("9" * 201, "at most 200"),
    ("(" * 30 + "1" + ")" * 30, ""),
    ("__import__('os')", ""),
    ("1; 2", ""),
    ("nan", ""),
    ("inf", ""),
    ("0x10", ""),
    ("1_000", ""),
    ("\x00", ""),
    ("1\u202e2", ""),
]


@pytest.mark.parametrize(("text", "value", "unit"), WRITTEN)
def test_numbers_as_people_write_them_and_the_place_where_they_end(text, value, unit):
    number = read_number(text)
    assert number.value == pytest.approx(value, rel=1e-15, abs=0)
    assert number.unit == pytest.approx(unit)


@pytest.mark.parametrize(("text", "value"), CALCULATED)
def test_small_calculations_are_exact_numbers(text, value):
    number = read_number(text)
    assert number.value == pytest.approx(value, rel=1e-15)
    assert number.unit is None


@pytest.mark.parametrize(("text", "said"), COMPLAINTS)
def test_what_is_no_number_is_said_in_a_sentence(text, said):
    with pytest.raises(Unreadable) as complaint:
        read_number(text)
    assert said in complaint.value.message
    assert complaint.value.message.endswith(".")
    assert len(complaint.value.message) < 200


@given(st.text(max_size=300))
def test_no_text_makes_it_crash(text):
    try:
        assert math.isfinite(read_number(text).value)
    except Unreadable as complaint:
        assert complaint.message  # noqa: PT017 - a number or a complaint; anything else fails


@given(st.text(alphabet="0123456789.,eE+-*/^()x√ ", max_size=60))
def test_nothing_that_looks_like_a_number_makes_it_crash(text):
    test_no_text_makes_it_crash.hypothesis.inner_test(text)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e290, max_value=1e290))
def test_every_number_that_python_writes_is_read_back_to_the_last_digit(value):
    assert read_number(repr(value)).value == value
    assert read_number(repr(value).replace(".", ",")).value == value
    assert read_number(repr(value).replace("-", "−")).value == value


@given(st.integers(-(10**12), 10**12), st.integers(0, 12))
def test_the_unit_is_that_of_the_last_typed_place(digits, places):
    text = f"{digits / 10**places:.{places}f}"
    assert read_number(text).unit == pytest.approx(10.0**-places)


@pytest.mark.parametrize(
    ("answer", "shape"),
    [
        (["1", "2", "3"], (3,)),
        ("1 2 3", (3,)),
        ("1; 2; 3", (3,)),
        ("[1, 2, 3]", (3,)),
        ([1, 2.0, "3"], (3,)),
        (np.array([1, 2, 3]), (3,)),
        ([["1", "2", "3"]], (1, 3)),
        ("[[1, 2, 3]]", (1, 3)),
        (np.array([[1.0], [2.0], [3.0]]), (3, 1)),
        ("1\n2\n3", (3, 1)),
        ("(1, 2, 3)", (3,)),
        ("[(4/2 - 1), sqrt(4), (3)]", (3,)),
    ],
)
def test_vectors_and_matrices_in_many_forms(answer, shape):
    reading = read_array(answer, shape)
    assert reading.complaint is None
    assert reading.values.shape == shape
    assert reading.values.ravel().tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "text",
    ["0.5 -1\n2 3.25", "0,5 -1\n2 3,25", "0.5, -1; 2, 3.25", "[[0.5, -1], [2, 3.25]]", "[[0,5; -1], [2; 3,25]]",
     "[0.5 -1][2 3.25]", "((1/2, -1), (sqrt(4), 3.25))", "0.5\t-1\r\n2\t3.25\r\n"],
)  # fmt: skip
def test_a_matrix_pasted_as_one_text(text):
    assert read_array(text, (2, 2)).values.tolist() == [[0.5, -1], [2, 3.25]]


@pytest.mark.parametrize("text", ["[" * 10_000, "[" * 5_000 + "]" * 5_000, "1 " * 5_000, "[1]" * 3_000, "]["])
def test_a_paste_of_brackets_is_complained_of_at_once(text):
    assert read_array(text, (2, 2)).complaint


@pytest.mark.parametrize(
    ("answer", "shape", "said"),
    [
        (["1", "2"], (3,), "3 entries are asked"),
        ("1 2 3 4", (3,), "3 entries are asked; 4 were given."),
        ([["1", "2"], ["3"]], (2, 2), "2 rows of 2 entries are asked"),
        ({"a": 1}, (3,), ""),
        ("1" * 20_000, (3,), ""),
        (["1"] * 100_000, (3,), "3 entries are asked"),
    ],
)
def test_the_wrong_shape_is_said(answer, shape, said):
    reading = read_array(answer, shape)
    assert said in reading.complaint
    assert np.isnan(reading.values).all()


def test_an_entry_that_cannot_be_read_leaves_the_others():
    reading = read_array(["1", "half", "", None], (4,))
    assert reading.values[0] == 1
    assert reading.blank.tolist() == [False, False, True, True]
    assert list(reading.complaints) == [(1,)]


@pytest.mark.parametrize(
    "answer",
    [True, float("nan"), float("inf"), pytest.param(10**5000, id="long integer"), 1e301, object(), b"1", [[["1"]]]],
)
def test_what_is_no_number_in_python_either(answer):
    reading = read_array(answer, ())
    assert reading.complaint
    assert np.isnan(reading.values)


def test_choices_by_id():
    ids = ["a", "b", "c"]
    assert choices("b", ids, several=False).chosen == (1,)
    assert choices(["c", "a"], ids, several=True).chosen == (0, 2)
    assert choices("none", ids, several=True).chosen == ()
    assert choices("", ids, several=False).blank
    assert choices(None, ids, several=True).blank
    assert "d" in choices("d", ids, several=False).complaint
    assert choices(["a", "b"], ids, several=False).complaint
    assert choices(7, ids, several=True).complaint
