"""manage.py set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

import problems
from quizsvc.cli.database import new_seed, reading, transaction, utc_now
from quizsvc.cli.files import read_text, write_bytes, write_text
from quizsvc.cli.names import FRACTION, INSTANT, SetName, a_set
from quizsvc.cli.output import as_json, moment, progress_bar, show_json, show_table
from quizsvc.cli.set_import_command import command as import_command
from quizsvc.services import extensions, preparing, sets
from quizsvc.services.previewing import preview_html, preview_pdf
from quizsvc.services.set_files import SET_SCHEMA, read_set, with_due

if TYPE_CHECKING:
    from datetime import datetime
    from fractions import Fraction

    from sqlalchemy.orm import Session

    from quizsvc.services.sets import Preview, SetChange
    from quizsvc.store.models import ProblemSet

A_FILE = click.argument("file", type=click.Path(path_type=Path))


@click.group("set")
def command() -> None:
    """Problem sets: make them from YAML files, preview, publish, change, extend and close them."""


command.add_command(import_command)


def named_set(session: Session, name: SetName) -> ProblemSet:
    """The set of that name; raises NotFound."""
    return sets.get_set(session, course_slug=name.course, set_slug=name.slug)


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


@command.command
@a_set
@A_FILE
@as_json
def update(name: SetName, file: Path, *, as_json: bool) -> None:
    """Take over a changed file as a new version of a set. No problem that somebody has changes.

    manage.py set update deep-learning-1/week-3 week-3.yaml
    """
    spec = read_set(read_text(file))
    with transaction() as session:
        change = sets.update_set(
            session, problem_set=named_set(session, name), spec=spec, now=utc_now(), seed=new_seed()
        )
        data = _as_data(change.set) | {"changed": change.changed, "regrade_needed": change.regrade_needed}
    if as_json:
        show_json(data)
    else:
        _tell_change(name, change)


def _tell_change(name: SetName, change: SetChange) -> None:
    if not change.changed:
        click.echo(f"The set {name} has this file already; nothing was changed.")
    else:
        click.echo(f"The set {name} has version {change.set.version} now.")
    if change.regrade_needed:
        click.echo(f"Marks are still made as before. See what would change: manage.py regrade {name} --dry-run")


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
        ["Set", "Title", "Mode", "Problems", "Due", "Published", "Version"],
        [
            (
                f"{one['course']}/{one['slug']}",
                one["title"],
                one["mode"],
                len(one["items"]),
                moment(one["due"]),
                moment(one["published_at"]),
                one["version"],
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
        data = _as_data(named_set(session, name))
    if as_json:
        show_json(data)
        return
    click.echo(f"{data['title']} ({name})\n{data['text']}\n")
    shown = {key: value for key, value in data.items() if key not in ("course", "slug", "title", "text", "items")}
    shown["credit"] = ", ".join(f"{key} {value}" for key, value in data["credit"].items())
    for key, value in shown.items():
        written = moment(value) if key in ("opens", "due", "published_at", "closed_at") else value
        click.echo(f"  {key.replace('_', ' '):<18} {'–' if written is None else written}")
    click.echo()
    show_table(
        ["", "Id", "Title", "Family", "Points", "Options", "Given", "Pool"],
        [
            (
                place,
                item["id"],
                item["title"],
                item["family"],
                item["points"] if item["dropped"] == "no" else item["dropped"],
                _pairs(item["options"]),
                _pairs(item["given"] or {}),
                None if item["pool"] is None else f"{item['pool']} (pick {item['pick']})",
            )
            for place, item in enumerate(data["items"], 1)
        ],
    )


@command.command
@a_set
@click.option("--version", type=click.IntRange(1), help="An earlier version; the newest where it is left out.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="The file to write; printed where left out.")
def export(name: SetName, version: int | None, output: Path | None) -> None:
    """The file of a set as it was written, with its comments and their order.

    manage.py set export deep-learning-1/week-3 -o week-3.yaml
    """
    with reading() as session:
        source = sets.source_of(named_set(session, name), version)
    if output is None:
        click.echo(source, nl=False)
        return
    write_text(output, source)
    click.echo(f"{output} is written.")


@command.command
@a_set
def publish(name: SetName) -> None:
    """Let students see a set; one that was closed is open again."""
    with transaction() as session:
        sets.publish_set(session, problem_set=named_set(session, name), now=utc_now(), seed=new_seed())
    click.echo(f"The set {name} is published.")


@command.command
@a_set
def close(name: SetName) -> None:
    """Take nothing more from now on, whatever is due when. What was saved is handed in within a minute or two."""
    with transaction() as session:
        sets.close_set(session, problem_set=named_set(session, name), now=utc_now())
    click.echo(f"The set {name} is closed. Open it again with: manage.py set publish {name}")


@command.command
@a_set
@click.argument("email", required=False)
@click.option("--due", type=INSTANT, help="Another due time, such as 2026-11-30T18:00+01:00.")
@click.option("--time-factor", type=FRACTION, help="How many times as long the time limit is, such as 1.25.")
@click.option("--submissions", type=click.IntRange(0, 100), help="How many more for each variant.")
@click.option("--reason", help="Why; it is kept with the extension.")
@as_json
def extend(  # noqa: PLR0913 - one argument for each option
    name: SetName,
    email: str | None,
    due: datetime | None,
    time_factor: Fraction | None,
    submissions: int | None,
    reason: str | None,
    *,
    as_json: bool,
) -> None:
    """Give one student more time or submissions or, without an address, everybody another due time.

    manage.py set extend deep-learning-1/week-3 ada@uni.example --due 2026-12-02T18:00+01:00 --reason "ill, note seen"
    """
    with transaction() as session:
        problem_set = named_set(session, name)
        if email is None:
            _extend_for_all(session, name, problem_set, due, (time_factor, submissions))
            return
        if reason is None:
            message = "an extension for one student needs a reason."
            raise click.UsageError(message)
        student = extensions.find_student(session, problem_set.course, email)
        command = extensions.GrantExtension(student.id, reason, due, time_factor, submissions)
        granted = extensions.grant_extension(session, problem_set, command, now=utc_now())
        data = {
            "set": str(name),
            "email": student.email,
            "due": granted.due,
            "time_factor": granted.time_factor,
            "more_submissions": granted.more_submissions,
            "reason": granted.reason,
        }
    if as_json:
        show_json(data)
        return
    parts = [f"due {moment(granted.due)}"] if granted.due else []
    parts += [f"{float(granted.time_factor):g} times the time"] if granted.time_factor else []
    parts += [f"{granted.more_submissions} more submissions"] if granted.more_submissions else []
    click.echo(f"{student.email} has in {name}: {', '.join(parts)}.")


def _extend_for_all(
    session: Session, name: SetName, problem_set: ProblemSet, due: datetime | None, others: tuple[Any, ...]
) -> None:
    if due is None or any(other is not None for other in others):
        message = "for everybody there is only --due; for one student, name the address."
        raise click.UsageError(message)
    spec = read_set(with_due(sets.source_of(problem_set), due))
    change = sets.update_set(session, problem_set=problem_set, spec=spec, now=utc_now(), seed=new_seed())
    click.echo(f"The set {name} is due {moment(change.set.due)} for everybody (version {change.set.version}).")
    click.echo(f"Late work that is in time now gets its marks by: manage.py regrade {name} --dry-run")


@command.command
@a_set
@click.argument("target")
@click.option("--slug", help="Its short name in the other course; the same where left out.")
def copy(name: SetName, target: str, slug: str | None) -> None:
    """Make a set like this one in a course, not published, with the same file.

    manage.py set copy deep-learning-1/week-3 deep-learning-2 --slug warm-up
    """
    with transaction() as session:
        copied = sets.copy_set(
            session, problem_set=named_set(session, name), course_slug=target, slug=slug, now=utc_now()
        )
        made = SetName(target, copied.slug)
    click.echo(f"The set {made} is there, with the times of {name}: look at them before you publish it.")


@command.command
@a_set
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(name: SetName, *, yes: bool) -> None:
    """Remove a set that nobody has begun."""
    with transaction() as session:
        problem_set = named_set(session, name)
        if not yes:
            click.confirm(f"Remove {name} ({problem_set.title}) with its file?", abort=True)
        sets.delete_set(session, problem_set=problem_set)
    click.echo(f"The set {name} is removed.")


@command.command
@a_set
@as_json
def draw(name: SetName, *, as_json: bool) -> None:
    """Draw everybody's problems ahead: different numbers of the same difficulty for every student of the course.

    Those that are drawn already stay; run it again after more people are enrolled.
    """
    with reading() as session:
        problem_set = named_set(session, name)
        wanted = preparing.missing_problems(session, problem_set)
    with progress_bar("Drawing", wanted.count) as done:
        drawn = preparing.draw_missing(wanted, seed=new_seed(), progress=done)
    with transaction() as session:
        report = preparing.keep_drawn(session, drawn)
    if as_json:
        show_json(report)
        return
    click.echo(f"{report.drawn} problems are drawn for {report.students} students.")
    for item in report.items:
        if item.distinct < item.drawn:
            click.echo(f"{item.key}: only {item.distinct} different ones were found, so some students share numbers.")


@command.command
@a_set
@click.option("--variants", type=click.IntRange(1, 50), default=2, show_default=True, help="How many of each problem.")
@click.option("--seed", type=click.IntRange(0, 2**64), default=0, show_default=True, help="Where to begin.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a page instead, with pictures and formulas.")
@click.option("--pdf", type=click.Path(path_type=Path), help="Write a PDF instead.")
@as_json
def preview(name: SetName, variants: int, seed: int, html: Path | None, pdf: Path | None, *, as_json: bool) -> None:
    """What students could get: some variants of each problem, with worked solutions.

    manage.py set preview deep-learning-1/week-3 --variants 3 --html preview.html
    """
    with reading() as session:
        problem_set = named_set(session, name)
        previews = sets.preview_items(problem_set.items, range(seed, seed + variants))
        for path, write in ((html, preview_html), (pdf, preview_pdf)):
            if path is not None:
                write_bytes(path, write(problem_set, previews))
                click.echo(f"{path} is written.")
    if html is not None or pdf is not None:
        return
    if as_json:
        show_json(
            [{"title": one.item.title, "problems": [problems.to_dict(p) for p in one.problems]} for one in previews]
        )
        return
    _print_previews(previews)


def _print_previews(previews: list[Preview]) -> None:
    for place, one in enumerate(previews, 1):
        for variant, problem in enumerate(one.problems, 1):
            click.echo(f"{place}. {one.item.title}, variant {variant}")
            click.echo("   " + ", ".join(row.text for row in problems.given_rows(problem)))
            for solved in problems.worked_solution(problem):
                click.echo(f"   {solved.symbol.text} = {solved.result.text}")
            click.echo()


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _as_data(problem_set: ProblemSet) -> dict[str, Any]:
    """The set as JSON has it, in the words of its file."""
    plain = ("mode", "opens", "due", "late_minutes", "grace_seconds", "time_limit_minutes", "access_code", "feedback")
    after = ("variants", "grade_by", "shuffle", "version", "published_at", "closed_at")
    return {
        "course": problem_set.course.slug,
        "slug": problem_set.slug,
        "title": problem_set.title,
        "text": problem_set.text,
        **{name: getattr(problem_set, name) for name in plain},
        "late_credit": str(problem_set.late_credit),
        "submissions": problem_set.submissions_per_variant,
        **{name: getattr(problem_set, name) for name in after},
        "weight": None if problem_set.weight is None else str(problem_set.weight),
        "credit": {
            "carried": str(problem_set.carried_credit),
            "imprecise": str(problem_set.imprecise_credit),
            "mistake": str(problem_set.mistake_credit),
            "entries": problem_set.entries_credit,
        },
        "items": [
            {"id": item.key}
            | {
                name: getattr(item, name)
                for name in ("title", "family", "points", "options", "given", "dropped", "pool", "pick")
            }
            for item in problem_set.items
        ],
    }
