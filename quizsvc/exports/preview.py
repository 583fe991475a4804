"""A preview of papers with their solutions: one HTML document that needs nothing from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import problems
from quizsvc.exports.content import papers_content
from quizsvc.exports.pictures import printed
from quizsvc.exports.typesetting import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quizsvc.exports.content import Heading, Paper

_PAGES = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def preview_html(heading: Heading, papers: Sequence[Paper]) -> str:
    """Every paper as a student would get it, each problem with its worked solution below."""
    content = papers_content(heading, papers, solved=True)
    for paper, shown in zip(papers, content["papers"], strict=True):
        for item, part in zip(paper.items, shown["items"], strict=True):
            gradients = problems.gradient_svg(item.problem)
            part["gradients"] = None if gradients is None else printed(gradients)
    return _PAGES.get_template("preview.html").render(content)
