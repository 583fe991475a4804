"""What a student types -> a number, or a readable complaint.

The grammar is a whitelist on floats: nothing is evaluated but what it names.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 200
"""Characters of one number."""
DEEPEST = 20
"""Parentheses inside parentheses."""
LARGEST_POWER = 400.0
"""|exponent| of a power; all that is useful lies far below."""

_GRAMMAR = r"""
    ?start: sum
    ?sum: product | sum "+" product -> add | sum "-" product -> subtract
    ?product: signed | product "*" signed -> multiply | product "/" signed -> divide
    ?signed: power | "-" signed -> negate | "+" signed
    ?power: atom | atom "^" signed -> power
    ?atom: NUMBER -> number | CONSTANT -> constant | "(" sum ")" | FUNCTION "(" sum ")" -> call | ROOT atom -> call
    NUMBER: /([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?/
    FUNCTION: "sqrt" | "exp" | "ln" | "log10" | "tanh"
    ROOT: "√"
    CONSTANT: "pi" | "e"
    WS: /[ \t]+/
    %ignore WS
"""
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SIGNS = str.maketrans(
    {"−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "·": "*", "×": "*", "⋅": "*", "÷": "/", "π": " pi "}
)
_FRACTIONS = {"½": "(1/2)", "¼": "(1/4)", "¾": "(3/4)"}
_PLAIN = re.compile(
    r"[+-]?\s*(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+)|\s*[*x]\s*10\s*\^\s*\(?\s*([+-]?\s*\d+)\s*\)?)?", re.ASCII
)
_SPACED = re.compile(r"[\d.]\s+[\d.]")


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
    plain = _plainly(text)
    if match := _PLAIN.fullmatch(plain):
        exponent = re.sub(r"\s", "", match[2] or match[3] or "0")
        return _written(plain, match[1], exponent)
    return Number(_finite(_compute(plain)), None)


def _written(plain: str, mantissa: str, exponent: str) -> Number:
    digits = f"{'-' if plain.startswith('-') else ''}{mantissa}e{exponent}"
    places = len(mantissa.partition(".")[2])
    if len(exponent.lstrip("+-")) > 4:  # noqa: PLR2004 - float ends at e308
        raise Unreadable(_TOO_LARGE)
    value = _finite(float(digits))
    if value == 0 and mantissa.strip("0."):
        raise Unreadable(_TOO_LARGE)
    return Number(value + 0.0, 10.0 ** max(-323, min(308, int(exponent) - places)))


_TOO_LARGE = "This number is too large or too small to be meant; write it like 6.2e-3."


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise Unreadable(_TOO_LARGE)
    return value


def _plainly(text: str) -> str:
    """The text in the grammar's own signs; raises Unreadable for what can be told before parsing."""
    if len(text) > LONGEST:
        message = f"This has {len(text)} characters; a number has at most {LONGEST}."
        raise Unreadable(message)
    plain = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+", lambda run: f"^({run[0].translate(_SUPERSCRIPTS)})", text)
    for sign, words in _FRACTIONS.items():
        plain = plain.replace(sign, words)
    plain = unicodedata.normalize("NFKC", plain.translate(_SIGNS)).translate(_SIGNS).replace("**", "^").lower().strip()
    plain = re.sub(r"\s", " ", plain)
    plain = re.sub(r"(?<=[\d. ])[x](?= *10 *\^)", "*", plain)
    if not plain:
        message = "Nothing is typed here."
        raise Unreadable(message)
    if "%" in plain:
        message = "Write 0.62 instead of 62 %."
        raise Unreadable(message, text.find("%"))
    if "=" in plain:
        message = "Type only the number, without the name and the equals sign."
        raise Unreadable(message, text.find("="))
    if "," in plain:
        if "." in plain or plain.count(",") > 1:
            message = "Use either a point or a comma, once, as the decimal sign: 0.62 or 0,62."
            raise Unreadable(message, text.find(","))
        plain = plain.replace(",", ".")
    if double := re.search(r"\d*\.\d*\.", plain):
        message = f"There are two decimal points: the second is at position {double.end()}. Write 0.62 or 0,62."
        raise Unreadable(message, double.end() - 1)
    if gap := _SPACED.search(plain):
        message = f"There is a space inside the number at position {gap.start() + 2}. Type one number, such as 0.62."
        raise Unreadable(message, gap.start() + 1)
    depth = deepest = 0
    for sign in plain:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    if deepest > DEEPEST or plain.count("^") > DEEPEST or plain.count("√") > DEEPEST or "-" * DEEPEST in plain:
        message = f"This is nested too deeply; at most {DEEPEST} levels are read."
        raise Unreadable(message)
    return plain


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="contextual", maybe_placeholders=False)


def _compute(plain: str) -> float:
    try:
        return float(_Arithmetic().transform(_parser().parse(plain)))
    except UnexpectedInput as error:
        raise Unreadable(*_complaint(plain, error)) from None
    except VisitError as error:
        if isinstance(error.orig_exc, Unreadable):
            raise error.orig_exc from None
        raise


def _complaint(plain: str, error: UnexpectedInput) -> tuple[str, int]:
    place: int | None = error.pos_in_stream
    position = len(plain) if place is None else place
    ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    if ended or position >= len(plain):
        return f'"{plain}" ends too early: something is missing at the end.', len(plain)
    found = plain[position : position + 12]
    if isinstance(error, UnexpectedCharacters) or found[0].isalpha():
        return f'"{found}" at position {position + 1} is no number. Type only a number, such as 0.62 or 1/8.', position
    return f'"{found}" at position {position + 1} is not expected there. Type a number, such as 0.62 or 1/8.', position


def _guarded(function: Callable[..., float], complaint: str, *args: float) -> float:
    try:
        return _finite(function(*args))
    except (ValueError, OverflowError, ZeroDivisionError):
        raise Unreadable(complaint) from None


def _power(base: float, exponent: float) -> float:
    if abs(exponent) > LARGEST_POWER:
        message = f"The exponent {exponent:g} is too large; at most {LARGEST_POWER:g} is read."
        raise Unreadable(message)
    return math.pow(base, exponent)


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
        return _finite(float(token))

    def constant(self, token: Token) -> float:
        return math.pi if token == "pi" else math.e  # noqa: S105 - a token of the grammar

    def negate(self, value: float) -> float:
        return -value

    def add(self, left: float, right: float) -> float:
        return _finite(left + right)

    def subtract(self, left: float, right: float) -> float:
        return _finite(left - right)

    def multiply(self, left: float, right: float) -> float:
        return _finite(left * right)

    def divide(self, left: float, right: float) -> float:
        return _guarded(lambda: left / right, "This divides by 0.")

    def power(self, base: float, exponent: float) -> float:
        return _guarded(_power, "This power is no finite number.", base, exponent)

    def call(self, function: Token, value: float) -> float:
        return _guarded(_FUNCTIONS[function], f"{function} of {value:g} is no finite number.", value)
