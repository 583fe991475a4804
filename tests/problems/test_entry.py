"""What students type: read as they mean it, or complained of in a sentence that says what and where."""

from __future__ import annotations

import math
import re
import sys
import unicodedata
from decimal import Decimal
from fractions import Fraction
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems import entry_arrays
from problems.entry import LARGEST, Unreadable, read_number
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
    ("4,096", 4.096, 0.001),
    ("１．５", 1.5, 0.1),
    ("1e300", 1e300, 1e300),
    ("5e-324", 5e-324, 5e-324),
    ("\ufeff0.62", 0.62, 0.01),
    ("0.6\u200b2\u00ad", 0.62, 0.01),
    ("\u202d-6.2\u2060×10⁻³\u202c", -0.0062, 0.0001),
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
    ("-½+⅓", -1 / 6),
    ("1½", 1.5),
    ("-2⅝", -2.625),
    ("1⁄3", 1 / 3),
    ("0,5+0,25", 0.75),
    ("6.2*10 - 3", 59),
    ("2*10-3.5", 16.5),
    ("(1/3)x10^-2", 1 / 300),
    ("(" * 99 + "1" + ")" * 99, 1),
]
COMPLAINTS = [
    ("", "Nothing is typed"),
    ("half", '"half" at position 1 is no number'),
    ("0.6.2", "two decimal signs: the second is at position 4"),
    ("1 2", ""),
    ("62%", "Write 0.62 instead of 62 %."),
    ("z1=0.5", "without the name and the equals sign"),
    ("1,234.5", "two decimal signs: the second is at position 6"),
    ("1,234,567", "two decimal signs: the second is at position 6"),
    ("1/0", "divides by 0"),
    ("(1", 'ends too early: ")" is missing after "1" at position 2'),
    ("1)", "at position 2"),
    ("1+", 'ends too early: something is missing after "+" at position 2'),
    ("2³⁄₄", '"³⁄₄" at position 2 is no number'),
    ("sqrt(-1)", ""),
    ("(-1)^0.5", ""),
    ("ln(0)", ""),
    ("10^401", "too large"),
    ("9**9**9", "too large"),
    ("1e300/1e-300", "too large"),
    ("1e300*10", "too large"),
    ("1e308", "too large"),
    ("-1.01e300", "too large"),
    ("1e999", "too large"),
    ("1e" + "9" * 30, "too large"),
    ("1/1e-999", "too small"),
    ("1e-999", "too small"),
    ("9" * 201, "at most 200"),
    ("__import__('os')", ""),
    ("1; 2", ""),
    ("nan", '"nan" at position 1 is no number'),
    ("inf", '"inf" at position 1 is no number'),
    ("-∞", '"∞" at position 2 is no number'),
    ("\u200b", "Nothing is typed"),
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


@pytest.mark.parametrize(
    "sign", [sign for sign in map(chr, range(sys.maxunicode)) if "VULGAR" in unicodedata.name(sign, "")]
)
def test_every_fraction_in_one_character_is_read(sign):
    assert read_number(sign).value == unicodedata.numeric(sign)


@pytest.mark.parametrize("text", ["6.2×10-3", "6.2x10-3", "6.2*10-3", "6,2 · 10 −3", "6.2*10- 3", "1+6.2×10−3"])
def test_a_power_of_ten_that_lost_its_height_is_no_subtraction(text):
    with pytest.raises(Unreadable, match=r"write 6\.2e-3 or 6\.2×10\^-3"):
        read_number(text)


@pytest.mark.parametrize(
    ("text", "quoted", "position"),
    [
        ("  HALF", "HALF", 3),
        ("\ufeffHa\u200blf", "Ha\u200blf", 2),
        ("10⁻³ × ½ − Pi²·Y", "Y", 16),
        ("2**3 = 8", None, 6),
        ("\u3000５％", None, 3),
        ("\u200b1，2，3", None, 5),
        ("\t1  2", None, 3),
        (" 6,2 × 10−3 ", "6,2 × 10−3", 2),
        (" Sqrt(2 ", "2", 7),
    ],
)
def test_complaints_quote_and_count_what_was_typed(text, quoted, position):
    with pytest.raises(Unreadable) as complaint:
        read_number(text)
    assert complaint.value.position == position - 1
    if quoted:
        assert f'"{quoted}" at position {position} ' in complaint.value.message.replace(".", " ")


ODD = st.text(alphabet="0123456789.,eE+-*/^()x√× \t⁻²³½⁄π−ﬁİＡ％=\u200b\ufeff\u202e\u3000", max_size=60)


@given(st.text(max_size=300) | ODD)
def test_every_text_is_a_number_or_a_complaint_that_points_into_it(text):
    try:
        assert abs(read_number(text).value) <= LARGEST
    except Unreadable as complaint:
        position, message = complaint.position, complaint.message
        assert message.endswith(".")
        assert position is None or 0 <= position < len(text)
        if quote := re.search(r'(?:^|after )"(.*)" at position (\d+)', message, re.DOTALL):
            assert int(quote[2]) == position + 1
            assert text.startswith(quote[1], position)


GRAMMAR = ["1", "0.5", "+", "-", "*", "/", "^", "**", "(", ")", "sqrt(", "exp(", "ln(", "pi", "e", "½", "²", " "]
FOREIGN = ["__import__('os')", "lambda:0", "().__class__", "eval(", "True", "1j", "0b1", "1_0", "//", "@", "[", "{",
           ":=", "!", "~", "<", "|", "sin(", "inf", "nan", "None", "\\", "\n;", "#", "'"]  # fmt: skip


@given(st.lists(st.sampled_from(GRAMMAR)), st.sampled_from(FOREIGN), st.lists(st.sampled_from(GRAMMAR)))
def test_nothing_is_evaluated_but_what_the_grammar_names(before, foreign, after):
    with pytest.raises(Unreadable):
        read_number("".join([*before, foreign, *after]))


CALCULATIONS = st.recursive(
    st.sampled_from(["1.0", "2.0", "0.5", "3.0"]),
    lambda part: st.one_of(
        st.tuples(part, st.sampled_from(["+", "-", "*", "/", "**", " - "]), part).map("".join),
        part.map("-{}".format),
        part.map("({})".format),
    ),
    max_leaves=6,
)


@given(CALCULATIONS)
def test_a_calculation_means_what_python_means_by_it(text):
    try:
        value = eval(text)  # noqa: S307 - the second opinion, on nothing but the signs above
    except ArithmeticError:
        value = None
    if isinstance(value, float) and abs(value) <= LARGEST:
        assert read_number(text).value == value
    else:
        with pytest.raises(Unreadable):
            read_number(text)


@given(st.floats(-LARGEST, LARGEST))
def test_every_number_that_python_writes_is_read_back_to_the_last_digit(value):
    assert read_number(str(value)).value == value
    assert read_array(value, ()).values == value
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


@pytest.mark.parametrize("text", ["[" * 8_000, "[" * 4_000 + "]" * 4_000, "1 " * 4_000, "[1]" * 2_000, "]["])
def test_a_paste_of_brackets_is_complained_of_at_once(text):
    assert read_array(text, (2, 2)).complaint


@pytest.mark.parametrize("between", [";", ",", "\n", " "])
def test_a_paste_with_long_runs_of_blanks(between):
    text = " " * 1000 + between.join(["1" + " " * 2000] * 3)
    assert read_array(text, (3,)).values.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2", 'The bracket "[" at position 1 is never closed.'),
        ("\ufeff (1, (2)", 'The bracket "(" at position 3 is never closed.'),
        ("1, 2]", 'The bracket "]" at position 5 was never opened.'),
    ],
)
def test_a_bracket_without_its_partner_is_said(text, said):
    assert read_array(text, (2,)).complaint == said


def test_what_is_pasted_along_unseen_stands_in_no_way():
    assert read_array("\ufeff[[1,\u200b 2],\u00ad [3, 4]]\u200b", (2, 2)).values.tolist() == [[1, 2], [3, 4]]
    assert read_array(["1", "\u200b"], (2,)).blank.tolist() == [False, True]


@given(st.text(alphabet="123 ,;\n[]()+\u200b", max_size=200), st.sampled_from([(1,), (3,), (2, 2), (3, 1)]))
def test_each_character_is_read_once_at_most(text, shape):
    with mock.patch.object(entry_arrays, "read_number", wraps=read_number) as reading:
        read_array(text, shape)
    assert sum(len(call.args[0]) for call in reading.call_args_list) <= len(text)
    assert reading.call_count <= np.prod(shape)


@pytest.mark.parametrize(
    ("answer", "shape", "said"),
    [
        (["1", "2"], (3,), "3 entries are asked; 2 were given."),
        (["1"], (3,), "3 entries are asked; 1 was given."),
        (1, (3,), "3 entries are asked; 1 was given."),
        (["1", "2"], (1,), "1 entry is asked; 2 were given."),
        ([], (), "One number is asked; 0 were given."),
        (["1", "2"], (), "One number is asked; 2 were given."),
        ([["1", "2"], ["3"]], (1, 4), "1 row of 4 entries is asked; 2 rows of 1 to 2 entries were given."),
        ([["1", "2"], ["3", "4"]], (3, 1), "3 rows of 1 entry are asked; 2 rows of 2 entries were given."),
        ("1 2 3 4", (3,), "3 entries are asked; 4 were given."),
        ([["1", "2"], ["3"]], (2, 2), "2 rows of 2 entries are asked"),
        ({"a": 1}, (3,), ""),
        ("1" * 20_000, (3,), "at most 8000"),
        (["1" * 4000] * 3, (3,), "at most 8000"),
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
    ("number", "value", "unit"),
    [
        (Decimal("0.620"), 0.62, 0.001),
        (Decimal("-1E+3"), -1000, 1000),
        (Fraction(1, 3), 1 / 3, None),
        (np.float32(0.5), 0.5, 0.1),
        (np.int8(-3), -3, 1),
        (10**20, 1e20, 1),
    ],
)
def test_numbers_of_python_are_numbers(number, value, unit):
    reading = read_array([number], (1,))
    assert reading.values.tolist() == [value]
    np.testing.assert_allclose(reading.units, np.nan if unit is None else unit)


@pytest.mark.parametrize(
    "answer",
    [True, float("nan"), float("inf"), pytest.param(10**5000, id="long integer"), 1e301, object(), b"1", [[["1"]]],
     np.float16("inf"), Decimal("nan"), Decimal("snan"), Decimal("-inf"), Decimal("1e999999"), Decimal("1e-999999"),
     pytest.param(Fraction(10**400), id="large fraction"), pytest.param(Fraction(1, 10**400), id="small fraction")],
)  # fmt: skip
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
    assert choices(["a", "b"], ids, several=False).complaint == "One choice is asked; 2 were given."


@pytest.mark.parametrize(
    "answer", ["1,3,", "3;1;", " [1, 3,] ", "1\u200b 3", ["3", "1", ""], [1, 3], "1, 3, 3\n", (3, None, 1)]
)
def test_choices_in_many_forms(answer):
    assert choices(answer, ["1", "2", "3"], several=True) == ((0, 2), False, None)


@pytest.mark.parametrize("answer", [",", "[]", [], [""], "\ufeff", [None]])
def test_no_choice_at_all_is_blank(answer):
    assert choices(answer, ["1", "2", "3"], several=True).blank


ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.fractions() | st.text() | ODD,
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
    max_leaves=8,
)


@given(ANSWERS, st.sampled_from([(), (1,), (3,), (2, 2), (1, 3), (3, 1)]))
def test_no_answer_makes_it_crash(answer, shape):
    reading = read_array(answer, shape)
    assert reading.values.shape == reading.units.shape == reading.blank.shape == shape
    assert not (np.abs(reading.values) > LARGEST).any()
    told = reading.blank | (reading.complaint is not None)
    for index in reading.complaints:
        told[index] = True
    assert (np.isnan(reading.values) == told).all()


@given(ANSWERS, st.booleans())
def test_no_choice_makes_it_crash(answer, several):
    reading = choices(answer, ["1", "2", "keeps-size"], several=several)
    assert set(reading.chosen) <= {0, 1, 2}
    assert reading.complaint is None or reading.complaint.endswith(".")


def test_a_number_too_long_to_be_written_out_is_no_choice():
    assert choices(10**5000, ["1"], several=True).complaint
