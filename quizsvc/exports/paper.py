"""Printed papers and their key, as PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quizsvc.errors import TooLarge
from quizsvc.exports.content import Heading, Paper, PaperItem, papers_content
from quizsvc.exports.typesetting import typeset

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Heading", "Paper", "PaperItem", "key_pdf", "papers_pdf"]

MOST_PAPERS = 500
"""In one PDF: typst takes 10 to 20 MB of memory for each."""


def papers_pdf(heading: Heading, papers: Sequence[Paper]) -> bytes:
    """All papers in one PDF on A4, each from a right-hand page on, with its code on every page and no answer.

    The same papers give the same bytes. Raises Invalid where there is nothing to print, TooLarge.
    """
    return _pdf("paper.typ", heading, papers, solved=False)


def key_pdf(heading: Heading, papers: Sequence[Paper]) -> bytes:
    """The key as PDF: for each paper the worked solutions, and between which numbers every answer is right.

    Raises Invalid where there is nothing to print, TooLarge.
    """
    return _pdf("key.typ", heading, papers, solved=True)


def _pdf(template: str, heading: Heading, papers: Sequence[Paper], *, solved: bool) -> bytes:
    if len(papers) > MOST_PAPERS:
        message = f"{len(papers)} papers are too many for one PDF: print at most {MOST_PAPERS} at once."
        raise TooLarge(message)
    return typeset(template, papers_content(heading, papers, solved=solved))
