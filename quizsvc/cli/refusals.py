"""What commands refuse, told in a sentence: what is wrong, where, and what would be right. No traceback."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
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
    try:
        yield
    except QuizError as error:
        details = () if [detail.message for detail in error.details] == [error.message] else error.details
        refuse(error.message, details)
    except ProblemError as error:
        refuse(f"{error.where}: {error.message}" if error.where else error.message)
    except BrokenPipeError:
        # Whoever read the output has gone. What is still in the buffer must not fail once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(REFUSED)
