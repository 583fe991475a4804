"""manage.py export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from quizsvc.cli.database import new_seed, reading, transaction, utc_now
from quizsvc.cli.files import write_bytes
from quizsvc.cli.names import SetName, a_set
from quizsvc.cli.output import as_json, show_json
from quizsvc.exports.paper import MOST_PAPERS
from quizsvc.services import papers, sets
from quizsvc.services.exporting import MOST_VARIANTS, WRITERS, export_set, summary_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from quizsvc.services.exporting import Form


@click.group("export")
def command() -> None:
    """Sets in other forms: as printed papers, and as files for Moodle, Canvas and other programs."""


@command.command
@a_set
@click.option("--count", type=click.IntRange(1, MOST_PAPERS), help="So many new papers; else those there are.")
@click.option("--papers", "paper_file", type=click.Path(path_type=Path), help="The PDF of the papers to write.")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="The PDF of the solutions to write.")
@as_json
def pdf(name: SetName, count: int | None, paper_file: Path | None, key_file: Path | None, *, as_json: bool) -> None:
    """Exam papers with different numbers, each named by a code, and the key to them.

    manage.py export pdf deep-learning-1/exam --count 60 --papers exam.pdf --key key.pdf
    """
    if paper_file is None and key_file is None:
        message = "name a file to write: --papers, --key, or both."
        raise click.UsageError(message)
    if count is not None:
        with transaction() as session:
            problem_set = sets.get_set(session, course_slug=name.course, set_slug=name.slug)
            made = papers.make_papers(session, problem_set, count, now=utc_now(), seed=new_seed())
            wanted = {paper.code for paper in made}
    with reading() as session:
        problem_set = sets.get_set(session, course_slug=name.course, set_slug=name.slug)
        printed = [one for one in papers.papers_of(session, problem_set) if count is None or one.code in wanted]
        if paper_file is not None:
            write_bytes(paper_file, papers.print_papers(problem_set, printed))
        if key_file is not None:
            write_bytes(key_file, papers.print_key(problem_set, printed))
        codes = [one.code for one in printed]
    if as_json:
        show_json({"set": str(name), "codes": codes})
        return
    for path in (paper_file, key_file):
        if path is not None:
            click.echo(f"{path} is written: {len(codes)} papers, {codes[0]} to {codes[-1]}.")


def _with_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of all files for other programs."""
    seed = click.option("--seed", type=click.IntRange(0, 2**64), default=0, show_default=True, help="Where to begin.")
    variants = click.option(
        "--variants",
        type=click.IntRange(1, MOST_VARIANTS),
        default=1,
        show_default=True,
        help="How many of each problem.",
    )
    file = click.option(
        "--output", "-o", "file", type=click.Path(path_type=Path), required=True, help="The file to write."
    )
    return a_set(variants(seed(file(as_json(command)))))


@command.command
@_with_options
def moodle(**options: Any) -> None:  # noqa: ANN401 - they are those of _with_options
    """Questions for a question bank of Moodle (Moodle XML): ranges as tolerances, known mistakes with their feedback.

    manage.py export moodle deep-learning-1/week-3 --variants 20 -o week-3.xml
    """
    _export("moodle", **options)


@command.command
@click.option(
    "--version",
    type=click.Choice(["1.2", "3.0"]),
    default="1.2",
    show_default=True,
    help="1.2 is a Common Cartridge 1.1, which Moodle and Canvas read.",
)
@_with_options
def qti(version: str, **options: Any) -> None:  # noqa: ANN401 - they are those of _with_options
    """A package of questions in QTI.

    manage.py export qti deep-learning-1/week-3 --version 3.0 --variants 5 -o week-3.zip
    """
    _export("qti-1.2" if version == "1.2" else "qti-3.0", **options)


@command.command
@_with_options
def csv(**options: Any) -> None:  # noqa: ANN401 - they are those of _with_options
    """Every answer with its exact value and the range that is right, as CSV.

    manage.py export csv deep-learning-1/week-3 --variants 5 -o week-3.csv
    """
    _export("csv", **options)


def _export(form: Form, name: SetName, variants: int, seed: int, file: Path, *, as_json: bool) -> None:
    with reading() as session:
        question_set = export_set(sets.get_set(session, course_slug=name.course, set_slug=name.slug), variants, seed)
    write_bytes(file, WRITERS[form](question_set))
    summary = summary_of(question_set, form)
    if as_json:
        show_json(summary)
        return
    count = summary["questions"]
    click.echo(f"{file} is written: {count} {'question' if count == 1 else 'questions'}.")
    for note in summary["notes"]:
        click.echo(f"Note: {note}")
