"""What commands refuse, told in a sentence: what is wrong, where, and what would be right. No traceback."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING

import rich_click as click

from problems import ProblemError
from quizsvc.errors import QuizError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REFUSED = 1


def refuse(message: str, details: Sequence[object] = ()) -> None:
    """Say what is wrong, and leave with 1."""
    click.echo(f"Error: {message}", err=True)
    for detail in details:
        click.echo(f"  {detail}", err=True)
    sys.exit(REFUSED)


@contextmanager
def refusals() -> Iterator[None]:
    """Foreseen errors in the block are told and end the program with 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what was typed may hold what no encoding can write
    try:
        yield
    except QuizError as error:
        details = () if [detail.message for detail in error.details] == [error.message] else error.details
        refuse(error.message, details)
    except ProblemError as error:
        refuse(f"{error.where}: {error.message}" if error.where else error.message)
    except BrokenPipeError:
        _drop_output()
        sys.exit(REFUSED)
    except OSError as error:
        _drop_output()
        refuse(f"{error.filename or 'The output'} cannot be used: {error.strerror or error}.")


def _drop_output() -> None:
    """Let nobody read what is still in the buffer: written at the end, it would fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
