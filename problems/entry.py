"""What a student types -> a number, or a readable complaint.

The grammar is a whitelist on floats: nothing is evaluated but what it names.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING, cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

LONGEST = 200
"""Characters of one number."""
LARGEST = 1e300
"""The size of a number: beyond it, arithmetic would overflow."""
QUOTED = 12
"""Characters of what was typed that a complaint repeats."""

# A superscript before a fraction slash is a numerator: 2³⁄₄ is no power.
_RAISED = "[⁻⁺]?[⁰¹²³⁴-⁹]+(?![⁰¹²³⁴-⁹⁄])"
_GRAMMAR = rf"""
    ?start: sum
    ?sum: product | sum "+" product -> add | sum "-" product -> subtract
    ?product: signed | product "*" signed -> multiply | product _OVER signed -> divide
    ?signed: atom | "-" signed -> negate | "+" signed | atom _TO_THE signed -> power | atom SUPERSCRIPT -> superscript
    ?atom: NUMBER -> number | MIXED -> mixed | CONSTANT -> constant
         | "(" sum ")" | FUNCTION "(" sum ")" -> call | ROOT atom -> call
    NUMBER: /([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?/
    MIXED.1: /[0-9]*[¼-¾⅐-⅞↉]/
    SUPERSCRIPT: /{_RAISED}/
    FUNCTION: "sqrt" | "exp" | "ln" | "log10" | "tanh"
    ROOT: "√"
    CONSTANT: "pi" | "π" | "e"
    _OVER: "/" | "⁄"
    _TO_THE: "^" | "**"
    %ignore " "
"""
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SIGNS = str.maketrans("−–—‒‐‑·×⋅∗÷∕", "------****//")
# Marks of format that say what is meant, or turn the order in which it is seen: these are not ignored.
_MEANT = "\u2062\u2063\u2064\u202b\u202e\u2067"

_USUAL = re.compile(r"[+-]?(?:[0-9]{1,20}\.?[0-9]{0,20}|\.[0-9]{1,20})")
"""What nearly all type; it needs no closer look."""
_PLAIN = re.compile(
    r"([+-]?) *(\d+\.?\d*|\.\d+)(?:e([+-]?\d+)| *[*x] *10 *\^ *(?:([+-]? *\d+)|\( *([+-]? *\d+) *\)))?", re.ASCII
)
_TIMES = re.compile(rf"(?<=[\d.) ])x(?= *10 *(?:\^|\*\*|{_RAISED}))", re.ASCII)
# What is told better than by a parser: the first group is what the complaint quotes as {0} and places as {1}.
_TOLD = tuple(
    (re.compile(pattern, re.ASCII), message)
    for pattern, message in (
        (r"(%)", "Write 0.62 instead of 62 %."),
        (r"(=)", "Type only the number, without the name and the equals sign."),
        (
            r"\.\d*(\.)",
            "This number has two decimal signs: the second is at position {1}. Write one: 0.62 or 0,62.",
        ),
        (
            r"[\d.]( +)[\d.]",
            "There is a space inside the number at position {1}. Type one number, such as 0.62.",
        ),
        (
            # 6.2×10⁻³ copied as plain text. With a blank on both sides the minus subtracts, as it does before 3.5.
            r"(([\d.]+) *[*x] *10(?! +- ) *- *(\d+))(?![\d.])",
            '"{0}" at position {1} has two meanings: write {2}e-{3} or {2}×10^-{3}, or put blanks around the minus.',
        ),
    )
)

_TOO_LARGE = "This number is too large or too small to be meant: sizes from 5e-324 to 1e300 are read, and 0."


class Unreadable(ValueError):
    """Not a number: `message` says in one sentence what is wrong and where; `position` counts from 0."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True)
class Number:
    """A typed number; `unit` is the size of its last typed decimal place, None where it was computed."""

    value: float
    unit: float | None


def read_number(text: str) -> Number:
    """The number that was typed; raises Unreadable."""
    if _USUAL.fullmatch(text):
        return written(text)
    typed = _Typed(text)
    plain = _checked(typed)
    carets = re.sub(_RAISED, lambda run: "^" + run[0].translate(_SUPERSCRIPTS), plain).replace("**", "^")
    if match := _PLAIN.fullmatch(carets.strip()):
        sign, mantissa, *exponents = match.groups(default="")
        return written(f"{sign}{mantissa}e{''.join(exponents).replace(' ', '') or 0}")
    try:
        return Number(within(cast("float", _parser().parse(plain))), None)
    except UnexpectedInput as error:
        raise _complaint(typed, plain, error) from None


def written(number: str | int | Decimal) -> Number:
    """The number, and its last place as unit; raises Unreadable where it is not finite, too large or too small."""
    try:
        exact = Decimal(number)
    except InvalidOperation:  # an exponent of twenty digits
        raise Unreadable(_TOO_LARGE) from None
    exponent = exact.as_tuple().exponent
    if isinstance(exponent, str):
        message = "This is not a finite number."
        raise Unreadable(message)
    return Number(within(exact), 10.0 ** max(-323, min(300, exponent)))


def within(number: float | Decimal | Fraction) -> float:
    """The nearest float; raises Unreadable beyond LARGEST, and where nothing but 0 would be left."""
    if not -LARGEST <= number <= LARGEST or (number != 0 and float(number) == 0):
        raise Unreadable(_TOO_LARGE)
    return float(number) + 0.0


def visible(text: str) -> str:
    """The text without what is pasted along and never seen: zero-width characters, soft hyphens, byte order marks."""
    return text if text.isascii() else "".join(filter(_is_visible, text))


def _is_visible(sign: str) -> bool:
    return unicodedata.category(sign) != "Cf" or sign in _MEANT


def _spelled(sign: str) -> str:
    """A typed sign as the grammar writes it: always one, and the same where there is none."""
    if sign.isspace():
        return " "
    if ord(sign) in _SUPERSCRIPTS:
        return sign
    plain = unicodedata.normalize("NFKC", sign).translate(_SIGNS).lower()
    return plain if len(plain) == 1 else sign


class _Typed:
    """What was typed, and the same in the grammar's own signs: plain[i] is what stands at text[places[i]]."""

    def __init__(self, text: str) -> None:
        inner = text.strip()
        if len(inner) > LONGEST:
            message = f"This has {len(inner)} characters; a number has at most {LONGEST}."
            raise Unreadable(message)
        first = len(text) - len(text.lstrip())
        self.text = text
        self.places = [place for place, sign in enumerate(inner, first) if _is_visible(sign)]
        self.plain = "".join(_spelled(text[place]) for place in self.places)

    def complaint(self, message: str, start: int, end: int, *more: str) -> Unreadable:
        """About plain[start:end]; in the message {0} is what was typed there, {1} where it begins, from 1."""
        first, last = self.places[start], self.places[end - 1]
        return Unreadable(message.format(self.text[first : last + 1].strip(), first + 1, *more), first)


def _checked(typed: _Typed) -> str:
    """The text in the grammar's own signs; raises Unreadable for what is told better than by the parser."""
    if not typed.plain.strip():
        message = "Nothing is typed here."
        raise Unreadable(message)
    plain = typed.plain.replace(",", ".")  # 4,096 is 4.096 as 0,62 is 0.62: a comma never parts thousands
    for pattern, message in _TOLD:
        if found := pattern.search(plain):
            raise typed.complaint(message, *found.span(1), *found.groups()[1:])
    return _TIMES.sub("*", plain)


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="contextual", maybe_placeholders=False, transformer=_Arithmetic())


def _complaint(typed: _Typed, plain: str, error: UnexpectedInput) -> Unreadable:
    start = cast("int", error.pos_in_stream)  # at the end: where the last token begins
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        missing = '")"' if "RPAR" in error.expected else "something"
        message = f'This ends too early: {missing} is missing after "{{0}}" at position {{1}}.'
    elif isinstance(error, UnexpectedCharacters) or plain[start].isalpha():
        message = '"{0}" at position {1} is no number. Type only a number, such as 0.62 or 1/8.'
    else:
        message = '"{0}" at position {1} is not expected there. Type a number, such as 0.62 or 1/8.'
    return typed.complaint(message, start, min(start + QUOTED, len(plain.rstrip())))


def _guarded(function: Callable[..., float], complaint: str, *args: float) -> float:
    try:
        value = function(*args)
    except OverflowError:
        raise Unreadable(_TOO_LARGE) from None
    except (ValueError, ZeroDivisionError):
        raise Unreadable(complaint) from None
    return within(value)


def _power(base: float, exponent: float) -> float:
    return _guarded(math.pow, "This power is no finite number.", base, exponent)


_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "sqrt": math.sqrt,
    "√": math.sqrt,
    "exp": math.exp,
    "ln": math.log,
    "log10": math.log10,
    "tanh": math.tanh,
}


@v_args(inline=True)
class _Arithmetic(Transformer[Token, float]):
    """What the grammar names, on floats."""

    def number(self, token: Token) -> float:
        return within(float(token)) or written(token).value  # that is 0, or refused as too small

    def mixed(self, token: Token) -> float:
        return within(float(token[:-1] or 0) + unicodedata.numeric(token[-1]))

    def constant(self, token: Token) -> float:
        return math.e if token == "e" else math.pi  # noqa: S105 - a token of the grammar

    def negate(self, value: float) -> float:
        return -value

    def add(self, left: float, right: float) -> float:
        return within(left + right)

    def subtract(self, left: float, right: float) -> float:
        return within(left - right)

    def multiply(self, left: float, right: float) -> float:
        return within(left * right)

    def divide(self, left: float, right: float) -> float:
        return _guarded(lambda: left / right, "This divides by 0.")

    def power(self, base: float, exponent: float) -> float:
        return _power(base, exponent)

    def superscript(self, base: float, token: Token) -> float:
        return _power(base, float(token.translate(_SUPERSCRIPTS)))

    def call(self, function: Token, value: float) -> float:
        return _guarded(_FUNCTIONS[function], f"{function} of {value:g} is no finite number.", value)
