"""Files that we exported, read back as a problem set: Moodle XML, a Common Cartridge, or a package in QTI 3.0.

They come from anywhere. So they are not parsed, only searched for what an export says of itself, and what is found is
checked as a set that somebody wrote.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.representer import SafeRepresenter

import problems
from quizsvc.errors import Invalid, TooLarge
from quizsvc.exports.packages import LARGEST_FILE, unpacked
from quizsvc.exports.records import Record, read_record, records_in

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST_IMPORT = LARGEST_FILE
MOST_PROBLEMS = 500
"""Of one file: every one of them is checked."""
_ZIP, _TRAPS = b"PK", (b"<!DOCTYPE", b"<!ENTITY")


def set_in_export(content: bytes) -> str:
    """The file of a set whose numbers are those that were exported; of several variants every student gets one.

    What an export does not hold is as in a new set: times, limits, access code. Raises Invalid, TooLarge.
    """
    files = unpacked(content, ".xml") if content.startswith(_ZIP) else [("The file", content)]
    written: dict[str, None] = {}
    for name, text in files:
        if any(trap in text for trap in _TRAPS):
            message = f"{name:.80} is not taken: it declares a document type or entities, which no export of ours does."
            raise Invalid(message)
        for letters in records_in(text):
            written[letters] = None
            if len(written) > MOST_PROBLEMS:
                message = f"This file has more than {MOST_PROBLEMS} problems: import it in parts."
                raise TooLarge(message)
    if not written:
        message = (
            "This file was not exported by this service, so its questions are not known here. Taken are files of "
            "export moodle and of export qti."
        )
        raise Invalid(message)
    return _as_yaml(_set_of([read_record(letters) for letters in written]))


def _set_of(records: Iterable[Record]) -> dict[str, Any]:
    """The fields of a set's file."""
    items: dict[str, dict[int, Record]] = {}
    about: list[dict[str, Any]] = []
    for record in records:
        items.setdefault(record.key, {})[record.variant] = record
        if record.set not in about:
            about.append(record.set)
    if len(about) != 1:
        message = "This file holds questions of several sets: import each set from a file of its own."
        raise Invalid(message)
    return about[0] | {"items": [_entry(variants) for variants in items.values()]}


def _entry(variants: dict[int, Record]) -> dict[str, Any]:
    """An item with its numbers, or a pool of them of which every student gets one."""
    ordered = [variants[number] for number in sorted(variants)]
    if len(ordered) == 1:
        return _item(ordered[0], ordered[0].key)
    return {"pick": 1, "of": [_item(record, f"{record.key}-{record.variant}") for record in ordered]}


def _item(record: Record, key: str) -> dict[str, Any]:
    problem = record.problem
    options = {name: _plain(value) for name, value in {**problem.options, **problem.precision}.items()}
    posed = problems.pose(problem.family, **options, **problem.given)
    if problems.fingerprint(posed) != problems.fingerprint(problem):
        message = f"The problem {record.title!r:.80} is of an earlier version of its family; export the set again."
        raise Invalid(message)
    return {
        "id": key,
        "title": record.title,
        "family": problem.family,
        "points": record.points,
        "options": options,
        "given": dict(problem.given),
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - an option of any type
    return list(value) if isinstance(value, tuple) else value


class _Representer(SafeRepresenter):
    """Every value stands for itself: files of sets know no aliases."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _as_yaml(data: dict[str, Any]) -> str:
    text = io.StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.Representer = _Representer
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # its own default says that it is None
    writer.default_flow_style, writer.width, writer.allow_unicode = None, 120, True
    writer.dump(data, text)
    return text.getvalue()
