"""Pages and XML files: a template and plain data -> text in which everything is escaped that is not markup of ours."""

from __future__ import annotations

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from quizsvc.exports.typesetting import TEMPLATES

PAGES = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
