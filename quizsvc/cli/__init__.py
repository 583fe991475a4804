"""The command line: what each noun can do is in a file of its own, loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import rich_click as click

from quizsvc.cli.refusals import refusals

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "families": "What families of problems there are.",
    "problem": "Draw, pose, solve, judge and stress single problems.",
    "course": "Courses.",
    "user": "Accounts, passwords, and what is kept of a person.",
    "roster": "Enrol people from a CSV file, and see who is there.",
    "set": "Problem sets: make them from YAML files, preview, publish, change, extend and close them.",
    "grades": "Marks: of a set, of a course, by hand, from paper, and the log behind them.",
    "regrade": "Judge a set again, first as a dry run.",
    "stats": "Statistics of a set: how hard, how fair, which mistakes.",
    "export": "Sets as printed papers, and for Moodle, Canvas and other programs.",
    "token": "Keys to the API.",
    "lti": "Learning platforms: register them, exchange keys, and look whether all is right.",
    "db": "The database.",
    "serve": "Serve the pages and the API.",
    "worker": "Do the work that nobody waits for, in a process of its own.",
    "demo": "Load the demo course into an empty database.",
    "doctor": "Look whether everything is there that the service needs.",
}
"""Command -> what it is for. The module quizsvc.cli.<command>_command holds `command`."""


class CommandLine(click.RichGroup):
    """The commands of COMMANDS; whatever they refuse is told in one sentence."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Their names, in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """What the list of commands shows of it: enough to choose, without loading it."""
        return click.Command(name, short_help=COMMANDS[name]) if name in COMMANDS else None

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command itself, once it is chosen."""
        name, known, rest = super().resolve_command(context, args)
        return name, known and import_module(f"quizsvc.cli.{name}_command").command, rest

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> Any:  # noqa: ANN401 - as click has it
        """Run it; where it is refused, say why and leave with 1."""
        with refusals():
            return super().main(args, *rest, **options)


@click.command(cls=CommandLine, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name=None, version="0.1.0", prog_name="manage.py")
def main() -> None:
    """Quizzes on how gradients flow through networks: drawn, explained, and marked step by step."""
