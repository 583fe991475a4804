"""manage.py course."""

from __future__ import annotations

import rich_click as click

from quizsvc.cli.database import reading, transaction, utc_now
from quizsvc.cli.output import as_json, show_json, show_table
from quizsvc.services import courses


@click.group("course")
def command() -> None:
    """Courses."""


@command.command
@click.argument("slug")
@click.argument("title")
@as_json
def create(slug: str, title: str, *, as_json: bool) -> None:
    """Make a course.

    manage.py course create deep-learning-1 "Deep Learning I"
    """
    with transaction() as session:
        course = courses.create_course(session, slug=slug, title=title, now=utc_now())
        data = {"slug": course.slug, "title": course.title, "created_at": course.created_at}
    if as_json:
        show_json(data)
    else:
        click.echo(f"The course {slug} is there. Enrol people with: manage.py roster import {slug} FILE.csv")


@command.command("list")
@as_json
def list_(*, as_json: bool) -> None:
    """What courses there are."""
    with reading() as session:
        rows = [(course.slug, course.title) for course in courses.list_courses(session)]
    if as_json:
        show_json([{"slug": slug, "title": title} for slug, title in rows])
    else:
        show_table(["Course", "Title"], rows)
