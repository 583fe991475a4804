"""manage.py set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

import problems
from quizsvc.cli.database import reading, transaction, utc_now
from quizsvc.cli.files import read_text
from quizsvc.cli.names import SetName, a_set
from quizsvc.cli.output import as_json, moment, show_json, show_table
from quizsvc.services import sets
from quizsvc.services.set_files import SET_SCHEMA, read_set

if TYPE_CHECKING:
    from quizsvc.services.drawing import Drawable
    from quizsvc.store.models import ProblemSet

A_FILE = click.argument("file", type=click.Path(path_type=Path))


@click.group("set")
def command() -> None:
    """Problem sets: make them from YAML files, publish and preview them."""


@command.command
@A_FILE
def lint(file: Path) -> None:
    """Say what is not right in a file, by line and field; nothing is stored.

    manage.py set lint week-3.yaml
    """
    spec = read_set(read_text(file))
    click.echo(f"{file} is right: {spec.title!r} with {len(spec.items)} problems.")


@command.command
def schema() -> None:
    """Print the JSON Schema of the files, for editors that check while one writes."""
    show_json(SET_SCHEMA)


@command.command
@A_FILE
@click.option("--course", required=True, help="The course that it is for.")
@as_json
def create(file: Path, course: str, *, as_json: bool) -> None:
    """Make a set from a YAML file. Students see it once it is published.

    manage.py set create week-3.yaml --course deep-learning-1
    """
    spec = read_set(read_text(file))
    with transaction() as session:
        problem_set = sets.create_set(session, course_slug=course, spec=spec, now=utc_now())
        data = _as_data(problem_set)
    if as_json:
        show_json(data)
    else:
        name = SetName(course, spec.slug)
        click.echo(f"The set {name} is there. Look at it with: manage.py set preview {name}")
        click.echo(f"Students see it after: manage.py set publish {name}")


@command.command("list")
@click.option("--course", help="Only the sets of this course.")
@as_json
def list_(course: str | None, *, as_json: bool) -> None:
    """What sets there are."""
    with reading() as session:
        data = [_as_data(problem_set) for problem_set in sets.list_sets(session, course_slug=course)]
    if as_json:
        show_json(data)
        return
    show_table(
        ["Set", "Title", "Problems", "Due", "Published"],
        [
            (
                f"{one['course']}/{one['slug']}",
                one["title"],
                len(one["items"]),
                moment(one["due"]),
                moment(one["published_at"]),
            )
            for one in data
        ],
    )


@command.command
@a_set
@as_json
def show(name: SetName, *, as_json: bool) -> None:
    """A set with its policy and problems."""
    with reading() as session:
        data = _as_data(sets.get_set(session, course_slug=name.course, set_slug=name.slug))
    if as_json:
        show_json(data)
        return
    click.echo(f"{data['title']} ({name})\n{data['text']}\n")
    policy = {key: data[key] for key in ("feedback", "submissions", "new_variants")}
    times = {key: moment(data[key]) for key in ("opens", "due", "published_at")}
    for key, value in {**times, **policy, "credit": ", ".join(f"{k} {v}" for k, v in data["credit"].items())}.items():
        click.echo(f"  {key.replace('_', ' '):<13} {'–' if value is None else value}")
    click.echo()
    show_table(
        ["", "Title", "Family", "Points", "Options", "Given"],
        [
            (place, item["title"], item["family"], item["points"], _pairs(item["options"]), _pairs(item["given"] or {}))
            for place, item in enumerate(data["items"], 1)
        ],
    )


@command.command
@a_set
def publish(name: SetName) -> None:
    """Let students see a set."""
    with transaction() as session:
        sets.publish_set(session, course_slug=name.course, set_slug=name.slug, now=utc_now())
    click.echo(f"The set {name} is published.")


@command.command
@a_set
@click.option("--variants", type=click.IntRange(1, 50), default=2, show_default=True, help="How many of each problem.")
@click.option("--seed", type=click.IntRange(0, 2**64), default=0, show_default=True, help="Where to begin.")
@as_json
def preview(name: SetName, variants: int, seed: int, *, as_json: bool) -> None:
    """What students could get: some variants of each problem, with the exact results."""
    with reading() as session:
        items = list(sets.get_set(session, course_slug=name.course, set_slug=name.slug).items)
    previews = sets.preview_items(items, range(seed, seed + variants))
    if as_json:
        show_json(
            [{"title": _title(one.item), "problems": [problems.to_dict(p) for p in one.problems]} for one in previews]
        )
        return
    for place, one in enumerate(previews, 1):
        for variant, problem in enumerate(one.problems, 1):
            click.echo(f"{place}. {_title(one.item)}, variant {variant}")
            click.echo("   " + ", ".join(row.text for row in problems.given_rows(problem)))
            for solved in problems.worked_solution(problem):
                click.echo(f"   {solved.symbol.text} = {solved.result.text}")
            click.echo()


def _title(item: Drawable) -> str:
    return str(getattr(item, "title", item.family))


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _as_data(problem_set: ProblemSet) -> dict[str, Any]:
    """The set as JSON has it, in the words of its file."""
    return {
        "course": problem_set.course.slug,
        "slug": problem_set.slug,
        "title": problem_set.title,
        "text": problem_set.text,
        "opens": problem_set.opens,
        "due": problem_set.due,
        "feedback": problem_set.feedback,
        "submissions": problem_set.submissions_per_variant,
        "new_variants": problem_set.new_variants,
        "credit": {
            "carried": str(problem_set.carried_credit),
            "imprecise": str(problem_set.imprecise_credit),
            "mistake": str(problem_set.mistake_credit),
            "entries": problem_set.entries_credit,
        },
        "published_at": problem_set.published_at,
        "items": [
            {name: getattr(item, name) for name in ("title", "family", "points", "options", "given")}
            for item in problem_set.items
        ],
    }
