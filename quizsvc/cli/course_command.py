"""manage.py course."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from quizsvc.cli.database import reading, transaction, utc_now
from quizsvc.cli.names import FRACTION
from quizsvc.cli.output import as_json, show_json, show_table
from quizsvc.services import courses, extensions

if TYPE_CHECKING:
    from fractions import Fraction


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


@command.command
@click.argument("slug")
@click.option("--drop-lowest", type=click.IntRange(0, 50), required=True, help="So many of the lowest do not count.")
def policy(slug: str, drop_lowest: int) -> None:
    """How the sets of a course come to one mark.

    manage.py course policy deep-learning-1 --drop-lowest 1
    """
    with transaction() as session:
        courses.set_policy(session, slug=slug, drop_lowest=drop_lowest, now=utc_now())
    click.echo(f"Of everybody's sets in {slug}, the lowest {drop_lowest} do not count.")


@command.command("time-factor")
@click.argument("slug")
@click.argument("email")
@click.argument("factor", type=FRACTION)
def time_factor(slug: str, email: str, factor: Fraction) -> None:
    """Make every time limit of a course longer for one student.

    manage.py course time-factor deep-learning-1 ada@uni.example 1.25
    """
    with transaction() as session:
        course = courses.get_course(session, slug)
        student = extensions.find_student(session, course, email)
        extensions.set_time_factor(session, course, student.id, factor, now=utc_now())
    click.echo(f"{student.email} has {float(factor):g} times the time in {slug}.")


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
