"""A preview of papers with their solutions: one HTML document that needs nothing from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import problems
from quizsvc.exports.content import papers_content
from quizsvc.exports.pages import PAGES
from quizsvc.exports.pictures import printed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quizsvc.exports.content import Heading, Paper


def preview_html(heading: Heading, papers: Sequence[Paper]) -> str:
    """Every paper as a student would get it, each problem with its worked solution below."""
    content = papers_content(heading, papers, solved=True)
    for paper, shown in zip(papers, content["papers"], strict=True):
        for item, part in zip(paper.items, shown["items"], strict=True):
            gradients = problems.gradient_svg(item.problem)
            part["gradients"] = None if gradients is None else printed(gradients)
    return PAGES.get_template("preview.html").render(content)
