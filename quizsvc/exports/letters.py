"""Several answers of a choice as one word: programs would mark each for itself, and we mark them as a whole."""

from __future__ import annotations

from string import ascii_uppercase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quizsvc.exports.questions import Box

NONE = "none"
"""What is typed where nothing is to be picked."""


def letters_of(box: Box) -> list[str]:
    """The letters of all that is right, in the ways that people part them: ACD, A C D, and so on."""
    letters = [ascii_uppercase[place] for place in box.picked]
    return list(dict.fromkeys(sign.join(letters) for sign in ("", " ", ", ", ","))) if letters else [NONE]
