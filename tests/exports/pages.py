"""Papers to print, and what can be read on printed pages."""

from __future__ import annotations

import io
import re
import unicodedata
from functools import cache

import pypdf

import problems
from problems import information
from problems.catalogue import current_families
from quizsvc.exports.content import Heading, Paper, PaperItem
from quizsvc.exports.paper import key_pdf, papers_pdf

HEADING = Heading(
    "Deep learning", "Exam", "No books; a calculator is allowed.\n\nYou have an hour.", "Thursday 4 February 2027"
)
NUMBER = re.compile(r"[−-]?\d+(?:\.\d+)?")


def item(slug, *, title=None, points=6, seed=5, **options):
    problem = problems.draw(slug, seed=seed, **options)
    return PaperItem(title or problem.title, points, problem)


@cache
def one_of_each():
    """A paper for each family, with that one problem on it."""
    return tuple(Paper(f"FAM-{n:04}", (item(family.slug),)) for n, family in enumerate(current_families()))


@cache
def every_variant():
    """A paper for each family, with the problem of each of its options."""
    return tuple(
        Paper(f"VAR-{n:04}", tuple(item(family.slug, **stated) for stated in information.variants(family)))
        for n, family in enumerate(current_families())
    )


@cache
def as_large_as_can_be():
    """A paper with more boxes than anybody will ask for."""
    large = {
        "mlp-backprop": {"sizes": [16, 16], "update": True},
        "batch-norm": {"samples": 32, "features": 4},
        "depth-scaling": {"depth": 50},
        "vanishing-gradient": {"depth": 12, "decimals": 12, "sigfigs": 12},
    }
    return Paper("LARGE-01", tuple(item(slug, **options) for slug, options in large.items()))


@cache
def pages_of_families():
    """The text of each page, of one paper for each family."""
    return read(papers_pdf(HEADING, one_of_each()))


@cache
def key_of_families():
    """Code -> the text of its key, for the same papers; what stands before them is under no code."""
    return {code: "\n".join(pages) for code, pages in by_code(read(key_pdf(HEADING, one_of_each()))).items()}


def read(pdf):
    """The text of each page, letters of mathematics as plain letters."""
    return [plain(page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def plain(text):
    """Letters of mathematics, ligatures and the like as plain letters."""
    return unicodedata.normalize("NFKC", text)


def by_code(pages):
    """Code -> the pages that have it."""
    papers = {}
    for page in pages:
        code = re.search(r"Paper (\S+)", page)
        papers.setdefault(code and code[1], []).append(page)
    return papers


def packed(text):
    """Without spaces: where they are is the printer's choice."""
    return re.sub(r"\s+", "", text)
