"""manage.py problem: single problems, without a database."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

import problems
from quizsvc.cli.files import read_json
from quizsvc.cli.output import as_json, progress_bar, show_json, show_table

if TYPE_CHECKING:
    from problems import Grade, Problem

A_FILE = click.Path(path_type=Path)
PHASES = ("forward", "backward", "conclusion")


class Assignment(click.ParamType[tuple[str, Any]]):
    """name=value."""

    name = "name=value"

    def convert(self, value: Any, parameter: Any, context: Any) -> tuple[str, Any]:  # noqa: ANN401 - as click has it
        """The name and the value, which may be a whole number or true or false."""
        name, equals, text = str(value).partition("=")
        if not equals or not name or not text:
            self.fail(f"{value!r} is no option; write name=value, like depth=3.", parameter, context)
        words = {"true": True, "yes": True, "false": False, "no": False}
        return name.strip(), words[text.lower()] if text.lower() in words else text.strip()


options_of_family = click.option(
    "--option", "-o", "options", type=Assignment(), multiple=True, help="An option of the family, like depth=3..5."
)


@click.group("problem")
def command() -> None:
    """Draw, pose, solve, judge and stress single problems."""


@command.command
@click.argument("family")
@click.option("--seed", type=click.IntRange(0, 2**128 - 1), help="Which problem; by chance where it is left out.")
@options_of_family
@click.option("--given", type=A_FILE, help="A JSON file with the numbers, instead of drawn ones.")
@click.option("--solution", is_flag=True, help="Show every step worked out.")
@as_json
def show(
    family: str,
    *,
    seed: int | None,
    options: tuple[tuple[str, Any], ...],
    given: Path | None,
    solution: bool,
    as_json: bool,
) -> None:
    """Show a problem, drawn or with given numbers.

    manage.py problem show vanishing-gradient --seed 7 --option depth=3 --solution
    """
    stated = _stated(options)
    if given is not None:
        if seed is not None:
            message = "A problem with given numbers has no seed; leave out --seed or --given."
            raise click.UsageError(message)
        problem = problems.pose(family, **{**stated, **_keyword_names(read_json(given))})
    else:
        problem = problems.draw(family, seed=secrets.randbits(64) if seed is None else seed, **stated)
    if as_json:
        show_json(_as_data(problem, solution=solution))
    else:
        _print_problem(problem, solution=solution)


def _stated(options: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return _keyword_names(dict(options))


def _keyword_names(stated: dict[str, Any]) -> dict[str, Any]:
    """The same; raises BadOption for names that are no options but arguments of their own."""
    for name in ("slug", "seed"):
        if name in stated:
            message = f"{name} is no option of a family."
            raise problems.BadOption(message, name)
    return stated


def _as_data(problem: Problem, *, solution: bool) -> dict[str, Any]:
    steps = [
        {**{name: getattr(step, name) for name in ("id", "symbol", "kind", "shape", "asked", "points", "prompt")}}
        | {"choices": [asdict(choice) for choice in step.choices]}
        for step in problem.steps
    ]
    data = problems.to_dict(problem) | {"title": problem.title, "intro": problem.intro, "steps": steps}
    if solution:
        data["solution"] = [
            {"step": solved.step, "text": solved.text, "latex": solved.latex}
            for solved in problems.worked_solution(problem)
        ]
    return data


def _print_problem(problem: Problem, *, solution: bool) -> None:
    seed = "" if problem.seed is None else f", seed {problem.seed}"
    click.echo(f"{problem.title} ({problem.family}, version {problem.version}{seed})\n\n{problem.intro}")
    for sentence in problem.conventions:
        click.echo(sentence)
    precision = problem.precision
    click.echo(
        f"Keep at least {precision.decimals} decimals and at least {precision.sigfigs} significant figures.\n\nGiven"
    )
    for row in problems.given_rows(problem):
        click.echo(f"  {row.text}")
    for phase in PHASES:
        steps = [step for step in problem.steps if step.phase == phase and step.asked]
        if steps:
            click.echo(f"\n{phase.capitalize()}")
            width = max(len(step.text) for step in steps)
            for step in steps:
                click.echo(f"  {step.id:<12} {step.text:<{width}}  {step.prompt}")
                for choice in step.choices:
                    click.echo(f"  {'':<12} {'':<{width}}  {choice.id}: {choice.label}")
    if solution:
        click.echo("\nSolution")
        for solved in problems.worked_solution(problem):
            click.echo(f"  {solved.text}")


@command.command
@click.argument("problem", type=A_FILE)
@click.argument("answers", type=A_FILE)
@as_json
def grade(problem: Path, answers: Path, *, as_json: bool) -> None:
    """Judge the answers in a JSON file: {"z1": "0.5", "a1": "0.62"}.

    manage.py problem grade problem.json answers.json
    """
    posed = problems.from_dict(_only_problem(read_json(problem)))
    judged = problems.grade(posed, read_json(answers))
    if as_json:
        show_json(judged.to_dict())
        return
    _print_grade(judged)


def _only_problem(data: dict[str, Any]) -> dict[str, Any]:
    """The problem itself, where the file is what `problem show --json` printed."""
    shown = {"title", "intro", "steps", "solution"}
    return {name: value for name, value in data.items() if name not in shown}


def _print_grade(judged: Grade) -> None:
    rows = [
        (name, step.verdict, f"{float(step.points):g} of {step.max_points}", step.mistake or "", step.message)
        for name, step in judged.steps.items()
    ]
    show_table(["Step", "Verdict", "Points", "Mistake", "Message"], rows)
    click.echo(f"\n{float(judged.points):g} of {judged.max_points} points ({judged.score:.0%})")
    if judged.first_error:
        click.echo(f"The first error is at {judged.first_error}.")


@command.command
@click.argument("family")
@click.option("--count", type=click.IntRange(1, 10_000_000), default=1000, show_default=True, help="How many tries.")
@click.option("--seed", type=click.IntRange(0, 2**128 - 1), default=0, show_default=True, help="Where to begin.")
@options_of_family
@as_json
def stress(family: str, *, count: int, seed: int, options: tuple[tuple[str, Any], ...], as_json: bool) -> None:
    """How many draws are fair, and which rule rejects how many.

    manage.py problem stress vanishing-gradient --count 2000 --option depth=5
    """
    with progress_bar(f"Drawing {family}", count) as done:
        report = problems.stress(family, count, seed, progress=done, **_stated(options))
    if as_json:
        show_json(report.to_dict())
        return
    click.echo(
        f"{report.accepted} of {report.count} draws are fair ({report.acceptance:.1%}); "
        f"{report.distinct} of them are different."
    )
    show_table(["Rule", "Rejected"], list(report.rejected.items()))
