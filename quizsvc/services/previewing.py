"""What students could get, as a page or as a PDF, with worked solutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quizsvc.exports import paper, preview
from quizsvc.exports.content import Heading, Paper, PaperItem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quizsvc.services.sets import Preview
    from quizsvc.store.models import ProblemSet


def preview_html(problem_set: ProblemSet, previews: Sequence[Preview]) -> bytes:
    """A page that needs nothing else."""
    return preview.preview_html(heading_of(problem_set), _papers(previews)).encode()


def preview_pdf(problem_set: ProblemSet, previews: Sequence[Preview]) -> bytes:
    """The same as a PDF."""
    return paper.key_pdf(heading_of(problem_set), _papers(previews))


def heading_of(problem_set: ProblemSet) -> Heading:
    """What stands above a paper of the set."""
    due = problem_set.due
    date = "" if due is None else f"{due.day} {due:%B %Y}"
    return Heading(course=problem_set.course.title, title=problem_set.title, text=problem_set.text, date=date)


def _papers(previews: Sequence[Preview]) -> list[Paper]:
    """The first variant of every problem, then the second of those that have one, and so on."""
    most = max((len(one.problems) for one in previews), default=0)
    return [
        Paper(
            f"Variant {variant + 1}",
            tuple(
                PaperItem(one.item.title, one.item.points, one.problems[variant])
                for one in previews
                if variant < len(one.problems)
            ),
        )
        for variant in range(most)
    ]
