"""manage.py regrade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from quizsvc.cli.database import reading, transaction, utc_now
from quizsvc.cli.names import SetName, a_set
from quizsvc.cli.output import as_json, progress_bar, show_json, show_table
from quizsvc.services import regrading, sets

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from quizsvc.services.marks import SetMark
    from quizsvc.services.regrading import RegradeOptions, RegradePlan


@click.command("regrade")
@a_set
@click.option("--dry-run", is_flag=True, help="Only tell who would change, from what to what and why.")
@click.option("--token", help="What the dry run printed; without it nothing is changed.")
@click.option("--allow-lower", is_flag=True, help="Let marks fall, too.")
@click.option(
    "--families",
    type=click.Choice(["newest", "issued"]),
    default="newest",
    show_default=True,
    help="By which version of a family to judge: the newest, or the one that was issued.",
)
@as_json
def command(
    name: SetName, token: str | None, families: str, *, dry_run: bool, allow_lower: bool, as_json: bool
) -> None:
    """Judge a set again: by its newest file, and by families and a grader that were corrected since.

    manage.py regrade deep-learning-1/week-3 --dry-run; then, with its token, in earnest: --token 0123456789abcdef
    """
    if dry_run == (token is not None):
        message = "write --dry-run to see what would change, or --token with what it printed."
        raise click.UsageError(message)
    options = regrading.RegradeOptions(allow_lower=allow_lower, newest_families=families == "newest")
    with reading() as session:
        plan = _plan(session, name, options)
    if token is not None:
        with transaction() as session:
            regrading.apply_regrade(session, plan, token=token, now=utc_now())
    if as_json:
        show_json(_as_data(name, plan, applied=token is not None))
        return
    _print_plan(name, plan)
    if token is not None:
        click.echo("This is done." if not plan.changes_nothing else "Nothing had to be changed.")
    elif not plan.changes_nothing:
        lower = " --allow-lower" if allow_lower else ""
        issued = " --families issued" if families == "issued" else ""
        click.echo(f"To do this: manage.py regrade {name}{lower}{issued} --token {plan.token}")


def _plan(session: Session, name: SetName, options: RegradeOptions) -> RegradePlan:
    problem_set = sets.get_set(session, course_slug=name.course, set_slug=name.slug)
    with progress_bar("Judging", 1) as done:
        return regrading.plan_regrade(session, problem_set, options, done)


def _print_plan(name: SetName, plan: RegradePlan) -> None:
    kept = sum(one.kept for one in plan.judgements)
    click.echo(
        f"{plan.judged} submissions to {name} were judged again: {len(plan.judgements) - kept} come out otherwise"
        f"{f', {kept} would fall and are kept' if kept else ''}; {len(plan.marks)} marks change."
    )
    if plan.new_rules:
        click.echo("Marks are made by the newest version of the file.")
    for note in plan.notes:
        click.echo(note)
    if plan.marks:
        show_table(
            ["Student", "E-mail", "From", "To", "Why"],
            [
                (
                    one.name,
                    one.email,
                    _written(one.before),
                    f"{_written(one.after)}{' (held)' if one.held is not None else ''}",
                    "\n".join(one.reasons),
                )
                for one in plan.marks
            ],
        )


def _written(mark: SetMark) -> str:
    return f"{float(mark.earned):.2f} of {mark.max_points}"


def _as_data(name: SetName, plan: RegradePlan, *, applied: bool) -> dict[str, Any]:
    return {
        "set": str(name),
        "applied": applied,
        "token": plan.token,
        "judged": plan.judged,
        "new_rules": plan.new_rules,
        "submissions": [
            {
                "submission": one.submission_id,
                "item": one.item,
                "before": one.before,
                "after": one.after,
                "kept": one.kept,
                "reasons": list(one.reasons),
                "steps": [{"step": step.step, "before": step.before, "after": step.after} for step in one.steps],
            }
            for one in plan.judgements
        ],
        "marks": [
            {
                "name": one.name,
                "email": one.email,
                "before": {"points": one.before.earned, "max_points": one.before.max_points},
                "after": {"points": one.after.earned, "max_points": one.after.max_points},
                "held": one.held,
                "reasons": list(one.reasons),
            }
            for one in plan.marks
        ],
        "notes": list(plan.notes),
    }
