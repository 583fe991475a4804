"""manage.py export."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from quizsvc.cli.database import new_seed, reading, transaction, utc_now
from quizsvc.cli.files import write_bytes
from quizsvc.cli.names import SetName, a_set
from quizsvc.cli.output import as_json, show_json
from quizsvc.exports.paper import MOST_PAPERS
from quizsvc.services import papers, sets


@click.group("export")
def command() -> None:
    """Sets in other forms: as printed papers."""


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
