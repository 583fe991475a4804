"""manage.py set import."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from quizsvc.cli.database import transaction, utc_now
from quizsvc.cli.files import read_bytes
from quizsvc.cli.names import SetName
from quizsvc.cli.output import as_json, show_json
from quizsvc.services import sets
from quizsvc.services.courses import read_slug
from quizsvc.services.importing import LARGEST_IMPORT, set_in_export
from quizsvc.services.set_files import read_set, with_field


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--course", required=True, help="The course that it is for.")
@click.option("--slug", help="Its short name in that course; the same where left out.")
@as_json
def command(file: Path, course: str, slug: str | None, *, as_json: bool) -> None:
    """Make a set from a file that export moodle or export qti has written, with the numbers that are in it.

    manage.py set import week-3.xml --course deep-learning-2
    """
    source = set_in_export(read_bytes(file, LARGEST_IMPORT))
    if slug is not None:
        source = with_field(source, "slug", read_slug(slug))
    spec = read_set(source)
    with transaction() as session:
        sets.create_set(session, course_slug=course, spec=spec, now=utc_now())
    name = SetName(course, spec.slug)
    if as_json:
        show_json({"set": str(name), "title": spec.title, "problems": len(spec.items)})
        return
    click.echo(f"The set {name} is there, with {len(spec.items)} problems and their numbers.")
    click.echo(f"Times and limits are not in it. Write them into its file; get it with: manage.py set export {name}")
