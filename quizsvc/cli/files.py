"""Reading and writing files that people name: each way to fail has its sentence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from quizsvc.errors import Detail, Invalid, TooLarge

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 1_000_000
"""No file of answers, problems, sets or people needs more bytes."""


def read_text(path: Path) -> str:
    """The file's text; raises Invalid or TooLarge."""
    content = read_bytes(path, LARGEST)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"{path} is not UTF-8 text."
        raise Invalid(message, [Detail(f"line {line}", "Save the file as UTF-8.")]) from None


def read_bytes(path: Path, largest: int) -> bytes:
    """The file as it is, if it has no more bytes; raises Invalid or TooLarge."""
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)  # some files have no end, whatever their size says
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}."
        raise Invalid(message) from None
    if len(content) > largest:
        message = f"{path} is larger than {largest:,} bytes; nothing was read."
        raise TooLarge(message)
    return content


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; raises Invalid or TooLarge."""
    try:
        data = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        message = f"{path} is not JSON."
        raise Invalid(message, [Detail(f"line {error.lineno}, column {error.colno}", f"{error.msg}.")]) from None
    except (RecursionError, ValueError) as error:
        deep = isinstance(error, RecursionError)
        message = f"{path} {'is nested too deeply' if deep else 'holds a number with too many digits'}."
        raise Invalid(message) from None
    if not isinstance(data, dict):
        message = f"{path} must hold an object, written in braces."
        raise Invalid(message)
    return data


def write_text(path: Path, text: str) -> None:
    """Write a file; raises Invalid where that is not possible."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file; raises Invalid where that is not possible."""
    try:
        path.write_bytes(content)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}."
        raise Invalid(message) from None
