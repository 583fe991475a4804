"""manage.py problem: single problems, without a database."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

import problems
from quizsvc.cli.files import read_json, write_text
from quizsvc.cli.output import as_json, progress_bar, show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from problems import Grade, Problem, StressReport
    from problems.problem import ShownStep

A_FILE = click.Path(path_type=Path)
PHASES = ("forward", "backward", "update", "conclusion")
SHOWN = ("id", "symbol", "kind", "shape", "asked", "points", "prompt", "phase")


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
        {name: getattr(step, name) for name in SHOWN}
        | {"whole": problem.worksheet.steps[step.id].whole, "choices": [asdict(choice) for choice in step.choices]}
        for step in problem.steps
    ]
    data = problems.to_dict(problem) | {"title": problem.title, "intro": problem.intro, "steps": steps}
    if solution:
        data["solution"] = [
            {"step": solved.step, "text": solved.text, "latex": solved.latex, "notes": list(solved.notes)}
            for solved in problems.worked_solution(problem)
        ]
    return data


def _print_problem(problem: Problem, *, solution: bool) -> None:
    seed = "" if problem.seed is None else f", seed {problem.seed}"
    click.echo(f"{problem.title} ({problem.family}, version {problem.version}{seed})\n\n{problem.intro}")
    for sentence in problem.conventions:
        click.echo(sentence)
    steps = problem.worksheet.steps.values()
    if not all(step.whole for step in steps if step.asked):
        precision = problem.precision
        click.echo(f"Keep at least {precision.decimals} decimals and at least {precision.sigfigs} significant figures.")
    for place, row in enumerate(problems.given_rows(problem)):
        click.echo(f"  {row.text}" if place else f"\nGiven\n  {row.text}")
    for phase in PHASES:
        _print_phase(problem, phase)
    if solution:
        click.echo("\nSolution")
        for solved in problems.worked_solution(problem):
            click.echo(f"  {solved.text}")
            for note in solved.notes:
                click.echo(f"    {note}")


def _print_phase(problem: Problem, phase: str) -> None:
    """What is asked in one phase: names, symbols, prompts and choices below each other."""
    steps = [step for step in problem.steps if step.phase == phase and step.asked]
    if not steps:
        return
    click.echo(f"\n{phase.capitalize()}")
    name, symbol = (max(map(len, column)) for column in zip(*((s.id, s.text) for s in steps), strict=True))
    for step in steps:
        click.echo(f"  {step.id:<{name}}  {step.text:<{symbol}}  {step.prompt}{_form(problem, step)}")
        for choice in step.choices:
            click.echo(f"  {'':<{name}}  {'':<{symbol}}  {choice.id}: {choice.label}")


def _form(problem: Problem, step: ShownStep) -> str:
    """What an answer looks like, where it is not one number with digits behind the point."""
    if step.kind in ("vector", "matrix"):
        return f" ({step.kind} of {' by '.join(map(str, step.shape))})"
    if step.kind == "choices" and "all that apply" not in step.prompt:
        return " Pick all that apply."
    return " (a whole number)" if step.kind == "number" and problem.worksheet.steps[step.id].whole else ""


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
@click.option("--picture", type=A_FILE, help="An SVG file to write: bars of rejections and of ranges.")
@as_json
def stress(
    family: str, *, count: int, seed: int, options: tuple[tuple[str, Any], ...], picture: Path | None, as_json: bool
) -> None:
    """How drawing fares: how many draws are fair, what rejects the others, how wide ranges are, how plain mistakes.

    manage.py problem stress vanishing-gradient --count 2000 --option depth=5 --picture fairness.svg
    """
    with progress_bar(f"Drawing {family}", count) as done:
        report = problems.stress(family, count, seed, done, **_stated(options))
    if picture is not None:
        write_text(picture, problems.stress_svg(report))
    if as_json:
        show_json(report.to_dict())
    else:
        _print_stress(report)


def _print_stress(report: StressReport) -> None:
    click.echo(
        f"{report.accepted} of {report.count} draws are fair ({report.acceptance:.1%}); "
        f"{report.distinct} of them are different."
    )
    work = report.arithmetic
    click.echo(
        f"Each takes {work.multiplications} multiplications, {work.additions} additions and {work.functions} values "
        f"of functions, and asks for {work.answers} {'answer' if work.answers == 1 else 'answers'}."
    )
    ranges = [
        (one.step, one.symbol, f"{one.width.median:.2%}", f"{one.width.most:.2%}", f"{one.width.largest:.2%}")
        for one in report.ranges
        if one.width is not None
    ]
    mistakes = [
        (one.step, one.mistake, f"{one.units.median:.1f}", f"{one.units.least:.1f}", f"{one.applicable:.1%}")
        for one in report.mistakes
        if one.units is not None
    ]
    _print_part("Rejected", ["Rule", "Draws"], list(report.rejected.items()))
    headings = ["Step", "", "Median", "95 % below", "Largest"]
    _print_part("Width of the range, as a share of the value", headings, ranges)
    headings = ["Step", "Mistake", "Median", "Least", "Can happen in"]
    _print_part("Units by which each mistake is outside the range", headings, mistakes)


def _print_part(title: str, columns: list[str], rows: Sequence[Sequence[object]]) -> None:
    if rows:
        click.echo(f"\n{title}")
        show_table(columns, rows)
