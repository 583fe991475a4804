"""What was written on papers, from a CSV file or asked for on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

import problems
from quizsvc.errors import Detail, Invalid
from quizsvc.services.csv_tables import read_table

if TYPE_CHECKING:
    from quizsvc.store.models import Paper

COLUMNS = ("code", "email", "problem", "step", "answer")


def read_answers_csv(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Code, address and answers of every paper in a file; raises Invalid."""
    table = read_table(text, "file of answers")
    heading = [name.lower() for name in table.heading]
    if sorted(heading) != sorted(COLUMNS):
        message = f"The file of answers was not read: its columns are {', '.join(heading) or 'none'}."
        raise Invalid(message, [Detail("line 1", f"Write {','.join(COLUMNS)}.")])
    sheets: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for line, fields in table.rows:
        row = dict(zip(heading, fields, strict=True))
        answers = sheets.setdefault((row["code"].strip(), row["email"].strip()), {}).setdefault(
            row["problem"].strip(), {}
        )
        if row["step"].strip() in answers:
            message = "The file of answers was not read: a step is there twice."
            raise Invalid(message, [Detail(f"line {line}", f"The step {row['step']!r:.40} was answered before.")])
        answers[row["step"].strip()] = _several(row["answer"])
    return [(code, email, answers) for (code, email), answers in sheets.items()]


def _several(answer: str) -> str | list[str]:
    """What was ticked, where choices are parted by a bar: unit-1|unit-3."""
    return [choice.strip() for choice in answer.split("|")] if "|" in answer else answer


def ask_answers(paper: Paper) -> dict[str, dict[str, Any]]:
    """Ask for every step of a paper; what is left empty was left blank."""
    answers: dict[str, dict[str, Any]] = {}
    for place, (_item_id, text) in enumerate(paper.problems, 1):
        problem = problems.from_json(text)
        click.echo(f"\nProblem {place}: {problem.title}")
        for step in problem.steps:
            if step.asked:
                hint = f" ({'|'.join(choice.id for choice in step.choices)})" if step.choices else ""
                typed = click.prompt(f"  {step.text}{hint}", default="", show_default=False)
                answers.setdefault(str(place), {})[step.id] = _several(typed)
    return answers
