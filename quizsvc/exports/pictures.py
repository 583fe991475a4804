"""Pictures for paper: with a style sheet of their own, and signs that the fonts of paper set otherwise than a page."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

STYLE = Path(__file__).with_name("templates") / "picture.css"

_NAMES = re.compile(r' (?:id|aria-labelledby)="[^"]*"')
_TEXT = re.compile(r"<text\b.*?</text>", re.DOTALL)
_WORDS = re.compile(r"(?<=>)[^<>]+(?=<)")
_GREEK = re.compile(r"[α-ω]+")
_BELOW = re.compile(r"([₀-₉]+)(.*?)(?=[₀-₉]|$)")
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


@cache
def _style() -> str:
    return STYLE.read_text("utf-8")


def printed(svg: str) -> str:
    """The picture as it stands on paper: SVG that needs no style of a page around it.

    No part of it has a name, so that many pictures may stand in one document.
    """
    opening, _, rest = _NAMES.sub("", svg).partition(">")
    return f"{opening}><style>{_style()}</style>{_TEXT.sub(lambda text: _WORDS.sub(_set, text[0]), rest)}"


def _set(words: re.Match[str]) -> str:
    """Greek letters slanted, as in formulas; digits below the line as smaller digits, for lack of such signs."""
    slanted = _GREEK.sub(r'<tspan font-style="italic">\g<0></tspan>', words[0])
    return _BELOW.sub(_below, slanted)


def _below(found: re.Match[str]) -> str:
    digits = found[1].translate(_DIGITS)
    return f'<tspan dy="3.5" font-size="72%">{digits}</tspan><tspan dy="-3.5">{found[2]}</tspan>'
