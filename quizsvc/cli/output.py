"""Showing data: as a table for people, as JSON for programs."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


def show_json(data: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Print the data as JSON."""
    click.echo(json_text(data))


def json_text(data: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """The data as JSON; exact numbers as text, times as ISO 8601."""
    return json.dumps(data, default=_plain, ensure_ascii=False, indent=2, allow_nan=False)


def _plain(value: Any) -> Any:  # noqa: ANN401 - what json does not know
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Fraction):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    message = f"{type(value).__name__} has no form in JSON"
    raise TypeError(message)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> None:
    """Print rows under headings, as wide as the terminal; in a pipe nothing is cut off."""
    console = Console(soft_wrap=False)
    if not console.is_terminal:
        console = Console(width=400)
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("–" if cell is None else str(cell) for cell in row))
    console.print(table, markup=False, highlight=False)


@contextmanager
def progress_bar(description: str, total: int) -> Iterator[Callable[..., None]]:
    """A bar on the terminal while the block runs, and what to tell it: how many are done, and of how many."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(description, total=total)
        yield lambda done, of=total: bar.update(task, completed=done, total=of)


def moment(value: datetime | None) -> str | None:
    """A time as people read it, in UTC."""
    return None if value is None else f"{value:%Y-%m-%d %H:%M} UTC"
