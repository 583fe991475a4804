"""Typst: a template and plain data -> PDF. Texts are data to it and never run as code."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typst

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATES = Path(__file__).with_name("templates")
REMEMBERED = 10
"""Typst keeps what it worked out for so many documents, in case they come again: megabytes for each paper."""


@cache
def _fonts() -> typst.Fonts:
    """The fonts that come with typst; those of the machine stand in for letters that these lack."""
    return typst.Fonts()


def typeset(template: str, data: Mapping[str, Any]) -> bytes:
    """The document that the template makes of the data, as tagged PDF without a time in it."""
    # What is half of a letter in UTF-16 is no text: it is shown as a question mark.
    told = json.dumps(data, ensure_ascii=False).encode(errors="replace").decode()
    try:
        return typst.compile(
            TEMPLATES / template, root=TEMPLATES, font_paths=_fonts(), sys_inputs={"data": told}, format="pdf"
        )
    finally:
        for _ in range(REMEMBERED + 1):
            typst.compile(b"", font_paths=_fonts(), format="pdf")
