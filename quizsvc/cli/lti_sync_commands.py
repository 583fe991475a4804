"""manage.py lti roster, sync-status, retry and reconcile: what goes to and fro between courses and platforms."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import rich_click as click

from quizsvc.cli.database import ready_engine, utc_now
from quizsvc.cli.jobs import equip
from quizsvc.cli.output import as_json, moment, show_json, show_table
from quizsvc.cli.service import seal
from quizsvc.config import read_settings
from quizsvc.errors import NotFound, NotReached, QuizError
from quizsvc.jobs.asking import ask_roster, compare_column
from quizsvc.jobs.couriers import Couriers
from quizsvc.services.lms import passed, registrations
from quizsvc.services.outside import Outside
from quizsvc.store import people, rosters, scores_passed
from quizsvc.store.database import reading, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from quizsvc.services.lms.platform_services import PlatformServices


def where(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that choose among platforms and courses."""
    command = click.option("--course", help="Only this course here, by its short name.")(command)
    return click.option("--platform", help="Only this platform, by its name or number.")(command)


def _chosen(session: Session, platform: str | None, course: str | None) -> dict[str, int | None]:
    """Which platform and course were named."""
    return {
        "platform_id": registrations.get_named_platform(session, platform).id if platform else None,
        "course_id": people.get_course(session, course).id if course else None,
    }


@contextmanager
def _asking() -> Iterator[tuple[Engine, PlatformServices]]:
    """The database, and the services of platforms."""
    outside = Outside(read_settings().allowed_networks)
    try:
        with ready_engine() as engine:
            equipment = equip(engine, outside, seal(), clock=utc_now, stop=threading.Event())
            yield engine, Couriers(equipment).services
    finally:
        outside.close()


@click.command
@where
@as_json
def roster(platform: str | None, course: str | None, *, as_json: bool) -> None:
    """Ask platforms who is in their courses now, as is done every night.

    Whoever is new gets a place, whoever is there no longer has left; all work stays.

    manage.py lti roster --course deep-learning
    """
    told = []
    with _asking() as (engine, services):
        with reading(engine) as session:
            chosen = rosters.contexts(session, **_chosen(session, platform, course))
            names = [(one.id, one.platform.name, one.title) for one in chosen]
        for context_id, of_platform, title in names:
            line: dict[str, Any] = {"platform": of_platform, "course": title}
            try:
                line |= asdict(ask_roster(engine, services, context_id, clock=utc_now)) | {"refused": None}
            except QuizError as error:
                line |= {"people": None, "news": None, "left": None, "refused": error.message}
            told.append(line)
    _require_some(told, "course of a platform")
    if as_json:
        show_json(told)
    else:
        columns = ("platform", "course", "people", "news", "left", "refused")
        headings = ("Platform", "Course", "People", "New", "Left", "Refused")
        show_table(headings, [[one[name] for name in columns] for one in told])
    _require_all(told)


@click.command
@where
@as_json
def reconcile(platform: str | None, course: str | None, *, as_json: bool) -> None:
    """Compare the gradebooks of platforms with our marks now, as is done every night.

    What got lost on the way is sent again; what somebody has changed there is told, and stays.

    manage.py lti reconcile --course deep-learning
    """
    told = []
    with _asking() as (engine, services):
        with reading(engine) as session:
            found = passed.statuses(session, **_chosen(session, platform, course))
        for one in found:
            line: dict[str, Any] = {"platform": one.platform, "course": one.course, "link": one.title}
            try:
                line |= asdict(compare_column(engine, services, one.link_id, clock=utc_now)) | {"refused": None}
            except QuizError as error:
                line |= {"same": None, "sent_again": None, "changed_there": None, "refused": error.message}
            told.append(line)
    _require_some(told, "link to a set")
    if as_json:
        show_json(told)
    else:
        columns = ("platform", "course", "link", "same", "sent_again", "changed_there", "refused")
        headings = ("Platform", "Course", "Link", "Same", "Sent again", "Changed there", "Refused")
        show_table(headings, [[one[name] for name in columns] for one in told])
    _require_all(told)


@click.command("sync-status")
@where
@as_json
def sync_status(platform: str | None, course: str | None, *, as_json: bool) -> None:
    """How it stands with the grades that platforms are to get, and why some of them do not arrive."""
    with ready_engine() as engine, reading(engine) as session:
        found = passed.statuses(session, **_chosen(session, platform, course))
        failed = {one.link_id: passed.failures(session, one.link_id) for one in found}
    if as_json:
        show_json([asdict(one) | {"failures": [asdict(score) for score in failed[one.link_id]]} for one in found])
        return
    show_table(
        ("Platform", "Course", "Link", "Passed", "Waiting", "Since", "Failed", "Compared"),
        [
            (one.platform, one.course, one.title, one.taken, one.waiting, moment(one.waiting_since), one.failed,
             moment(one.reconciled_at))
            for one in found
        ],
    )  # fmt: skip
    for one in found:
        for score in failed[one.link_id]:
            click.echo(f"{one.platform}, {one.title}, {score.name}: {score.reason}")
        if not one.takes_scores:
            click.echo(f"{one.platform}, {one.title}: the platform takes no grades for this link.")


@click.command
@where
@as_json
def retry(platform: str | None, course: str | None, *, as_json: bool) -> None:
    """Have what failed sent again, and what waits at once."""
    with ready_engine() as engine, transaction(engine) as session:
        chosen = {one.link_id for one in passed.statuses(session, **_chosen(session, platform, course))}
        links = [link for link in scores_passed.all_links(session) if link.id in chosen]
        count = passed.send_again(session, links, now=utc_now())
    if as_json:
        show_json({"links": len(links), "failed": count})
    else:
        click.echo(f"{count} that had failed will be sent again, by the service or by manage.py worker.")


def _require_some(told: list[dict[str, Any]], what: str) -> None:
    if not told:
        message = f"There is no {what} of that kind yet: it comes with the first launch."
        raise NotFound(message)


def _require_all(told: list[dict[str, Any]]) -> None:
    """Raises NotReached where a platform did not tell, after what the others told was shown."""
    refused = sum(one["refused"] is not None for one in told)
    if refused:
        message = f"{refused} of {len(told)} could not be asked; the reasons are above."
        raise NotReached(message)


SYNC_COMMANDS = (roster, sync_status, retry, reconcile)
